"""Work orders (TMF697): one piece of field work for one resource order item, however many visits it takes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, RowMapping, select, update
from starlette.requests import Request

from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.kernel.errors import invalid
from ringback.reference_stack.kernel.machines import WORK_ORDER as STATES
from ringback.reference_stack.kernel.resource import Created, Resource
from ringback.reference_stack.schema import WFM_APPOINTMENT, WFM_VISIT, WFM_WORK_ORDER
from ringback.reference_stack.systems.reading import Document, documents, text
from ringback.reference_stack.systems.workforce.attention import look_again

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

BASE = "/tmf-api/workOrderManagement/v4"
APPOINTMENTS = "/tmf-api/appointment/v4/appointment"
LIVE = ("initialized", "confirmed")  # appointments that may still take place
WAITING = ("acknowledged", "held")  # work orders without a technician
FINAL = STATES.final
_EQUIPMENT = ("ownStock", "shipment")  # in the van, or sent to the customer
_OURS = {
    "externalId": "external_id",
    "orderId": "order_id",
    "productOrderItemId": "product_order_item_id",
    "serviceOrderItemId": "service_order_item_id",
    "resourceOrderItemId": "resource_order_item_id",
}
# What a visit's end means for the work of that visit, in TM Forum's words.
_WORK = {"dispatched": "inProgress", "done": "completed", "failed": "failed", "withdrawn": "cancelled"}


async def _create(stack: Stack, body: Document, _request: Request) -> Created:
    """Takes a work order in; the same externalId again gets the first one."""
    items = documents(body, "workOrderItem")
    if not all(text(item, "id") and text(item, "action") for item in items):
        raise invalid("each workOrderItem needs id and action", "add them and post again")
    unknown = [text(item, "action") for item in items if text(item, "action") not in shapes.ACTIONS]
    if unknown:
        raise invalid(f"action is {unknown[0]!r}", f"it is one of {', '.join(shapes.ACTIONS)}")
    if text(body, "equipment") not in ("", *_EQUIPMENT):
        raise invalid(f"equipment is {text(body, 'equipment')!r}", f"it is one of {', '.join(_EQUIPMENT)}")
    own = {column: text(body, name) or None for name, column in _OURS.items()}
    with stack.db.begin() as tx:
        known = _known(tx, own["external_id"])
        if known is not None:
            return Created(known, 200)
        appointment = text(body, "appointmentId", "appointment.id") or booked(tx, own)
        now, identity = stack.clock.stamp(), stack.ids.new("WO")
        row = own | {
            "id": identity, "state": "acknowledged", "order_date": now, "state_changed_at": now,
            "appointment_id": appointment or None, "address_id": _address(body) or None, "items": json.dumps(items),
            "equipment": text(body, "equipment") or "ownStock",
            "correlation_id": CORRELATION.get(),
        }  # fmt: skip
        known_names = {*_OURS, "appointmentId", "appointment", "place", "workOrderItem", "equipment", "state"}
        WORK_ORDER.extend(tx, identity, {name: value for name, value in body.items() if name not in known_names})
        link(tx, appointment, own)
        WORK_ORDER.insert(stack, tx, row)
    return Created(identity)


def _address(body: Document) -> str:
    """The place of the work, given as one place or as a list of one."""
    return text(body, "place.0.id", "place.id")


def _known(tx: Connection, external: str | None) -> str | None:
    if external is None:
        return None
    found = select(WFM_WORK_ORDER.c.id).where(WFM_WORK_ORDER.c.external_id == external)
    return tx.execute(found).scalar()


def booked(tx: Connection, order: dict[str, Any]) -> str:
    """The live appointment that was made for the product order item, or for the order as a whole."""
    columns = WFM_APPOINTMENT.c
    live = select(columns.id).where(columns.status.in_(LIVE)).order_by(columns.starts_at, columns.id)
    item, whole = order["product_order_item_id"], order["order_id"]
    found = tx.execute(live.where(columns.order_item_id == item)).scalar() if item else None
    if found is None and whole:
        found = tx.execute(live.where(columns.order_id == whole, columns.order_item_id.is_(None))).scalar()
    return found or ""


def link(tx: Connection, appointment: str, order: dict[str, Any]) -> None:
    """The appointment learns for which order it is, unless it knows."""
    mine = update(WFM_APPOINTMENT).where(WFM_APPOINTMENT.c.id == appointment)
    for column, value in (("order_id", order["order_id"]), ("order_item_id", order["product_order_item_id"])):
        if value:
            tx.execute(mine.where(WFM_APPOINTMENT.c[column].is_(None)).values(**{column: value}))


def visits_of(tx: Connection, work_order: str) -> list[RowMapping]:
    """The visits of a work order, the first one first."""
    mine = select(WFM_VISIT).where(WFM_VISIT.c.work_order_id == work_order).order_by(WFM_VISIT.c.visit)
    return list(tx.execute(mine).mappings())


def _shape(tx: Connection, row: RowMapping) -> Document:
    shown: Document = {
        "workOrderItem": [_item(item, row, visits_of(tx, row["id"])) for item in json.loads(row["items"])]
    }
    if row["appointment_id"]:
        identity = row["appointment_id"]
        shown["appointment"] = {"id": identity, "href": f"{APPOINTMENTS}/{identity}", "@referredType": "Appointment"}
    if row["address_id"]:
        shown["place"] = {"id": row["address_id"], "role": "installationAddress", "@referredType": "GeographicAddress"}
    return shown


def _item(item: Document, row: RowMapping, visits: list[RowMapping]) -> Document:
    """An item with its state and one piece of work per visit."""
    shown = item | {"state": row["state"]}
    if not visits:
        return shown
    work = [
        {"id": one["id"], "name": f"visit {one['visit']}", "state": _WORK[one["state"]], "@type": "Work"}
        | ({"completionDate": one["closed_at"]} if one["state"] == "done" else {})
        for one in visits
    ]
    return shown | {"work": {"id": row["id"], "@type": "Work", "state": work[-1]["state"], "work": work}}


async def _before_patch(stack: Stack, before: Document, changes: Document) -> None:
    """Another appointment may be put in place of the one that failed; a job under way is rescheduled there."""
    appointment = text(changes, "appointment.id")
    if not appointment:
        return
    with stack.db.begin() as tx:
        row = tx.execute(select(WFM_APPOINTMENT).where(WFM_APPOINTMENT.c.id == appointment)).mappings().first()
    if row is None or row["status"] not in LIVE:
        found = row["status"] if row is not None else "unknown"
        raise invalid(f"appointment {appointment} is {found}", "name an appointment that can still take place")
    if before["state"] not in WAITING:
        raise invalid(f"work order {before['id']} is {before['state']}", "change the window of its appointment instead")


def _merge(stack: Stack, tx: Connection, identity: str, changes: Document) -> None:
    appointment = text(changes, "appointment.id")
    rest = {name: value for name, value in changes.items() if name != "appointment"}
    if rest:
        WORK_ORDER.merge_attributes(stack, tx, identity, rest)
    if appointment:
        use_appointment(stack, tx, identity, appointment)


def use_appointment(stack: Stack, tx: Connection, identity: str, appointment: str) -> None:
    """The work order waits for this appointment from now on."""
    row = WORK_ORDER.row(tx, identity)
    if row is not None:
        WORK_ORDER.update(stack, tx, identity, {"appointment_id": appointment})
        link(tx, appointment, dict(row))
        look_again(stack, identity)


def _remove(tx: Connection, identity: str) -> None:
    tx.execute(WFM_VISIT.delete().where(WFM_VISIT.c.work_order_id == identity))


_TEXTS = (*_OURS, "readiness", "closeCode", "ontSerial")
WORK_ORDER = Resource(
    name="workOrder",
    path=f"{BASE}/workOrder",
    table=WFM_WORK_ORDER,
    prefix="WO",
    tag="Work Order",
    columns=_OURS
    | {
        "state": "state",
        "orderDate": "order_date",
        "stateChangeDate": "state_changed_at",
        "startDate": "dispatched_at",
        "completionDate": "completed_at",
        "closeCode": "close_code",
        "ontSerial": "ont_serial",
        "readiness": "readiness",
        "equipment": "equipment",
    },
    filters={"appointment.id": "appointment_id", "place.id": "address_id"},
    shape=_shape,
    mergeable=("appointment",),
    mandatory=("workOrderItem",),
    not_patchable=(
        *("id", "href", "state", "orderDate", "stateChangeDate", "startDate", "completionDate", "closeCode"),
        *("ontSerial", "readiness", "equipment", *_OURS),
    ),
    machine=STATES,
    create=_create,
    before_patch=_before_patch,
    merge=_merge,
    remove=_remove,
    required=("state", "orderDate", "workOrderItem"),
    properties={
        **dict.fromkeys(_TEXTS, shapes.TEXT),
        **dict.fromkeys(("orderDate", "stateChangeDate", "startDate", "completionDate"), shapes.TIME),
        "state": shapes.states(STATES),
        "equipment": shapes.one_of(*_EQUIPMENT),
        "appointment": shapes.REFERENCE,
        "workOrderItem": shapes.many(
            shapes.record({"id": shapes.TEXT, "action": shapes.ACTION, "state": shapes.states(STATES)}, "id", "action"),
            1,
        ),
    },
)
