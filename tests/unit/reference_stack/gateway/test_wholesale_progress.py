"""What each progress message of a supplier means for an order, and which cannot be applied."""

from __future__ import annotations

import pytest

from ringback.reference_stack.gateway.codecs.ndjson import read_ndjson, write_ndjson
from ringback.reference_stack.gateway.sims.profiles import is_eid
from ringback.reference_stack.gateway.wholesale.progress import (
    Refused,
    Standing,
    cleaned,
    empty_fields,
    envelope_faults,
    progress,
    sequence_of,
)

COMMITTED = Standing("COMMITTED", "2026-12-01", "2026-12-01")


def information(kind: str, **more: object) -> dict[str, object]:
    """An informational message."""
    entity = more.pop("entity", {})
    return {"updateType": "INFORMATIONAL", "information": {"type": kind}, "entity": entity, **more}


@pytest.mark.parametrize(
    ("message", "status"),
    [
        (information("CREATED"), "COMMITTED"),
        (information("ACKNOWLEDGED"), "ACKNOWLEDGED"),
        (information("DELAY", problemCode="P02"), "DELAYED"),
        (information("RESUMED"), "COMMITTED"),
        (information("WARNING", problemCode="P07"), "COMMITTED"),
        (information("CANCELLED", problemCode="P08"), "CANCELLED"),
        (information("TERMINATED"), "FAILED"),
        (information("TERMINATED", entity={"status": "CANCELLED"}), "CANCELLED"),
        (information("COMPLETED"), "COMPLETED"),
        ({"updateType": "ACTION_REQUIRED", "action": {"type": "REAPPOINT"}, "problemCode": "P03"}, "REAPPOINT"),
        ({"updateType": "ERROR", "error": {"code": "SUPPLIER_FAULT"}, "entity": {"status": "REJECTED"}}, "REJECTED"),
    ],
)
def test_a_message_moves_an_order(message: dict[str, object], status: str) -> None:
    """The table of message types, seen from a committed order."""
    assert progress(COMMITTED, message).standing.status == status


def test_the_committed_date_is_set_once() -> None:
    """A second commitment and a delay move the target date only."""
    first = progress(Standing("ACKNOWLEDGED"), information("COMMITTED", entity={"committedDate": "2026-12-01"}))
    later = {"committedDate": "2026-12-09", "targetDate": "2026-12-09"}
    second = progress(first.standing, information("DELAY", entity=later, problemCode="P01"))

    assert (first.standing.committed, first.standing.target) == ("2026-12-01", "2026-12-01")
    assert (second.standing.committed, second.standing.target) == ("2026-12-01", "2026-12-09")


def test_an_order_goes_on_where_it_was() -> None:
    """Resumed before the commitment it is acknowledged; the reason of the pause is over."""
    after = progress(Standing("DELAYED", reason="P02"), information("RESUMED")).standing

    assert (after.status, after.reason) == ("ACKNOWLEDGED", "")


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"updateType": "GOSSIP"}, "R104"),
        ({}, "R101"),
        (information("TELEPORTED"), "R104"),
        (information("DELAY"), "R101"),
        (information("DELAY", problemCode="P99"), "R104"),
        (information("COMMITTED"), "R101"),
        ({"updateType": "ERROR", "error": {}}, "R101"),
    ],
)
def test_a_message_that_says_nothing_is_refused(message: dict[str, object], code: str) -> None:
    """Unknown kinds and codes, missing reasons and dates."""
    with pytest.raises(Refused) as refused:
        progress(Standing("ACKNOWLEDGED"), message)

    assert refused.value.code == code


@pytest.mark.parametrize("status", ["COMPLETED", "REJECTED", "CANCELLED", "FAILED"])
def test_an_order_that_is_over_stays_so(status: str) -> None:
    """R110, whatever comes."""
    with pytest.raises(Refused) as refused:
        progress(Standing(status), information("ACKNOWLEDGED"))

    assert refused.value.code == "R110"


@pytest.mark.parametrize(
    ("message", "case"),
    [
        ({"updateType": "ACTION_REQUIRED", "action": {"type": "INFORMATION_REQUIRED"}}, "WHS-INFORMATION-REQUIRED"),
        ({"updateType": "ERROR", "error": {"code": "SUPPLIER_TIMED_OUT"}}, "WHS-SUPPLIER-TIMED-OUT"),
        (information("COMPLETED", entity={"status": "PARTIAL"}), "WHS-PARTIAL"),
    ],
)
def test_a_question_of_the_supplier_needs_a_person(message: dict[str, object], case: str) -> None:
    """The order stays where it is until somebody answers."""
    after = progress(COMMITTED, message)

    assert (after.case, after.standing.status) == (case, "COMMITTED")


def test_absent_null_and_empty_are_the_same() -> None:
    """Optional fields that came empty are dropped before anything is read; the envelope needs id and entity."""
    message = {"id": "1", "text": "", "entity": {"id": "W", "note": None, "parts": [{"x": ""}]}, "sequenceNumber": 3}

    assert cleaned(message) == {"id": "1", "entity": {"id": "W", "parts": [{}]}, "sequenceNumber": 3}
    assert list(empty_fields(message)) == ["text is empty"]
    assert list(envelope_faults(message)) == []
    assert len(list(envelope_faults({"entity": []}))) == 2


@pytest.mark.parametrize(("number", "found"), [(3, 3), (0, 0), (-1, 0), (True, 0), ("3", 0), (None, 0)])
def test_a_sequence_number_is_a_whole_number_from_one(number: object, found: int) -> None:
    """Everything else is no number."""
    assert sequence_of({"sequenceNumber": number}) == found


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"\xef\xbb\xbf{}\n", "G010"), (b'{"a":"\xf1"}\n', "G010"), (b"{}\r\n", "G013"), (b"{}", "G019")],
)
def test_a_broken_file_of_json_lines_is_rejected(data: bytes, code: str) -> None:
    """Byte order mark, Latin-1, Windows line ends, a cut-off last line."""
    assert read_ndjson(data)[1][0].code == code


def test_json_lines_come_back_as_they_were_written() -> None:
    """UTF-8 survives; a line that is no object is that line's problem alone."""
    lines, problems = read_ndjson(write_ndjson([{"text": "a dash \N{EN DASH} and ñ"}]) + b"[]\nnonsense\n")

    assert problems == ()
    assert lines[0].document == {"text": "a dash \N{EN DASH} and ñ"}
    assert [line.problem is not None for line in lines] == [False, True, True]


@pytest.mark.parametrize(
    ("eid", "right"),
    [("89049032000000000000000000000108", False), ("1" * 32, False), ("8904903200000000000000000000010", False)],
)
def test_an_eid_has_check_digits(eid: str, right: bool) -> None:
    """32 digits that are 1 modulo 97; one digit changed is noticed."""
    assert is_eid(eid) is right
    body = eid[:30].ljust(30, "0")
    good = f"{body}{98 - int(body + '00') % 97:02d}"
    assert is_eid(good)
    assert not is_eid(str((int(good[0]) + 1) % 10) + good[1:])
