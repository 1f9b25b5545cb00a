"""The business documents of device logistics as plain data: order, answer, ship notice, delivery status, 997."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ShipTo:
    """Where a box goes."""

    name: str
    street: str
    city: str
    state: str
    zip: str


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One article of a purchase order, with the SIMs that may be put into its boxes."""

    line: str
    sku: str
    quantity: int
    price: str  # decimal text, per piece
    iccids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PurchaseOrder:
    """850: what we buy and where it is to go."""

    po: str
    date: str  # CCYYMMDD
    product_order_id: str
    ship_to: ShipTo
    lines: tuple[OrderLine, ...]


@dataclass(frozen=True, slots=True)
class AnsweredLine:
    """What the seller says of one line: IA accepted, IB back-ordered, IC changed, IQ other quantity, IR rejected."""

    line: str
    sku: str
    code: str
    quantity: int
    date_qualifier: str  # 067 current schedule delivery, 068 current schedule ship
    date: str


@dataclass(frozen=True, slots=True)
class OrderAnswer:
    """855: AC accepted with detail, AD accepted, RD rejected with detail, RJ rejected."""

    po: str
    code: str
    date: str
    seller_reference: str
    lines: tuple[AnsweredLine, ...]


@dataclass(frozen=True, slots=True)
class ShippedItem:
    """One line of a box with its serial numbers."""

    line: str
    sku: str
    quantity: int
    imeis: tuple[str, ...]
    iccids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShippedOrder:
    """What of one purchase order is in the shipment."""

    po: str
    sscc: str
    items: tuple[ShippedItem, ...]


@dataclass(frozen=True, slots=True)
class ShipNotice:
    """856: purpose 00 original, 05 replaces an earlier one, 01 takes it back."""

    purpose: str
    asn: str
    date: str
    time: str
    cartons: int
    carrier: str
    tracking: str
    shipped: str
    eta: str
    orders: tuple[ShippedOrder, ...]


@dataclass(frozen=True, slots=True)
class DeliveryStatus:
    """214: status D1 is delivered; others tell where the box is."""

    po: str
    reference: str
    carrier: str
    status: str
    reason: str
    date: str
    time: str


@dataclass(frozen=True, slots=True)
class AnsweredSet:
    """One transaction set in a functional acknowledgement: A accepted, E with errors, R rejected."""

    identifier: str
    control: str
    code: str
    fault: str = ""


@dataclass(frozen=True, slots=True)
class FunctionalAnswer:
    """997 for one group: A, E, P (some sets) or R, with counts."""

    functional_id: str
    group_control: str
    sets: tuple[AnsweredSet, ...]
    code: str
    declared: int
    received: int
    accepted: int
