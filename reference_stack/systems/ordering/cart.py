"""What a client wants to order: the body of a TMF622 create, read once into plain values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ringback.reference_stack.kernel.errors import invalid
from ringback.reference_stack.systems.reading import at, characteristics, documents, party, text

Document = dict[str, object]
ACTIONS = ("add", "modify", "delete", "noChange")


@dataclass(frozen=True, slots=True, kw_only=True)
class CartItem:
    """One item, as ordered at first and with what is known of its product later.

    Args:
        number: id of the item within the order.
        action: what shall happen: add, modify, delete or noChange.
        change: the kind of change, once the product is known (`changes.py`).
        offering: id of the offering that the product has, or shall get.
        version: version of the offering of a product that keeps it.
        name: name of the offering as the client sent it.
        parent: number of the item that bundles this one.
        after: number of the item that must be complete before this one is built.
        product: id of the existing product.
        relies_on: id of the existing product that a new one is added to.
        status: the status that the product shall get.
        address: id of the address.
        place: the address by value, where the client did not know its id.
        promotion: id of the promotion of an item that carries one.
    """

    number: str
    action: str = "add"
    change: str = "add"
    offering: str = ""
    version: str = ""
    name: str = ""
    parent: str = ""
    after: str = ""
    product: str = ""
    relies_on: str = ""
    status: str = ""
    quantity: int = 1
    address: str = ""
    place: Mapping[str, object] = field(default_factory=dict)
    appointment: str = ""
    promotion: str = ""
    characteristics: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cart:
    """One order as ordered."""

    external_id: str
    customer: str
    account: str
    channel: str
    requested_start: str
    requested_completion: str
    items: tuple[CartItem, ...]


def read_cart(body: Document) -> Cart:
    """Reads a create body; TmfError 400 names everything that is missing at once."""
    cart = Cart(
        external_id=text(body, "externalId"),
        customer=party(body),
        account=text(body, "billingAccount.id"),
        channel=text(body, "channel.0.id", "channel.0.name") or "api",
        requested_start=text(body, "requestedStartDate"),
        requested_completion=text(body, "requestedCompletionDate"),
        items=tuple(_items(documents(body, "productOrderItem"), "")),
    )
    faults = list(_faults(cart))
    if faults:
        raise invalid("; ".join(faults), "mend the order and post it again")
    return cart


def _items(found: list[Document], parent: str) -> Iterator[CartItem]:
    """The items, nested ones after their parent."""
    for number, item in enumerate(found, 1):
        identity = text(item, "id") or (f"{parent}.{number}" if parent else str(number))
        place = at(item, "product.place.0")
        yield CartItem(
            number=identity,
            action=text(item, "action"),
            offering=text(item, "productOffering.id", "product.productOffering.id"),
            name=text(item, "productOffering.name"),
            parent=parent or _related(item, "bundledBy"),
            after=_related(item, "reliesOn"),
            product=text(item, "product.id"),
            relies_on=_relies_on(item),
            status=text(item, "product.status"),
            quantity=int(text(item, "quantity") or "1"),
            address=text(place, "id"),
            place=place if isinstance(place, dict) and text(place, "streetName") and not text(place, "id") else {},
            appointment=text(item, "appointment.id"),
            characteristics=characteristics(item, "product.productCharacteristic"),
        )
        yield from _items(documents(item, "productOrderItem"), identity)


def _related(item: Document, kind: str) -> str:
    """The number of the item that this one is related to."""
    relations = documents(item, "productOrderItemRelationship") + documents(item, "orderItemRelationship")
    return next((text(one, "id") for one in relations if text(one, "relationshipType") == kind), "")


def _relies_on(item: Document) -> str:
    """The existing product that a new one is added to."""
    return next((text(one, "product.id") for one in documents(item, "product.productRelationship")), "")


def _faults(cart: Cart) -> Iterator[str]:
    if not cart.customer:
        yield "relatedParty names no customer"
    numbers = [item.number for item in cart.items]
    for item in cart.items:
        if item.action not in ACTIONS:
            known = ", ".join(ACTIONS)
            yield f"action {item.action!r} of productOrderItem {item.number} is not known; known: {known}"
        elif item.action == "add" and not item.offering:
            yield f"productOrderItem {item.number} names no productOffering"
        elif item.action != "add" and not item.product:
            yield f"productOrderItem {item.number} says {item.action} and names no product.id"
        for kind, other in (("bundled by", item.parent), ("reliant on", item.after)):
            if other and other not in numbers:
                yield f"productOrderItem {item.number} is {kind} {other}, which is not in the order"
        if numbers.count(item.number) > 1:
            yield f"productOrderItem id {item.number} is there twice"
