"""What the field force is told: a new job, another window, or that the job is withdrawn. One record per version."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, insert, select, update

from ringback.reference_stack.kernel.errors import conflict
from ringback.reference_stack.schema import WFM_APPOINTMENT, WFM_VISIT
from ringback.reference_stack.systems.reading import text
from ringback.reference_stack.systems.workforce.attention import look_again
from ringback.reference_stack.systems.workforce.customers import customer_name
from ringback.reference_stack.systems.workforce.equipment import SHIPPED
from ringback.reference_stack.systems.workforce.places import Place, place_of
from ringback.reference_stack.systems.workforce.readiness import READY
from ringback.reference_stack.systems.workforce.work_orders import WAITING, WORK_ORDER, visits_of

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

PARTNER, FEED = "field-force", "DISPATCH"
_NEW, _CHANGED, _WITHDRAWN = "N", "C", "X"
_JOBS = {"add": "INSTALL", "modify": "CHANGE", "delete": "REMOVE"}
NO_TECHNICIAN: Mapping[str, object] = {"state": "held", "dispatched_at": None}


def appointment_row(tx: Connection, identity: str | None) -> RowMapping | None:
    """An appointment."""
    return tx.execute(select(WFM_APPOINTMENT).where(WFM_APPOINTMENT.c.id == identity)).mappings().first()


def open_visit(tx: Connection, work_order: str) -> RowMapping | None:
    """The visit that the field force has been told of and not yet closed."""
    return next((one for one in visits_of(tx, work_order) if one["state"] == "dispatched"), None)


def _state(tx: Connection, work_order: str) -> str:
    row = WORK_ORDER.row(tx, work_order)
    return str(row["state"]) if row is not None else ""


async def dispatch(stack: Stack, order: RowMapping, appointment: RowMapping, place: Place) -> None:
    """Sends the technician: the first thing of a visit. What is sent twice after a crash is one job."""
    with stack.db.begin() as tx:
        number = len(visits_of(tx, order["id"])) + 1
    await _tell(stack, order, appointment, place, {"visit": number, "version": 1, "action": _NEW})
    now = stack.clock.stamp()
    row = {
        "id": f"{order['id']}-{number:02d}", "work_order_id": order["id"], "visit": number, "version": 1,
        "appointment_id": appointment["id"], "starts_at": appointment["starts_at"], "ends_at": appointment["ends_at"],
        "state": "dispatched", "sent_at": now,
    }  # fmt: skip
    with stack.db.begin() as tx:
        tx.execute(insert(WFM_VISIT).values(**row))
        sent = {"state": "inProgress", "dispatched_at": now, "readiness": READY, "address_id": place.id}
        if _state(tx, order["id"]) in WAITING:  # otherwise it was cancelled meanwhile, and the job is withdrawn next
            WORK_ORDER.update(stack, tx, order["id"], sent)
    look_again(stack, order["id"])


async def reschedule(stack: Stack, visit: RowMapping) -> None:
    """Tells the field force the new window of its job."""
    order, appointment = await _say(stack, visit, _CHANGED)
    window = {"starts_at": appointment["starts_at"], "ends_at": appointment["ends_at"], "missed_at": None}
    with stack.db.begin() as tx:
        mine = update(WFM_VISIT).where(WFM_VISIT.c.id == visit["id"])
        tx.execute(mine.values(**window, version=visit["version"] + 1, sent_at=stack.clock.stamp()))
        WORK_ORDER.publish(stack, tx, order["id"], "AttributeValueChangeEvent")


async def withdraw(stack: Stack, visit: RowMapping) -> None:
    """Takes the job back; the work order waits for another appointment, unless it is being cancelled."""
    order, appointment = await _say(stack, visit, _WITHDRAWN)
    closed = {"state": "withdrawn", "closed_at": stack.clock.stamp(), "version": visit["version"] + 1}
    with stack.db.begin() as tx:
        tx.execute(update(WFM_VISIT).where(WFM_VISIT.c.id == visit["id"]).values(**closed))
        said = f"missing: appointment: {appointment['id']} is {appointment['status']}"
        if _state(tx, order["id"]) == "inProgress":
            WORK_ORDER.update(stack, tx, order["id"], {**NO_TECHNICIAN, "readiness": said})


async def _say(stack: Stack, visit: RowMapping, action: str) -> tuple[RowMapping, RowMapping]:
    """Sends the next version of a visit; answers the work order and the appointment."""
    with stack.db.begin() as tx:
        order = WORK_ORDER.row(tx, visit["work_order_id"])
        appointment = appointment_row(tx, visit["appointment_id"])
    place = await place_of(stack, order["address_id"]) if order is not None else None
    if order is None or appointment is None or place is None:
        raise conflict(f"visit {visit['id']} has lost its work order, appointment or address", "look at the tables")
    job = {"visit": visit["visit"], "version": visit["version"] + 1, "action": action}
    await _tell(stack, order, appointment, place, job)
    return order, appointment


async def _tell(
    stack: Stack, order: RowMapping, appointment: RowMapping, place: Place, job: Mapping[str, object]
) -> None:
    items = json.loads(order["items"])
    record = {
        "work_order_id": order["id"], **job, "appointment_id": appointment["id"],
        "window_start": appointment["starts_at"], "window_end": appointment["ends_at"],
        "time_zone": appointment["tz"], "job": _JOBS.get(text(items, "0.action"), "VISIT"),
        "customer_name": await customer_name(stack, order["order_id"]),
        "street_nr": place.street_nr, "street": place.street, "unit": place.unit, "city": place.city,
        "state": place.state, "zip": place.postcode,
        "equipment": "SHIPPED" if order["equipment"] == SHIPPED else "VAN",
    }  # fmt: skip
    body = {"partner": PARTNER, "feed": FEED, "key": order["id"], "record": record}
    body["correlation"] = order["correlation_id"] or ""
    (await stack.http.post("gateway", "/gateway/v1/outbound", json=body, correlation=body["correlation"])).need()
