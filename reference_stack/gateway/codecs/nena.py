"""Reader and writer of NENA 2.1 files: emergency location records between UHL and UTL, and the street guide."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from ringback.reference_stack.gateway.codecs.lines import Lines, read_lines
from ringback.reference_stack.gateway.codecs.model import (
    FeedFile,
    FeedHeader,
    FeedProblem,
    FeedRecord,
    file_problem,
    record_problem,
)
from ringback.reference_stack.gateway.codecs.nena_layouts import (
    FUNCTIONS,
    LOCATION,
    LOCATION_HEADER,
    LOCATION_TRAILER,
    STREET_GUIDE,
    Column,
    NenaLayout,
)
from ringback.reference_stack.gateway.codecs.stamps import DAY8, is_possible

Fault = tuple[str, str, str]  # code, field, text
_FORMS: Mapping[str, re.Pattern[str]] = {"A": re.compile(r"[A-Z .'-]*"), "N": re.compile(r"\d*"), "X": re.compile(".*")}
_CODES: Mapping[str, str] = {"function_of_change": "IDBA", "odd_even": "OEB", "function_code": "".join(FUNCTIONS)}
_MODE = "P"
_ROW_KEY = (
    *("prefix_directional", "street_name", "street_suffix", "post_directional", "community", "state"),
    *("low_range", "high_range", "odd_even", "function_of_change"),
)


def cut(layout: NenaLayout, line: str) -> dict[str, str]:
    """The columns of a record."""
    return {column.name: column.cut(line) for column in layout.columns}


def join(layout: NenaLayout, values: Mapping[str, str]) -> str:
    """A record of columns; fixed values are filled in."""
    return "".join(column.put(values.get(column.name, "")) for column in layout.columns)


def fault_of(layout: NenaLayout, values: Mapping[str, str]) -> Fault | None:
    """What is wrong with a record's first wrong column."""
    faults = (_column_fault(column, values[column.name]) for column in layout.columns)
    return next((fault for fault in faults if fault), None) or _date_fault(values)


def _column_fault(column: Column, value: str) -> Fault | None:
    if not value:
        return ("R101", column.name, f"{column.name} is empty") if column.needed else None
    if column.value and value != column.value.rstrip(" "):
        return "R102", column.name, f"{column.name} {value!r} is not {column.value!r}"
    whole = len(value) == column.width or column.kind != "N"
    if not whole or not _FORMS[column.kind].fullmatch(value):
        return "R102", column.name, f"{column.name} {value!r} is not of the form {column.width}{column.kind}"
    if column.name in _CODES and value not in _CODES[column.name]:
        return "R104", column.name, f"{column.name} {value!r} is none of {' '.join(_CODES[column.name])}"
    return None


def _date_fault(values: Mapping[str, str]) -> Fault | None:
    """The two ways of writing the date must say the same day."""
    long, short = values["expanded_extract_date"], values["extract_date"]
    if not is_possible(long, DAY8):
        return "R109", "expanded_extract_date", f"expanded_extract_date {long} is no possible day"
    if short != long[4:] + long[2:4]:
        return "R102", "extract_date", f"extract_date {short} is not the day {long}"
    return None


def dates(moment: datetime) -> dict[str, str]:
    """A day in the two ways in which every record writes it."""
    return {"extract_date": moment.strftime("%m%d%y"), "expanded_extract_date": moment.strftime(DAY8)}


def _lines(data: bytes, layouts: Iterable[NenaLayout]) -> Lines:
    """The lines of a file whose records all have the right length; their ends must be CRLF."""
    text = read_lines(data)
    problems = list(text.problems)
    if text.lines and not problems and b"\r\n" not in data:
        problems.append(file_problem("G013", "lines end in CRLF, not in LF alone"))
    (length,) = {layout.length for layout in layouts}
    wrong = [place for place, line in enumerate(text.lines, start=1) if len(line) != length or not line.endswith("*")]
    if wrong and not problems:
        found = len(text.lines[wrong[0] - 1])
        what = f"the record is not {length} bytes ending in an asterisk ({found} bytes)"
        problems.append(file_problem("G011", what, line_no=wrong[0]))
    return Lines(text.lines, tuple(problems))


def read_locations(feed: str, data: bytes) -> FeedFile:
    """Reads a file of emergency location records: UHL, records, UTL with their count."""
    text = _lines(data, (LOCATION, LOCATION_HEADER, LOCATION_TRAILER))
    if text.problems or not text.lines:
        return FeedFile(None, (), _cut_off(text))
    if len(text.lines) == 1 or not text.lines[-1].startswith("UTL"):
        return FeedFile(None, (), (file_problem("G003", "the file has no trailer: it is cut off"),))
    head, foot, details = cut(LOCATION_HEADER, text.lines[0]), cut(LOCATION_TRAILER, text.lines[-1]), text.lines[1:-1]
    problems = [*_frame_problems(head, foot, len(text.lines))]
    records = tuple(_location(place, line) for place, line in enumerate(details, start=2))
    declared = int(foot["record_count"]) if foot["record_count"].isdigit() else None
    if declared is not None and declared != len(records):
        said = f"the trailer declares {declared} records, the file has {len(records)}"
        problems.append(file_problem("G004", said, line_no=len(text.lines)))
    problems += _record_problems(LOCATION, records)
    cycle = head["cycle_counter"]
    number = int(cycle) if cycle.isdigit() else None
    header = FeedHeader(feed, "2", "", "", f"{head['expanded_extract_date']}000000", number, _MODE)
    readable = is_possible(head["expanded_extract_date"], DAY8)
    return FeedFile(header if readable else None, records, tuple(problems), declared, len(records))


def _cut_off(text: Lines) -> tuple[FeedProblem, ...]:
    """A file whose last line is not whole is cut off before it is anything else."""
    if text.lines and not text.lines[-1].startswith("UTL"):
        return (file_problem("G003", "the file has no trailer: it is cut off"), *text.problems)
    return text.problems


def _frame_problems(head: Mapping[str, str], foot: Mapping[str, str], last: int) -> Iterable[FeedProblem]:
    fault = fault_of(LOCATION_HEADER, head)
    if fault:
        yield file_problem("G002", f"header invalid: {fault[2]}", line_no=1)
    fault = fault_of(LOCATION_TRAILER, foot)
    if fault:
        yield file_problem("G003", f"trailer invalid: {fault[2]}", line_no=last)


def _location(line_no: int, line: str) -> FeedRecord:
    values = cut(LOCATION, line)
    tn = values["npa"] + values["calling_number"]
    return FeedRecord(line_no, tn, values | {"tn": tn})


def _record_problems(layout: NenaLayout, records: Sequence[FeedRecord]) -> list[FeedProblem]:
    problems, seen = [], set()
    for record in records:
        fault = fault_of(layout, record.fields)
        if fault is None and record.key in seen:
            fault = ("R106", "", f"record {record.key} is already in this file")
        if fault:
            code, field, said = fault
            problems.append(record_problem(code, said, line_no=record.line_no, key=record.key, field=field))
        seen.add(record.key)
    return problems


def read_street_guide(data: bytes) -> FeedFile:
    """Reads rows of the street guide; the file has neither header nor trailer."""
    text = _lines(data, (STREET_GUIDE,))
    if text.problems:
        return FeedFile(None, (), text.problems)
    records = tuple(_row(place, line) for place, line in enumerate(text.lines, start=1))
    return FeedFile(None, records, tuple(_record_problems(STREET_GUIDE, records)), None, len(records))


def _row(line_no: int, line: str) -> FeedRecord:
    """A row is known by its place and what is done to it: a before image and its after image may be alike."""
    values = cut(STREET_GUIDE, line)
    return FeedRecord(line_no, " ".join(filter(None, (values[name] for name in _ROW_KEY))), values)


def write_locations(company: str, cycle: int, now: datetime, records: Sequence[Mapping[str, str]]) -> bytes:
    """The bytes of a service-order file, CRLF at every line."""
    frame = dates(now) | {"company_name": company}
    head = join(LOCATION_HEADER, frame | {"cycle_counter": str(cycle)})
    foot = join(LOCATION_TRAILER, frame | {"record_count": str(len(records))})
    lines = [head, *(join(LOCATION, {**dates(now), **record}) for record in records), foot]
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")
