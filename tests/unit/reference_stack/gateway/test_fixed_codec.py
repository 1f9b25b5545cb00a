"""The credit feeds CRDQ and CRDR: fixed columns, three totals, and the rules of a decision."""

from __future__ import annotations

import pytest

from ringback.reference_stack.gateway.codecs.fixed import read_fixed, write_fixed
from ringback.reference_stack.gateway.codecs.model import FeedHeader

HEADER = FeedHeader("CRDR", "0100", "BUREAU01", "RINGBACK", "20261101120500", 7, "P")
APPROVED = {
    "request_id": "CRQ-1",
    "customer_id": "CUST-00001",
    "decision": "A",
    "score": "720",
    "credit_class": "A1",
    "max_lines": "5",
    "device_limit": "100000",
    "deposit": "0",
    "decided_ts": "20261101120400",
    "valid_until": "20261201",
    "bureau_ref": "BR-1",
    "id_last4": "0042",
    "last_name": "FINCH",
}
INQUIRY = {
    "request_id": "CRQ-1",
    "customer_id": "CUST-00001",
    "product_order_id": "PO-1",
    "first_name": "ADA",
    "last_name": "FINCH",
    "birth_date": "19800229",
    "id_last4": "0042",
    "house_number": "12",
    "street": "ELM STREET",
    "postcode": "02139",
    "requested_lines": "1",
    "device_amount": "72000",
    "consent_ts": "20261101120000",
}


def decisions(*records: dict[str, str]) -> bytes:
    """A file of credit decisions."""
    return write_fixed(HEADER, records or (APPROVED,))


def test_every_line_has_two_hundred_bytes() -> None:
    """Header, details and trailer are 200 bytes ending in an asterisk, then LF."""
    lines = decisions().split(b"\n")

    assert [len(line) for line in lines] == [200, 200, 200, 0]
    assert {line[-1:] for line in lines[:3]} == {b"*"}


def test_the_columns_stand_where_the_layout_says() -> None:
    """Decision, score, deposit and last name are at their documented byte positions."""
    line = decisions().split(b"\n")[1]

    assert (line[47:48], line[48:51], line[63:71], line[127:152].rstrip()) == (b"A", b"720", b"00000000", b"FINCH")


def test_an_inquiry_comes_back_with_its_totals() -> None:
    """A CRDQ record keeps its zeros, and the trailer adds up the financed amount."""
    header = FeedHeader("CRDQ", "0100", "RINGBACK", "BUREAU01", "20261101120000", 1, "P")

    read = read_fixed("CRDQ", write_fixed(header, [INQUIRY]))

    assert (read.header, read.problems, read.declared_total, read.actual_total) == (header, (), 72000, 72000)
    assert (read.records[0].fields["postcode"], read.records[0].fields["id_last4"]) == ("02139", "0042")


FILE_MUTATIONS = {
    "empty": (lambda _: b"", "G016"),
    "accent": (lambda data: data.replace(b"FINCH", b"FI\xc9CH"), "G010"),
    "mixed line ends": (lambda data: data.replace(b"\n", b"\r\n", 1), "G013"),
    "no header": (lambda data: data[201:], "G002"),
    "header time impossible": (lambda data: data.replace(b"2026110112050000007", b"2026110125050000007"), "G002"),
    "later version": (lambda data: data.replace(b"CRDR0100", b"CRDR0200"), "G018"),
    "no trailer": (lambda data: data[:402], "G003"),
    "count wrong": (lambda data: data.replace(b"T000000001", b"T000000002"), "G004"),
    "hash wrong": (lambda data: data.replace(b"00000000000004200007", b"00000000000004300007"), "G005"),
    "amount wrong": (lambda data: data.replace(b"T000000001000000000000000", b"T000000001000000000000001"), "G005"),
    "line short": (lambda data: data.replace(b"FINCH ", b"FINCH"), "G011"),
    "trailer of another sequence": (lambda data: data.replace(b"4200007", b"4200008"), "G002"),
}


@pytest.mark.parametrize("name", FILE_MUTATIONS)
def test_a_wrong_file_earns_its_code(name: str) -> None:
    """Each damage to a whole file is named by its file error code."""
    mutate, code = FILE_MUTATIONS[name]

    read = read_fixed("CRDR", mutate(decisions()))

    assert code in [problem.code for problem in read.fatal]


RECORD_MUTATIONS = {
    "request missing": ({"request_id": ""}, "R101", "request_id"),
    "decision unknown": ({"decision": "X"}, "R104", "decision"),
    "score out of range": ({"score": "900"}, "R102", "score"),
    "score with a frozen file": ({"decision": "Z", "reason_codes": "07", "device_limit": "0"}, "R102", "score"),
    "deposit without need": ({"deposit": "5000"}, "R102", "deposit"),
    "no deposit though asked": ({"decision": "P", "reason_codes": "08"}, "R102", "deposit"),
    "device for a declined": ({"decision": "D", "reason_codes": "02"}, "R102", "device_limit"),
    "no reason": ({"decision": "R"}, "R101", "reason_codes"),
    "reason unknown": ({"decision": "R", "reason_codes": "0199"}, "R104", "reason_codes"),
    "valid too long": ({"valid_until": "20261231"}, "R109", "valid_until"),
    "day that is none": ({"valid_until": "20261301"}, "R109", "valid_until"),
    "class unknown": ({"credit_class": "E9"}, "R104", "credit_class"),
}


@pytest.mark.parametrize("name", RECORD_MUTATIONS)
def test_a_wrong_record_earns_its_code(name: str) -> None:
    """Each damage to one record is named by record code and field."""
    change, code, field = RECORD_MUTATIONS[name]

    read = read_fixed("CRDR", decisions(APPROVED | change, APPROVED | {"request_id": "CRQ-2"}))

    assert [(problem.code, problem.field, problem.line_no) for problem in read.problems] == [(code, field, 2)]


def test_the_second_answer_to_one_request_in_a_file_is_rejected() -> None:
    """Every request is answered once: the second record of a request is a duplicate."""
    read = read_fixed("CRDR", decisions(APPROVED, APPROVED))

    assert [(problem.code, problem.line_no) for problem in read.problems] == [("R106", 3)]
