"""What the queue hears of production: it starts and stops timers, opens cases for refusals, closes what is mended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, insert, select

from ringback.reference_stack.clock import text_of
from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.schema import FLT_TIMER
from ringback.reference_stack.systems.fallout.cases import close_cases, open_case
from ringback.reference_stack.systems.fallout.timers import LIMITS, order_timers, port_timers, shipment_timers
from ringback.reference_stack.systems.reading import event_document, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_TURN_S = 0.5
_PORT_MENDED = ("confirmed", "activated", "cancelled")


async def on_product_order(stack: Stack, envelope: dict[str, object]) -> None:
    """An order has a new state: its clock starts again."""
    order = event_document(envelope)
    identity = text(order, "id")
    with stack.db.begin() as tx:
        _set_timers(stack, tx, identity, order_timers(text(order, "state")), order=identity)


async def on_port(stack: Stack, envelope: dict[str, object]) -> None:
    """A refusal of the old provider needs a person; its confirmation ends that."""
    port = event_document(envelope)
    order, status = text(port, "orderId"), text(port, "status")
    with stack.db.begin() as tx:
        _set_timers(stack, tx, text(port, "id"), port_timers(status), order=order)
        if status == "resolutionRequired":
            code = f"NP-{text(port, 'reasonCode')}"
            case = {"system": "portability", "code": code, "orderId": order, "rootCause": text(port, "reason")}
            open_case(stack, tx, dict(case))
        if status in _PORT_MENDED:
            close_cases(stack, tx, order, "portability")


async def on_shipment(stack: Stack, envelope: dict[str, object]) -> None:
    """A purchase order waits for its shipping notice; one that the partner refuses needs a person."""
    shipment = event_document(envelope)
    order, state = text(shipment, "productOrderId", "orderId"), text(shipment, "state", "status")
    with stack.db.begin() as tx:
        _set_timers(stack, tx, text(shipment, "id"), shipment_timers(state), order=order)
        if state == "rejected":
            cause = f"the logistics partner rejected purchase order {text(shipment, 'poNumber')}"
            open_case(stack, tx, {"system": "logistics", "code": "PO-REJECTED", "orderId": order, "rootCause": cause})


def _set_timers(stack: Stack, tx: Connection, entity: str, running: Mapping[str, bool], *, order: str) -> None:
    """Starts the timers that run in the new state afresh and ends the others."""
    for code, runs in running.items():
        identity = f"{code}:{entity}"
        tx.execute(delete(FLT_TIMER).where(FLT_TIMER.c.id == identity))
        if runs:
            limit = LIMITS[code]
            values = {
                "id": identity, "code": code, "order_id": order or None, "system": limit.system,
                "due_at": text_of(stack.clock.now() + limit.within), "detail": limit.said,
                "correlation_id": CORRELATION.get(),
            }  # fmt: skip
            tx.execute(insert(FLT_TIMER).values(**values))


async def start(stack: Stack) -> None:
    """Begins to open a case for each timer that has run out."""

    async def fallout_timers() -> None:
        with stack.db.begin() as tx:
            due = tx.execute(select(FLT_TIMER).where(FLT_TIMER.c.due_at <= stack.clock.stamp())).mappings().all()
            for timer in due:
                case = {
                    "system": timer["system"], "code": timer["code"], "orderId": timer["order_id"],
                    "rootCause": timer["detail"], "correlationId": timer["correlation_id"],
                }  # fmt: skip
                open_case(stack, tx, case)
                tx.execute(delete(FLT_TIMER).where(FLT_TIMER.c.id == timer["id"]))

    stack.every(_TURN_S, fallout_timers)
