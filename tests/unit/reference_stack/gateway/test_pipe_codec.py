"""The pipe feeds NPORT, NPRESP and NPSV: bytes and back, and every code that a wrong byte earns."""

from __future__ import annotations

import pytest

from ringback.reference_stack.gateway.codecs.model import FeedHeader
from ringback.reference_stack.gateway.codecs.pipe import read_pipe, write_pipe

HEADER = FeedHeader("NPRESP", "0100", "CH01", "9X01", "20261101120500", 7, "P")
CONFIRMED = {
    "req_no": "9X01000000000001",
    "version": "01",
    "resp_no": "CH01000000000001",
    "response_type": "C",
    "cd_tsent": "20261101120500",
    "due": "20261102120000",
    "tn": "6175550100",
    "onsp": "8Y02",
    "nnsp": "9X01",
}
DELAYED = CONFIRMED | {"resp_no": "CH01000000000002", "response_type": "D", "delay_code": "SYS", "tn": "6175550101"}
PORT_REQUEST = {
    "req_no": "9X01000000000001",
    "version": "01",
    "action": "N",
    "d_tsent": "20261101120000",
    "ddd_t": "20261102120000",
    "npdi": "A",
    "nnsp": "9X01",
    "onsp": "8Y02",
    "tn": "6175550100",
    "npqty": "00001",
    "account_no": "0012345",
    "pin": "0042",
    "first_name": "Ada",
    "last_name": "Finch",
    "street_nr": "12",
    "street": "Elm Street",
    "city": "Cambridge",
    "state": "MA",
    "zip": "02139",
}


def responses(*records: dict[str, str]) -> bytes:
    """A file of port responses."""
    return write_pipe(HEADER, records or (CONFIRMED, DELAYED))


def test_a_port_request_keeps_every_leading_zero() -> None:
    """NPORT has 25 fields, and account, PIN and ZIP come back as they were given."""
    header = FeedHeader("NPORT", "0100", "9X01", "CH01", "20261101120000", 1, "P")

    data = write_pipe(header, [PORT_REQUEST])
    read = read_pipe("NPORT", data)

    assert data.splitlines()[1].count(b"|") == 24
    assert read.problems == ()
    assert {name: read.records[0].fields[name] for name in PORT_REQUEST} == PORT_REQUEST
    assert (read.declared_count, read.declared_total) == (1, 6175550100)


def test_port_responses_come_back_as_they_were_written() -> None:
    """A file of two responses is read with its header, keys and both control totals."""
    read = read_pipe("NPRESP", responses())

    assert read.header == HEADER
    assert [record.key for record in read.records] == ["CH01000000000001", "CH01000000000002"]
    assert (read.problems, read.declared_count, read.actual_total) == ((), 2, 6175550100 + 6175550101)


def test_a_subscription_version_has_fifteen_fields() -> None:
    """NPSV carries fifteen fields with the record type, as the download feed defines it."""
    header = FeedHeader("NPSV", "0100", "NPAC", "9X01", "20261101120000", 1, "P")
    active = {
        "sv_id": "900001",
        "tn": "6175550100",
        "lrn": "5125550000",
        "new_spid": "9X01",
        "old_spid": "8Y02",
        "sv_status": "1",
        "status_ts": "20261101120000",
        "sv_type": "1",
        "lnp_type": "0",
    }

    data = write_pipe(header, [active])

    assert data.splitlines()[1].count(b"|") == 14
    assert read_pipe("NPSV", data).problems == ()


def test_windows_line_ends_are_read_like_others() -> None:
    """A partner who writes CRLF throughout is understood."""
    read = read_pipe("NPRESP", responses().replace(b"\n", b"\r\n"))

    assert read.problems == ()


FILE_MUTATIONS = {
    "empty": (lambda _: b"", "G016"),
    "byte order mark": (lambda data: b"\xef\xbb\xbf" + data, "G010"),
    "latin-1 letter": (lambda data: data.replace(b"SYS", b"S\xf1S"), "G010"),
    "mixed line ends": (lambda data: data.replace(b"\n", b"\r\n", 1), "G013"),
    "no last line end": (lambda data: data[:-1], "G013"),
    "no header": (lambda data: data.split(b"\n", 1)[1], "G002"),
    "header of another feed": (lambda data: data.replace(b"H|NPRESP", b"H|NPORT"), "G002"),
    "impossible creation time": (lambda data: data.replace(b"20261101120500|00007", b"20261301120500|00007"), "G002"),
    "later version": (lambda data: data.replace(b"|0100|", b"|0200|"), "G018"),
    "no trailer": (lambda data: data[: data.index(b"T|")], "G003"),
    "trailer cut": (lambda data: data[:-5] + b"\n", "G003"),
    "count wrong": (lambda data: data.replace(b"T|000002", b"T|000003"), "G004"),
    "total wrong": (lambda data: data.replace(b"T|000002|0000123", b"T|000002|0000124"), "G005"),
    "a column more in every line": (lambda data: data.replace(b"|9X01|\n", b"|9X01||x\n"), "G012"),
    "strange line": (lambda data: data.replace(b"\nD|000002", b"\nX|000002"), "G012"),
}


@pytest.mark.parametrize("name", FILE_MUTATIONS)
def test_a_wrong_file_earns_its_code(name: str) -> None:
    """Each damage to a whole file is named by its file error code."""
    mutate, code = FILE_MUTATIONS[name]

    read = read_pipe("NPRESP", mutate(responses()))

    assert code in [problem.code for problem in read.fatal]


RECORD_MUTATIONS = {
    "type missing": ({"response_type": ""}, "R101", "response_type"),
    "type unknown": ({"response_type": "Q"}, "R104", "response_type"),
    "no reason for a resolution": ({"response_type": "R", "due": ""}, "R101", "reason_code"),
    "reason unknown": ({"response_type": "R", "reason_code": "XXX"}, "R104", "reason_code"),
    "no due for a confirmation": ({"due": ""}, "R101", "due"),
    "delay without code": ({"response_type": "D"}, "R101", "delay_code"),
    "number of N11 area": ({"tn": "9115550100"}, "R102", "tn"),
    "request number short": ({"req_no": "9X0100001"}, "R102", "req_no"),
    "version of one digit": ({"version": "1"}, "R102", "version"),
    "day that is none": ({"cd_tsent": "20260230120000"}, "R109", "cd_tsent"),
    "same provider twice": ({"onsp": "9X01"}, "R102", "onsp"),
    "remarks with the delimiter": ({"remarks": "O'Brien | Sons"}, "R102", ""),
}


@pytest.mark.parametrize("name", RECORD_MUTATIONS)
def test_a_wrong_record_earns_its_code_and_leaves_the_others_alone(name: str) -> None:
    """Each damage to one record is named by record code and field; the other record stays good."""
    change, code, field = RECORD_MUTATIONS[name]

    read = read_pipe("NPRESP", responses(CONFIRMED | change, DELAYED))

    assert [(problem.code, problem.field, problem.line_no) for problem in read.problems] == [(code, field, 2)]


def test_the_second_of_two_equal_records_is_rejected() -> None:
    """Inside a file the first of two records with the same identity wins."""
    read = read_pipe("NPRESP", responses(CONFIRMED, CONFIRMED))

    assert [(problem.code, problem.line_no) for problem in read.problems] == [("R106", 3)]


def test_a_due_time_before_the_sending_is_impossible() -> None:
    """DDD_T must not lie before D_TSENT: the classic of times sent in another zone."""
    header = FeedHeader("NPORT", "0100", "9X01", "CH01", "20261101120000", 1, "P")

    read = read_pipe("NPORT", write_pipe(header, [PORT_REQUEST | {"ddd_t": "20261101115900"}]))

    assert [(problem.code, problem.field) for problem in read.problems] == [("R109", "ddd_t")]


def test_a_zip_that_lost_its_zero_is_rejected() -> None:
    """A spreadsheet that ate the leading zero of a ZIP is found out by the format."""
    header = FeedHeader("NPORT", "0100", "9X01", "CH01", "20261101120000", 1, "P")

    read = read_pipe("NPORT", write_pipe(header, [PORT_REQUEST | {"zip": "2139"}]))

    assert [(problem.code, problem.field) for problem in read.problems] == [("R102", "zip")]


def test_an_empty_file_with_head_and_tail_is_legal() -> None:
    """Header and trailer without records are a legal empty file."""
    read = read_pipe("NPRESP", write_pipe(HEADER, []))

    assert (read.problems, read.records, read.declared_count) == ((), (), 0)
