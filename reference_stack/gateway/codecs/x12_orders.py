"""X12 850 (purchase order) and 855 (its answer), read and written."""

from __future__ import annotations

from collections.abc import Sequence

from ringback.reference_stack.gateway.codecs.documents import (
    AnsweredLine,
    OrderAnswer,
    OrderLine,
    PurchaseOrder,
    ShipTo,
)
from ringback.reference_stack.gateway.codecs.x12 import Segment, SetFault, element, trimmed
from ringback.reference_stack.gateway.codecs.x12_reading import Faults, optional, runs, serials


def write_order(order: PurchaseOrder) -> tuple[Segment, ...]:
    """The segments of an 850."""
    place = order.ship_to
    segments = [
        trimmed("BEG", "00", "SA", order.po, "", order.date),
        trimmed("REF", "CO", order.product_order_id),
        trimmed("N1", "ST", place.name),
        trimmed("N3", place.street),
        trimmed("N4", place.city, place.state, place.zip, "US"),
    ]
    for line in order.lines:
        segments.append(trimmed("PO1", line.line, str(line.quantity), "EA", line.price, "", "VP", line.sku))
        segments += [trimmed("REF", "SE", iccid, "ICCID") for iccid in line.iccids]
    quantity = sum(line.quantity for line in order.lines)
    return (*segments, ("CTT", str(len(order.lines)), str(quantity)))


def read_order(segments: Sequence[Segment]) -> tuple[PurchaseOrder, tuple[SetFault, ...]]:
    """An 850 and what is wrong with it."""
    faults = Faults()
    begin = faults.segment(segments, "BEG")
    name, street, city = (faults.segment(segments, segment) for segment in ("N1", "N3", "N4"))
    lines = tuple(_order_line(faults, part) for part in runs(segments, "PO1"))
    if not lines:
        faults.add("segment PO1 is missing", "R101")
    _check_totals(faults, segments, len(lines), sum(line.quantity for line in lines))
    ship_to = ShipTo(
        faults.value(name, 2),
        faults.value(street, 1),
        faults.value(city, 1),
        faults.value(city, 2),
        faults.value(city, 3),
    )
    order = PurchaseOrder(
        faults.value(begin, 3),
        faults.date(begin, 5),
        faults.value(faults.segment(segments, "REF", "CO"), 2),
        ship_to,
        lines,
    )
    return order, faults.found


def _order_line(faults: Faults, part: Sequence[Segment]) -> OrderLine:
    line = part[0]
    quantity = faults.number(line, 2)
    return OrderLine(
        faults.value(line, 1),
        faults.value(line, 7),
        quantity,
        faults.value(line, 4),
        serials(part, "ICCID"),
    )


def _check_totals(faults: Faults, segments: Sequence[Segment], lines: int, quantity: int) -> None:
    total = faults.segment(segments, "CTT")
    faults.equal("CTT01", faults.number(total, 1), lines)
    faults.equal("CTT02", faults.number(total, 2), quantity)


def read_answer(segments: Sequence[Segment]) -> tuple[OrderAnswer, tuple[SetFault, ...]]:
    """An 855 and what is wrong with it."""
    faults = Faults()
    begin = faults.segment(segments, "BAK")
    lines = tuple(_answered_line(faults, part) for part in runs(segments, "PO1"))
    answer = OrderAnswer(
        faults.value(begin, 3),
        faults.coded(begin, 2, "AD", "AC", "RD", "RJ"),
        faults.date(begin, 4),
        element(begin, 8),
        lines,
    )
    total = optional(segments, "CTT")
    if element(total, 1):
        faults.equal("CTT01", faults.number(total, 1), len(lines))
    return answer, faults.found


def _answered_line(faults: Faults, part: Sequence[Segment]) -> AnsweredLine:
    line, said = part[0], faults.segment(part, "ACK")
    return AnsweredLine(
        element(line, 1),
        element(line, 7),
        faults.coded(said, 1, "IA", "IB", "IC", "IQ", "IR"),
        faults.number(said, 2),
        element(said, 4),
        element(said, 5),
    )


def write_answer(answer: OrderAnswer) -> tuple[Segment, ...]:
    """The segments of an 855."""
    reference = (answer.po, answer.date, "", "", "", answer.seller_reference)
    segments = [trimmed("BAK", "00", answer.code, *reference)]
    for line in answer.lines:
        segments.append(trimmed("PO1", line.line, str(line.quantity), "EA", "", "", "VP", line.sku))
        segments.append(trimmed("ACK", line.code, str(line.quantity), "EA", line.date_qualifier, line.date))
    return (*segments, ("CTT", str(len(answer.lines))))
