"""What COM does with the events of credit, service ordering and number portability."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import RowMapping

from ringback.reference_stack.systems.ordering.documents import items_of
from ringback.reference_stack.systems.ordering.finishing import FINAL, INSTALLED, fail_item, finish_item, finish_ready
from ringback.reference_stack.systems.ordering.intake import approve
from ringback.reference_stack.systems.ordering.order import ORDER
from ringback.reference_stack.systems.ordering.progress import Why, item_row, move_item, settle
from ringback.reference_stack.systems.reading import at, characteristics, documents, event_document, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

Document = dict[str, object]
_GRANTED = ("approved", "approvedWithDeposit")
_DENIED = {  # credit decision -> state of the items, reason
    "referred": ("pending", "credit: the bureau refers the decision to an analyst"),
    "declined": ("rejected", "credit declined"),
}
_LEARNT = ("msisdn", INSTALLED)  # what building a service makes known about its product
_WAITS = {"delayed": "the old provider asks for more time", "resolutionRequired": "the old provider needs a correction"}


async def on_credit_decision(stack: Stack, envelope: Document) -> None:
    """Nothing is built before credit is approved; intake lets the order go on."""
    decision = event_document(envelope)
    decided = text(decision, "decision")
    state, reason = _DENIED.get(decided, ("", ""))
    with stack.db.begin() as tx:
        order = ORDER.row(tx, text(decision, "orderId"))
        if order is None or order["state"] not in ("acknowledged", "pending"):
            return
        if decided in _GRANTED:
            approve(tx, order["id"])
            return
        if not state:
            return
        if state == "rejected" and order["state"] == "pending":
            state = "cancelled"  # an order that waited can only be cancelled
        for item in items_of(tx, order["id"]):
            move_item(stack, tx, item, state, Why("credit", reason))
        settle(stack, tx, order["id"], Why("credit", reason))


async def on_service_order(stack: Stack, envelope: Document) -> None:
    """Follows the service order item by item; items that have nothing to build follow their children."""
    service_order = event_document(envelope)
    order = text(service_order, "externalId")
    for change in documents(service_order, "serviceOrderItem"):
        with stack.db.begin() as tx:
            item = item_row(tx, text(change, "productOrderItemId"))
        if item is not None and item["order_id"] == order:
            await _follow(stack, item, change)
    if order:
        await finish_ready(stack, order)


async def _follow(stack: Stack, item: RowMapping, change: Document) -> None:
    state = text(change, "state")
    if item["state"] in FINAL:
        return
    reason = text(change, "note.0.text", "reason") or f"service order item {text(change, 'id')} {state}"
    why = Why("service-ordering", reason)
    if state == "completed":
        service = text(change, "service.id")
        found = characteristics(change, "service.serviceCharacteristic")
        learnt = {name: found[name] for name in _LEARNT if found.get(name)}
        await finish_item(stack, item, [service] if service else [], why, learnt)
    elif state == "failed":
        await fail_item(stack, item, why)
    elif state in ("held", "pending") or (state == "inProgress" and item["waits_on"] == why.actor):
        with stack.db.begin() as tx:
            fresh = item_row(tx, item["id"])
            if fresh is not None and fresh["state"] not in FINAL and move_item(stack, tx, fresh, state, why):
                settle(stack, tx, item["order_id"], why)


async def on_port_status(stack: Stack, envelope: Document) -> None:
    """A port that waits makes its item wait, with the reason; everything else lets it go on."""
    port = event_document(envelope)
    status = text(port, "status")
    waits = status in _WAITS
    reason = _reason(port) if waits else f"port {status}"
    with stack.db.begin() as tx:
        item = item_row(tx, text(port, "orderItemId"))
        if item is None or item["state"] not in ("inProgress", "pending"):
            return
        if move_item(stack, tx, item, "pending" if waits else "inProgress", Why("portability", reason)):
            settle(stack, tx, item["order_id"], Why("portability", reason))
            if status == "resolutionRequired":
                ORDER.publish(stack, tx, item["order_id"], "InformationRequiredEvent")


def _reason(port: Document) -> str:
    """What a rep reads: what happened, the old provider's reason, and until when."""
    parts = [_WAITS[text(port, "status")]]
    details = ": ".join(part for part in (text(port, "reasonCode"), text(port, "reason")) if part)
    promised = at(port, "promisedAt")
    return "; ".join(part for part in (*parts, details, f"answer promised by {promised}" if promised else "") if part)
