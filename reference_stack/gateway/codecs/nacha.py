"""ACH files: debits written with their hash, totals and blocks; returns and notices of change read and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ringback.reference_stack.gateway.codecs.lines import read_lines
from ringback.reference_stack.gateway.codecs.model import (
    FeedFile,
    FeedHeader,
    FeedProblem,
    FeedRecord,
    file_problem,
    record_problem,
)
from ringback.reference_stack.gateway.codecs.nacha_layouts import (
    BATCH_CONTROL,
    BATCH_HEADER,
    BLOCKING,
    CHANGE,
    CHANGE_ADDENDA,
    CHANGE_CODES,
    ENTRY,
    FILE_CONTROL,
    FILE_HEADER,
    PADDING,
    RECORD_CHARACTERS,
    RETURN,
    RETURN_ADDENDA,
    RETURN_REASONS,
    RETURNED,
    Column,
    cut,
    routing_check_digit,
    written,
)
from ringback.reference_stack.gateway.codecs.stamps import ts14

_HASH = 10**10
_ADDENDA = {RETURN: RETURN_ADDENDA, CHANGE: CHANGE_ADDENDA}
_CODES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    RETURN: ("return_reason", RETURN_REASONS),
    CHANGE: ("change_code", CHANGE_CODES),
}


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch to write: its header's values and entries, each with the addenda that belong to it."""

    header: Mapping[str, str]
    entries: Sequence[Mapping[str, str]]
    addenda: Sequence[str] = ()  # one line per entry, or none at all


@dataclass(frozen=True, slots=True)
class _Totals:
    count: int
    hash: int
    debit: int
    credit: int

    def values(self) -> dict[str, str]:
        sums = {"entry_hash": str(self.hash % _HASH), "total_debit": str(self.debit), "total_credit": str(self.credit)}
        return {"entry_addenda_count": str(self.count), **sums}


def write_ach(header: Mapping[str, str], batches: Sequence[Batch]) -> bytes:
    """The bytes of a file: batches with their controls, the file control, padded to blocks of ten records."""
    lines, sums = [written(FILE_HEADER, header)], []
    for number, batch in enumerate(batches, start=1):
        head = {**batch.header, "batch_number": str(number)}
        details = [written(ENTRY, entry) for entry in batch.entries]
        sums.append(_totals(details, len(batch.addenda)))
        lines.append(written(BATCH_HEADER, head))
        for place, detail in enumerate(details):
            lines += [detail, *batch.addenda[place : place + 1]]
        lines.append(written(BATCH_CONTROL, {**head, **sums[-1].values()}))
    whole = _sum(sums)
    blocks = -(-(len(lines) + 1) // BLOCKING)
    lines.append(
        written(FILE_CONTROL, {"batch_count": str(len(batches)), "block_count": str(blocks), **whole.values()})
    )
    lines += [PADDING] * (blocks * BLOCKING - len(lines))
    return "".join(line + "\n" for line in lines).encode("ascii")


def _totals(entries: Sequence[str], addenda: int) -> _Totals:
    """What the control record says of its entries; transaction codes end in 5 to 9 for debits."""
    amounts = [(line[2] >= "5", _number(line[29:39])) for line in entries]
    routing = sum(_number(line[3:11]) for line in entries)
    debit = sum(amount for is_debit, amount in amounts if is_debit)
    credit = sum(amount for is_debit, amount in amounts if not is_debit)
    return _Totals(len(entries) + addenda, routing % _HASH, debit, credit)


def _sum(parts: Sequence[_Totals]) -> _Totals:
    return _Totals(
        sum(part.count for part in parts),
        sum(part.hash for part in parts) % _HASH,
        sum(part.debit for part in parts),
        sum(part.credit for part in parts),
    )


def _number(text: str) -> int:
    return int(text) if text.strip().isdigit() else 0


def read_ach(feed: str, data: bytes) -> FeedFile:
    """Read a file of returns and notices of change; problems are answered, never raised."""
    text = read_lines(data)
    if not text.lines:
        return FeedFile(None, (), text.problems)
    wrong = next((place for place, line in enumerate(text.lines, 1) if len(line) != RECORD_CHARACTERS), None)
    control = next((place for place, line in enumerate(text.lines) if _is_control(line)), None)
    if control is None:
        cut_off = file_problem("G003", "the file has no file control record: it is cut off", line_no=len(text.lines))
        return FeedFile(None, (), (cut_off,))
    if wrong is not None:
        length = len(text.lines[wrong - 1])
        what = f"the record has {length} characters instead of {RECORD_CHARACTERS}"
        return FeedFile(None, (), (*text.problems, file_problem("G011", what, line_no=wrong)))
    header, problems = _header(feed, text.lines[0])
    entries = [line for line in text.lines[1:control] if line.startswith("6")]
    records = tuple(_records(text.lines[:control]))
    found = cut(FILE_CONTROL, text.lines[control])
    problems += [*text.problems, *_controls(text.lines, control), *_batches(text.lines[1:control])]
    problems += _record_problems(records)
    declared, actual = _number(found["total_debit"]), _totals(entries, 0).debit
    has_count = _number(found["entry_addenda_count"]) == _details(text.lines[:control])
    count = len(records) if has_count else _number(found["entry_addenda_count"])
    return FeedFile(header, records, tuple(problems), count, len(records), declared, actual)


def _is_control(line: str) -> bool:
    return line.startswith("9") and line != PADDING and len(line) == RECORD_CHARACTERS


def _details(lines: Sequence[str]) -> int:
    return sum(line[0] in "67" for line in lines)


def _header(feed: str, line: str) -> tuple[FeedHeader | None, list[FeedProblem]]:
    values = cut(FILE_HEADER, line)
    stamp = f"20{values['file_creation_date']}{values['file_creation_time'] or '0000'}"
    try:
        created = datetime.strptime(stamp, "%Y%m%d%H%M").replace(tzinfo=UTC)
    except ValueError:
        created = None
    if not line.startswith("101") or line[34:41].strip() == "" or created is None:
        return None, [file_problem("G002", "line 1 is no file header record with a creation date", line_no=1)]
    # Sender and receiver are routing numbers here; the name of the file says who they are to us.
    return FeedHeader(feed, values["file_id_modifier"], "", "", ts14(created), None, "P"), []


def _controls(lines: Sequence[str], control: int) -> list[FeedProblem]:
    """Whether the file control agrees with everything before it, and the file with its blocks."""
    values, line_no = cut(FILE_CONTROL, lines[control]), control + 1
    entries = [line for line in lines[1:control] if line.startswith("6")]
    sums = _totals(entries, 0)
    rest = len(lines) % BLOCKING or any(line != PADDING for line in lines[control + 1 :])
    checks = (
        ("G004", "entry_addenda_count", _details(lines[:control])),
        ("G004", "batch_count", sum(line.startswith("5") for line in lines[:control])),
        ("G004", "block_count", -(-len(lines) // BLOCKING)),
        ("G005", "entry_hash", sums.hash),
        ("G005", "total_debit", sums.debit),
        ("G005", "total_credit", sums.credit),
    )
    problems = [
        file_problem(code, f"the file control's {name} is {values[name]}, the file gives {actual}", line_no=line_no)
        for code, name, actual in checks
        if _number(values[name]) != actual
    ]
    if rest:
        problems.append(file_problem("G004", "the file is not filled up to blocks of ten records", line_no=len(lines)))
    return problems


def _batches(lines: Sequence[str]) -> list[FeedProblem]:
    """Whether each batch control agrees with its batch."""
    problems: list[FeedProblem] = []
    inside: list[str] = []
    for line_no, line in enumerate(lines, start=2):
        if line.startswith("5"):
            inside = []
        elif line.startswith("8"):
            problems += _batch_faults(line, line_no, inside)
        else:
            inside.append(line)
    return problems


def _batch_faults(control: str, line_no: int, inside: Sequence[str]) -> list[FeedProblem]:
    values = cut(BATCH_CONTROL, control)
    sums = _totals([line for line in inside if line.startswith("6")], 0)
    checks = (
        ("G004", "entry_addenda_count", _details(inside)),
        ("G005", "entry_hash", sums.hash),
        ("G005", "total_debit", sums.debit),
    )
    return [
        file_problem(code, f"the batch control's {name} is {values[name]}, the batch gives {actual}", line_no=line_no)
        for code, name, actual in checks
        if _number(values[name]) != actual
    ]


def _records(lines: Sequence[str]) -> list[FeedRecord]:
    """One record per entry, with the fields of its addenda."""
    records = []
    for place, line in enumerate(lines):
        if not line.startswith("6"):
            continue
        following = lines[place + 1] if place + 1 < len(lines) else ""
        addenda = following if following.startswith("7") else ""
        entry = cut(ENTRY, line)
        layout: Sequence[Column] = _ADDENDA.get(addenda[1:3], ())
        fields = {**entry, **cut(layout, addenda), "trace_number": entry["trace_number"]}
        fields |= {"addenda_type": addenda[1:3], "addenda": addenda}
        records.append(FeedRecord(place + 1, entry["trace_number"], fields))
    return records


def _record_problems(records: Sequence[FeedRecord]) -> list[FeedProblem]:
    problems, seen = [], set()
    for record in records:
        fault = _fault(record.fields)
        if fault is None and record.key in seen:
            fault = ("R106", "trace_number", f"trace number {record.key} is already in this file")
        if fault:
            code, field, what = fault
            problems.append(record_problem(code, what, line_no=record.line_no, key=record.key, field=field))
        seen.add(record.key)
    return problems


def _fault(fields: Mapping[str, str]) -> tuple[str, str, str] | None:
    kind = fields["addenda_type"]
    if kind not in _CODES:
        return "R104", "addenda_type", f"the entry has no addenda of type {RETURN} or {CHANGE}"
    field, known = _CODES[kind]
    rdfi = fields["rdfi_identification"]
    checks = (
        (fields["transaction_code"] not in RETURNED, "R104", "transaction_code", "is no return or notice"),
        (len(rdfi) != 8 or not rdfi.isdigit(), "R102", "rdfi_identification", "is not 8 digits"),
        (fields[field] not in known, "R104", field, f"is none of {' '.join(known)}"),
        (not fields["original_trace"].isdigit(), "R102", "original_trace", "is not 15 digits"),
        (not fields["amount"].isdigit(), "R102", "amount", "is not 10 digits"),
    )
    for is_wrong, code, name, what in checks:
        if is_wrong:
            return code, name, f"{name} {fields[name]!r} {what}"
    if routing_check_digit(rdfi) != fields["check_digit"]:
        return "R103", "check_digit", f"check digit {fields['check_digit']} of routing number {rdfi} is wrong"
    if kind == CHANGE and not fields["corrected_data"]:
        return "R101", "corrected_data", "corrected_data is empty"
    return None
