"""Cancelling a work order (TMF697): possible until the technician is on the way, and the field force is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection
from starlette.requests import Request

from ringback.reference_stack.clock import moment_of
from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.errors import conflict, invalid, missing
from ringback.reference_stack.kernel.machines import ACCEPTED_TASK
from ringback.reference_stack.kernel.resource import Created, Resource
from ringback.reference_stack.schema import WFM_CANCEL
from ringback.reference_stack.systems.documents import store_document
from ringback.reference_stack.systems.reading import Document, text
from ringback.reference_stack.systems.workforce.appointments import APPOINTMENT
from ringback.reference_stack.systems.workforce.attention import look_again
from ringback.reference_stack.systems.workforce.jobs import appointment_row, open_visit, withdraw
from ringback.reference_stack.systems.workforce.slots import CUT_OFF
from ringback.reference_stack.systems.workforce.work_orders import BASE, FINAL, LIVE, WORK_ORDER

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack


async def _cancel(stack: Stack, body: Document, _request: Request) -> Created:
    """Takes a work order back if it still can be."""
    identity = text(body, "workOrder.id")
    if not identity:
        raise invalid("workOrder needs an id", "name the work order to cancel")
    with stack.db.begin() as tx:
        order = WORK_ORDER.row(tx, identity)
        if order is None:
            raise missing("workOrder", identity)
        visit = open_visit(tx, identity)
    if order["state"] in FINAL:
        raise conflict(f"work order {identity} is {order['state']}", "only an open work order can be cancelled")
    if visit is not None and stack.clock.now() >= moment_of(visit["starts_at"]) - CUT_OFF:
        raise conflict(f"work order {identity}: the technician is on the way", "wait for the close-out")
    if visit is not None:
        await withdraw(stack, visit)
    with stack.db.begin() as tx:
        _end(stack, tx, identity)
        look_again(stack, identity)
        named: Document = {"id": identity, "href": f"{WORK_ORDER.path}/{identity}", "@referredType": "WorkOrder"}
        done = {"workOrder": named, "state": "done", "effectiveCancellationDate": stack.clock.stamp()}
        return Created(store_document(stack, tx, CANCEL, body | done))


def _end(stack: Stack, tx: Connection, identity: str) -> None:
    """The work order goes its way to cancelled; its window is free again."""
    order = WORK_ORDER.row(tx, identity)
    appointment = appointment_row(tx, order["appointment_id"] if order is not None else None)
    if appointment is not None and appointment["status"] in LIVE:
        given_back = {"status": "cancelled", "last_update": stack.clock.stamp()}
        APPOINTMENT.update(stack, tx, appointment["id"], given_back)
    for state in ("assessingCancellation", "pendingCancellation", "cancelled"):
        WORK_ORDER.update(stack, tx, identity, {"state": state})


CANCEL = Resource(
    name="cancelWorkOrder",
    path=f"{BASE}/cancelWorkOrder",
    table=WFM_CANCEL,
    prefix="CWO",
    tag="Work Order",
    columns={"state": "state"},
    mandatory=("workOrder",),
    machine=ACCEPTED_TASK,
    create=_cancel,
    operations="LGP",
    required=("workOrder", "state"),
    properties={
        "state": shapes.states(ACCEPTED_TASK),
        "workOrder": shapes.REFERENCE,
        "cancellationReason": shapes.TEXT,
        "requestedCancellationDate": shapes.TIME,
        "effectiveCancellationDate": shapes.TIME,
    },
)
