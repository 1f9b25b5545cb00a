"""The dispatcher's desk: sends who is ready, tells of new windows, asks for close-outs that do not come."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, select, update

from ringback.reference_stack.clock import text_of
from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.kernel.errors import CallRefused, SystemDown, TmfError
from ringback.reference_stack.schema import WFM_APPOINTMENT, WFM_VISIT, WFM_WORK_ORDER
from ringback.reference_stack.systems.fallout_report import report
from ringback.reference_stack.systems.reading import documents, event_document, text
from ringback.reference_stack.systems.workforce.appointments import APPOINTMENT
from ringback.reference_stack.systems.workforce.attention import attention, look_again
from ringback.reference_stack.systems.workforce.equipment import is_wanted, order_equipment
from ringback.reference_stack.systems.workforce.jobs import appointment_row, dispatch, reschedule, withdraw
from ringback.reference_stack.systems.workforce.readiness import readiness
from ringback.reference_stack.systems.workforce.work_orders import (
    LIVE,
    WAITING,
    WORK_ORDER,
    booked,
    link,
    use_appointment,
)

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

SYSTEM_ID = "workforce"
CLOSE_OUT_WITHIN = timedelta(hours=2)  # after the end of the window
HELD_FOR = timedelta(minutes=30)  # a window that is chosen but not confirmed
_TURN_S = 0.1
_TIDY_S = 1.0
_ORDER_DEAD = ("cancelled", "rejected", "failed")


async def start(stack: Stack) -> None:
    """Begins to work the desk."""

    async def field_jobs() -> None:
        await _follow_appointments(stack)
        await _send_technicians(stack)

    async def field_deadlines() -> None:
        await _ask_for_close_outs(stack)
        _free_unconfirmed(stack)

    stack.every(_TURN_S, field_jobs)
    stack.every(_TIDY_S, field_deadlines)


async def _send_technicians(stack: Stack) -> None:
    columns = WFM_WORK_ORDER.c
    waiting = select(columns.id).where(columns.state.in_(WAITING)).order_by(columns.order_date, columns.id)
    with stack.db.begin() as tx:
        identities = tx.execute(waiting).scalars().all()
    for identity in identities:
        if not attention(stack).ready(identity):
            continue
        attention(stack).later(identity)
        with stack.db.begin() as tx:
            order = WORK_ORDER.row(tx, identity)
        if order is not None and order["state"] in WAITING:
            await _try(stack, order)


async def _try(stack: Stack, order: RowMapping) -> None:
    """One look at one work order; what the gateway refuses becomes a case."""
    CORRELATION.set(order["correlation_id"] or "")
    try:
        await _look(stack, order)
    except SystemDown as down:
        stack.log.info("work order %s waits: %s", order["id"], down)
    except CallRefused as refusal:
        await report(stack, system=SYSTEM_ID, order=order["order_id"] or "", code="WFM-REFUSED", detail=refusal)


async def _look(stack: Stack, order: RowMapping) -> None:
    with stack.db.begin() as tx:
        appointment = appointment_row(tx, order["appointment_id"])
        if appointment is None or appointment["status"] not in LIVE:
            other = booked(tx, dict(order))
            if other:
                use_appointment(stack, tx, order["id"], other)
                appointment = appointment_row(tx, other)
    found = await readiness(stack, order, appointment)
    if found.place is not None and is_wanted(order):
        await order_equipment(stack, order, found.place)
    if not found.missing and found.place is not None and appointment is not None:
        await dispatch(stack, order, appointment, found.place)
        return
    with stack.db.begin() as tx:
        WORK_ORDER.update(stack, tx, order["id"], {"readiness": found.said})


async def _follow_appointments(stack: Stack) -> None:
    """A job under way whose window has moved, or whose appointment is cancelled."""
    appointment, visit = WFM_APPOINTMENT.c, WFM_VISIT.c
    moved = (appointment.starts_at != visit.starts_at) | (appointment.ends_at != visit.ends_at)
    query = (
        select(WFM_VISIT, appointment.status.label("status"))
        .join(WFM_APPOINTMENT, appointment.id == visit.appointment_id)
        .where(visit.state == "dispatched", moved | (appointment.status == "cancelled"))
        .order_by(visit.id)
    )
    with stack.db.begin() as tx:
        visits = tx.execute(query).mappings().all()
    for one in visits:
        if attention(stack).ready(one["id"]):
            await _follow(stack, one)


async def _follow(stack: Stack, visit: RowMapping) -> None:
    """One job that is told again; what the gateway refuses becomes a case, and the other jobs go on."""
    try:
        await (withdraw if visit["status"] == "cancelled" else reschedule)(stack, visit)
    except SystemDown as down:
        stack.log.info("visit %s waits: %s", visit["id"], down)
    except (CallRefused, TmfError) as refusal:
        attention(stack).later(visit["id"])
        with stack.db.begin() as tx:
            order = WORK_ORDER.row(tx, visit["work_order_id"])
        of = (order["order_id"] or "") if order is not None else ""
        await report(stack, system=SYSTEM_ID, order=of, code="WFM-REFUSED", detail=refusal)


async def _ask_for_close_outs(stack: Stack) -> None:
    """A visit whose end nobody reported needs a person, once."""
    late = text_of(stack.clock.now() - CLOSE_OUT_WITHIN)
    visit = WFM_VISIT.c
    query = select(WFM_VISIT).where(visit.state == "dispatched", visit.missed_at.is_(None), visit.ends_at < late)
    with stack.db.begin() as tx:
        visits = [(one, WORK_ORDER.row(tx, one["work_order_id"])) for one in tx.execute(query).mappings().all()]
    for one, order in visits:
        CORRELATION.set(order["correlation_id"] or "" if order else "")
        said = f"visit {one['visit']} of work order {one['work_order_id']} ended at {one['ends_at']}: no close-out"
        of = (order["order_id"] or "") if order else ""
        await report(stack, system=SYSTEM_ID, order=of, code="WFM-NO-CLOSE-OUT", detail=said)
        with stack.db.begin() as tx:
            tx.execute(update(WFM_VISIT).where(visit.id == one["id"]).values(missed_at=stack.clock.stamp()))


def _free_unconfirmed(stack: Stack) -> None:
    """Crews that were chosen and never confirmed are free again."""
    columns = WFM_APPOINTMENT.c
    old = text_of(stack.clock.now() - HELD_FOR)
    forgotten = select(columns.id).where(
        columns.status == "initialized", columns.area.is_not(None), columns.last_update < old
    )
    with stack.db.begin() as tx:
        for identity in tx.execute(forgotten).scalars().all():
            APPOINTMENT.update(stack, tx, identity, {"status": "cancelled", "last_update": stack.clock.stamp()})


async def on_shipment(stack: Stack, envelope: dict[str, object]) -> None:
    """A box is on its way: the work order that waits for it may be ready."""
    item = text(event_document(envelope), "orderItemId")
    columns = WFM_WORK_ORDER.c
    waiting = select(columns.id).where((columns.product_order_item_id == item) | (columns.id == item))
    with stack.db.begin() as tx:
        look_again(stack, *tx.execute(waiting).scalars().all())


async def on_product_order(stack: Stack, envelope: dict[str, object]) -> None:
    """The appointments that an order names are its own; a dead order gives its windows back."""
    order = event_document(envelope)
    with stack.db.begin() as tx:
        for item in documents(order, "productOrderItem"):
            named = {"order_id": text(order, "id"), "product_order_item_id": text(item, "orderItemId")}
            link(tx, text(item, "appointment.id"), dict(named))
        if text(order, "state") in _ORDER_DEAD:
            _give_back(stack, tx, text(order, "id"))


def _give_back(stack: Stack, tx: Connection, order: str) -> None:
    columns = WFM_APPOINTMENT.c
    live = select(columns.id).where(columns.order_id == order, columns.status.in_(LIVE)).order_by(columns.id)
    for identity in tx.execute(live).scalars().all():
        APPOINTMENT.update(stack, tx, identity, {"status": "cancelled", "last_update": stack.clock.stamp()})
