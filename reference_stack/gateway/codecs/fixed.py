"""Reader and writer of the credit feeds (CRDQ, CRDR): records of 200 bytes and a line feed, three control totals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ringback.reference_stack.gateway.codecs.crd_layouts import (
    CRD_LAYOUTS,
    HEADER,
    RECORD_BYTES,
    TRAILER,
    Fault,
    FixedLayout,
)
from ringback.reference_stack.gateway.codecs.lines import read_lines
from ringback.reference_stack.gateway.codecs.model import (
    FeedFile,
    FeedHeader,
    FeedProblem,
    FeedRecord,
    file_problem,
    record_problem,
)

VERSION = "0100"


def read_fixed(feed: str, data: bytes) -> FeedFile:
    """Read a credit file; problems are answered, never raised."""
    text = read_lines(data)
    if not text.lines:
        return FeedFile(None, (), text.problems)
    trailer = text.lines[-1] if len(text.lines) > 1 and text.lines[-1].startswith("T") else None
    if trailer is None:
        cut = file_problem("G003", "the file has no trailer: it is cut off", line_no=len(text.lines))
        return FeedFile(None, (), (cut,))
    wrong = [place for place, line in enumerate(text.lines, start=1) if not _is_record(line)]
    if wrong:
        length = len(text.lines[wrong[0] - 1])
        what = f"the record is not {RECORD_BYTES} bytes ending in an asterisk ({length} bytes)"
        return FeedFile(None, (), (*text.problems, file_problem("G011", what, line_no=wrong[0])))
    header, header_problems = _header(feed, text.lines[0])
    layout, details = CRD_LAYOUTS[feed], text.lines[1:-1]
    records = tuple(_record(layout, place, line) for place, line in enumerate(details, start=2))
    declared, trailer_problems = _trailer(trailer, len(text.lines), header, layout, records)
    problems = (*trailer_problems, *header_problems, *text.problems, *_record_problems(layout, records, details))
    amount = _total(records, layout.amount)
    return FeedFile(header, records, problems, declared[0], len(records), declared[1], amount)


def _is_record(line: str) -> bool:
    return len(line) == RECORD_BYTES and line.endswith("*")


def _cut(layout: FixedLayout, line: str) -> dict[str, str]:
    values, place = {}, 1
    for field in layout.fields:
        values[field.name] = line[place : place + field.width].rstrip(" ")
        place += field.width
    return values


def _first_fault(layout: FixedLayout, values: Mapping[str, str]) -> Fault | None:
    for field in layout.fields:
        fault = field.fault(values)
        if fault:
            return fault[0], field.name, fault[1]
    return next(filter(None, (rule(values) for rule in layout.rules)), None)


def _header(feed: str, line: str) -> tuple[FeedHeader | None, list[FeedProblem]]:
    values = _cut(HEADER, line)
    fault = _first_fault(HEADER, values)
    if not line.startswith("H") or fault or values["file_type"] != feed:
        what = fault[2] if fault else f"line 1 is no {feed} header"
        return None, [file_problem("G002", f"header invalid: {what}", line_no=1)]
    version = values["version"]
    unsupported = file_problem("G018", f"version {version} is not supported, {VERSION} is", line_no=1)
    problems = [] if version == VERSION else [unsupported]
    return (
        FeedHeader(
            feed,
            version,
            values["sender"],
            values["receiver"],
            values["created_ts"],
            int(values["sequence"]),
            values["mode"],
        ),
        problems,
    )


def _record(layout: FixedLayout, line_no: int, line: str) -> FeedRecord:
    values = _cut(layout, line)
    return FeedRecord(line_no, values[layout.identity], values)


def _total(records: Iterable[FeedRecord], field: str) -> int:
    values = ("".join(filter(str.isdigit, record.fields[field])) for record in records)
    return sum(int(value or 0) for value in values)


def _trailer(
    line: str, line_no: int, header: FeedHeader | None, layout: FixedLayout, records: Sequence[FeedRecord]
) -> tuple[tuple[int | None, int | None], list[FeedProblem]]:
    values = _cut(TRAILER, line)
    fault = _first_fault(TRAILER, values)
    if fault:
        return (None, None), [file_problem("G003", f"trailer invalid: {fault[2]}", line_no=line_no)]
    count, amount, digits = (int(values[name]) for name in ("record_count", "amount_total", "hash_total"))
    checks = (
        ("G004", "record_count", count, len(records)),
        ("G005", "amount_total", amount, _total(records, layout.amount)),
        ("G005", "hash_total", digits, _total(records, "id_last4")),
        ("G002", "sequence", int(values["sequence"]), header.sequence if header else int(values["sequence"])),
    )
    problems = [
        file_problem(code, f"the trailer's {name} is {declared}, the file gives {actual}", line_no=line_no)
        for code, name, declared, actual in checks
        if declared != actual
    ]
    return (count, amount), problems


def _record_problems(layout: FixedLayout, records: Sequence[FeedRecord], lines: Sequence[str]) -> list[FeedProblem]:
    problems, seen = [], set()
    for record, line in zip(records, lines, strict=True):
        fault = _record_fault(layout, record, line, duplicate=record.key in seen)
        if fault:
            code, field, what = fault
            problems.append(record_problem(code, what, line_no=record.line_no, key=record.key, field=field))
        seen.add(record.key)
    return problems


def _record_fault(layout: FixedLayout, record: FeedRecord, line: str, *, duplicate: bool) -> Fault | None:
    if not line.startswith(layout.record_type):
        return "R102", "record_type", f"the record starts with {line[0]!r}, not {layout.record_type}"
    if record.fields["line_no"] != f"{record.line_no - 1:06d}":
        return "R102", "line_no", f"line_no {record.fields['line_no']} is not {record.line_no - 1:06d}"
    fault = _first_fault(layout, record.fields)
    if fault is None and duplicate:
        return "R106", layout.identity, f"record {record.key} is already in this file"
    return fault


def write_fixed(header: FeedHeader, records: Sequence[Mapping[str, str]]) -> bytes:
    """The bytes of a credit file; line numbers, totals and fillers are made here."""
    layout = CRD_LAYOUTS[header.feed]
    head = {
        "file_type": header.feed,
        "version": header.version,
        "sender": header.sender,
        "receiver": header.receiver,
        "created_ts": header.created,
        "sequence": str(header.sequence or 0),
        "mode": header.mode,
    }
    numbered = [{**record, "line_no": str(number)} for number, record in enumerate(records, start=1)]
    foot = {
        "record_count": str(len(records)),
        "amount_total": str(sum(int(record[layout.amount] or 0) for record in records)),
        "hash_total": str(sum(int(record["id_last4"]) for record in records)),
        "sequence": str(header.sequence or 0),
    }
    lines = [_line(HEADER, head), *(_line(layout, record) for record in numbered), _line(TRAILER, foot)]
    return "".join(line + "\n" for line in lines).encode("ascii")


def _line(layout: FixedLayout, values: Mapping[str, str]) -> str:
    columns = [_column(field.kind, field.width, values.get(field.name, "")) for field in layout.fields]
    return f"{layout.record_type}{''.join(columns):<{RECORD_BYTES - 2}}*"


def _column(kind: str, width: int, value: str) -> str:
    """Digits to the right with zeros, text to the left with spaces; an absent value is spaces."""
    if value and kind in {"n", "ts14", "day8"}:
        return value.rjust(width, "0")[-width:]
    return value.ljust(width)[:width]
