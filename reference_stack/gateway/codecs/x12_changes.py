"""X12 860: the change of a purchase order, here its cancellation before anything was shipped."""

from __future__ import annotations

from ringback.reference_stack.gateway.codecs.documents import PurchaseOrder
from ringback.reference_stack.gateway.codecs.x12 import Segment, trimmed

CANCELLATION, STAND_ALONE, DELETE_LINE = "01", "SA", "DI"


def write_cancellation(order: PurchaseOrder) -> tuple[Segment, ...]:
    """The segments of an 860 that takes a whole order back: every line is deleted, nothing is left to receive."""
    segments = [
        trimmed("BCH", CANCELLATION, STAND_ALONE, order.po, "", "", order.date),
        trimmed("REF", "CO", order.product_order_id),
    ]
    for line in order.lines:
        quantity = str(line.quantity)
        segments.append(
            trimmed("POC", line.line, DELETE_LINE, quantity, "0", "EA", line.price, "", "VP", line.sku),
        )
    return (*segments, ("CTT", str(len(order.lines))))
