"""Taking an order: checked against customer, account, products, catalogue and prices, then stored once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select
from starlette.requests import Request

from ringback.reference_stack.kernel.errors import invalid
from ringback.reference_stack.kernel.resource import Created
from ringback.reference_stack.schema import COM_PRODUCT_ORDER
from ringback.reference_stack.systems.ordering.cart import Cart, CartItem, read_cart
from ringback.reference_stack.systems.ordering.changes import ENDS, resolve
from ringback.reference_stack.systems.ordering.keeping import Offer, Priced, store
from ringback.reference_stack.systems.ordering.order import ORDER
from ringback.reference_stack.systems.ordering.progress import Why, note_history
from ringback.reference_stack.systems.reading import documents, first, party, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

Document = dict[str, object]
_KEPT_ELSEWHERE = {"productOrderItem", "billingAccount", "orderTotalPrice", "id", "href"}
_ACCESS_LINES = {"PS-FIBRE", "PS-FIBRE-W", "PS-DSL"}
_LEGACY = "PS-DSL"
_LONGEST_TERM = 24
_CUSTOMERS = "/tmf-api/customerManagement/v4/customer"


async def capture(stack: Stack, body: Document, _request: Request) -> Created:
    """Creates an order; the same externalId again is the order that exists already (200)."""
    cart = read_cart(body)
    with stack.db.begin() as tx:
        known = _known(stack, tx, cart.external_id)
    if known:
        return Created(known, 200)
    customer = await stack.http.get("crm", f"/customer/{cart.customer}")
    if not customer.ok:
        raise invalid(f"CRM does not know customer {cart.customer!r}", "create the customer first (TMF629)")
    account = await _account(stack, cart)
    cart = await resolve(stack, cart)
    quote = await _quote(stack, cart)
    cart = replace(cart, items=(*cart.items, *_ended_promotions(quote, cart)))
    priced = await _priced(stack, quote, customer.document())
    _refuse_unsellable(stack, cart, priced)
    cart = _made_before_broken(cart, priced)
    with stack.db.begin() as tx:
        known = _known(stack, tx, cart.external_id)  # it may have come in a second time meanwhile
        if known:
            return Created(known, 200)
        order = store(stack, tx, cart, account, priced)
        kept = {name: value for name, value in body.items() if name not in _KEPT_ELSEWHERE}
        ORDER.extend(tx, order, kept | _whole(body, cart))
        note_history(stack, tx, ("productOrder", order), (None, "acknowledged"), Why(cart.channel, "order captured"))
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


async def _quote(stack: Stack, cart: Cart) -> Document:
    """The prices of what is new or changes its offering, and what becomes of promotions."""
    items = [
        {"itemNo": item.number, "offeringId": item.offering, "parentItemNo": item.parent, "action": item.action}
        | {"productId": item.product}
        for item in cart.items
        if item.change in ("add", "plan")
    ]
    ending = [item.product for item in cart.items if item.change in ENDS]
    if not items and not ending:
        return {}
    taken = [item.number for item in cart.items]
    body = {"customerId": cart.customer, "items": items, "ending": ending, "takenItemNos": taken}
    reply = await stack.http.post("pricing", "/quote", json=body)
    if reply.status == 400:
        raise invalid(text(reply.json, "reason"), text(reply.json, "message"))
    return reply.document()


def _ended_promotions(quote: Document, cart: Cart) -> list[CartItem]:
    """Items that end the promotions which the customer earns no more once this order is complete."""
    causes = [item for item in cart.items if item.change in (*ENDS, "plan")]
    by_product = {item.product: item.number for item in causes}
    return [
        CartItem(
            number=text(ended, "itemNo"),
            action="delete",
            change="disconnect",
            offering=text(ended, "offeringId"),
            version=text(ended, "offeringVersion"),
            parent=by_product.get(text(ended, "parentProductId"), causes[0].number),
            product=text(ended, "productId"),
            promotion=text(ended, "promoId"),
        )
        for ended in documents(quote, "endedPromotions")
    ]


async def _priced(stack: Stack, quote: Document, customer: Document) -> Priced:
    """What is stored with the items beside what was ordered."""
    query = {"fields": "name,productSpecification"}
    offerings = (await stack.http.get("catalogue", "/productOffering", params=query)).documents()
    media = documents(customer, "contactMedium")
    homes = (text(medium, "place.id") for medium in media if text(medium, "mediumType") == "postalAddress")
    return Priced(
        lines={text(line, "itemNo"): line for line in documents(quote, "items")},
        promoted=tuple(documents(quote, "promotionItems")),
        offers={text(one, "id"): Offer(text(one, "name"), text(one, "productSpecification.id")) for one in offerings},
        home=next(homes, ""),
    )


def _refuse_unsellable(stack: Stack, cart: Cart, priced: Priced) -> None:
    """Rules of a release that the catalogue does not know: there are none but in releases with a defect."""
    terms = [int(text(one, "months") or "0") for line in priced.lines.values() for one in documents(line, "prices")]
    if stack.defects.on("D29") and any(term > _LONGEST_TERM for term in terms):
        raise invalid("an instalment plan runs for 12 or 24 months", "choose another term")
    specifications = {priced.offer(item.offering).specification for item in cart.items if item.parent} - {""}
    if stack.defects.on("D55") and _LEGACY in specifications and len(specifications) > 1:
        raise invalid("a bundle cannot mix legacy and other components", "order them one by one")


def _made_before_broken(cart: Cart, priced: Priced) -> Cart:
    """An access line that is replaced in the same order ends only when the new one is there."""
    lines = [item for item in cart.items if priced.offer(item.offering).specification in _ACCESS_LINES]
    new = [item.number for item in lines if item.action == "add"]
    if not new:
        return cart
    old = {item.number for item in lines if item.change in ENDS and not item.after and not item.parent}
    return replace(cart, items=tuple(replace(one, after=new[0]) if one.number in old else one for one in cart.items))
