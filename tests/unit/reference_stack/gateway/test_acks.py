"""The acknowledgement of a file: written to the byte, read back, and refused when it is none."""

from __future__ import annotations

import pytest

from ringback.reference_stack.gateway.codecs.acks import Ack, BadAck, read_ack, write_ack
from ringback.reference_stack.gateway.codecs.model import file_problem, record_problem

NAME = "NPRESP_CH01_9X01_20261101120500_00007.txt"
PARTIAL = Ack(
    *(NAME, 7, "PARTIAL", 2, 2, 1, 1, "2026-11-01T12:05:01.000Z", "ab" * 32),
    (record_problem("R105", "unknown request", line_no=3, key="CH01000000000002"),),
)


def test_an_acknowledgement_has_one_line_per_problem() -> None:
    """ACK with eleven fields, ERR with the record's key, END with the number of ERR lines."""
    lines = write_ack(PARTIAL).decode().splitlines()

    assert lines == [
        f"ACK|1|{NAME}|7|PARTIAL|2|2|1|1|2026-11-01T12:05:01.000Z|{'ab' * 32}",
        "ERR|3|CH01000000000002|R105|R|unknown request",
        "END|1",
    ]


def test_an_acknowledgement_comes_back_as_it_was_written() -> None:
    """Counts that are not known stay unknown; problems keep code and severity."""
    rejected = Ack(
        NAME, None, "REJECTED", None, None, 0, 0, "2026-11-01T12:05:01.000Z", "", (file_problem("G003", "cut"),)
    )

    assert read_ack(write_ack(PARTIAL)).problems[0].code == "R105"
    assert read_ack(write_ack(rejected)) == rejected


@pytest.mark.parametrize("data", [b"", b"hello\n", b"ACK|1|x|1|MAYBE|1|1|1|0|t|s\nEND|0\n", write_ack(PARTIAL)[:-6]])
def test_what_is_no_acknowledgement_is_refused(data: bytes) -> None:
    """An empty, strange, undecided or cut acknowledgement raises with the reason."""
    with pytest.raises(BadAck):
        read_ack(data)
