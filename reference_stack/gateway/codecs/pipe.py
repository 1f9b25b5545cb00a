"""Reader and writer of the pipe feeds (NPORT, WFMCLOSE, ...): H line, D lines, T line with count and control total."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from ringback.reference_stack.gateway.codecs.field_layouts import FIELD_LAYOUTS
from ringback.reference_stack.gateway.codecs.fields import Values
from ringback.reference_stack.gateway.codecs.lines import read_lines
from ringback.reference_stack.gateway.codecs.model import (
    FeedFile,
    FeedHeader,
    FeedProblem,
    FeedRecord,
    file_problem,
    record_problem,
)
from ringback.reference_stack.gateway.codecs.pipe_layouts import PIPE_LAYOUTS, PipeLayout
from ringback.reference_stack.gateway.codecs.stamps import TS14, is_possible

LAYOUTS = {**PIPE_LAYOUTS, **FIELD_LAYOUTS}
VERSION = "0100"
HEADER_FIELDS = 8
TRAILER_FIELDS = 3
_WIDTH_OF_COUNT = 6
_WIDTH_OF_TOTAL = 15


def read_pipe(feed: str, data: bytes) -> FeedFile:
    """Read a file of a pipe feed; problems are answered, never raised."""
    layout = LAYOUTS[feed]
    text = read_lines(data)
    if not text.lines:
        return FeedFile(None, (), text.problems)
    header, header_problems = _header(layout, text.lines[0])
    has_trailer = len(text.lines) > 1 and text.lines[-1].startswith("T|")
    details = text.lines[1:-1] if has_trailer else text.lines[1:]
    records, record_problems = _records(layout, details)
    trailer = text.lines[-1] if has_trailer else None
    totals, trailer_problems = _trailer(layout, trailer, details, records)
    problems = (*trailer_problems, *header_problems, *text.problems, *record_problems)
    return FeedFile(
        header, records, problems, totals[0], len(details), totals[1], control_total(feed, _values(records))
    )


def _header(layout: PipeLayout, line: str) -> tuple[FeedHeader | None, list[FeedProblem]]:
    parts = line.split("|")
    if parts[0] != "H" or len(parts) != HEADER_FIELDS or parts[1] != layout.feed:
        return None, [file_problem("G002", f"line 1 is no {layout.feed} header of {HEADER_FIELDS} fields", line_no=1)]
    _, feed, version, sender, receiver, created, sequence, mode = parts
    problems = []
    if version != VERSION:
        problems.append(file_problem("G018", f"version {version} is not supported, {VERSION} is", line_no=1))
    if not is_possible(created, TS14) or not _is_number(sequence, 5) or mode not in {"P", "T"}:
        problems.append(file_problem("G002", "creation time, sequence or mode of the header is invalid", line_no=1))
        return None, problems
    return FeedHeader(feed, version, sender, receiver, created, int(sequence), mode), problems


def _is_number(text: str, width: int) -> bool:
    return len(text) == width and text.isascii() and text.isdigit()


def _trailer(
    layout: PipeLayout, line: str | None, details: Sequence[str], records: Sequence[FeedRecord]
) -> tuple[tuple[int | None, int | None], list[FeedProblem]]:
    line_no = len(details) + (1 if line is None else 2)  # after the header
    if line is None:
        return (None, None), [file_problem("G003", "the file has no trailer: it is cut off", line_no=line_no)]
    parts = line.split("|")
    widths_right = len(parts) == TRAILER_FIELDS and all(
        _is_number(part, width) for part, width in zip(parts[1:], (_WIDTH_OF_COUNT, _WIDTH_OF_TOTAL), strict=True)
    )
    if not widths_right:
        return (None, None), [file_problem("G003", f"the trailer is cut off or invalid: {line}", line_no=line_no)]
    count, total = int(parts[1]), int(parts[2])
    problems = []
    if count != len(details):
        text = f"the trailer declares {count} records, the file has {len(details)}"
        problems.append(file_problem("G004", text, line_no=line_no))
    actual = control_total(layout.feed, _values(records))
    if total != actual:
        text = f"the trailer declares a total of {total}, the records give {actual}"
        problems.append(file_problem("G005", text, line_no=line_no))
    return (count, total), problems


def _values(records: Iterable[FeedRecord]) -> Iterable[Values]:
    return (record.fields for record in records)


def control_total(feed: str, records: Iterable[Values]) -> int:
    """The control total: the sum of the telephone numbers, or of what else the feed adds up."""
    numbers = (record.get(LAYOUTS[feed].control, "") for record in records)
    return sum(int(number) for number in numbers if number.isascii() and number.isdigit())


def _records(layout: PipeLayout, details: Sequence[str]) -> tuple[tuple[FeedRecord, ...], list[FeedProblem]]:
    rows = [line.split("|") for line in details]
    strange = [place for place, row in enumerate(rows, start=2) if row[0] != "D"]
    if strange:
        return (), [file_problem("G012", "a line is neither header, detail nor trailer", line_no=strange[0])]
    widths = {len(row) for row in rows}
    if rows and layout.width not in widths:
        text = f"records have {min(widths)} fields, {layout.feed} has {layout.width}"
        return (), [file_problem("G012", text, line_no=2)]
    records = tuple(_record(layout, place, row) for place, row in enumerate(rows, start=2))
    return records, _record_problems(layout, rows, records)


def _record(layout: PipeLayout, line_no: int, row: Sequence[str]) -> FeedRecord:
    names = ("line_no", *(field.name for field in layout.fields))
    fields = dict(zip(names, row[1:], strict=False))
    return FeedRecord(line_no, key_of(layout, fields), fields)


def key_of(layout: PipeLayout, fields: Mapping[str, str]) -> str:
    """The identity of a record as one text."""
    return "-".join(fields.get(name, "") for name in layout.identity)


def _record_problems(
    layout: PipeLayout, rows: Sequence[Sequence[str]], records: Sequence[FeedRecord]
) -> list[FeedProblem]:
    lines_per_request = Counter(record.fields.get("req_no", "") for record in records)
    seen: set[str] = set()
    problems: list[FeedProblem] = []
    for row, record in zip(rows, records, strict=True):
        fault = _fault(layout, row, record)
        if fault is None and record.key in seen:
            fault = ("R106", "", f"record {record.key} is already in this file")
        if fault is None and layout.feed == "NPORT":
            fault = _quantity_fault(record.fields, lines_per_request)
        if fault:
            code, field, text = fault
            problems.append(record_problem(code, text, line_no=record.line_no, key=record.key, field=field))
        seen.add(record.key)
    return problems


def _fault(layout: PipeLayout, row: Sequence[str], record: FeedRecord) -> tuple[str, str, str] | None:
    if len(row) != layout.width:
        return "R102", "", f"the record has {len(row)} fields instead of {layout.width}: a delimiter inside a field?"
    if record.fields["line_no"] != f"{record.line_no - 1:06d}":
        return "R102", "line_no", f"line_no {record.fields['line_no']} is not {record.line_no - 1:06d}"
    for field in layout.fields:
        fault = field.fault(record.fields)
        if fault:
            return fault[0], field.name, fault[1]
    return next(filter(None, (rule(record.fields) for rule in layout.rules)), None)


def _quantity_fault(fields: Values, lines_per_request: Mapping[str, int]) -> tuple[str, str, str] | None:
    lines = lines_per_request[fields["req_no"]]
    if int(fields["npqty"]) == lines:
        return None
    return "R102", "npqty", f"npqty {fields['npqty']} but {lines} lines of request {fields['req_no']}"


def write_pipe(header: FeedHeader, records: Sequence[Mapping[str, str]]) -> bytes:
    """The bytes of a file; absent fields are empty, line numbers and trailer are made here."""
    layout = LAYOUTS[header.feed]
    head = ("H", header.feed, header.version, header.sender, header.receiver, header.created)
    lines = ["|".join((*head, f"{header.sequence or 0:05d}", header.mode))]
    for number, record in enumerate(records, start=1):
        lines.append("|".join(("D", f"{number:06d}", *(record.get(field.name, "") for field in layout.fields))))
    lines.append(f"T|{len(records):06d}|{control_total(header.feed, records):015d}")
    return "".join(line + "\n" for line in lines).encode("ascii")
