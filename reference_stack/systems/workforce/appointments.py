"""Appointments (TMF646): a window at a place, kept as two instants and the zone of the place, taken from a crew."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection, RowMapping, false, func, select
from starlette.requests import Request

from ringback.reference_stack.clock import moment_of, text_of
from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.bodies import merged
from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.kernel.errors import conflict, invalid
from ringback.reference_stack.kernel.machines import APPOINTMENT as STATES
from ringback.reference_stack.kernel.machines import legal
from ringback.reference_stack.kernel.resource import Created, Resource
from ringback.reference_stack.schema import WFM_APPOINTMENT, WFM_WORK_ORDER
from ringback.reference_stack.systems.reading import Document, at, documents, text
from ringback.reference_stack.systems.workforce.attention import look_again
from ringback.reference_stack.systems.workforce.places import place_of
from ringback.reference_stack.systems.workforce.slots import CUT_OFF, is_free, local_time, window_of
from ringback.reference_stack.systems.workforce.work_orders import LIVE, WAITING, use_appointment

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

BASE = "/tmf-api/appointment/v4"
_YEARS = range(1970, 2200)
_KINDS = {"ProductOrder": "order_id", "ProductOrderItem": "order_item_id"}


def taken(tx: Connection, area: str, besides: str = "") -> dict[tuple[str, str], int]:
    """How many live appointments the crews of an area have, by window.

    Args:
        tx: the caller's transaction: what it finds free stays free until it has written.
        area: the area.
        besides: an appointment that does not count, because it moves.
    """
    columns = WFM_APPOINTMENT.c
    live = (columns.area == area, columns.status.in_(LIVE), columns.id != besides)
    counted = select(columns.starts_at, columns.ends_at, func.count()).where(*live)
    return {(row[0], row[1]): row[2] for row in tx.execute(counted.group_by(columns.starts_at, columns.ends_at))}


def period(document: object, *, is_open: bool) -> tuple[str | None, str | None]:
    """The two instants of `validFor` in UTC; TmfError 400 when they are in the wrong order.

    Args:
        document: what the client sent.
        is_open: TMF646 lets a period go without a start or an end; a technician needs both.
    """
    start, end = text(document, "validFor.startDateTime"), text(document, "validFor.endDateTime")
    if not (is_open or (start and end)):
        raise invalid("validFor needs startDateTime and endDateTime", "take both from a slot of searchTimeSlot")
    if start and end and moment_of(start) >= moment_of(end):
        raise invalid(f"validFor ends at {end}, before it starts at {start}", "take both from a slot of searchTimeSlot")
    return _instant(start), _instant(end)


def _instant(said: str) -> str | None:
    """An instant in UTC; a year that no clock of a place can show is refused."""
    if said and moment_of(said).year not in _YEARS:
        raise invalid(f"validFor has the year of {said}", f"years are {_YEARS[0]} to {_YEARS[-1]}")
    return text_of(moment_of(said)) if said else None


async def _create(stack: Stack, body: Document, _request: Request) -> Created:
    """Takes a window; with a place it must be one that technicians keep and that a crew is free in."""
    if not legal(STATES, None, text(body, "status")):
        raise invalid(f"a new appointment cannot be {body['status']}", "post it, then PATCH its status")
    external, address = text(body, "externalId"), text(body, "relatedPlace.id")
    starts_at, ends_at = period(body, is_open=not address)
    place = await place_of(stack, address) if address else None
    if address and place is None:
        raise invalid(f"address {address} is unknown", "validate the address first (TMF673)")
    now = stack.clock.stamp()
    row: Document = {
        "id": stack.ids.new("APT"), "status": "initialized", "starts_at": starts_at, "ends_at": ends_at,
        "tz": place.zone if place else _zone(text(body, "timeZone")), "area": place.area if place else None,
        "address_id": address or None, "external_id": external or None, "category": text(body, "category") or None,
        "created_at": now, "last_update": now, "correlation_id": CORRELATION.get(),
    }  # fmt: skip
    known = select(WFM_APPOINTMENT.c.id).where(WFM_APPOINTMENT.c.external_id == external)
    with stack.db.begin() as tx:
        same = tx.execute(known).scalar() if external else None
        if same is not None:
            return Created(same, 200)
        _take(stack, tx, row)
        APPOINTMENT.extend(tx, str(row["id"]), {name: body[name] for name in body if name not in _NOT_KEPT})
        APPOINTMENT.insert(stack, tx, row | _entities(body))
        _use(stack, tx, body, str(row["id"]))
        _look_again(stack, tx, str(row["id"]))
    return Created(str(row["id"]))


def _zone(name: str) -> str:
    """The zone of an appointment without a place."""
    try:
        return ZoneInfo(name or "UTC").key
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise invalid(f"timeZone {name!r} is no IANA zone", "write for example America/New_York") from error


def _take(stack: Stack, tx: Connection, row: Document) -> None:
    """Checks that the window is offered and a crew is free; an appointment without a place takes no crew."""
    area = text(row, "area")
    if not area:
        return
    window = window_of(text(row, "tz"), text(row, "starts_at"), text(row, "ends_at"))
    if window is None:
        raise invalid(
            f"no technician comes from {row['starts_at']} to {row['ends_at']}", "take a slot of searchTimeSlot"
        )
    if window.start < stack.clock.now() + CUT_OFF:
        raise conflict(f"the window from {row['starts_at']} is too soon or past", "search for another slot")
    if not is_free(taken(tx, area, besides=text(row, "id")), window):
        raise conflict(f"no crew of area {area} is free from {row['starts_at']}", "search for another slot")


def _entities(body: Document) -> dict[str, str]:
    """The product order and the item that the appointment says it is for."""
    named = [(_KINDS.get(text(one, "@referredType")), text(one, "id")) for one in documents(body, "relatedEntity")]
    return {column: identity for column, identity in named if column and identity}


def _use(stack: Stack, tx: Connection, body: Document, identity: str) -> None:
    """Gives the appointment to the waiting work order that it names."""
    for one in documents(body, "relatedEntity"):
        mine = (WFM_WORK_ORDER.c.id == text(one, "id")) & WFM_WORK_ORDER.c.state.in_(WAITING)
        if text(one, "@referredType") == "WorkOrder" and tx.execute(select(WFM_WORK_ORDER).where(mine)).first():
            use_appointment(stack, tx, text(one, "id"), identity)


def _look_again(stack: Stack, tx: Connection, identity: str) -> None:
    """The work orders that this appointment is for may be ready now."""
    row, columns = APPOINTMENT.row(tx, identity), WFM_WORK_ORDER.c
    if row is None:
        return
    of_order = columns.order_id == row["order_id"] if row["order_id"] else false()
    of_item = columns.product_order_item_id == row["order_item_id"] if row["order_item_id"] else false()
    concerned = (columns.appointment_id == identity) | of_order | of_item
    look_again(stack, *tx.execute(select(columns.id).where(columns.state.in_(WAITING), concerned)).scalars().all())


async def _before_patch(stack: Stack, before: Document, changes: Document) -> None:
    """Refuses a new window, or a cancellation, when the technician is on the way or has been there."""
    moves = "validFor" in changes and changes["validFor"] != before["validFor"]
    if not moves and text(changes, "status") != "cancelled":
        return
    if moves and before["status"] not in LIVE:
        raise conflict(f"appointment {before['id']} is {before['status']}", "make a new one")
    with_technician = bool(at(before, "relatedPlace.id"))
    if with_technician and before["status"] in LIVE:
        _refuse_too_late(stack, text(before, "validFor.startDateTime"))
    if moves:
        changes["validFor"] = merged(before["validFor"], changes["validFor"])
        period(changes, is_open=not with_technician)


def _refuse_too_late(stack: Stack, starts_at: str) -> None:
    if stack.clock.now() >= moment_of(starts_at) - CUT_OFF:
        raise conflict(f"the technician is on the way: the window begins at {starts_at}", "wait for the visit")


def _merge(stack: Stack, tx: Connection, identity: str, changes: Document) -> None:
    """One change, one event; a new window is taken in the transaction that gives the old one back."""
    columns = APPOINTMENT.columns
    values: Document = {columns[name]: value for name, value in changes.items() if name in columns}
    row = APPOINTMENT.row(tx, identity)
    if "validFor" in changes and row is not None:
        values["starts_at"], values["ends_at"] = period(changes, is_open=not row["area"])
        _take(stack, tx, dict(row) | values)
    kept = APPOINTMENT.find(tx, identity) or {}
    rest = {
        name: merged(kept.get(name), value) for name, value in changes.items() if name not in (*columns, "validFor")
    }
    APPOINTMENT.extend(tx, identity, rest)
    APPOINTMENT.update(stack, tx, identity, values | {"last_update": stack.clock.stamp()})
    _look_again(stack, tx, identity)


def _shape(_tx: Connection, row: RowMapping) -> Document:
    """The window twice: as instants, and by the clock of the place."""
    ends = {"startDateTime": row["starts_at"], "endDateTime": row["ends_at"]}
    window = {name: moment for name, moment in ends.items() if moment}
    return {"validFor": window, "localWindow": {name: local_time(row["tz"], window[name]) for name in window}}


_COLUMNS = {
    "status": "status",
    "externalId": "external_id",
    "category": "category",
    "creationDate": "created_at",
    "lastUpdate": "last_update",
    "timeZone": "tz",
}
_NOT_KEPT = {*_COLUMNS, "validFor", "localWindow"}
APPOINTMENT = Resource(
    name="appointment",
    path=f"{BASE}/appointment",
    table=WFM_APPOINTMENT,
    prefix="APT",
    tag="Appointment",
    columns=_COLUMNS,
    filters={
        "relatedPlace.id": "address_id",
        "validFor.startDateTime": "starts_at",
        "validFor.endDateTime": "ends_at",
        "orderId": "order_id",
        "orderItemId": "order_item_id",
    },
    shape=_shape,
    mergeable=("validFor",),
    mandatory=("validFor",),
    defaults={"status": "initialized"},
    not_patchable=("id", "href", "creationDate", "timeZone", "relatedPlace"),
    machine=STATES,
    state="status",
    create=_create,
    before_patch=_before_patch,
    merge=_merge,
    required=("validFor", "status", "creationDate", "lastUpdate", "timeZone"),
    properties={
        **dict.fromkeys(("externalId", "category", "timeZone"), shapes.TEXT),
        **dict.fromkeys(("creationDate", "lastUpdate"), shapes.TIME),
        "status": shapes.states(STATES),
        "validFor": shapes.PERIOD,
        "localWindow": shapes.PERIOD,
        "relatedPlace": shapes.PLACE,
        "relatedParty": shapes.many(shapes.PARTY),
        "relatedEntity": shapes.many(shapes.REFERENCE),
    },
)
