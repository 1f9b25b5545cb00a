"""Appointments: windows by the clock of the place, kept as instants, from crews that are really taken."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.integration.reference_stack.conftest import RunningStack, external_id, flagship, until
from tests.integration.reference_stack.workforce.conftest import APPOINTMENT, SEARCH, Desk, Document

NEW_YORK = ZoneInfo("America/New_York")
CREWS = 4
PRODUCT_ORDER = "/tmf-api/productOrderingManagement/v4/productOrder"
CANCEL_PRODUCT_ORDER = "/tmf-api/productOrderingManagement/v4/cancelProductOrder"


def change_of_clocks(after: datetime) -> datetime:
    """Midnight in New York of the next day with 23 or 25 hours."""
    day = after.astimezone(NEW_YORK).replace(hour=0, minute=0, second=0, microsecond=0)
    while day.utcoffset() == (day + timedelta(days=1)).utcoffset():
        day += timedelta(days=1)
    return day


def start(slot: Document) -> str:
    """The instant at which a window begins."""
    window = slot["validFor"]
    assert isinstance(window, dict)
    return str(window["startDateTime"])


def test_windows_are_those_of_the_place_on_both_sides_of_a_change_of_the_clocks(desk: Desk) -> None:
    """Eight in the morning is another instant the day after; both are shown with their own offset."""
    sunday = change_of_clocks(desk.now() + timedelta(days=200))  # not the one that others take windows of

    slots = desk.slots(desk.address, sunday - timedelta(days=1), sunday + timedelta(days=1))

    local = [datetime.fromisoformat(str(slot["localWindow"]["startDateTime"])) for slot in slots]  # type: ignore[index]
    assert [moment.hour for moment in local] == [8, 10, 12, 14, 16] * 2
    assert local[0].utcoffset() != local[5].utcoffset()
    assert [datetime.fromisoformat(start(slot)) for slot in slots] == local
    assert {slot["timeZone"] for slot in slots} == {"America/New_York"}


def test_a_window_of_the_day_of_the_change_is_taken_by_its_instant(desk: Desk) -> None:
    """Four bookings at eight on the Sunday leave none there, and eight on the Saturday untouched."""
    sunday = change_of_clocks(desk.now() + timedelta(days=3))
    eight = desk.slots(desk.address, sunday + timedelta(hours=4), sunday + timedelta(hours=13))[0]

    codes = [desk.book(eight).status_code for _ in range(CREWS + 1)]

    left = desk.slots(desk.address, sunday - timedelta(days=1), sunday + timedelta(days=1))
    assert codes == [201] * CREWS + [409]
    assert start(eight) not in {start(slot) for slot in left}
    assert len(left) == 9


def test_a_cancelled_appointment_gives_its_crew_back(desk: Desk) -> None:
    """The window that was full can be booked again."""
    slot = desk.a_slot()
    made = [desk.book(slot).json()["id"] for _ in range(CREWS)]
    assert desk.book(slot).status_code == 409

    desk.patch(APPOINTMENT, made[0], {"status": "cancelled"})

    assert desk.book(slot).status_code == 201


def test_the_window_is_the_same_in_api_and_table(desk: Desk, running: RunningStack) -> None:
    """Instants in UTC, and the zone beside them."""
    slot = desk.a_slot()

    made = desk.book(slot, externalId="BOOKED-1").json()

    row = running.rows("select * from wfm_appointment where id = ?", made["id"])[0]
    assert made["validFor"] == slot["validFor"] == {"startDateTime": row["starts_at"], "endDateTime": row["ends_at"]}
    assert (row["tz"], row["status"], made["status"]) == ("America/New_York", "initialized", "initialized")
    assert made["localWindow"] == slot["localWindow"]
    assert desk.book(slot, externalId="BOOKED-1").json()["id"] == made["id"]


def test_moving_an_appointment_takes_the_new_window_and_frees_the_old_one(desk: Desk) -> None:
    """PATCH validFor: capacity is counted where it is now; a full window refuses and changes nothing."""
    old, new = desk.a_slot(), desk.a_slot()
    moved = desk.confirmed(old)
    for _ in range(CREWS - 1):
        desk.book(new)

    reply = desk.patch(APPOINTMENT, moved, {"validFor": new["validFor"]})
    refused = desk.patch(APPOINTMENT, desk.confirmed(old), {"validFor": new["validFor"]})

    assert (reply.status_code, reply.json()["validFor"], reply.json()["status"]) == (200, new["validFor"], "confirmed")
    assert refused.status_code == 409
    assert [desk.book(old).status_code for _ in range(CREWS)] == [201] * (CREWS - 1) + [409]


NO_WINDOWS = {
    "between two windows": ({"startDateTime": "2031-03-03T14:00:00Z", "endDateTime": "2031-03-03T16:00:00Z"}, 400),
    "backwards": ({"startDateTime": "2031-03-03T15:00:00Z", "endDateTime": "2031-03-03T13:00:00Z"}, 400),
    "without a zone": ({"startDateTime": "2031-03-03T13:00:00", "endDateTime": "2031-03-03T15:00:00"}, 400),
    "without an end": ({"startDateTime": "2031-03-03T13:00:00Z"}, 400),
    "for ever": ({"startDateTime": "2031-03-03T13:00:00Z", "endDateTime": "2190-03-03T15:00:00Z"}, 400),
    "in the year one": ({"startDateTime": "0001-01-01T00:00:00+14:00", "endDateTime": "0001-01-02T00:00:00Z"}, 400),
    "past": ({"startDateTime": "2021-03-03T13:00:00Z", "endDateTime": "2021-03-03T15:00:00Z"}, 409),
}


@pytest.mark.parametrize("name", NO_WINDOWS)
def test_a_window_in_which_nobody_comes_is_refused(desk: Desk, name: str) -> None:
    """Nine o'clock, the past, and periods that are none."""
    window, status = NO_WINDOWS[name]

    reply = desk.book({"validFor": window})

    assert (reply.status_code, reply.json()["code"]) == (status, reply.json()["code"])


STEPS = {
    ("confirmed", "completed"): [200, 200],
    ("confirmed", "failed"): [200, 200],
    ("confirmed", "cancelled"): [200, 200],
    ("cancelled", "confirmed"): [200, 409],
    ("completed", "confirmed"): [409, 200],
    ("failed", "cancelled"): [409, 200],
}


@pytest.mark.parametrize("steps", STEPS)
def test_an_appointment_goes_its_legal_steps_only(desk: Desk, steps: tuple[str, str]) -> None:
    """The state machine of TMF646: what is not in its table is a 409, and each legal step one event."""
    made = desk.book(desk.a_slot(), category="test").json()["id"]

    codes = [desk.patch(APPOINTMENT, made, {"status": state}).status_code for state in steps]

    sql = (
        "select state from evt_event where resource_id = ? and event_type = 'AppointmentStateChangeEvent' order by seq"
    )
    told = [row["state"] for row in desk.stack.rows(sql, made)]
    assert codes == STEPS[steps]
    assert told == [state for state, code in zip(steps, codes, strict=True) if code == 200]


def test_a_place_that_does_not_exist_has_no_windows(desk: Desk) -> None:
    """The search is rejected, the booking a 400."""
    place = {"id": "ADR-NONE", "role": "installationAddress"}

    search = desk.stack.client.post(SEARCH, json={"relatedPlace": place}).json()

    assert (search["status"], search["availableTimeSlot"]) == ("rejected", [])
    assert desk.book(desk.a_slot(), relatedPlace=place).status_code == 400


def test_appointments_are_found_changed_and_deleted(desk: Desk, running: RunningStack) -> None:
    """Filters filter, PATCH changes and says when, DELETE is for administrators and leaves nothing."""
    made = desk.book(desk.a_slot(), externalId="FOUND-1").json()

    found = running.client.get(APPOINTMENT, params={"externalId": "FOUND-1", "status": "initialized"}).json()
    changed = desk.patch(APPOINTMENT, made["id"], {"description": "ring twice"}).json()
    codes = [client.delete(f"{APPOINTMENT}/{made['id']}").status_code for client in (running.client, running.admin)]

    assert [one["id"] for one in found] == [made["id"]]
    assert (changed["description"], changed["lastUpdate"] > made["lastUpdate"]) == ("ring twice", True)
    assert running.client.get(APPOINTMENT, params={"externalId": "FOUND-1", "status": "confirmed"}).json() == []
    assert codes == [403, 204]
    assert running.client.get(f"{APPOINTMENT}/{made['id']}").status_code == 404


def test_an_appointment_needs_no_place(running: RunningStack) -> None:
    """TMF646 asks for a window alone; such an appointment takes no crew."""
    window = {"startDateTime": "2031-03-03T09:15:00+01:00", "endDateTime": "2031-03-03T09:45:00+01:00"}

    made = running.client.post(APPOINTMENT, json={"validFor": window, "timeZone": "Europe/Berlin"}).json()

    assert made["validFor"] == {"startDateTime": "2031-03-03T08:15:00.000Z", "endDateTime": "2031-03-03T08:45:00.000Z"}
    assert made["localWindow"] == window


def test_a_window_without_a_technician_may_be_open(running: RunningStack) -> None:
    """TMF646 makes neither start nor end mandatory."""
    made = running.client.post(APPOINTMENT, json={"validFor": {"startDateTime": "2031-03-03T08:15:00Z"}}).json()

    changed = running.client.patch(
        f"{APPOINTMENT}/{made['id']}", json={"validFor": {"endDateTime": "2031-03-03T09:00:00Z"}}
    )

    assert made["validFor"] == {"startDateTime": "2031-03-03T08:15:00.000Z"}
    assert changed.json()["validFor"] == made["validFor"] | {"endDateTime": "2031-03-03T09:00:00.000Z"}


def test_an_order_takes_its_appointment_along_and_gives_it_back(desk: Desk, running: RunningStack) -> None:
    """The product order names it at an item: the appointment knows both; the cancelled order frees the crew."""
    appointment = desk.confirmed()
    body = flagship(external_id(), "CUST-00221", "6175550121")
    items = body["productOrderItem"]
    assert isinstance(items, list)
    items[1]["appointment"] = {"id": appointment}
    reply = running.client.post(PRODUCT_ORDER, json=body)
    assert reply.status_code == 201, reply.text
    sql = "select order_id, order_item_id, status from wfm_appointment where id = ? and order_id is not null"

    linked = until(lambda: running.rows(sql, appointment), "the order of the appointment")[0]
    wish = {"productOrder": {"id": reply.json()["id"]}, "cancellationReason": "a test"}
    assert running.client.post(CANCEL_PRODUCT_ORDER, json=wish).status_code == 201

    item = next(one for one in reply.json()["productOrderItem"] if one["id"] == "2")
    assert linked == {"order_id": reply.json()["id"], "order_item_id": item["orderItemId"], "status": "confirmed"}
    until(lambda: desk.get(APPOINTMENT, appointment)["status"] == "cancelled", "the appointment cancelled")
