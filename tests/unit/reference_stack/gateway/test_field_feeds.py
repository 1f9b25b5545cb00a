"""The feeds of the field force: what is written can be read, what is wrong has its code."""

from __future__ import annotations

import pytest

from ringback.reference_stack.gateway.codecs.model import FeedHeader
from ringback.reference_stack.gateway.codecs.pipe import read_pipe, write_pipe

CLOSED = {
    "close_id": "CL000001",
    "work_order_id": "WO-1",
    "visit": "02",
    "appointment_id": "APT-1",
    "technician": "T-17",
    "close_code": "DONE",
    "started_at": "20270314121500",
    "ended_at": "20270314130500",
    "ont_serial": "HWTC0000A001",
    "stb_serials": "STB-1;STB-2",
    "signal_dbm": "-19.5",
    "photos": "3",
    "signature": "Y",
}
JOB = {
    "work_order_id": "WO-1",
    "visit": "01",
    "version": "02",
    "action": "X",
    "appointment_id": "APT-1",
    "window_start": "20270314120000",
    "window_end": "20270314140000",
    "time_zone": "America/New_York",
    "job": "INSTALL",
}


def file(feed: str, *records: dict[str, str]) -> bytes:
    """A file with these records."""
    return write_pipe(FeedHeader(feed, "0100", "FIELD01", "RINGBACK", "20270314131000", 7, "P"), records)


def test_a_close_out_is_read_as_it_was_written() -> None:
    """Fourteen fields, and the sum of the visits as control total."""
    data = file("WFMCLOSE", CLOSED, CLOSED | {"close_id": "CL000002", "visit": "01"})

    read = read_pipe("WFMCLOSE", data)

    assert read.problems == ()
    assert [record.key for record in read.records] == ["CL000001", "CL000002"]
    assert {name: value for name, value in read.records[0].fields.items() if value} == {"line_no": "000001", **CLOSED}
    assert (read.declared_count, read.declared_total, data.splitlines()[-1]) == (2, 3, b"T|000002|000000000000003")


def test_a_job_that_is_withdrawn_needs_no_address() -> None:
    """Action X names the job; N and C name where to go, too."""
    gone, stays = (
        read_pipe("DISPATCH", file("DISPATCH", JOB)),
        read_pipe("DISPATCH", file("DISPATCH", JOB | {"action": "C"})),
    )

    assert gone.problems == ()
    assert [(problem.code, problem.field) for problem in stays.problems] == [("R101", "street_nr")]


WRONG = {
    "done without a serial": ({"ont_serial": ""}, "R101", "ont_serial"),
    "a serial of another form": ({"ont_serial": "0000A001"}, "R102", "ont_serial"),
    "a code that is not agreed": ({"close_code": "FINE"}, "R104", "close_code"),
    "a day that does not exist": ({"ended_at": "20270230130500"}, "R109", "ended_at"),
    "an end before the start": ({"ended_at": "20270314120000"}, "R109", "ended_at"),
    "a delimiter inside a field": ({"remarks": "key | dog"}, "R102", ""),
    "a visit without its zero": ({"visit": "2"}, "R102", "visit"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_with_a_close_out_has_its_code_and_field(name: str) -> None:
    """The record is bad, the file is not."""
    changes, code, field = WRONG[name]

    read = read_pipe("WFMCLOSE", file("WFMCLOSE", CLOSED, CLOSED | {"close_id": "CL000002"} | changes))

    assert [(problem.code, problem.field, problem.line_no) for problem in read.problems] == [(code, field, 3)]


def test_a_lost_visit_shows_in_the_total() -> None:
    """The trailer's sum is that of the visits: G005."""
    data = file("WFMCLOSE", CLOSED).replace(b"WO-1|02", b"WO-1|01")

    assert [problem.code for problem in read_pipe("WFMCLOSE", data).fatal] == ["G005"]
