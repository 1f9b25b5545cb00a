"""Reader and writer of the address feeds (AVREQ, AVRSP): CSV in UTF-8 with a header line and a trailer that counts."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from ringback.reference_stack.gateway.codecs.model import (
    FeedFile,
    FeedProblem,
    FeedRecord,
    file_problem,
    record_problem,
)

Fault = tuple[str, str, str]  # code, field, text
REQUEST_COLUMNS = ("request_id", "in_line1", "in_unit", "in_city", "in_state", "in_zip")
RESPONSE_COLUMNS = (
    *REQUEST_COLUMNS,
    *("match_code", "out_street_nr", "out_pre_dir", "out_street_name", "out_street_suffix", "out_post_dir"),
    *("out_unit", "out_city", "out_state", "zip5", "zip4", "delivery_point", "dpbc_check", "dpv_code"),
    *("dpv_footnotes", "cmra", "vacant", "msag_valid", "msag_community", "esn", "latitude", "longitude"),
    *("access_tech", "max_down_mbps", "drop_status", "validated_at"),
)
_BOM = b"\xef\xbb\xbf"
_TRAILER = "#TRAILER"
# Column -> form; nothing is looked at in an empty optional column.
_FORMS: Mapping[str, str] = {
    "in_zip": r"\d{5}",
    "zip5": r"\d{5}",
    "zip4": r"\d{4}",
    "delivery_point": r"\d{2}",
    "dpbc_check": r"\d",
    "dpv_footnotes": r"([A-Z][A-Z0-9]){1,5}",
    "esn": r"\d{5}",
    "latitude": r"-?\d{1,2}(\.\d+)?",
    "longitude": r"-?\d{1,3}(\.\d+)?",
    "max_down_mbps": r"\d{1,6}",
}
_CODES: Mapping[str, tuple[str, ...]] = {
    "match_code": ("E", "M", "N", "D"),
    "dpv_code": ("Y", "S", "D", "N"),
    "cmra": ("Y", "N"),
    "vacant": ("Y", "N"),
    "msag_valid": ("Y", "N"),
    "access_tech": ("FTTP", "FTTC", "DSL", "HFC", "NONE"),
    "drop_status": ("CONNECTED", "PASSED", "BUILD_REQUIRED"),
}
_MANDATORY = ("request_id", "in_line1", "in_zip", "match_code", "validated_at")
_FOUND = ("out_street_nr", "out_street_name", "out_city", "out_state", "zip5")  # of a delivery point
_FOOTNOTES: Mapping[str, tuple[str, ...]] = {
    "Y": ("AABB",),
    "S": ("AACC",),
    "D": ("AAN1",),
    "N": ("AAM3", "AAM1"),
    "": ("A1", ""),
}


def read_answers(data: bytes) -> FeedFile:
    """Reads a file of validation answers; columns are found by the header line, further ones are left alone."""
    fault = _bytes_fault(data)
    if fault is not None:
        return FeedFile(None, (), (fault,))
    rows = list(csv.reader(io.StringIO(data.decode("utf-8"), newline="")))
    header, *details = rows
    absent = [name for name in RESPONSE_COLUMNS if name not in header]
    if absent:
        return FeedFile(None, (), (file_problem("G012", f"the header lacks {', '.join(absent)}", line_no=1),))
    if not details or details[-1][:1] != [_TRAILER]:
        return FeedFile(None, (), (file_problem("G003", "the file has no trailer: it is cut off", line_no=len(rows)),))
    *details, trailer = details
    declared = int(trailer[1]) if len(trailer) > 1 and trailer[1].isdigit() else None
    problems: list[FeedProblem] = []
    if declared != len(details):
        said = f"the trailer declares {declared} records, the file has {len(details)}"
        problems.append(file_problem("G004", said, line_no=len(rows)))
    records = tuple(_record(line_no, header, row) for line_no, row in enumerate(details, start=2))
    problems += _record_problems(header, details, records)
    return FeedFile(None, records, tuple(problems), declared, len(details))


def _bytes_fault(data: bytes) -> FeedProblem | None:
    if not data:
        return file_problem("G016", "the file has no bytes")
    if data.startswith(_BOM):
        return file_problem("G010", "the file starts with a UTF-8 byte order mark", line_no=1)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return file_problem("G010", f"byte 0x{data[error.start]:02x} at offset {error.start} is no UTF-8")
    if not data.endswith(b"\n"):
        return file_problem("G003", "the last line has no line end: the file is cut off")
    bare = data.replace(b"\r\n", b"")
    if b"\r" in bare or (b"\r\n" in data and b"\n" in bare):
        return file_problem("G013", "line ends are mixed (LF, CRLF, CR)")
    return None


def _record(line_no: int, header: Sequence[str], row: Sequence[str]) -> FeedRecord:
    values = dict.fromkeys(RESPONSE_COLUMNS, "") | dict(zip(header, row, strict=False))
    return FeedRecord(line_no, values["request_id"], values)


def _record_problems(
    header: Sequence[str], rows: Sequence[Sequence[str]], records: Sequence[FeedRecord]
) -> Iterator[FeedProblem]:
    seen: set[str] = set()
    for row, record in zip(rows, records, strict=True):
        fault = (
            None if len(row) == len(header) else ("R102", "", f"the record has {len(row)} fields, not {len(header)}")
        )
        fault = fault or _fault(record.fields)
        if fault is None and record.key in seen:
            fault = ("R106", "request_id", f"request {record.key} is already in this file")
        if fault:
            code, field, said = fault
            yield record_problem(code, said, line_no=record.line_no, key=record.key, field=field)
        seen.add(record.key)


def _fault(values: Mapping[str, str]) -> Fault | None:
    needed = (*_MANDATORY, *(_FOUND if values["dpv_code"] == "Y" else ()))
    for name in needed:
        if not values[name]:
            return "R101", name, f"{name} is empty"
    for name, form in _FORMS.items():
        if values[name] and not re.fullmatch(form, values[name]):
            return "R102", name, f"{name} {values[name]!r} is not of the form {form}"
    for name, codes in _CODES.items():
        if values[name] and values[name] not in codes:
            return "R104", name, f"{name} {values[name]!r} is none of {' '.join(codes)}"
    return _footnote_fault(values) or _check_fault(values) or _time_fault(values["validated_at"])


def _footnote_fault(values: Mapping[str, str]) -> Fault | None:
    """The footnotes say why the code is what it is: both must agree."""
    code, notes = values["dpv_code"], values["dpv_footnotes"]
    if any(notes.startswith(begin) if begin else not notes for begin in _FOOTNOTES[code]):
        return None
    return "R102", "dpv_footnotes", f"dpv_footnotes {notes!r} do not go with dpv_code {code!r}"


def _check_fault(values: Mapping[str, str]) -> Fault | None:
    """The delivery point check digit makes the sum of all twelve digits a multiple of ten."""
    digits = values["zip5"] + values["zip4"] + values["delivery_point"]
    if not values["dpbc_check"] or len(digits) != 11:
        return None
    right = -sum(map(int, digits)) % 10
    if int(values["dpbc_check"]) == right:
        return None
    return "R103", "dpbc_check", f"dpbc_check {values['dpbc_check']} is wrong, {digits} gives {right}"


def _time_fault(value: str) -> Fault | None:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return "R109", "validated_at", f"validated_at {value!r} is no possible time"
    return None if moment.tzinfo else ("R102", "validated_at", f"validated_at {value} has no offset")


def write_requests(records: Sequence[Mapping[str, str]]) -> bytes:
    """The bytes of a file of addresses to validate."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(REQUEST_COLUMNS)
    writer.writerows([record.get(name, "") for name in REQUEST_COLUMNS] for record in records)
    writer.writerow((_TRAILER, len(records)))
    return text.getvalue().encode("utf-8")
