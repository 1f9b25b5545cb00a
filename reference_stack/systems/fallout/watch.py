"""What the queue hears of production: it starts and stops timers, opens cases for refusals, closes what is mended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from ringback.reference_stack.clock import text_of
from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.kernel.errors import SystemDown
from ringback.reference_stack.schema import FLT_TIMER
from ringback.reference_stack.systems.fallout.cases import close_cases, forget_old, open_case, with_customer
from ringback.reference_stack.systems.fallout.looking import look
from ringback.reference_stack.systems.fallout.timers import (
    LIMITS,
    order_timers,
    port_timers,
    product_timers,
    shipment_timers,
)
from ringback.reference_stack.systems.reading import Document, documents, event_document, party, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_TURN_S = 0.5
_ORDER_OF = ("productOrder.id", "productOrderItem.0.productOrderId")  # of a product
TEST_TICKET = "testFallout"  # the type of ticket that becomes a case
_PORT_MENDED = ("confirmed", "activated", "cancelled")


async def on_product_order(stack: Stack, envelope: dict[str, object]) -> None:
    """An order has a new state: its clock starts again."""
    order = event_document(envelope)
    identity = text(order, "id")
    with stack.db.begin() as tx:
        _set_timers(stack, tx, identity, order_timers(text(order, "state")), order=identity)
        close_cases(stack, tx, identity, "ordering", "COM-ACKNOWLEDGED")
        close_cases(stack, tx, identity, "ordering", "COM-SILENT")


async def on_port(stack: Stack, envelope: dict[str, object]) -> None:
    """A refusal of the old provider needs a person; its confirmation ends that."""
    port = event_document(envelope)
    order, status = text(port, "orderId"), text(port, "status")
    code = f"NP-{text(port, 'reasonCode')}"
    case: Document = {"system": "portability", "code": code, "orderId": order, "rootCause": text(port, "reason")}
    refused = status == "resolutionRequired"
    case = await with_customer(stack, case) if refused else case
    with stack.db.begin() as tx:
        _set_timers(stack, tx, text(port, "id"), port_timers(status), order=order)
        if refused:
            open_case(stack, tx, case)
        if status in _PORT_MENDED:
            close_cases(stack, tx, order, "portability")


async def on_shipment(stack: Stack, envelope: dict[str, object]) -> None:
    """A purchase order waits for its shipping notice; one that the partner refuses needs a person."""
    shipment = event_document(envelope)
    order, state = text(shipment, "productOrderId", "orderId"), text(shipment, "state", "status")
    cause = f"the logistics partner rejected purchase order {text(shipment, 'po', 'poNumber')}"
    case: Document = {"system": "logistics", "code": "PO-REJECTED", "orderId": order, "rootCause": cause}
    case = await with_customer(stack, case) if state == "rejected" else case
    with stack.db.begin() as tx:
        _set_timers(stack, tx, text(shipment, "id"), shipment_timers(state), order=order)
        if state == "rejected":
            open_case(stack, tx, case)


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


async def on_product(stack: Stack, envelope: dict[str, object]) -> None:
    """A product that costs something waits for its charge."""
    product = event_document(envelope)
    costs = any(text(price, "priceType") == "recurring" for price in documents(product, "productPrice"))
    running = product_timers(text(product, "status"), costs=costs)
    with stack.db.begin() as tx:
        _set_timers(stack, tx, text(product, "id"), running, order=text(product, *_ORDER_OF))


async def on_ticket(stack: Stack, envelope: dict[str, object]) -> None:
    """A ticket that asks for it puts a case into the queue."""
    ticket = event_document(envelope)
    if text(ticket, "ticketType") != TEST_TICKET:
        return
    orders = [one for one in documents(ticket, "relatedEntity") if text(one, "@referredType") == "ProductOrder"]
    case: Document = {
        "system": "assurance", "code": "TEST-FALLOUT", "orderId": text(orders, "0.id") or text(ticket, "id"),
        "rootCause": text(ticket, "description"), "customerId": party(ticket), "detail": text(ticket, "id"),
    }  # fmt: skip
    case = await with_customer(stack, case)
    with stack.db.begin() as tx:
        open_case(stack, tx, case)


async def start(stack: Stack) -> None:
    """Begins to open a case for each timer that has run out."""

    async def fallout_timers() -> None:
        with stack.db.begin() as tx:
            if stack.defects.on("D23"):
                forget_old(stack, tx)
            due = tx.execute(select(FLT_TIMER).where(FLT_TIMER.c.due_at <= stack.clock.stamp())).mappings().all()
        for timer in due:
            CORRELATION.set(timer["correlation_id"] or "")
            try:
                again = await look(stack, timer)
            except SystemDown as down:
                stack.log.info("timer %s waits: %s", timer["id"], down)
                continue
            case = await with_customer(stack, _case(timer)) if again is None else {}
            with stack.db.begin() as tx:
                _run_out(stack, tx, timer, again, case)

    stack.every(_TURN_S, fallout_timers)


def _case(timer: RowMapping) -> Document:
    return {
        "system": timer["system"], "code": timer["code"], "orderId": timer["order_id"],
        "rootCause": timer["detail"], "correlationId": timer["correlation_id"],
    }  # fmt: skip


def _run_out(stack: Stack, tx: Connection, timer: RowMapping, again: str | None, case: Document) -> None:
    """A timer becomes a case, or waits on, or ends; unless it was set anew while it was looked at."""
    mine = (FLT_TIMER.c.id == timer["id"]) & (FLT_TIMER.c.due_at == timer["due_at"])
    if tx.execute(select(FLT_TIMER.c.id).where(mine)).first() is None:
        return
    if again:
        tx.execute(update(FLT_TIMER).where(mine).values(due_at=again))
        return
    if case:
        open_case(stack, tx, case)
    tx.execute(delete(FLT_TIMER).where(mine))
