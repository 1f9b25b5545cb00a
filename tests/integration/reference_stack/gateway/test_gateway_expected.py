"""Files that were agreed for a time of day: noted, found when they come, and a case when they do not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ringback.reference_stack.gateway.banking_days import is_banking_day, next_banking_day

SCHEDULE = "/gateway/v1/schedules/clearing-house/NPRESP"


@pytest.fixture
def agreed(small: Any) -> datetime:
    """A file every day, due in an hour, where it is noon now; answers when."""
    now = datetime.now(UTC)
    zone = f"Etc/GMT{now.hour - 12:+d}"  # these zones count westwards
    due = (now + timedelta(hours=1)).astimezone(ZoneInfo(zone))
    assert small.call("PUT", SCHEDULE, {"due": f"{due:%H:%M}", "timeZone": zone}).status_code == 200
    return due.replace(second=0, microsecond=0)


def stamp(due: datetime) -> str:
    """A moment as the tables have it."""
    return f"{due.astimezone(UTC):%Y-%m-%dT%H:%M:%S.000Z}"


def advance(small: Any, hours: float) -> None:
    """Moves the stack's clock."""

    async def move() -> None:
        small.stack.clock.advance(hours * 3600)

    small.run(move)


def test_a_file_that_comes_is_the_one_that_was_expected(
    small: Any, agreed: datetime, clearing_house: Any, port_requests: Any, port_file: Any
) -> None:
    """The row of the day names the file; the due time passes without a case."""
    row = small.row("select * from pgw_expected")
    assert (row["partner"], row["feed"], row["due_at"]) == (
        "clearing-house",
        "NPRESP",
        stamp(agreed),
    )
    port_requests(1)
    file = port_file(1, (1, "C"))
    clearing_house.upload(file.name, file.data)
    known = small.file(file.name)["id"]

    linked = small.row("select * from pgw_expected where file_id is not null")
    advance(small, 2)

    assert linked["file_id"] == known
    small.row("select * from pgw_expected where file_id = ?", known)
    assert small.queue.taken == []


def test_a_file_that_does_not_come_is_a_case_and_may_come_late(
    small: Any, agreed: datetime, clearing_house: Any, port_requests: Any, port_file: Any
) -> None:
    """After the due time the missing file is told once, for each day; a late file ends the gap of the oldest day."""
    small.row("select * from pgw_expected")
    port_requests(1)
    file = port_file(1, (1, "C"))
    advance(small, 25.5)

    small.until(lambda: len(small.queue.taken) == 2)

    first, second = small.queue.taken
    assert (first["system"], first["code"]) == ("gateway", "PGW-MISSING-NPRESP")
    assert f"{agreed:%Y-%m-%d}" in str(first["rootCause"])
    assert first["orderId"] != second["orderId"]
    clearing_house.upload(file.name, file.data)
    small.row("select * from pgw_expected where file_id is not null and business_date = ?", f"{agreed:%Y-%m-%d}")
    shown = small.get("/gateway/v1/expected?partner=clearing-house").json()
    assert [bool(one["file_id"]) for one in shown] == [True, False]
    assert len(small.queue.taken) == 2


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (SCHEDULE, {"due": "25:00"}, 400),
        (SCHEDULE, {"due": "06:00", "timeZone": "Nowhere/City"}, 400),
        (SCHEDULE, {"due": "06:00", "days": "never"}, 400),
        ("/gateway/v1/schedules/clearing-house/ACHRET", {"due": "06:00"}, 404),
    ],
)
def test_what_cannot_be_agreed_is_refused(small: Any, path: Any, body: Any, status: Any) -> None:
    """No such time, zone or rule of days, and a feed that the partner does not send."""
    assert small.call("PUT", path, body).status_code == status
    assert small.rows("select * from pgw_schedule") == []


def test_an_ended_schedule_expects_nothing_more(small: Any, agreed: datetime) -> None:
    """What was agreed can be ended."""
    small.row("select * from pgw_expected where due_at = ?", stamp(agreed))
    assert small.call("DELETE", SCHEDULE, {}).status_code == 204
    advance(small, 49)
    small.until(lambda: small.queue.taken)

    assert len(small.rows("select * from pgw_expected")) == 1


def test_banks_do_not_work_on_holidays() -> None:
    """Thanksgiving 2026 is no banking day, nor is the Monday after a Sunday holiday."""
    days = {
        day: is_banking_day(datetime.fromisoformat(day).date()) for day in ("2026-11-26", "2026-11-27", "2027-07-05")
    }

    assert days == {"2026-11-26": False, "2026-11-27": True, "2027-07-05": False}
    assert next_banking_day(datetime(2026, 11, 25, tzinfo=UTC).date(), 2).isoformat() == "2026-11-30"
