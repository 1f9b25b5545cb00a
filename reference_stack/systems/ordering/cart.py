"""What a client wants to order: the body of a TMF622 create, read once into plain values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ringback.reference_stack.kernel.errors import invalid
from ringback.reference_stack.systems.reading import characteristics, documents, party, text

Document = dict[str, object]


@dataclass(frozen=True, slots=True)
class CartItem:
    """One item as ordered."""

    number: str
    offering: str
    name: str
    parent: str
    quantity: int
    address: str
    characteristics: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cart:
    """One order as ordered."""

    external_id: str
    customer: str
    account: str
    channel: str
    requested_start: str
    items: tuple[CartItem, ...]


def read_cart(body: Document) -> Cart:
    """Reads a create body; TmfError 400 names everything that is missing at once."""
    items = tuple(_items(documents(body, "productOrderItem"), ""))
    cart = Cart(
        external_id=text(body, "externalId"),
        customer=party(body),
        account=text(body, "billingAccount.id"),
        channel=text(body, "channel.0.id", "channel.0.name") or "api",
        requested_start=text(body, "requestedStartDate"),
        items=items,
    )
    faults = list(_faults(cart, documents(body, "productOrderItem")))
    if faults:
        raise invalid("; ".join(faults), "mend the order and post it again")
    return cart


def _items(found: list[Document], parent: str) -> Iterator[CartItem]:
    """The items, nested ones after their parent."""
    for number, item in enumerate(found, 1):
        identity = text(item, "id") or (f"{parent}.{number}" if parent else str(number))
        yield CartItem(
            number=identity,
            offering=text(item, "productOffering.id"),
            name=text(item, "productOffering.name"),
            parent=parent or _bundled_by(item),
            quantity=int(text(item, "quantity") or "1"),
            address=text(item, "product.place.0.id"),
            characteristics=characteristics(item, "product.productCharacteristic"),
        )
        yield from _items(documents(item, "productOrderItem"), identity)


def _bundled_by(item: Document) -> str:
    relations = documents(item, "productOrderItemRelationship") + documents(item, "orderItemRelationship")
    parents = [text(one, "id") for one in relations if text(one, "relationshipType") == "bundledBy"]
    return parents[0] if parents else ""


def _faults(cart: Cart, items: list[Document]) -> Iterator[str]:
    if not cart.customer:
        yield "relatedParty names no customer"
    numbers = [item.number for item in cart.items]
    for item in cart.items:
        if not item.offering:
            yield f"productOrderItem {item.number} names no productOffering"
        if item.parent and item.parent not in numbers:
            yield f"productOrderItem {item.number} is bundled by {item.parent}, which is not in the order"
        if numbers.count(item.number) > 1:
            yield f"productOrderItem id {item.number} is there twice"
    for posted in items:
        if text(posted, "action") != "add":
            yield f"action {text(posted, 'action')!r} of productOrderItem {text(posted, 'id')} is not known; known: add"
