"""Taking an order: checked against customer, account, catalogue and prices, then stored as acknowledged, once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, select
from starlette.requests import Request

from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.kernel.errors import invalid
from ringback.reference_stack.kernel.resource import Created
from ringback.reference_stack.schema import COM_ORDER_ITEM, COM_ORDER_ITEM_CHAR, COM_ORDER_PRICE, COM_PRODUCT_ORDER
from ringback.reference_stack.systems.ordering.cart import Cart, CartItem, read_cart
from ringback.reference_stack.systems.ordering.order import ORDER
from ringback.reference_stack.systems.ordering.progress import Why, note_history
from ringback.reference_stack.systems.reading import documents, first, party, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

Document = dict[str, object]
_KEPT_ELSEWHERE = {"productOrderItem", "billingAccount", "orderTotalPrice", "id", "href"}
_CUSTOMERS = "/tmf-api/customerManagement/v4/customer"


@dataclass(frozen=True, slots=True)
class Priced:
    """What other systems said about a cart: its quote, the names of all offerings, the customer's address."""

    quote: Document
    names: dict[str, str]
    home: str


async def capture(stack: Stack, body: Document, _request: Request) -> Created:
    """Creates an order; the same externalId again is the order that exists already (200)."""
    cart = read_cart(body)
    with stack.db.begin() as tx:
        known = _known(stack, tx, cart.external_id)
    if known:
        return Created(known, 200)
    account = await _account(stack, cart)
    priced = Priced(await _quote(stack, cart), await _names(stack), await _home(stack, cart.customer))
    with stack.db.begin() as tx:
        known = _known(stack, tx, cart.external_id)  # it may have come in a second time meanwhile
        if known:
            return Created(known, 200)
        order = stack.ids.new("PO")
        _store(stack, tx, order, cart, account)
        _store_items(stack, tx, order, cart, priced)
        kept = {name: value for name, value in body.items() if name not in _KEPT_ELSEWHERE}
        ORDER.extend(tx, order, kept | _whole(body, cart))
        note_history(stack, tx, ("productOrder", order), (None, "acknowledged"), _captured(cart))
        ORDER.publish(stack, tx, order, "CreateEvent")
    return Created(order)


def _whole(body: Document, cart: Cart) -> Document:
    """Parties and channels as they were sent, with what TMF622 wants of each."""
    parties = [_party(sent, cart.customer) for sent in documents(body, "relatedParty")]
    channels = [{"id": text(sent, "id", "name") or cart.channel, **sent} for sent in documents(body, "channel")]
    return {"relatedParty": parties, "channel": channels or None}


def _party(sent: Document, customer: str) -> Document:
    if text(sent, "id") != customer:
        return {"@referredType": "Individual", **sent}
    return {"href": f"{_CUSTOMERS}/{customer}", "role": "customer", "@referredType": "Customer", **sent}


def _known(stack: Stack, tx: Connection, external_id: str) -> str | None:
    """The order that this external id has made already."""
    if not external_id or stack.defects.on("D14"):
        return None
    table = COM_PRODUCT_ORDER.c
    return tx.execute(select(table.id).where(table.external_id == external_id).order_by(table.order_date)).scalar()


async def _account(stack: Stack, cart: Cart) -> str:
    """The billing account of the order: the one it names, or the customer's first."""
    if not (await stack.http.get("crm", f"/customer/{cart.customer}")).ok:
        raise invalid(f"CRM does not know customer {cart.customer!r}", "create the customer first (TMF629)")
    if not cart.account:
        owned = await stack.http.get("accounts", "/billingAccount", params={"relatedParty.id": cart.customer})
        account = text(first(owned.documents()), "id")
        if not account:
            raise invalid(f"customer {cart.customer} has no billing account", "open one first (TMF666)")
        return account
    named = await stack.http.get("accounts", f"/billingAccount/{cart.account}")
    if not named.ok or party(named.json) != cart.customer:
        raise invalid(f"billing account {cart.account!r} does not belong to customer {cart.customer}")
    return cart.account


async def _home(stack: Stack, customer: str) -> str:
    """The address that CRM has of the customer, for items that name none."""
    media = documents((await stack.http.get("crm", f"/customer/{customer}")).document(), "contactMedium")
    return next((text(medium, "place.id") for medium in media if text(medium, "mediumType") == "postalAddress"), "")


async def _quote(stack: Stack, cart: Cart) -> Document:
    """The prices of the cart, promotions included; an offering that is not on sale is refused."""
    items = [{"itemNo": item.number, "offeringId": item.offering, "parentItemNo": item.parent} for item in cart.items]
    reply = await stack.http.post("pricing", "/quote", json={"customerId": cart.customer, "items": items})
    if reply.status == 400:
        raise invalid(text(reply.json, "reason"), text(reply.json, "message"))
    return reply.document()


async def _names(stack: Stack) -> dict[str, str]:
    offerings = (await stack.http.get("catalogue", "/productOffering", params={"fields": "name"})).documents()
    return {text(offering, "id"): text(offering, "name") for offering in offerings}


def _store(stack: Stack, tx: Connection, order: str, cart: Cart, account: str) -> None:
    now = stack.clock.stamp()
    tx.execute(
        insert(COM_PRODUCT_ORDER).values(
            id=order,
            external_id=cart.external_id or None,
            customer_id=cart.customer,
            billing_account_id=account or None,
            channel=cart.channel,
            state="acknowledged",
            order_date=now,
            requested_start=cart.requested_start or None,
            state_changed_at=now,
            correlation_id=CORRELATION.get(),
        )
    )


def _captured(cart: Cart) -> Why:
    return Why(cart.channel, "order captured")


def _store_items(stack: Stack, tx: Connection, order: str, cart: Cart, priced: Priced) -> None:
    """The ordered items, and after them the items that promotions add."""
    ordered = {item.number: item for item in cart.items}
    for line in (*documents(priced.quote, "items"), *documents(priced.quote, "promotionItems")):
        number, offering = text(line, "itemNo"), text(line, "offeringId")
        item = ordered.get(number) or CartItem(number, offering, "", text(line, "parentItemNo"), 1, "")
        identity = stack.ids.new("POI")
        tx.execute(
            insert(COM_ORDER_ITEM).values(
                id=identity,
                order_id=order,
                item_no=number,
                action="add",
                offering_id=offering,
                offering_version=text(line, "offeringVersion"),
                offering_name=priced.names.get(offering, item.name),
                parent_item_no=item.parent or None,
                state="acknowledged",
                quantity=item.quantity,
                address_id=item.address or priced.home or None,
                promotion_id=text(line, "promoId") or None,
                state_changed_at=stack.clock.stamp(),
            )
        )
        note_history(stack, tx, ("productOrderItem", identity), (None, "acknowledged"), _captured(cart))
        _store_details(tx, identity, item, documents(line, "prices"))


def _store_details(tx: Connection, identity: str, item: CartItem, prices: list[Document]) -> None:
    characteristics = dict(item.characteristics)
    if any(price["priceType"] == "installment" for price in prices):
        characteristics |= {"requiresCredit": "true", "deviceSku": characteristics.get("deviceSku", item.offering)}
    for name, value in characteristics.items():
        tx.execute(insert(COM_ORDER_ITEM_CHAR).values(item_id=identity, name=name, value=value))
    for price in prices:
        tx.execute(
            insert(COM_ORDER_PRICE).values(
                item_id=identity,
                price_id=price["priceId"],
                price_type=price["priceType"],
                amount=price["amount"],
                currency=price["currency"],
                promo_id=price.get("promoId"),
                months=price.get("months"),
            )
        )
