"""The X12 envelope: ISA of exactly 106 characters, groups, sets, and the counts and control numbers that must agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ringback.synthetic_partners.fields import is_number, read_time
from ringback.synthetic_partners.problems import FoundProblems
from ringback.synthetic_partners.text import without_mark
from ringback.synthetic_partners.x12_grammar import Segment

ELEMENT, TERMINATOR = "*", "~"
ISA_LENGTH = 106
ISA_WIDTHS = (3, 2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)
MOST_SEGMENTS = 200_000
MOST_ELEMENTS = 200


@dataclass(frozen=True, slots=True)
class TransactionSet:
    """The segments between ST and SE, and the two themselves."""

    start: Segment
    body: tuple[Segment, ...]
    end: Segment


@dataclass(frozen=True, slots=True)
class Interchange:
    """What stands in a file; header and trailer are what a journey may ask for."""

    header: Mapping[str, str]
    trailer: Mapping[str, str]
    sets: tuple[TransactionSet, ...]


def read_interchange(content: bytes, group: str, found: FoundProblems) -> Interchange:
    """Read the envelope of a file; every disagreement is a problem."""
    text = without_mark(content, found).decode("latin-1")
    if not _isa_is_right(text, found):
        return Interchange({}, {}, ())
    segments = _segments(text, found)
    reader = _Envelope(group, found)
    for segment in segments:
        reader.take(segment)
    reader.finish(segments[-1])
    return Interchange(reader.header, reader.trailer, tuple(reader.sets))


def _isa_is_right(text: str, found: FoundProblems) -> bool:
    if not text.startswith("ISA" + ELEMENT):
        found.add(1, 1, "G002", "ISA", "the file does not start with ISA*")
        return False
    widths = tuple(len(part) for part in text[: ISA_LENGTH - 1].split(ELEMENT))
    if text[ISA_LENGTH - 1 : ISA_LENGTH] != TERMINATOR or widths != ISA_WIDTHS:
        said = f"ISA is not exactly {ISA_LENGTH} characters with its 16 elements at their widths"
        found.add(1, 1, "G002", "ISA", said)
        return False
    return True


def _segments(text: str, found: FoundProblems) -> list[Segment]:
    """All segments; a line feed after a terminator is allowed."""
    segments: list[Segment] = []
    line = column = 1
    pieces = text.split(TERMINATOR, MOST_SEGMENTS)  # not one more: a file of terminators alone is as many
    pieces.pop()
    for piece in pieces:
        breaks = len(piece) - len(piece.lstrip("\r\n"))
        new_lines = piece[:breaks].count("\n")
        line, column = (line + new_lines, 1) if new_lines else (line, column + breaks)
        body = piece[breaks:]
        _check_bytes(body, line, column, found)
        segments.append(Segment(tuple(body.split(ELEMENT, MOST_ELEMENTS)[:MOST_ELEMENTS]), line, column))
        column += len(body) + 1
    count = text.count(TERMINATOR)
    if count > MOST_SEGMENTS:
        found.add(line, 1, "G012", "", f"{count} segments; at most {MOST_SEGMENTS} are read")
    rest = text[text.rfind(TERMINATOR) + 1 :]
    if rest.strip("\r\n"):
        found.add(line, column, "G003", "", "the last segment does not end with ~: the file is cut off")
    return segments


def _check_bytes(body: str, line: int, column: int, found: FoundProblems) -> None:
    if body.isascii() and body.isprintable():
        return
    place, character = next((at, one) for at, one in enumerate(body) if not " " <= one <= "~")
    found.add(line, column + place, "G010", "", f"byte 0x{ord(character):02X} is not printable ASCII")


class _Envelope:
    """Follows ISA, GS, ST ... SE, GE, IEA and compares what they declare."""

    def __init__(self, group: str, found: FoundProblems) -> None:
        self.group = group
        self.found = found
        self.header: dict[str, str] = {}
        self.trailer: dict[str, str] = {}
        self.sets: list[TransactionSet] = []
        self.groups = 0
        self.sets_in_group = 0
        self.gs: Segment | None = None
        self.st: Segment | None = None
        self.body: list[Segment] = []

    def take(self, segment: Segment) -> None:
        """One more segment."""
        handlers = {
            "ISA": self._isa,
            "GS": self._open_group,
            "ST": self._open_set,
            "SE": self._close_set,
            "GE": self._close_group,
            "IEA": self._close,
        }
        handler = handlers.get(segment.tag)
        if handler:
            handler(segment)
        elif self.st is not None:
            self.body.append(segment)
        else:
            self._wrong(segment, 0, "G002", f"{segment.tag[:10]!r} stands outside a set")

    def finish(self, last: Segment) -> None:
        """The end of the file: what is still open was cut off."""
        if "control" not in self.trailer:
            self._wrong(last, 0, "G003", "IEA is missing: the file is cut off")
        if not self.groups:
            self._wrong(last, 0, "G016", "the interchange has no group")

    def _isa(self, segment: Segment) -> None:
        if self.header:
            self._wrong(segment, 0, "G002", "a second ISA in one file")
            return
        self.header = {
            "sender": segment.get(6).strip(),
            "receiver": segment.get(8).strip(),
            "created": "20" + segment.get(9) + segment.get(10),
            "control": segment.get(13),
            "mode": segment.get(15),
        }
        self._expect(segment, {5: "ZZ", 7: "ZZ", 12: "00401", 16: ">"}, {12: "G018"})
        if segment.get(15) not in ("P", "T"):
            self._wrong(segment, 15, "G002", f"ISA15 is {segment.get(15)!r}, not P or T")
        if not read_time(segment.get(9), "d6") or not read_time(segment.get(10), "t4"):
            self._wrong(segment, 9, "G002", "ISA09 and ISA10 are no real date and time")
        if not is_number(segment.get(13)):
            self._wrong(segment, 13, "G002", "ISA13 is not nine digits")

    def _open_group(self, segment: Segment) -> None:
        self.gs, self.groups, self.sets_in_group = segment, self.groups + 1, 0
        self.header.setdefault("group", segment.get(1))
        self.header.setdefault("group_control", segment.get(6))
        self._expect(segment, {1: self.group, 7: "X", 8: "004010"}, {8: "G018"})
        if not read_time(segment.get(4), "d8") or not read_time(segment.get(5), "t4"):
            self._wrong(segment, 4, "G002", "GS04 and GS05 are no real date and time")

    def _open_set(self, segment: Segment) -> None:
        self.st, self.body = segment, []

    def _close_set(self, segment: Segment) -> None:
        if self.st is None:
            self._wrong(segment, 0, "G002", "SE without ST")
            return
        self._count(segment, 1, len(self.body) + 2, "SE01", "segments from ST to SE")
        self._control(segment, 2, self.st.get(2), "SE02", "ST02")
        self.sets.append(TransactionSet(self.st, tuple(self.body), segment))
        self.sets_in_group += 1
        self.st = None

    def _close_group(self, segment: Segment) -> None:
        self._left_open(segment)
        self._count(segment, 1, self.sets_in_group, "GE01", "sets in the group")
        self._control(segment, 2, self.gs.get(6) if self.gs else "", "GE02", "GS06")
        self.trailer["sets"] = segment.get(1)

    def _close(self, segment: Segment) -> None:
        self._left_open(segment)
        self._count(segment, 1, self.groups, "IEA01", "groups")
        self._control(segment, 2, self.header.get("control", ""), "IEA02", "ISA13")
        self.trailer.update(groups=segment.get(1), control=segment.get(2))

    def _left_open(self, segment: Segment) -> None:
        if self.st is not None:
            self._wrong(segment, 0, "G003", f"{segment.tag} before the SE of the set")
            self.st = None

    def _expect(self, segment: Segment, texts: Mapping[int, str], codes: Mapping[int, str]) -> None:
        for place, text in texts.items():
            if segment.get(place) != text:
                said = f"{segment.tag}{place:02d} is {segment.get(place)[:20]!r}, not {text!r}"
                self._wrong(segment, place, codes.get(place, "G002"), said)

    def _count(self, segment: Segment, place: int, actual: int, name: str, what: str) -> None:
        if segment.get(place) != str(actual):
            self._wrong(segment, place, "G004", f"{name} says {segment.get(place)[:20]!r}, there are {actual} {what}")

    def _control(self, segment: Segment, place: int, expected: str, name: str, of: str) -> None:
        if segment.get(place) != expected:
            said = f"{name} is {segment.get(place)[:20]!r}, {of} is {expected[:20]!r}"
            self._wrong(segment, place, "G005", said)

    def _wrong(self, segment: Segment, place: int, code: str, message: str) -> None:
        name = f"{segment.tag[:3]}{place:02d}" if place else segment.tag[:3]
        self.found.add(segment.line, segment.column_of(place), code, name, message)


def write_envelope(header: Mapping[str, str], group: str, sets: Sequence[Sequence[str]]) -> bytes:
    """An interchange of one group; `sets` are the segments of each set without ST and SE; `created` is ts14 or ts12."""
    created, control = header["created"], header["control"].zfill(9)
    number = str(int(header.get("group_control") or control))
    sender, receiver = header["sender"], header["receiver"]
    isa = ("ISA", "00", " " * 10, "00", " " * 10, "ZZ", sender.ljust(15), "ZZ", receiver.ljust(15), created[2:8])
    segments = [ELEMENT.join((*isa, created[8:12], "U", "00401", control, "0", header.get("mode") or "P", ">"))]
    gs = ("GS", group, sender, receiver, created[:8], created[8:12], number, "X", "004010")
    segments.append(ELEMENT.join(gs))
    for place, body in enumerate(sets, 1):
        segments.append(ELEMENT.join(("ST", header["set"], f"{place:04d}")))
        segments.extend(body)
        segments.append(ELEMENT.join(("SE", str(len(body) + 2), f"{place:04d}")))
    segments.append(ELEMENT.join(("GE", str(len(sets)), number)))
    segments.append(ELEMENT.join(("IEA", "1", control)))
    return "".join(f"{segment}{TERMINATOR}\n" for segment in segments).encode("ascii", "replace")
