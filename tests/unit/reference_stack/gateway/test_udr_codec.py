"""Usage files to the byte, and what makes two records the same use."""

from __future__ import annotations

import hashlib

import pytest

from ringback.reference_stack.gateway.codecs.model import FeedHeader, file_problem, record_problem
from ringback.reference_stack.gateway.codecs.udr import UsageHeader, read_udr, write_rap, write_udr
from ringback.reference_stack.gateway.codecs.udr_layout import begin_of, record_key

HEADER = "H|UDR|0312|USARB|USARB|C|00007|00000|20261121120000+0000|20261121115500+0000|USD|2"
CALL = (
    "D|000001|0000000001|MOC|310150000000017|15125550100||20261101013000|-0400|61|16175550123||0|0|USARB||120|10|||16"
)
DATA = (
    "D|000002|0000000002|GPRS|310150000000017|15125550100||20261120060000|-0500|||internet|1000|5000|USARB||7|1|C9|1|"
)
TRAILER = "T|2|20261101013000-0400|20261120060000-0500|127|11|6000"


def file(*lines: str) -> bytes:
    """The lines as a file."""
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def test_a_file_written_by_hand_is_read() -> None:
    """Header, both records and all four totals of the trailer hold."""
    read = read_udr(file(HEADER, CALL, DATA, TRAILER))

    assert read.file.problems == ()
    assert [record.fields["record_type"] for record in read.file.records] == ["MOC", "GPRS"]
    assert (read.file.declared_count, read.file.declared_total, read.file.actual_total) == (2, 127, 127)
    assert read.usage == UsageHeader("USD", 2, 0, "20261121115500+0000")


def test_what_is_written_is_what_stands_by_hand() -> None:
    """The writer's bytes are those of the file above."""
    read = read_udr(file(HEADER, CALL, DATA, TRAILER))
    header = FeedHeader("UDR", "0312", "USARB", "USARB", "20261121120000", 7, "P")
    assert read.usage is not None

    data = write_udr(header, read.usage, [record.fields for record in read.file.records])

    assert data == file(HEADER, CALL, DATA, TRAILER)


def test_the_key_of_a_use_is_its_moment_in_the_world() -> None:
    """01:30 before and after the clocks go back are two uses; the same moment in two offsets is one."""
    values = read_udr(file(HEADER, CALL, TRAILER)).file.records[0].fields
    summer, winter = record_key(values), record_key({**values, "utc_offset": "-0500"})
    elsewhere = record_key({**values, "event_start": "20261101053000", "utc_offset": "+0000"})

    wanted = hashlib.sha256(b"310150000000017|MOC|20261101053000|16175550123||").hexdigest()
    assert (summer, elsewhere) == (wanted, wanted)
    assert winter != summer
    assert begin_of(values).isoformat() == "2026-11-01T05:30:00+00:00"


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ((HEADER, CALL, DATA), "G003"),
        ((HEADER, CALL, DATA, TRAILER[:9]), "G003"),
        ((HEADER, CALL, TRAILER), "G004"),
        ((HEADER, CALL, DATA, TRAILER.replace("|127|", "|128|")), "G005"),
        ((HEADER, CALL, DATA, TRAILER.replace("|11|", "|12|")), "G005"),
        ((HEADER, CALL, DATA, TRAILER.replace("|6000", "|6001")), "G005"),
        ((HEADER.replace("|USARB|USARB|", "||USARB|"), CALL, DATA, TRAILER), "G002"),
        ((HEADER.replace("+0000|20", "|20"), CALL, DATA, TRAILER), "G002"),
        ((HEADER.replace("0312", "0311"), CALL, DATA, TRAILER), "G018"),
        ((HEADER, CALL, DATA.replace("000002|0000000002", "000002|0000000001"), TRAILER), "R106"),
        ((HEADER, CALL, DATA.replace("000002|", "000003|", 1), TRAILER), "R102"),
        ((HEADER, CALL, DATA.replace("|internet|", "||"), TRAILER), "R101"),
        ((HEADER, CALL, f"{DATA}|", TRAILER), "R102"),
    ],
)
def test_what_does_not_hold_is_found(lines: tuple[str, ...], code: str) -> None:
    """Cut files, each total, the mandatory parts of the header, and the rules of a record."""
    assert code in [problem.code for problem in read_udr(file(*lines)).file.problems]


def test_a_rap_file_names_severity_code_and_record() -> None:
    """Totals that do not add up are fatal 100, a used number 201; a record is severe under its own code."""
    header = FeedHeader("RC", "0100", "USARB", "GBRNT", "20261121120000", 3, "P")
    problems = (
        file_problem("G005", "the sum is wrong", line_no=4),
        file_problem("G002", "sequence 7 in the header, 8 in the name"),
        file_problem("G002", "the header's sender is missing", line_no=1),
        file_problem("G007", "number 7 was used already"),
        record_problem("R105", "no such | line", line_no=2, key="abc"),
    )

    assert write_rap(header, "CDGBRNTUSARB00007", problems) == file(
        "H|RAP|0105|USARB|GBRNT|C|00003|20261121120000+0000|CDGBRNTUSARB00007",
        "D|000001|F|100|4||the sum is wrong",
        "D|000002|F|100|0||sequence 7 in the header, 8 in the name",
        "D|000003|F|30|1||the header's sender is missing",
        "D|000004|F|201|0||number 7 was used already",
        "D|000005|S|R105|2|abc|no such   line",
        "T|5",
    )
