"""X12 856 (ship notice) and 214 (delivery status), read and written."""

from __future__ import annotations

from collections.abc import Sequence

from ringback.reference_stack.gateway.codecs.documents import DeliveryStatus, ShipNotice, ShippedItem, ShippedOrder
from ringback.reference_stack.gateway.codecs.x12 import Segment, SetFault, element, segments_named, trimmed
from ringback.reference_stack.gateway.codecs.x12_reading import Faults, optional, runs, serials

_PARENTS = {"S": ("",), "O": ("S",), "P": ("O",), "I": ("P", "O")}


def read_notice(segments: Sequence[Segment]) -> tuple[ShipNotice, tuple[SetFault, ...]]:
    """An 856 and what is wrong with it."""
    faults = Faults()
    begin = faults.segment(segments, "BSN")
    levels = runs(segments, "HL")
    _check_levels(faults, [level[0] for level in levels])
    shipment = next((level for level in levels if element(level[0], 3) == "S"), [])
    orders = tuple(_order(faults, part) for part in _order_parts(levels))
    if not orders:
        faults.add("there is no order level (HL O)", "R101")
    _check_totals(faults, segments, len(levels), orders)
    notice = ShipNotice(
        faults.coded(begin, 1, "00", "05", "01"),
        faults.value(begin, 2),
        faults.date(begin, 3),
        faults.value(begin, 4),
        _cartons(optional(shipment, "TD1")),
        element(optional(shipment, "TD5"), 3),
        faults.value(faults.segment(shipment, "REF", "CN"), 2),
        faults.date(faults.segment(shipment, "DTM", "011"), 2),
        element(optional(shipment, "DTM", "017"), 2),
        orders,
    )
    return notice, faults.found


def _cartons(segment: Segment) -> int:
    cartons = element(segment, 2)
    return int(cartons) if cartons.isdigit() else 0


def _check_levels(faults: Faults, levels: Sequence[Segment]) -> None:
    """HL01 counts from 1; HL02 names an earlier level of the right kind."""
    kinds: dict[str, str] = {"": ""}
    for number, level in enumerate(levels, start=1):
        identity, parent, kind = (element(level, place) for place in (1, 2, 3))
        if identity != str(number):
            faults.add(f"HL01 {identity} is not {number}")
        if kinds.get(parent, "none") not in _PARENTS.get(kind, ()):
            faults.add(f"HL {identity}: level {kind} under parent {parent!r} is not allowed")
        kinds[identity] = kind


def _order_parts(levels: Sequence[Sequence[Segment]]) -> list[list[Sequence[Segment]]]:
    parts: list[list[Sequence[Segment]]] = []
    for level in levels:
        if element(level[0], 3) == "O":
            parts.append([])
        if parts:
            parts[-1].append(level)
    return parts


def _order(faults: Faults, levels: Sequence[Sequence[Segment]]) -> ShippedOrder:
    everything = [segment for level in levels for segment in level]
    items = tuple(_item(faults, level) for level in levels if element(level[0], 3) == "I")
    if not items:
        faults.add("an order has no item level (HL I)", "R101")
    return ShippedOrder(
        faults.value(faults.segment(everything, "PRF"), 1), element(optional(everything, "MAN", "GM"), 2), items
    )


def _item(faults: Faults, level: Sequence[Segment]) -> ShippedItem:
    line, count = faults.segment(level, "LIN"), faults.segment(level, "SN1")
    return ShippedItem(
        faults.value(line, 1),
        faults.value(line, 3),
        faults.number(count, 2),
        serials(level, "IMEI"),
        serials(level, "ICCID"),
    )


def _check_totals(faults: Faults, segments: Sequence[Segment], levels: int, orders: Sequence[ShippedOrder]) -> None:
    total = faults.segment(segments, "CTT")
    faults.equal("CTT01", faults.number(total, 1), levels)
    if element(total, 2):
        quantity = sum(item.quantity for order in orders for item in order.items)
        faults.equal("CTT02", faults.number(total, 2), quantity)


def write_notice(notice: ShipNotice) -> tuple[Segment, ...]:
    """The segments of an 856."""
    segments = [
        trimmed("BSN", notice.purpose, notice.asn, notice.date, notice.time, "0001"),
        trimmed("HL", "1", "", "S"),
        trimmed("TD1", "CTN25", str(notice.cartons)),
        trimmed("TD5", "", "2", notice.carrier, "U"),
        trimmed("REF", "CN", notice.tracking),
        trimmed("DTM", "011", notice.shipped),
        *([trimmed("DTM", "017", notice.eta)] if notice.eta else []),
    ]
    levels = 1
    for order in notice.orders:
        order_level, box_level = levels + 1, levels + 2
        segments += [
            trimmed("HL", str(order_level), "1", "O"),
            trimmed("PRF", order.po),
            trimmed("HL", str(box_level), str(order_level), "P"),
            trimmed("MAN", "GM", order.sscc),
        ]
        levels = box_level
        for item in order.items:
            levels += 1
            segments += _item_segments(levels, box_level, item)
    quantity = sum(item.quantity for order in notice.orders for item in order.items)
    return (*segments, ("CTT", str(levels), str(quantity)))


def _item_segments(level: int, parent: int, item: ShippedItem) -> list[Segment]:
    return [
        trimmed("HL", str(level), str(parent), "I"),
        trimmed("LIN", item.line, "VP", item.sku),
        trimmed("SN1", item.line, str(item.quantity), "EA"),
        *(trimmed("REF", "SE", imei, "IMEI") for imei in item.imeis),
        *(trimmed("REF", "SE", iccid, "ICCID") for iccid in item.iccids),
    ]


def read_status(segments: Sequence[Segment]) -> tuple[DeliveryStatus, tuple[SetFault, ...]]:
    """A 214 and what is wrong with it; our order stands in PRF, REF*PO or L11."""
    faults = Faults()
    begin, status = optional(segments, "B10"), faults.segment(segments, "AT7")
    po = _order_number(segments)
    if not po:
        faults.add("there is no purchase order number (PRF, REF*PO or L11**PO)", "R101")
    document = DeliveryStatus(
        po,
        element(begin, 1),
        element(begin, 3),
        faults.value(status, 1),
        element(status, 2),
        faults.date(status, 5),
        faults.value(status, 6),
    )
    return document, faults.found


def _order_number(segments: Sequence[Segment]) -> str:
    named = (element(optional(segments, "PRF"), 1), element(optional(segments, "REF", "PO"), 2))
    lines = (element(line, 1) for line in segments_named(segments, "L11") if element(line, 2) == "PO")
    return next(filter(None, (*named, *lines)), "")


def write_status(status: DeliveryStatus) -> tuple[Segment, ...]:
    """The segments of a 214."""
    return (
        trimmed("B10", status.reference, status.po, status.carrier),
        trimmed("REF", "PO", status.po),
        trimmed("AT7", status.status, status.reason, "", "", status.date, status.time),
    )
