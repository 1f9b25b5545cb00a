"""From bytes to lines: encoding and record terminators, with every problem at its line and column."""

from __future__ import annotations

from dataclasses import dataclass

from ringback.synthetic_partners.problems import FoundProblems

TERMINATORS = {"lf": "\n", "cr": "\r"}
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its terminator; it counts from 1."""

    number: int
    text: str


@dataclass(slots=True)
class Endings:
    """How the lines of a file end: CRLF will do where LF is asked for, when all of them do."""

    terminator: str
    lines: int = 0
    windows: int = 0
    first: tuple[int, int] = (0, 0)  # line and column of the first CRLF

    def clean(self, raw: str, number: int, found: FoundProblems) -> Line:
        """A line as its fields are read, its strange characters noted; `raw` is without its terminator."""
        self.lines += 1
        text = self._without_feeds(raw, number, found) if self.terminator == "cr" else self._lf(raw, number, found)
        _check_characters(text, number, found)
        return Line(number, text)

    def settle(self, found: FoundProblems) -> None:
        """Once all lines are read: whether they end alike."""
        if self.windows and self.windows != self.lines:
            found.add(*self.first, "G013", "", "LF and CRLF are mixed in one file")

    def _without_feeds(self, raw: str, number: int, found: FoundProblems) -> str:
        if "\n" in raw:
            found.add(number, raw.index("\n") + 1, "G013", "", "a line feed in a file of CR-terminated records")
        return raw.replace("\n", "")

    def _lf(self, raw: str, number: int, found: FoundProblems) -> str:
        if raw.endswith("\r"):
            self.first = self.first if self.windows else (number, len(raw))
            self.windows += 1
            raw = raw[:-1]
        if "\r" in raw:
            found.add(number, raw.index("\r") + 1, "G013", "", "a carriage return inside a record")
        return raw.replace("\r", " ")


def read_lines(content: bytes, terminator: str, found: FoundProblems, *, unended: str = "G013") -> tuple[Line, ...]:
    """The lines of an ASCII file; one character is one byte, so that columns are positions.

    `unended` is the code for a last record without terminator: where no trailer would tell, the file was cut off.
    """
    texts = without_mark(content, found).decode("latin-1").split(TERMINATORS[terminator])
    last = texts.pop()
    if last:
        note_unended(len(texts) + 1, len(last) + 1, terminator, found, unended)
        texts.append(last)
    endings = Endings(terminator)
    lines = tuple(endings.clean(raw, number, found) for number, raw in enumerate(texts, 1))
    endings.settle(found)
    return lines


def note_unended(line: int, column: int, terminator: str, found: FoundProblems, code: str) -> None:
    """Note a last record without its terminator."""
    found.add(line, column, code, "", f"the last record does not end with {terminator.upper()}")


def without_mark(content: bytes, found: FoundProblems) -> bytes:
    """The content without a byte order mark; one that is there is a problem."""
    for mark in _BOMS:
        if content.startswith(mark):
            found.add(1, 1, "G010", "", "the file starts with a byte order mark; it must be plain ASCII")
            return content[len(mark) :]
    return content


def _check_characters(text: str, number: int, found: FoundProblems) -> None:
    if text.isascii() and text.isprintable():
        return
    for column, character in enumerate(text, 1):
        if not " " <= character <= "~":
            found.add(number, column, "G010", "", f"byte 0x{ord(character):02X} is not printable ASCII")
            return
