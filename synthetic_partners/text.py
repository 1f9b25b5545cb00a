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


def read_lines(content: bytes, terminator: str, found: FoundProblems, *, unended: str = "G013") -> tuple[Line, ...]:
    """The lines of an ASCII file; one character is one byte, so that columns are positions.

    `unended` is the code for a last record without terminator: where no trailer would tell, the file was cut off.
    """
    lines = _split(without_mark(content, found).decode("latin-1"), terminator, found, unended)
    for line in lines:
        _check_characters(line, found)
    return lines


def without_mark(content: bytes, found: FoundProblems) -> bytes:
    """The content without a byte order mark; one that is there is a problem."""
    for mark in _BOMS:
        if content.startswith(mark):
            found.add(1, 1, "G010", "", "the file starts with a byte order mark; it must be plain ASCII")
            return content[len(mark) :]
    return content


def _split(text: str, terminator: str, found: FoundProblems, unended: str) -> tuple[Line, ...]:
    mark = TERMINATORS[terminator]
    texts = text.split(mark)
    last = texts.pop()
    if last:
        found.add(len(texts) + 1, len(last) + 1, unended, "", f"the last record does not end with {terminator.upper()}")
        texts.append(last)
    if mark == "\n":
        return _without_returns(texts, found)
    for number, line in enumerate(texts, 1):
        if "\n" in line:
            found.add(number, line.index("\n") + 1, "G013", "", "a line feed in a file of CR-terminated records")
    return tuple(Line(number, line.replace("\n", "")) for number, line in enumerate(texts, 1))


def _without_returns(texts: list[str], found: FoundProblems) -> tuple[Line, ...]:
    """Lines may end CRLF when all of them do."""
    windows = [number for number, line in enumerate(texts, 1) if line.endswith("\r")]
    if windows and len(windows) != len(texts):
        found.add(windows[0], len(texts[windows[0] - 1]), "G013", "", "LF and CRLF are mixed in one file")
    lines = []
    for number, line in enumerate(texts, 1):
        text = line.removesuffix("\r")
        if "\r" in text:
            found.add(number, text.index("\r") + 1, "G013", "", "a carriage return inside a record")
            text = text.replace("\r", " ")
        lines.append(Line(number, text))
    return tuple(lines)


def _check_characters(line: Line, found: FoundProblems) -> None:
    if line.text.isascii() and line.text.isprintable():
        return
    for column, character in enumerate(line.text, 1):
        if not " " <= character <= "~":
            found.add(line.number, column, "G010", "", f"byte 0x{ord(character):02X} is not printable ASCII")
            return
