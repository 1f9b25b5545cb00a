"""From bytes to lines: encoding and record terminators, with every problem at its line and column."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ringback.synthetic_partners.problems import FoundProblems

TERMINATORS = {"lf": "\n", "cr": "\r", "crlf": "\r\n", "lf-only": "\n", "crlf-only": "\r\n"}  # as they are written
_UTF8 = "utf-8"
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its terminator; it counts from 1."""

    number: int
    text: str


@dataclass(slots=True)
class Endings:
    """How the lines of a file end: LF and CRLF will do for each other, when all lines end alike (not for lf-only)."""

    terminator: str
    encoding: str = "ascii"
    lines: int = 0
    windows: int = 0
    first: tuple[int, int] = (0, 0)  # line and column of the first CRLF
    bare: tuple[int, int] = (0, 0)  # line and column of the first LF alone

    def clean(self, raw: str, number: int, found: FoundProblems, *, ended: bool = True) -> Line:
        """A line as its fields are read, its strange characters noted; `raw` is without its terminator.

        `ended` is false for a last line that has none.
        """
        self.lines += 1
        if ended and not raw.endswith("\r"):
            self.bare = _earlier(self.bare, (number, len(raw) + 1))
        text = self._without_feeds(raw, number, found) if self.terminator == "cr" else self._lf(raw, number, found)
        if self.encoding == _UTF8:
            return Line(number, _from_utf8(text, number, found))
        _check_characters(text, number, found)
        return Line(number, text)

    def merge(self, other: Endings) -> None:
        """Take over what was counted of further lines."""
        self.first, self.bare = _earlier(self.first, other.first), _earlier(self.bare, other.bare)
        self.lines += other.lines
        self.windows += other.windows

    def settle(self, found: FoundProblems) -> None:
        """Once all lines are read: whether they end alike."""
        if self.terminator == "crlf-only":
            if self.bare[0]:
                found.add(*self.bare, "G013", "", "a line ends in LF alone, not in CRLF")
        elif self.windows and self.terminator == "lf-only":
            found.add(*self.first, "G013", "", "a line ends CRLF, lines of this feed end LF alone")
        elif self.windows and self.windows != self.lines:
            found.add(*self.first, "G013", "", "LF and CRLF are mixed in one file")

    def _without_feeds(self, raw: str, number: int, found: FoundProblems) -> str:
        if "\n" in raw:
            found.add(number, raw.index("\n") + 1, "G013", "", "a line feed in a file of CR-terminated records")
        return raw.replace("\n", "")

    def _lf(self, raw: str, number: int, found: FoundProblems) -> str:
        if raw.endswith("\r"):
            self.first = _earlier(self.first, (number, len(raw)))
            self.windows += 1
            raw = raw[:-1]
        if "\r" in raw:
            found.add(number, raw.index("\r") + 1, "G013", "", "a carriage return inside a record")
        return raw.replace("\r", " ")


def _earlier(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    """The first of two places; a line 0 is none."""
    return min(one, other) if one[0] and other[0] else max(one, other)


def split_at(terminator: str) -> str:
    """The character that ends a line, whether a carriage return stands before it or not."""
    return "\r" if terminator == "cr" else "\n"


def read_lines(
    content: bytes, terminator: str, found: FoundProblems, *, unended: str = "G013", encoding: str = "ascii"
) -> tuple[Line, ...]:
    """The lines of a file; in an ASCII file one character is one byte, so that columns are positions.

    `unended` is the code for a last record without terminator: where no trailer would tell, the file was cut off.
    """
    texts = without_mark(content, found).decode("latin-1").split(split_at(terminator))
    last = texts.pop()
    if last:
        note_unended(len(texts) + 1, len(last) + 1, terminator, found, unended)
        texts.append(last)
    endings = Endings(terminator, encoding)
    whole = len(texts) - bool(last)
    lines = tuple(endings.clean(raw, number, found, ended=number <= whole) for number, raw in enumerate(texts, 1))
    endings.settle(found)
    return lines


def note_unended(line: int, column: int, terminator: str, found: FoundProblems, code: str) -> None:
    """Note a last record without its terminator."""
    found.add(line, column, code, "", f"the last record does not end with {terminator.removesuffix('-only').upper()}")


def without_mark(content: bytes, found: FoundProblems) -> bytes:
    """The content without a byte order mark; one that is there is a problem."""
    for mark in _BOMS:
        if content.startswith(mark):
            found.add(1, 1, "G010", "", "the file starts with a byte order mark, which no feed has")
            return content[len(mark) :]
    return content


def _check_characters(text: str, number: int, found: FoundProblems) -> None:
    if text.isascii() and text.isprintable():
        return
    for column, character in enumerate(text, 1):
        if not " " <= character <= "~":
            found.add(number, column, "G010", "", f"byte 0x{ord(character):02X} is not printable ASCII")
            return


def _from_utf8(text: str, number: int, found: FoundProblems) -> str:
    """A line that was taken apart byte by byte as its characters; what is no UTF-8 stays as Latin-1 shows it."""
    if text.isascii():
        return text
    raw = text.encode("latin-1")
    try:
        return raw.decode(_UTF8)
    except UnicodeDecodeError as error:
        column = len(raw[: error.start].decode(_UTF8)) + 1
        found.add(number, column, "G010", "", f"byte 0x{raw[error.start]:02X} is no UTF-8")
        return text


def joined(lines: Iterable[Line], most: int) -> Iterator[Line]:
    """Rows of lines that may hold line ends in quotes (RFC 4180, 2.6); each bears the number of its first line.

    A quote that is still open after `most` characters is no quote: its line stands alone, and the rest is read anew.
    """
    ahead: deque[Line] = deque()
    rest = iter(lines)

    def take() -> Line | None:
        return ahead.popleft() if ahead else next(rest, None)

    while first := take():
        parts, is_open, length = [first], _opens(first), len(first.text)
        while is_open and length <= most and (line := take()):
            parts.append(line)
            length += len(line.text) + 1
            is_open = is_open is not _opens(line)
        if is_open:
            ahead.extendleft(parts[:0:-1])
            del parts[1:]
        yield Line(first.number, "\n".join(part.text for part in parts))


def _opens(line: Line) -> bool:
    return line.text.count('"') % 2 == 1
