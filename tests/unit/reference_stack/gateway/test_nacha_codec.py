"""ACH files to the byte: every column where the bank looks for it, every total as it adds up by hand."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ringback.reference_stack.gateway.codecs.nacha import read_ach
from ringback.reference_stack.gateway.codecs.nacha_layouts import (
    BATCH_CONTROL,
    BATCH_HEADER,
    CHANGE_ADDENDA,
    ENTRY,
    FILE_CONTROL,
    FILE_HEADER,
    RETURN_ADDENDA,
    is_routing,
)
from ringback.reference_stack.gateway.payments import write_debits

DEBIT = {
    "payment_id": "PAY-1",
    "account_id": "ACC-00007",
    "amount": "0000010205",
    "name": "ZOE FINCH",
    "routing": "231380104",
    "account_no": "0012345",
    "account_type": "checking",
    "sec": "PPD",
    "description": "PHONE BILL",
}
# Written by hand from the published tables; blanks are counted, not copied from the program.
RETURN_FILE = (
    "101 091400606 2313801042611210600A094101RINGBACK               FIRST NATIONAL BANK            ",
    "5225RINGBACK                            1123456789PPDRETURN          261121   1231380100000001",
    "626091400606"
    + "0012345".ljust(17)
    + "0000010205"
    + "ACC-00007".ljust(15)
    + "ZOE FINCH".ljust(22)
    + "  1231380100000001",
    "799R0109140060000000700000023138010" + " " * 44 + "231380100000001",
    "82250000020009140060000000010205000000000000" + "1123456789" + " " * 25 + "231380100000001",
    "9000001000001000000020009140060000000010205000000000000" + " " * 39,
    *("9" * 94,) * 4,
)


def text(lines: tuple[str, ...]) -> bytes:
    """The lines as a file."""
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def test_every_layout_is_94_columns_wide() -> None:
    """No record of the table is a column short."""
    layouts = (FILE_HEADER, BATCH_HEADER, ENTRY, RETURN_ADDENDA, CHANGE_ADDENDA, BATCH_CONTROL, FILE_CONTROL)

    assert {sum(column.width for column in layout) for layout in layouts} == {94}


def test_a_debit_file_has_its_fields_where_the_bank_reads_them() -> None:
    """Friday 21:30 UTC is 16:30 in New York: the entry is effective on Monday; positions as in the published table."""
    data, total = write_debits([(7, DEBIT)], "C", datetime(2026, 11, 20, 21, 30, tzinfo=UTC))

    header, batch, entry, batch_control, control, *padding = data.decode("ascii").splitlines()
    assert header[:40] == "101 09140060611234567892611201630C094101"
    assert (batch[:4], batch[4:20].strip(), batch[40:50], batch[50:53]) == ("5225", "RINGBACK", "1123456789", "PPD")
    assert (batch[53:63], batch[69:75], batch[78:94]) == ("PHONE BILL", "261123", "1091400600000001")
    assert entry == f"627231380104{'0012345':<17}0000010205{'ACC-00007':<15}{'ZOE FINCH':<22}  0091400600000007"
    assert batch_control[:44] == "82250000010023138010000000010205000000000000"
    assert control[:55] == "9000001000001000000010023138010000000010205000000000000"
    assert (padding, total) == (["9" * 94] * 5, 10_205)


def test_a_return_written_by_hand_is_read() -> None:
    """Reason, original trace and amount come out as they stand; nothing is wrong with the file."""
    read = read_ach("ACHRET", text(RETURN_FILE))

    fields = read.records[0].fields
    assert read.problems == ()
    assert (fields["return_reason"], fields["original_trace"], fields["amount"]) == (
        "R01",
        "091400600000007",
        "0000010205",
    )
    assert (read.declared_count, read.actual_count, read.declared_total, read.actual_total) == (1, 1, 10_205, 10_205)
    assert read.header is not None
    assert (read.header.version, read.header.created) == ("A", "20261121060000")


@pytest.mark.parametrize(
    ("line", "old", "new", "code"),
    [
        (4, "0009140060000000010205", "0009140061000000010205", "G005"),
        (4, "8225000002", "8225000003", "G004"),
        (5, "0000010205", "0000010206", "G005"),
        (5, "9000001", "9000002", "G004"),
        (2, "626091400606", "626091400607", "R103"),
        (2, "626", "627", "R104"),
        (3, "799R01", "799R98", "R104"),
        (3, "799", "705", "R104"),
    ],
)
def test_what_does_not_hold_is_found(line: int, old: str, new: str, code: str) -> None:
    """Hash, counts and sums of batch and file, check digit, transaction, reason and kind of addenda."""
    changed = RETURN_FILE[line].replace(old, new, 1)
    assert changed != RETURN_FILE[line]

    read = read_ach("ACHRET", text((*RETURN_FILE[:line], changed, *RETURN_FILE[line + 1 :])))

    assert code in [problem.code for problem in read.problems]


@pytest.mark.parametrize(("number", "right"), [("231380104", True), ("091400606", True), ("231380105", False)])
def test_routing_numbers_carry_a_check_digit(number: str, right: bool) -> None:
    """Weights 3 7 1, and the sum is a multiple of ten."""
    assert is_routing(number) is right
