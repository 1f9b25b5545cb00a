"""NENA 2.1 records: where each column stands, what is wrong with a record or its frame, and the round trip."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ringback.reference_stack.gateway.codecs.nena import (
    cut,
    dates,
    fault_of,
    join,
    read_locations,
    read_street_guide,
    write_locations,
)
from ringback.reference_stack.gateway.codecs.nena_layouts import (
    LOCATION,
    LOCATION_HEADER,
    LOCATION_TRAILER,
    STREET_GUIDE,
    NenaLayout,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
RECORD = {
    "function_code": "I", "npa": "617", "calling_number": "5550100", "house_number": "12", "street_name": "ELM",
    "street_suffix": "ST", "community": "CAMBRIDGE", "state": "MA", "customer_name": "FINCH, ADA",
    "class_of_service": "1", "type_of_service": "0", "esn": "00139", "order_number": "PO-1", "company_id_1": "9X01",
    "zip": "02139",
}  # fmt: skip
ROW = {
    "street_name": "ELM", "street_suffix": "ST", "low_range": "1", "high_range": "99", "community": "CAMBRIDGE",
    "state": "MA", "odd_even": "O", "esn": "00139", "function_of_change": "I",
}  # fmt: skip


@pytest.mark.parametrize(
    ("layout", "length", "column", "first", "last"),
    [
        (LOCATION, 512, "street_name", 28, 87),
        (LOCATION, 512, "customer_name", 188, 219),
        (LOCATION, 512, "esn", 226, 230),
        (LOCATION, 512, "general_use", 276, 286),
        (LOCATION, 512, "expanded_extract_date", 387, 394),
        (LOCATION_HEADER, 512, "cycle_counter", 62, 67),
        (LOCATION_HEADER, 512, "format_version", 97, 97),
        (LOCATION_TRAILER, 512, "record_count", 62, 70),
        (STREET_GUIDE, 200, "odd_even", 123, 123),
        (STREET_GUIDE, 200, "function_of_change", 173, 173),
    ],
)
def test_each_column_has_its_place(layout: NenaLayout, length: int, column: str, first: int, last: int) -> None:
    """Positions count from 1 and include the last, as the standard writes them."""
    found = layout.column(column)

    assert (layout.length, found.start + 1, found.start + found.width) == (length, first, last)


def test_a_file_is_read_as_it_was_written() -> None:
    """Header, records and trailer agree; every line has 512 bytes and ends in CRLF."""
    data = write_locations("RINGBACK", 7, NOW, [RECORD, RECORD | {"calling_number": "5550101"}])

    read = read_locations("E911RET", data)

    assert {len(line) for line in data.split(b"\r\n")[:-1]} == {512}
    assert read.problems == ()
    assert (read.declared_count, read.actual_count) == (2, 2)
    assert read.header is not None
    assert read.header.sequence == 7
    assert [record.key for record in read.records] == ["6175550100", "6175550101"]


def test_an_empty_file_is_a_good_file() -> None:
    """No record between header and trailer says that nothing was refused."""
    assert read_locations("E911RET", write_locations("RINGBACK", 1, NOW, [])).problems == ()


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"\r\n", b"\n", "G013"),
        (b"000000001", b"000000002", "G004"),
        (b"I617", b"X617", "R104"),
        (b"I617", b"I61 ", "R102"),
        (b"FINCH, ADA", b"          ", "R101"),
        (b"112126", b"112226", "G002"),
        (b"UHL", b"XHL", "G002"),
        (b"*\r\n", b"\r\n", "G011"),
    ],
)
def test_what_is_wrong_has_its_code(old: bytes, new: bytes, code: str) -> None:
    """Line ends, counts, codes, forms, mandatory columns, two dates that differ, the frame, the length."""
    data = write_locations("RINGBACK", 1, NOW, [RECORD])

    broken = read_locations("E911RET", data.replace(old, new, 1 if code == "G002" else -1))

    assert code in {problem.code for problem in broken.problems}


def test_a_file_without_trailer_is_cut_off() -> None:
    """G003, and nothing of it is read."""
    data = write_locations("RINGBACK", 1, NOW, [RECORD])

    for kept in (512 * 2 + 4, 512 * 2 - 100):
        assert read_locations("E911RET", data[:kept]).problems[0].code == "G003"


def test_a_number_is_once_in_a_file() -> None:
    """The second record of a number is R106."""
    (problem,) = read_locations("E911RET", write_locations("RINGBACK", 1, NOW, [RECORD, RECORD])).problems

    assert (problem.code, problem.line_no) == ("R106", 3)


def test_numbers_are_filled_with_zeros_and_absent_ones_with_spaces() -> None:
    """A lost zero of an emergency service number is put back when we write, and seen when we read."""
    line = join(LOCATION, RECORD | {"esn": "139"} | dates(NOW))

    assert line[225:230] == "00139"
    assert line[230:240] == " " * 10
    wrong = fault_of(LOCATION, cut(LOCATION, line[:225] + "139  " + line[230:]))
    assert wrong is not None
    assert wrong[:2] == ("R102", "esn")


def test_a_row_of_the_guide_is_read() -> None:
    """The guide has neither header nor trailer; before and after image of a row are two records."""
    rows = [ROW | {"function_of_change": function} for function in "BA"]
    data = "".join(join(STREET_GUIDE, row | dates(NOW)) + "\r\n" for row in rows).encode()

    read = read_street_guide(data)

    assert read.problems == ()
    assert [record.fields["function_of_change"] for record in read.records] == ["B", "A"]
    assert read_street_guide(data + data[:202]).problems[0].code == "R106"
