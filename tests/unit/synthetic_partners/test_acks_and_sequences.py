"""Acknowledgements to the byte, and what a partner remembers."""

from pathlib import Path

import pytest

from ringback.engine.protocols import FeedProblem
from ringback.synthetic_partners.acks import Ack, AckError, BadAck, decide, read_ack, write_ack
from ringback.synthetic_partners.sequences import following, remember

ACK = Ack(
    "NPORT_9X01_CH01_20260115120000_00001.txt", "00001", "PARTIAL", "2", "2", "1", "1", "2026-01-15T12:00:01.000Z",
    "ab" * 32, (AckError(3, "9X01000000000002", "R102", "R", "zip has | and\nmore"),),
)  # fmt: skip


def test_an_acknowledgement_is_written_to_the_byte_and_read_back() -> None:
    """One ACK line, a line per error without delimiters inside, one END line, LF."""
    content = write_ack(ACK)

    assert content == (
        b"ACK|1|NPORT_9X01_CH01_20260115120000_00001.txt|00001|PARTIAL|2|2|1|1|2026-01-15T12:00:01.000Z|"
        + b"ab" * 32
        + b"\nERR|3|9X01000000000002|R102|R|zip has   and more\nEND|1\n"
    )
    assert read_ack(content).errors[0].code == "R102"


@pytest.mark.parametrize("content", [b"", b"ACK|1|x\nEND|0\n", write_ack(ACK)[:-4], b"\xff\xfe", b"ACK\nERR\nEND|1"])
def test_an_acknowledgement_that_is_cut_off_is_refused(content: bytes) -> None:
    """What is no acknowledgement says so, with the shape it should have."""
    with pytest.raises(BadAck) as caught:
        read_ack(content)

    assert caught.value.problem.hint


@pytest.mark.parametrize(
    ("codes", "decision", "rejected"),
    [
        ([], "ACCEPTED", 0),
        ([("G008", 1)], "ACCEPTED", 0),
        ([("R102", 2), ("R103", 2)], "PARTIAL", 1),
        ([("R102", 2), ("G004", 5)], "REJECTED", 3),
    ],
)
def test_a_fatal_error_rejects_the_file_and_a_record_error_the_record(
    codes: list[tuple[str, int]], decision: str, rejected: int
) -> None:
    """Warnings reject nothing; two errors of one record reject it once."""
    problems = [FeedProblem(line, 1, code, "", "") for code, line in codes]

    assert (decision, rejected) == decide(problems, 3)


def test_the_number_after_the_last_is_one() -> None:
    """99999 wraps to 1."""
    assert [following(number) for number in (0, 1, 99_998, 99_999)] == [1, 2, 99_999, 1]


def test_numbers_go_on_after_a_restart_and_rejected_ones_are_used_again(tmp_path: Path) -> None:
    """A rejected file did not consume its number; what is saved is there again for the same server only."""
    memory = remember("bureau", "server-1", tmp_path)
    assert [memory.take("CRDR"), memory.take("CRDR"), memory.take("CRDR")] == [1, 2, 3]
    memory.give_back("CRDR", 2)
    memory.save()

    again, elsewhere = remember("bureau", "server-1", tmp_path), remember("bureau", "server-2", tmp_path)

    assert [again.take("CRDR"), again.take("CRDR")] == [2, 4]
    assert elsewhere.take("CRDR") == 1


def test_a_value_is_given_to_one_owner_only(tmp_path: Path) -> None:
    """The second to ask for a taken value gets the next one; the first gets its own again."""
    memory = remember("logistics", "server", tmp_path)

    assert memory.claim(["a", "b"], "PO-1") == "a"
    assert memory.claim(["a", "b"], "PO-2") == "b"
    assert memory.claim(["a", "b"], "PO-1") == "a"
