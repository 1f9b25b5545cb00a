"""How a captured order is kept: the order, its items, their characteristics and prices."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert

from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.schema import COM_ORDER_ITEM, COM_ORDER_ITEM_CHAR, COM_ORDER_PRICE, COM_PRODUCT_ORDER
from ringback.reference_stack.systems.ordering.cart import Cart, CartItem
from ringback.reference_stack.systems.ordering.progress import Why, note_history
from ringback.reference_stack.systems.reading import documents, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

Document = dict[str, object]


@dataclass(frozen=True, slots=True)
class Offer:
    """What the catalogue says of an offering."""

    name: str = ""
    specification: str = ""


@dataclass(frozen=True, slots=True)
class Priced:
    """What other systems said about a cart.

    Args:
        lines: the line of the quote for each item that costs something, by the item's number.
        promoted: the lines of the items that promotions add.
        offers: what is known of each offering, by its id.
        home: id of the customer's address, for items that name none.
    """

    lines: Mapping[str, Document]
    promoted: tuple[Document, ...]
    offers: Mapping[str, Offer]
    home: str

    def offer(self, offering: str) -> Offer:
        """What is known of an offering."""
        return self.offers.get(offering, Offer())


def store(stack: Stack, tx: Connection, cart: Cart, account: str, priced: Priced) -> str:
    """Stores an order as acknowledged; returns its id."""
    order, now = stack.ids.new("PO"), stack.clock.stamp()
    lines = dict(priced.lines) | {text(line, "itemNo"): line for line in priced.promoted}
    on_credit = any(price["priceType"] == "installment" for line in lines.values() for price in _prices(line))
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
            requested_completion=cart.requested_completion or None,
            credit="needed" if on_credit else None,
            state_changed_at=now,
            correlation_id=CORRELATION.get(),
        )
    )
    for item in (*cart.items, *map(_promotion, priced.promoted)):
        identity = _store_item(stack, tx, order, item, priced, lines.get(item.number, {}))
        why = Why(cart.channel, "order captured")
        note_history(stack, tx, ("productOrderItem", identity), (None, "acknowledged"), why)
    return order


def _promotion(line: Document) -> CartItem:
    """The item that a promotion adds."""
    return CartItem(
        number=text(line, "itemNo"),
        offering=text(line, "offeringId"),
        parent=text(line, "parentItemNo"),
        promotion=text(line, "promoId"),
    )


def _store_item(stack: Stack, tx: Connection, order: str, item: CartItem, priced: Priced, line: Document) -> str:
    identity = stack.ids.new("POI")
    address = item.address or ("" if item.place else priced.home)
    tx.execute(
        insert(COM_ORDER_ITEM).values(
            id=identity,
            order_id=order,
            item_no=item.number,
            action=item.action,
            change_kind=item.change,
            offering_id=item.offering,
            offering_version=text(line, "offeringVersion") or item.version,
            offering_name=priced.offer(item.offering).name or item.name,
            product_id=item.product or None,
            parent_item_no=item.parent or None,
            parent_product_id=item.relies_on or None,
            after_item_no=item.after or None,
            state="acknowledged",
            quantity=item.quantity,
            appointment_id=item.appointment or None,
            address_id=address or None,
            place=json.dumps(item.place) if item.place else None,
            promotion_id=item.promotion or None,
            state_changed_at=stack.clock.stamp(),
        )
    )
    _store_details(tx, identity, item, _prices(line))
    return identity


def _prices(line: Document) -> list[Document]:
    return documents(line, "prices")


def _store_details(tx: Connection, identity: str, item: CartItem, prices: list[Document]) -> None:
    characteristics = dict(item.characteristics)
    if any(price["priceType"] == "installment" for price in prices):
        characteristics |= {"requiresCredit": "true", "deviceSku": characteristics.get("deviceSku", item.offering)}
    if item.appointment:
        characteristics["appointmentId"] = item.appointment
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
