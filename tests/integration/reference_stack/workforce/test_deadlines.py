"""What time does to appointments and visits, played with the clock of a stack of its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from tests.integration.reference_stack.conftest import started, until
from tests.integration.reference_stack.workforce.conftest import APPOINTMENT, CANCEL, WORK_ORDER, Booking, Desk


@pytest.fixture
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The desk of a stack whose clock may be moved."""
    with started(tmp_path_factory.mktemp("deadlines")) as stack:
        yield Desk(stack)


def advance(desk: Desk, until_moment: datetime) -> None:
    """Moves the clock of the stack."""
    seconds = (until_moment - desk.now()).total_seconds()
    desk.stack.admin.post("/admin/clock", json={"advance": f"{seconds:.0f}s"}).raise_for_status()


def window(desk: Desk, booking: Booking) -> tuple[datetime, datetime]:
    """The window of a booking."""
    found = desk.get(APPOINTMENT, booking.appointment)["validFor"]
    assert isinstance(found, dict)
    return datetime.fromisoformat(found["startDateTime"]), datetime.fromisoformat(found["endDateTime"])


def test_time_frees_forgotten_windows_and_asks_for_missing_close_outs(own: Desk) -> None:
    """Unconfirmed: cancelled after 30 min. On the way: no more changes. Two hours after the window: one case."""
    forgotten = own.book(own.a_slot()).json()["id"]
    booking = own.dispatched()
    start, end = window(own, booking)

    advance(own, own.now() + timedelta(minutes=31))
    until(lambda: own.get(APPOINTMENT, forgotten)["status"] == "cancelled", "the forgotten appointment cancelled")
    advance(own, start - timedelta(minutes=110))
    refused = [
        own.patch(APPOINTMENT, booking.appointment, {"status": "cancelled"}),
        own.patch(APPOINTMENT, booking.appointment, {"validFor": own.a_slot()["validFor"]}),
        own.stack.client.post(CANCEL, json={"workOrder": {"id": booking.work_order}}),
    ]
    advance(own, end + timedelta(minutes=110))
    before = own.cases(booking.order)
    advance(own, end + timedelta(minutes=130))
    case = until(lambda: own.cases(booking.order), "a case for the missing close-out")[0]
    own.close(own.close_out(booking, "DONE"))

    assert own.get(APPOINTMENT, booking.appointment)["status"] == "completed"
    assert [reply.status_code for reply in refused] == [409] * 3
    assert (before, case["code"], case["owner"]) == ([], "WFM-NO-CLOSE-OUT", "field-operations")
    assert own.get(WORK_ORDER, booking.work_order)["state"] == "completed"
    assert [one["status"] for one in own.cases(booking.order)] == ["closed"]
