"""Reader and writer of usage files, and the RAP file (RC) that tells a roaming partner what was wrong with one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from ringback.reference_stack.gateway.codecs.lines import read_lines
from ringback.reference_stack.gateway.codecs.model import (
    FeedFile,
    FeedHeader,
    FeedProblem,
    FeedRecord,
    Severity,
    file_problem,
    record_problem,
)
from ringback.reference_stack.gateway.codecs.stamps import TS14, is_possible, moment
from ringback.reference_stack.gateway.codecs.udr_layout import (
    FIELDS,
    NAMES,
    OFFSET,
    OLDEST_CALL,
    RULES,
    VERSION,
    WIDTH,
    Fault,
    begin_of,
    bytes_of,
    record_key,
)

_HEADER_FIELDS, _TRAILER_FIELDS = 12, 7
_STAMP = re.compile(rf"\d{{14}}{OFFSET}")
_RAP_VERSION = "0105"
# The codes of TD.57 for what is wrong with a whole file; a header that contradicts the name does not add up either.
_SUMS = "100"
_TAP_CODES = {"G002": "30", **dict.fromkeys(("G003", "G004", "G005"), _SUMS), "G007": "201", "G018": "38"}


@dataclass(frozen=True, slots=True)
class UsageHeader:
    """What the head of a usage file says beside the usual: its money, and the RAP file that it answers."""

    currency: str
    decimals: int
    rap_sequence: int
    cut_off: str


@dataclass(frozen=True, slots=True)
class UsageFile:
    """A usage file as read."""

    file: FeedFile
    usage: UsageHeader | None = None


def read_udr(data: bytes) -> UsageFile:
    """Read a usage file; problems are answered, never raised."""
    text = read_lines(data)
    if not text.lines:
        return UsageFile(FeedFile(None, (), text.problems))
    parts = text.lines[0].split("|")
    header, usage, problems = _header(parts)
    has_trailer = len(text.lines) > 1 and text.lines[-1].startswith("T|")
    details = text.lines[1:-1] if has_trailer else text.lines[1:]
    rows = [line.split("|") for line in details]
    strange = next((place for place, row in enumerate(rows, 2) if row[0] != "D"), None)
    if strange is not None:
        problems.append(file_problem("G012", "a line is neither header, detail nor trailer", line_no=strange))
        return UsageFile(FeedFile(header, (), (*text.problems, *problems)), usage)
    records = tuple(_record(place, row) for place, row in enumerate(rows, start=2))
    declared, found = _trailer(text.lines[-1] if has_trailer else "", len(text.lines), records)
    faults = _record_problems(rows, records, header)
    charge = sum(_number(record.fields.get("charge", "")) for record in records)
    whole = (*found, *problems, *text.problems, *faults)
    return UsageFile(FeedFile(header, records, whole, declared[0], len(records), declared[1], charge), usage)


def _header(parts: Sequence[str]) -> tuple[FeedHeader | None, UsageHeader | None, list[FeedProblem]]:
    if len(parts) != _HEADER_FIELDS or parts[:2] != ["H", "UDR"]:
        return None, None, [file_problem("G002", f"line 1 is no UDR header of {_HEADER_FIELDS} fields", line_no=1)]
    version, sender, receiver, mode, sequence, rap, available, cut_off, currency, decimals = parts[2:]
    problems = []
    if version != VERSION:
        problems.append(file_problem("G018", f"version {version} is not supported, {VERSION} is", line_no=1))
    checks = (
        ("sender", bool(sender)),
        ("recipient", bool(receiver)),
        ("sequence", len(sequence) == 5 and sequence.isdigit()),
        ("mode", mode in {"C", "T"}),
        ("RAP sequence", not rap or rap.isdigit()),
        ("available stamp", _is_stamp(available)),
        ("decimals", decimals.isdigit()),
    )
    missing = [name for name, right in checks if not right]
    if missing:
        problems.append(file_problem("G002", f"the header's {missing[0]} is missing or invalid", line_no=1))
        return None, None, problems
    created = _utc(available)
    kind = "T" if mode == "T" else "P"
    header = FeedHeader("UDR", version, sender, receiver, created, int(sequence), kind)
    return header, UsageHeader(currency, int(decimals), int(rap or 0), cut_off), problems


def _is_stamp(text: str) -> bool:
    return bool(_STAMP.fullmatch(text)) and is_possible(text[:14], TS14)


def _utc(stamp: str) -> str:
    """A stamp with its offset as 14 digits UTC."""
    return begin_of({"event_start": stamp[:14], "utc_offset": stamp[14:]}).strftime(TS14)


def _record(line_no: int, row: Sequence[str]) -> FeedRecord:
    fields = dict.fromkeys(NAMES, "") | dict(zip(("line_no", *NAMES), row[1:], strict=False))
    # The key needs a readable start; a record without one is told by the id it has in its file.
    readable = _is_stamp(fields["event_start"] + fields["utc_offset"])
    return FeedRecord(line_no, record_key(fields) if readable else fields["record_id"], fields)


def _trailer(
    line: str, line_no: int, records: Sequence[FeedRecord]
) -> tuple[tuple[int | None, int | None], list[FeedProblem]]:
    if not line:
        return (None, None), [file_problem("G003", "the file has no trailer: it is cut off", line_no=line_no)]
    parts = line.split("|")
    if len(parts) != _TRAILER_FIELDS or not all(parts[place].isdigit() for place in (1, 4, 5, 6)):
        return (None, None), [file_problem("G003", f"the trailer is cut off or invalid: {line}", line_no=line_no)]
    count, charge, tax, volume = (int(parts[place]) for place in (1, 4, 5, 6))
    checks = (
        ("G004", "count", count, len(records)),
        ("G005", "sum of charges", charge, sum(_number(one.fields["charge"]) for one in records)),
        ("G005", "sum of taxes", tax, sum(_number(one.fields["tax"]) for one in records)),
        ("G005", "sum of bytes", volume, sum(bytes_of(one.fields) for one in records)),
    )
    problems = [
        file_problem(code, f"the trailer's {name} is {declared}, the records give {actual}", line_no=line_no)
        for code, name, declared, actual in checks
        if declared != actual
    ]
    return (count, charge), problems


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0


def _record_problems(
    rows: Sequence[Sequence[str]], records: Sequence[FeedRecord], header: FeedHeader | None
) -> list[FeedProblem]:
    problems: list[FeedProblem] = []
    keys: set[str] = set()
    identities: set[str] = set()
    for row, record in zip(rows, records, strict=True):
        identity = record.fields["record_id"]
        fault = _fault(row, record, header)
        if fault is None and (record.key in keys or identity in identities):
            fault = ("R106", "record_id", f"record {identity} is already in this file")
        if fault:
            code, field, what = fault
            problems.append(record_problem(code, what, line_no=record.line_no, key=record.key, field=field))
        keys.add(record.key)
        identities.add(identity)
    return problems


def _fault(row: Sequence[str], record: FeedRecord, header: FeedHeader | None) -> Fault | None:
    if len(row) != WIDTH:
        return "R102", "", f"the record has {len(row)} fields instead of {WIDTH}"
    if record.fields["line_no"] != f"{record.line_no - 1:06d}":
        return "R102", "line_no", f"line_no {record.fields['line_no']} is not {record.line_no - 1:06d}"
    for field in FIELDS:
        fault = field.fault(record.fields)
        if fault:
            return fault[0], field.name, fault[1]
    found = next(filter(None, (rule(record.fields) for rule in RULES)), None)
    return found or _age_fault(record, header)


def _age_fault(record: FeedRecord, header: FeedHeader | None) -> Fault | None:
    if header is None:
        return None
    begin, available = begin_of(record.fields), moment(header.created)
    if available - OLDEST_CALL <= begin <= available + timedelta(minutes=5):
        return None
    return "R109", "event_start", f"{record.fields['event_start']} is not within 30 days before the file"


def write_udr(header: FeedHeader, usage: UsageHeader, records: Sequence[Mapping[str, str]]) -> bytes:
    """The bytes of a usage file; line numbers and trailer are made here."""
    stamps = sorted((begin_of(record), record["event_start"] + record["utc_offset"]) for record in records)
    first, last = (stamps[0][1], stamps[-1][1]) if stamps else ("", "")
    mode = "T" if header.mode == "T" else "C"
    available = f"{header.created}+0000"
    head = ("H", "UDR", header.version, header.sender, header.receiver, mode, f"{header.sequence or 0:05d}")
    money = (usage.currency, str(usage.decimals))
    lines = ["|".join((*head, f"{usage.rap_sequence:05d}", available, usage.cut_off or available, *money))]
    for number, record in enumerate(records, start=1):
        lines.append("|".join(("D", f"{number:06d}", *(record.get(name, "") for name in NAMES))))
    sums = [sum(_number(record.get(name, "")) for record in records) for name in ("charge", "tax")]
    volume = sum(_number(record.get("bytes_up", "")) + _number(record.get("bytes_down", "")) for record in records)
    lines.append("|".join(("T", str(len(records)), first, last, *map(str, (*sums, volume)))))
    return "".join(line + "\n" for line in lines).encode("ascii")


def write_rap(header: FeedHeader, file_name: str, problems: Sequence[FeedProblem]) -> bytes:
    """The bytes of an RC file: one line per error, with its severity, its code in TD.57 and the record it is about."""
    head = ("H", "RAP", _RAP_VERSION, header.sender, header.receiver, "C", f"{header.sequence or 0:05d}")
    lines = ["|".join((*head, f"{header.created}+0000", file_name))]
    for number, problem in enumerate(problems, start=1):
        severity = {Severity.FILE: "F", Severity.RECORD: "S", Severity.WARNING: "W"}[problem.severity]
        code = _SUMS if problem.code == "G002" and not problem.line_no else _TAP_CODES.get(problem.code, problem.code)
        said = problem.text.replace("|", " ")
        lines.append("|".join(("D", f"{number:06d}", severity, code, str(problem.line_no), problem.key, said)))
    lines.append(f"T|{len(problems)}")
    return "".join(line + "\n" for line in lines).encode("ascii", "replace")
