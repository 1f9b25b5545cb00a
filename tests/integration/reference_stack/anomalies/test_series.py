"""Anomalies of several files on the real stack: copies, gaps, reused numbers, the wrap, versions in the wrong order."""

from __future__ import annotations

import pytest

from tests.integration.reference_stack.anomalies.conftest import House
from tests.integration.reference_stack.conftest import until

TWO = {"npqty": "00002"}  # lines of one request in one good file


@pytest.mark.parametrize(
    "asked",
    [pytest.param(one, marks=pytest.mark.anomaly(one[:3])) for one in ("A03", "A04", "A37:same", "A37:new")],
)
def test_a_copy_is_a_duplicate_and_changes_nothing(house: House, asked: str) -> None:
    """Under its own or a new name: the answer is DUPLICATE with the original's counts, the record is there once."""
    (port,) = house.ports()
    answer = house.answer(port)

    first, again = house.play(asked, answer)

    assert (first.decision, again.decision) == ("ACCEPTED", "DUPLICATE")
    assert again.codes == ("G006",)
    assert again.text.splitlines()[0].split("|")[5:9] == ["1", "1", "1", "0"]
    assert [one["status"] for one in house.records(answer["resp_no"])] == ["accepted"]


@pytest.mark.anomaly("A05")
def test_other_content_under_a_used_number_is_rejected(house: House) -> None:
    """G007; the first file stands."""
    (port,) = house.ports()
    answer = house.answer(port, "D")

    told = house.play("A05", answer)

    assert [one.decision for one in told] == ["ACCEPTED", "REJECTED"]
    assert told[1].codes == ("G007",)
    assert house.status(port) == "delayed"


@pytest.mark.anomaly("A06")
def test_files_out_of_order_are_held_and_applied_in_order(house: House) -> None:
    """n+2 waits until n and n+1 are there; it carries a warning, and no number is missing afterwards."""
    (port,) = house.ports()
    number = house.number()
    ahead, *fillers = house.plan("A06:n=2", house.answer(port))

    house.put(ahead)
    held = "select status from pgw_file where file_name = ? and status = 'held'"
    until(lambda: house.stack.rows(held, ahead.name), "a held file")
    assert house.status(port) == "requested"
    for filler in fillers:
        house.put(filler)

    told = house.said(ahead)
    assert (told.decision, told.codes) == ("ACCEPTED", ("G008",))
    assert [house.said(filler).decision for filler in fillers] == ["ACCEPTED"] * 2
    assert house.reaches(port, "confirmed")
    assert house.number() == number + 3


@pytest.mark.anomaly("A07")
def test_the_number_after_99999_is_1(house: House) -> None:
    """Neither is held, and the next one is 2."""
    (port,) = house.ports()
    house.agree_on(99_998)

    told = house.play("A07", house.answer(port))

    assert [one.decision for one in told] == ["ACCEPTED", "ACCEPTED"]
    assert (house.status(port), house.number()) == ("confirmed", 2)


@pytest.mark.anomaly("A18")
def test_a_supplement_before_its_request_is_tried_again(house: House) -> None:
    """R105 at first; once the next file brings the request, the supplement is applied, and each has one fate."""
    asked, changed = house.port_out()

    later, sooner = house.play("A18", asked | TWO, changed | TWO, layout="nport")

    assert (later.decision, later.codes) == ("PARTIAL", ("R105",))
    assert sooner.decision == "ACCEPTED"
    row = "select version, due_at from npg_port where req_no = ?"
    until(lambda: house.stack.rows(row, asked["req_no"])[0]["version"] == 2, "the supplement")
    until(lambda: all(one["status"] == "accepted" for one in house.records(asked["req_no"])), "both accepted")
    assert [one["status"] for one in house.records(asked["req_no"])] == ["accepted", "accepted"]


@pytest.mark.anomaly("A19")
def test_an_older_version_after_a_newer_one_is_refused(house: House) -> None:
    """Version 01 after 02 is R108: the newest stands."""
    asked, older = house.port_out()
    house.deliver(house.file(asked, layout="nport"))

    newer, late = house.play("A19", older | TWO, older | TWO | {"version": "03"}, layout="nport")

    assert newer.decision == "ACCEPTED"
    assert (late.decision, late.codes) == ("PARTIAL", ("R108",))
    assert house.stack.rows("select version from npg_port where req_no = ?", asked["req_no"])[0]["version"] == 3


@pytest.mark.anomaly("A25")
def test_records_of_one_request_in_two_files_converge(house: House) -> None:
    """A delay in the last file of a day, the confirmation in the first of the next."""
    (port,) = house.ports()

    told = house.play("A25", house.answer(port, "D"), house.answer(port, "C"))

    assert [one.decision for one in told] == ["ACCEPTED", "ACCEPTED"]
    assert house.reaches(port, "confirmed")
