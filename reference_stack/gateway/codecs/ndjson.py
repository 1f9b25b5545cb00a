"""Lines of JSON: UTF-8, one object per line feed, neither header nor trailer; what is no object is a problem."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ringback.reference_stack.gateway.codecs.model import FeedProblem, file_problem, record_problem

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class JsonLine:
    """One line: the object in it, or what is wrong with it."""

    line_no: int
    document: Mapping[str, object]
    problem: FeedProblem | None = None


def read_ndjson(data: bytes) -> tuple[tuple[JsonLine, ...], tuple[FeedProblem, ...]]:
    """The lines of a file and the problems that reject it as a whole."""
    fault = _file_fault(data)
    if fault is not None:
        return (), (fault,)
    lines = data.decode("utf-8").removesuffix("\n").split("\n") if data else []
    return tuple(_line(number, text) for number, text in enumerate(lines, start=1)), ()


def _file_fault(data: bytes) -> FeedProblem | None:
    if data.startswith(_BOM):
        return file_problem("G010", "the file starts with a UTF-8 byte order mark", line_no=1)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return file_problem("G010", f"byte 0x{data[error.start]:02x} at offset {error.start} is no UTF-8")
    if b"\r" in data:
        return file_problem("G013", "lines end in a line feed alone")
    if not data.endswith(b"\n"):
        return file_problem("G019", "the last line has no line end: the file is cut off")
    return None


def _line(number: int, text: str) -> JsonLine:
    try:
        found = json.loads(text)
    except ValueError as error:
        return JsonLine(number, {}, record_problem("R102", f"the line is no JSON: {error}", line_no=number))
    if not isinstance(found, dict):
        return JsonLine(number, {}, record_problem("R102", "the line is no JSON object", line_no=number))
    return JsonLine(number, found)


def write_ndjson(documents: Iterable[Mapping[str, object]]) -> bytes:
    """The bytes of a file, one object per line."""
    lines = (json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n" for document in documents)
    return "".join(lines).encode("utf-8")
