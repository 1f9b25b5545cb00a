"""Reader and writer of the bulk data download (BDD): pipe rows that end in CR alone, no header, no trailer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ringback.reference_stack.gateway.codecs.fields import SPID, Field, coded, formed, never, stamp, text
from ringback.reference_stack.gateway.codecs.lines import encoding_problem
from ringback.reference_stack.gateway.codecs.model import (
    FeedFile,
    FeedProblem,
    FeedRecord,
    file_problem,
    record_problem,
)


def _signalling(name: str) -> tuple[Field, Field]:
    return formed(f"{name}_dpc", r"\d{9}", 9, never), formed(f"{name}_ssn", r"\d{3}", 3, never)


_BASE = (
    formed("version_id", r"\d{1,10}", 10),
    Field("tn", "tn", 10),
    Field("lrn", "tn", 10),
    formed("spid", SPID, 4),
    stamp("activation_ts"),
    *_signalling("class"),
    *_signalling("lidb"),
    *_signalling("isvm"),
    *_signalling("cnam"),
    text("end_user_location", 12, never),
    text("end_user_location_type", 2, never),
    formed("billing_id", r"[0-9A-Z]{1,4}", 4, never),
    coded("lnp_type", "0", "1", "2"),
    coded("download_reason", "0", "1", "2", "3"),
)
_WIRELESS_SIGNALLING = _signalling("wsmsc")
_OPTIONAL = (
    coded("sv_type", *"0123456", needed=never),
    formed("alternative_spid", SPID, 4, never),
    formed("last_alternative_spid", SPID, 4, never),
    text("alternative_location", 12, never),
    text("alternative_location_type", 2, never),
    formed("alternative_billing_id", r"[0-9A-Z]{1,4}", 4, never),
    text("voice_uri", 255, never),
    text("mms_uri", 255, never),
    text("sms_uri", 255, never),
)
FULL = (*_BASE, *_WIRELESS_SIGNALLING, *_OPTIONAL)
# Fields 19 and 20 are present only in regions that support them, the last nine only where they are turned on.
_SHAPES: Mapping[int, tuple[Field, ...]] = {
    len(shape): shape for shape in (_BASE, (*_BASE, *_WIRELESS_SIGNALLING), (*_BASE, *_OPTIONAL), FULL)
}


def read_bdd(data: bytes) -> FeedFile:
    """Read a BDD file; problems are answered, never raised."""
    problem = _bytes_problem(data)
    if problem:
        return FeedFile(None, (), (problem,))
    rows = [row.split("|") for row in data.decode("ascii").split("\r")[:-1]]
    widths = {len(row) for row in rows}
    if len(widths) != 1 or widths.isdisjoint(_SHAPES):
        found = ", ".join(map(str, sorted(widths)))
        known = ", ".join(map(str, sorted(_SHAPES)))
        return FeedFile(None, (), (file_problem("G012", f"rows have {found} fields; known are {known}"),))
    fields = _SHAPES[widths.pop()]
    records = tuple(_record(fields, place, row) for place, row in enumerate(rows, start=1))
    return FeedFile(None, records, _problems(fields, records), actual_count=len(records))


def _bytes_problem(data: bytes) -> FeedProblem | None:
    if not data:
        return file_problem("G016", "the file has no bytes")
    encoding = encoding_problem(data, allowed=b"\r\n")
    if encoding:
        return encoding
    if b"\n" in data:
        return file_problem("G013", "rows end in CR alone, the file has LF")
    if not data.endswith(b"\r"):
        return file_problem("G003", "the last row has no CR: the file is cut off")
    return None


def _record(fields: Sequence[Field], line_no: int, row: Sequence[str]) -> FeedRecord:
    values = dict(zip((field.name for field in fields), row, strict=True))
    return FeedRecord(line_no, values["tn"], values)


def _problems(fields: Sequence[Field], records: Sequence[FeedRecord]) -> tuple[FeedProblem, ...]:
    problems, seen = [], set()
    for record in records:
        faults = ((field.name, field.fault(record.fields)) for field in fields)
        fault = next(((name, *found) for name, found in faults if found), None)
        if fault is None and record.key in seen:
            fault = ("tn", "R106", f"number {record.key} is already in this file")
        if fault:
            name, code, what = fault
            problems.append(record_problem(code, what, line_no=record.line_no, key=record.key, field=name))
        seen.add(record.key)
    return tuple(problems)


def write_bdd(records: Sequence[Mapping[str, str]]) -> bytes:
    """The bytes of a BDD file with all 29 fields."""
    rows = ("|".join(record.get(field.name, "") for field in FULL) + "\r" for record in records)
    return "".join(rows).encode("ascii")
