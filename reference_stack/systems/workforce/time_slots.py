"""Searching time slots (TMF646): which windows of a place still have a free crew."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from starlette.requests import Request

from ringback.reference_stack.clock import moment_of
from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.machines import TIME_SLOT_SEARCH
from ringback.reference_stack.kernel.resource import Created, Resource
from ringback.reference_stack.schema import WFM_SLOT_SEARCH
from ringback.reference_stack.systems.reading import Document, documents, text
from ringback.reference_stack.systems.workforce.appointments import BASE, period, taken
from ringback.reference_stack.systems.workforce.places import Place, place_of
from ringback.reference_stack.systems.workforce.slots import CUT_OFF, HORIZON, Window, is_free, windows

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_WITHOUT_WISH = timedelta(days=14)
_MOST = 200


async def _search(stack: Stack, body: Document, _request: Request) -> Created:
    """Looks the free windows up; a place that does not exist has none, and the search is rejected."""
    address = text(body, "relatedPlace.id")
    wanted = [_wish(one) for one in documents(body, "requestedTimeSlot")]
    place = await place_of(stack, address) if address else None
    found = _slots(stack, place, wanted) if place else []
    done = body | {
        "status": "done" if place else "rejected",
        "searchDate": stack.clock.stamp(),
        "searchResult": "success" if found else "fail",
        "availableTimeSlot": found,
    }
    row = {"status": done["status"], "document": json.dumps(done), "created_at": done["searchDate"]}
    with stack.db.begin() as tx:
        return Created(SEARCH.insert(stack, tx, row))


def _wish(slot: Document) -> tuple[str, str]:
    start, end = period(slot, is_open=False)
    return str(start), str(end)


def _slots(stack: Stack, place: Place, wanted: list[tuple[str, str]]) -> list[Document]:
    with stack.db.begin() as tx:
        busy = taken(tx, place.area)
    free = [window for window in _windows(stack, place, wanted) if is_free(busy, window)]
    return [_slot(place, window) for window in free[:_MOST]]


def _windows(stack: Stack, place: Place, wanted: list[tuple[str, str]]) -> Iterator[Window]:
    """The windows in the wished periods, or of the next days; none that is too near or too far."""
    first, last = stack.clock.now() + CUT_OFF, stack.clock.now() + HORIZON
    wishes = [(moment_of(start), moment_of(end)) for start, end in wanted] or [(first, first + _WITHOUT_WISH)]
    for start, end in wishes:
        yield from windows(place.zone, max(start, first), min(end, last))


def _slot(place: Place, window: Window) -> Document:
    identity = f"{place.area}-{window.instants['startDateTime']}"
    shown: Document = {"id": identity, "validFor": window.instants, "@type": "TimeSlot"}
    return shown | {"timeZone": place.zone, "localWindow": window.local}


_SLOT = shapes.record(
    {"id": shapes.TEXT, "validFor": shapes.PERIOD, "timeZone": shapes.TEXT, "localWindow": shapes.PERIOD}, "validFor"
)
SEARCH = Resource(
    name="searchTimeSlot",
    path=f"{BASE}/searchTimeSlot",
    table=WFM_SLOT_SEARCH,
    prefix="STS",
    tag="Appointment",
    columns={"status": "status"},
    machine=TIME_SLOT_SEARCH,
    state="status",
    create=_search,
    required=("status", "searchDate", "searchResult", "availableTimeSlot"),
    properties={
        "status": shapes.states(TIME_SLOT_SEARCH),
        "searchDate": shapes.TIME,
        "searchResult": shapes.one_of("success", "fail"),
        "relatedPlace": shapes.PLACE,
        "requestedTimeSlot": shapes.many(shapes.record({"validFor": shapes.PERIOD}, "validFor")),
        "availableTimeSlot": shapes.many(_SLOT),
    },
)
