"""Files that come late, go missing or never come: told by the stack's clock, never passed over in silence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from ringback.synthetic_partners.anomalies import deliveries
from tests.integration.reference_stack.anomalies.conftest import House, layout_of
from tests.integration.reference_stack.conftest import RunningStack, started, until

SCHEDULE = "/gateway/v1/schedules/clearing-house/NPRESP"


@pytest.fixture(scope="module")
def late_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A stack of its own, whose clock is moved."""
    with started(tmp_path_factory.mktemp("silence")) as running:
        house = House(running)
        yield house
        house.account.close()


def advance(stack: RunningStack, duration: str) -> None:
    """Moves the stack's clock."""
    stack.admin.post("/admin/clock", json={"advance": duration}).raise_for_status()


def due_in(house: House, minutes: int) -> datetime:
    """Agrees that port answers are due every day, next in so many minutes; answers when."""
    due = (house.now() + timedelta(minutes=minutes)).replace(second=0, microsecond=0)
    body = {"due": f"{due:%H:%M}", "timeZone": "UTC"}
    house.stack.client.put(SCHEDULE, json=body).raise_for_status()
    return due


def alarms(house: House, day: datetime) -> list[dict[str, object]]:
    """The cases about the missing file of a day."""
    sql = "select * from flt_case where code = 'PGW-MISSING-NPRESP' and order_id like ?"
    return house.stack.rows(sql, f"%{day:%Y-%m-%d}")


def open_files(house: House, day: datetime) -> int:
    """How many files of a day have not come."""
    sql = "select count(*) n from pgw_expected where feed = 'NPRESP' and business_date = ? and file_id is null"
    return int(str(house.stack.rows(sql, f"{day:%Y-%m-%d}")[0]["n"]))


@pytest.mark.anomaly("A01")
@pytest.mark.anomaly("A02")
@pytest.mark.anomaly("A25")
def test_late_missing_and_split_files_are_alarms_and_gaps_and_end_well(late_house: House) -> None:
    """After the due time a case; the late file ends the wait; a lost one is a gap that holds the next day's file."""
    house = late_house
    late, lost, evening = house.ports(3)
    due = due_in(house, 70)
    until(lambda: house.stack.rows("select * from pgw_expected where feed = 'NPRESP'"), "the expectation")
    made = house.file(house.answer(late, "D"))

    advance(house.stack, "2h")

    until(lambda: alarms(house, due), "an alarm")
    assert house.status(late) == "requested"
    assert house.deliver(made).decision == "ACCEPTED"
    until(lambda: open_files(house, due) == 0, "the late file on record")

    good = house.file(house.answer(lost, "D"))
    after, found = deliveries(good, layout_of("npresp"), "A02")
    advance(house.stack, "25h")
    house.put(after)
    held = "select id from pgw_file where file_name = ? and status = 'held'"
    until(lambda: house.stack.rows(held, after.name), "the held file")
    until(lambda: alarms(house, due + timedelta(days=1)), "an alarm for the lost file")
    assert house.deliver(found).decision == "ACCEPTED"
    assert house.said(after).decision == "ACCEPTED"
    assert house.status(lost) == "delayed"

    before, behind = deliveries(
        house.file(house.answer(evening, "D"), house.answer(evening, "C")), layout_of("npresp"), "A25"
    )
    assert house.deliver(before).decision == "ACCEPTED"
    assert house.status(evening) == "delayed"
    advance(house.stack, "24h")
    assert house.deliver(behind).decision == "ACCEPTED"
    assert house.reaches(evening, "confirmed")


@pytest.mark.anomaly("A32")
def test_an_answer_that_never_comes_is_a_case_after_its_time(late_house: House) -> None:
    """Thirty minutes: then somebody has to look, and a late answer still counts."""
    house = late_house
    (port,) = house.ports()
    timer = "select id from flt_timer where code = 'NP-TIMEOUT' and order_id = ?"
    until(lambda: house.stack.rows(timer, port["orderId"]), "a timer")

    advance(house.stack, "35m")

    until(lambda: [one for one in house.cases("NP-TIMEOUT") if one["order_id"] == port["orderId"]], "a case")
    assert house.deliver(house.file(house.answer(port))).decision == "ACCEPTED"
    assert house.reaches(port, "confirmed")
