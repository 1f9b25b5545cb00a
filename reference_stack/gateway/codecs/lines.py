"""From bytes to lines: the declared character set, one kind of terminator, no byte order mark."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ringback.reference_stack.gateway.codecs.model import FeedProblem, file_problem

_BOM = b"\xef\xbb\xbf"
_UNPRINTABLE = re.compile(rb"[^\x20-\x7e\n]")  # a line feed is always looked at by the reader itself


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a text file without terminators, and what is wrong with the bytes."""

    lines: tuple[str, ...]
    problems: tuple[FeedProblem, ...]


def read_lines(data: bytes) -> Lines:
    """Lines that end in LF (or CRLF, in the whole file alike)."""
    if not data:
        return Lines((), (file_problem("G016", "the file has no bytes"),))
    encoding = encoding_problem(data, allowed=b"\r\n")
    if encoding:
        return Lines((), (encoding,))
    terminator = b"\r\n" if b"\r" in data else b"\n"
    parts = data.split(terminator)
    if any(b"\r" in part or b"\n" in part for part in parts):
        return Lines(_texts(data.splitlines()), (file_problem("G013", "line ends are mixed (LF, CRLF, CR)"),))
    if parts[-1]:
        return Lines(_texts(parts), (file_problem("G013", "the last line has no line end", line_no=len(parts)),))
    return Lines(_texts(parts[:-1]), ())


def _texts(parts: list[bytes]) -> tuple[str, ...]:
    return tuple(part.decode("ascii") for part in parts)


def encoding_problem(data: bytes, *, allowed: bytes) -> FeedProblem | None:
    """What breaks the ASCII character set: a byte order mark, a byte above 126, a control character."""
    if data.startswith(_BOM):
        return file_problem("G010", "the file starts with a UTF-8 byte order mark", line_no=1)
    strange = next((found for found in _UNPRINTABLE.finditer(data) if found[0] not in allowed), None)
    if strange is None:
        return None
    return file_problem("G010", f"byte 0x{strange[0].hex()} at offset {strange.start()} is outside printable ASCII")
