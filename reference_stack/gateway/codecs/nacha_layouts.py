"""The records of an ACH file as data: 94 columns each, named from the left, by record type and kind of addenda."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

RECORD_CHARACTERS = 94
BLOCKING = 10
PADDING = "9" * RECORD_CHARACTERS
RETURN, CHANGE = "99", "98"  # addenda types
RETURN_REASONS = ("R01", "R02", "R03", "R04", "R05", "R07", "R08", "R09", "R10", "R11", "R16", "R20", "R24", "R29")
CHANGE_CODES = ("C01", "C02", "C03", "C05", "C06", "C07")
TRANSACTIONS = {"checking": "27", "savings": "37"}  # debits
RETURNED = ("26", "36", "21", "31")


@dataclass(frozen=True, slots=True)
class Column:
    """One field: its width, `n` for numbers (to the right, zeros) or `a` for text, and a text that is always there."""

    name: str
    width: int
    kind: str = "a"
    literal: str = ""


def _columns(*parts: str) -> tuple[Column, ...]:
    """Columns written `name:width`, `name:width:n`, or `=literal`."""
    made = []
    for part in parts:
        name, _, rest = part.partition(":")
        if part.startswith("="):
            made.append(Column("", len(part) - 1, "a", part[1:]))
        else:
            width, _, kind = rest.partition(":")
            made.append(Column(name, int(width), kind or "a"))
    return tuple(made)


FILE_HEADER = _columns(
    "=1", "=01", "immediate_destination:10", "immediate_origin:10", "file_creation_date:6:n", "file_creation_time:4:n",
    "file_id_modifier:1", "=094", "=10", "=1", "immediate_destination_name:23", "immediate_origin_name:23",
    "reference_code:8",
)  # fmt: skip
BATCH_HEADER = _columns(
    "=5", "service_class_code:3:n", "company_name:16", "company_discretionary_data:20", "company_identification:10",
    "standard_entry_class:3", "company_entry_description:10", "company_descriptive_date:6",
    "effective_entry_date:6:n", "settlement_date:3", "=1", "odfi_identification:8:n", "batch_number:7:n",
)  # fmt: skip
ENTRY = _columns(
    "=6", "transaction_code:2:n", "rdfi_identification:8:n", "check_digit:1:n", "dfi_account_number:17", "amount:10:n",
    "identification_number:15", "individual_name:22", "discretionary_data:2", "addenda_indicator:1:n",
    "trace_number:15:n",
)  # fmt: skip
RETURN_ADDENDA = _columns(
    "=7", "=99", "return_reason:3", "original_trace:15:n", "date_of_death:6", "original_rdfi:8:n",
    "addenda_information:44", "trace_number:15:n",
)  # fmt: skip
CHANGE_ADDENDA = _columns(
    "=7", "=98", "change_code:3", "original_trace:15:n", "reserved_1:6", "original_rdfi:8:n", "corrected_data:29",
    "reserved_2:15", "trace_number:15:n",
)  # fmt: skip
BATCH_CONTROL = _columns(
    "=8", "service_class_code:3:n", "entry_addenda_count:6:n", "entry_hash:10:n", "total_debit:12:n",
    "total_credit:12:n", "company_identification:10", "message_authentication:19", "reserved:6",
    "odfi_identification:8:n", "batch_number:7:n",
)  # fmt: skip
FILE_CONTROL = _columns(
    "=9", "batch_count:6:n", "block_count:6:n", "entry_addenda_count:8:n", "entry_hash:10:n", "total_debit:12:n",
    "total_credit:12:n", "reserved:39",
)  # fmt: skip


def written(columns: Sequence[Column], values: Mapping[str, str]) -> str:
    """One record; absent numbers and texts are spaces, too long texts are cut to their width."""
    return "".join(_shown(column, values.get(column.name, "")) for column in columns)


def _shown(column: Column, value: str) -> str:
    if column.literal:
        return column.literal
    if column.kind == "n" and value:
        return value.rjust(column.width, "0")[-column.width :]
    return value.ljust(column.width)[: column.width]


def cut(columns: Sequence[Column], line: str) -> dict[str, str]:
    """The named fields of a record, without the spaces that fill them up."""
    values, place = {}, 0
    for column in columns:
        if column.name:
            values[column.name] = line[place : place + column.width].strip(" ")
        place += column.width
    return values


def routing_check_digit(eight: str) -> str:
    """The ninth digit of a routing number: weights 3 7 1, the sum a multiple of ten."""
    total = sum(int(digit) * weight for digit, weight in zip(eight, (3, 7, 1, 3, 7, 1, 3, 7), strict=True))
    return str(-total % 10)


def is_routing(text: str) -> bool:
    """Whether a text is a nine-digit routing number with its check digit."""
    return len(text) == 9 and text.isascii() and text.isdigit() and routing_check_digit(text[:8]) == text[8]
