"""Anomalies of whole files on the real stack: nothing is applied, the partner is told why, the mended file is taken."""

from __future__ import annotations

import pytest

from tests.integration.reference_stack.anomalies.conftest import House

# How an anomaly is asked for, and the one code that our answer must name.
REJECTED = {
    "A08:trailer": "G003",
    "A08:line": "G003",
    "A08:byte": "G003",
    "A09:+2": "G004",
    "A09:-1": "G004",
    "A10:+1": "G005",
    "A11:zero": "G016",
    "A13:bom": "G010",
    "A13:latin-1": "G010",
    "A13:cp1252": "G010",
    "A13:nel": "G010",
    "A13:mojibake": "G010",
    "A14:mixed": "G013",
    "A21:appended": "G012",
    "A24:1440": "G015",
    "A24:6": "G015",
    "A33": "G018",
    "A34": "G009",
}
MANY = 1000
TAKEN = ("A11:header-and-trailer", "A14:crlf", "A24:4")


def marks(asked: str) -> pytest.MarkDecorator:
    """The mark of an anomaly."""
    return pytest.mark.anomaly(asked.partition(":")[0])


@pytest.mark.parametrize("asked", [pytest.param(one, marks=marks(one)) for one in REJECTED])
def test_a_bad_file_is_rejected_as_a_whole_and_its_number_stays_free(house: House, asked: str) -> None:
    """REJECTED with the code, no record applied, in quarantine; the good file under the same number is taken."""
    (port,) = house.ports()
    answer = house.answer(port)
    good, number = house.file(answer), house.number()

    (bad,) = house.play(asked, answer)

    assert bad.decision == "REJECTED"
    assert REJECTED[asked] in bad.codes
    assert house.records(answer["resp_no"]) == []
    assert (house.status(port), house.number()) == ("requested", number)
    house.account.client.stat(f"/quarantine/{bad.file}")
    assert house.deliver(good).decision == "ACCEPTED"
    assert house.reaches(port, "confirmed") == "confirmed"


@pytest.mark.parametrize("asked", [pytest.param(one, marks=marks(one)) for one in TAKEN])
def test_what_is_odd_but_legal_is_accepted(house: House, asked: str) -> None:
    """An empty file with its trailer, Windows line ends throughout, a clock four minutes ahead."""
    (port,) = house.ports()
    number = house.number()

    (taken,) = house.play(asked, house.answer(port))

    assert taken.decision == "ACCEPTED"
    assert house.number() == number + 1
    assert house.status(port) == ("requested" if asked.startswith("A11") else "confirmed")


@pytest.mark.anomaly("A14")
def test_a_bulk_download_ends_its_records_with_cr_alone(house: House) -> None:
    """The same records with LF or CRLF are G013, and nothing of them is applied."""
    row = {"version_id": "777001", "tn": "6175559901", "lrn": "6175550000", "spid": "8Y02", "lnp_type": "0"}
    row |= {"activation_ts": f"{house.now():%Y%m%d%H%M%S}", "download_reason": "0"}

    told = [house.deliver(house.bulk(row, ending)) for ending in (b"\n", b"\r\n", b"\r")]

    assert [(one.decision, "G013" in one.codes) for one in told] == [
        ("REJECTED", True), ("REJECTED", True), ("ACCEPTED", False),
    ]  # fmt: skip


@pytest.mark.anomaly("A21")
def test_a_column_more_is_taken_where_columns_have_names(house: House) -> None:
    """Answers of the address registry come as CSV with titles: more columns and another order change nothing."""
    assert house.addresses("").decision == "ACCEPTED"
    assert house.addresses("appended").decision == "ACCEPTED"
    assert house.addresses("reordered").decision == "ACCEPTED"


@pytest.mark.anomaly("A35")
def test_a_line_of_a_million_characters_is_told_in_a_short_answer(house: House) -> None:
    """The record is refused, and neither our answer nor our books repeat the line."""
    (port,) = house.ports()
    answer = house.answer(port)

    (told,) = house.play("A35:kind=line,size=1000000", answer)

    assert told.decision in ("REJECTED", "PARTIAL")
    assert len(told.text) < 2000
    assert house.status(port) == "requested"


@pytest.mark.anomaly("A35")
def test_a_file_of_many_records_is_taken_while_others_go_on(house: House) -> None:
    """Answers to requests that we never sent, in one file: each is R105, and our own files leave meanwhile."""
    made = house.file(*(house.answer({"reqNo": f"9X01{n:012d}", "tn": "6175550199"}) for n in range(MANY)))
    house.put(made)

    (port,) = house.ports()  # a request leaves while the file is read

    told = house.said(made)
    assert told.decision == "PARTIAL"
    assert set(told.codes) == {"R105"}
    assert len(told.codes) == MANY
    assert house.status(port) == "requested"
