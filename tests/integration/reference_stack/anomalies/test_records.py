"""Anomalies of single records on the real stack: the bad one is refused with its code, the others are applied."""

from __future__ import annotations

import pytest

from tests.integration.reference_stack.anomalies.conftest import House
from tests.integration.reference_stack.conftest import until

# How an anomaly is asked for, and the code that the first record must be refused with.
REFUSED = {
    "A15": "R102",
    "A16:line_no": "R102",
    "A16:version": "R102",
    "A20:response_type": "R104",
    "A20:field=response_type,value=X": "R104",
    "A22": "R109",
    "A30:req_no": "R105",
    "A40:missing": "R101",
}


@pytest.mark.parametrize("asked", [pytest.param(one, marks=pytest.mark.anomaly(one[:3])) for one in REFUSED])
def test_a_bad_record_is_refused_alone(house: House, asked: str) -> None:
    """PARTIAL; the second record is applied, and the first can come again, mended, with the next file."""
    first, second = house.ports(2)
    answers = [house.answer(first), house.answer(second)]

    (told,) = house.play(asked, *answers)

    assert told.decision == "PARTIAL"
    assert told.codes == (REFUSED[asked],)
    assert (house.status(first), house.status(second)) == ("requested", "confirmed")
    mended = house.deliver(house.file(answers[0] | {"resp_no": "CH01" + answers[0]["resp_no"][-12:]}))
    assert mended.decision == "ACCEPTED"
    assert house.reaches(first, "confirmed")


@pytest.mark.anomaly("A17")
def test_a_record_that_is_in_the_file_twice_counts_once(house: House) -> None:
    """R106 for each copy; the first wins."""
    (port,) = house.ports()
    answer = house.answer(port)

    (told,) = house.play("A17:n=2", answer)

    assert (told.decision, told.codes) == ("PARTIAL", ("R106", "R106"))
    assert sorted(str(one["status"]) for one in house.records(answer["resp_no"])) == [
        "accepted",
        "rejected",
        "rejected",
    ]
    assert house.status(port) == "confirmed"


@pytest.mark.anomaly("A40")
def test_an_identity_used_twice_counts_once(house: House) -> None:
    """Two answers under one number: the first is applied, the second is R106."""
    first, second = house.ports(2)
    answers = [house.answer(first), house.answer(second)]
    answers[1]["resp_no"] = answers[0]["resp_no"]

    told = house.deliver(house.file(*answers))

    assert (told.decision, told.codes) == ("PARTIAL", ("R106",))
    assert (house.status(first), house.status(second)) == ("confirmed", "requested")


@pytest.mark.anomaly("A30")
def test_an_answer_that_nobody_asked_for_becomes_a_case(house: House) -> None:
    """R105, and somebody has to look at it."""
    (port,) = house.ports()

    (told,) = house.play("A30:req_no", house.answer(port))

    assert told.codes == ("R105",)
    until(lambda: [one for one in house.cases("PGW-R105") if told.file in str(one["root_cause"])], "a case")
