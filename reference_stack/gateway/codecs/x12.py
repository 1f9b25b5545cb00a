"""X12 interchanges: segments in envelopes (ISA, GS, ST), their control numbers and counts, read and written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ringback.reference_stack.gateway.codecs.lines import encoding_problem
from ringback.reference_stack.gateway.codecs.model import FeedProblem, file_problem

ISA_LENGTH = 106
CONTROL_DIGITS = 9
ISA_VERSION = "00401"
GS_VERSION = "004010"
GROUP_OF_SET = {"850": "PO", "860": "PC", "855": "PR", "856": "SH", "214": "QM", "997": "FA"}
_ISA_ELEMENTS = 17
_ELEMENT, _COMPONENT, _TERMINATOR = "*", ">", "~"

Segment = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SetFault:
    """Why a transaction set is not accepted: the AK5 code of the 997, and words for people."""

    ak5: str  # 2 trailer missing, 3 control numbers differ, 4 segment count, 5 segments in error
    text: str
    code: str = "R102"  # the same in the gateway's own record codes


@dataclass(frozen=True, slots=True)
class TransactionSet:
    """One business document: its segments without ST and SE."""

    identifier: str
    control: str
    segments: tuple[Segment, ...]
    faults: tuple[SetFault, ...] = ()
    line_no: int = 0  # the place of its ST segment in the file, from 1


@dataclass(frozen=True, slots=True)
class Group:
    """A functional group: sets of one kind."""

    functional_id: str
    control: str
    sets: tuple[TransactionSet, ...]


@dataclass(frozen=True, slots=True)
class Interchange:
    """One file: who sends to whom, when, under which control number."""

    sender: str
    receiver: str
    created: datetime  # aware UTC, to the minute
    control: str  # nine digits
    mode: str  # P or T
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class X12File:
    """A file as read: the interchange (as far as it could be read) and the problems that reject it."""

    interchange: Interchange | None
    problems: tuple[FeedProblem, ...]


def element(segment: Segment, place: int) -> str:
    """An element of a segment by its number (BEG03 is 3); empty when it is not there."""
    return segment[place] if place < len(segment) else ""


def segments_named(segments: Sequence[Segment], name: str) -> tuple[Segment, ...]:
    """All segments of one name, in order."""
    return tuple(segment for segment in segments if segment[0] == name)


def read_x12(data: bytes) -> X12File:
    """Read an interchange; problems are answered, never raised."""
    if not data:
        return X12File(None, (file_problem("G016", "the file has no bytes"),))
    encoding = encoding_problem(data, allowed=b"\r\n")
    if encoding:
        return X12File(None, (encoding,))
    text = data.decode("ascii")
    delimiters = (text[3:4], text[104:105], text[105:106])
    if not text.startswith("ISA") or delimiters != (_ELEMENT, _COMPONENT, _TERMINATOR):
        what = f"the file does not begin with an ISA of {ISA_LENGTH} characters with the delimiters * > ~"
        return X12File(None, (file_problem("G002", what, line_no=1),))
    *whole, rest = text.split(_TERMINATOR)
    segments = tuple(tuple(part.strip("\r\n").split(_ELEMENT)) for part in whole)
    if rest.strip("\r\n"):
        cut = file_problem("G003", "the file ends inside a segment: it is cut off", line_no=len(segments) + 1)
        return X12File(None, (cut,))
    return _interchange(segments)


def _interchange(segments: Sequence[Segment]) -> X12File:
    isa, last = segments[0], segments[-1]
    head, problems = _isa(isa)
    if last[0] != "IEA":
        return X12File(head, (file_problem("G003", "there is no IEA: the file is cut off", line_no=len(segments)),))
    if head is None:
        return X12File(None, tuple(problems))
    groups, group_problems = _groups(segments[1:-1])
    problems += group_problems
    if element(last, 2) != head.control:
        what = f"IEA02 {element(last, 2)} is not ISA13 {head.control}"
        problems.append(file_problem("G005", what, line_no=len(segments)))
    if element(last, 1) != str(len(groups)):
        what = f"IEA01 declares {element(last, 1)} groups, the file has {len(groups)}"
        problems.append(file_problem("G004", what, line_no=len(segments)))
    return X12File(replace(head, groups=groups), tuple(problems))


def _isa(isa: Segment) -> tuple[Interchange | None, list[FeedProblem]]:
    if len(isa) != _ISA_ELEMENTS:
        return None, [file_problem("G002", f"ISA has {len(isa) - 1} elements, not {_ISA_ELEMENTS - 1}", line_no=1)]
    problems = []
    if isa[12] != ISA_VERSION:
        problems.append(file_problem("G018", f"ISA12 {isa[12]} is not supported, {ISA_VERSION} is", line_no=1))
    try:
        created = datetime.strptime(f"{isa[9]}{isa[10]}+0000", "%y%m%d%H%M%z")
    except ValueError:
        problems.append(file_problem("G002", f"ISA09/10 {isa[9]} {isa[10]} is no time", line_no=1))
        return None, problems
    if not (isa[13].isdigit() and len(isa[13]) == CONTROL_DIGITS and isa[15] in {"P", "T"}):
        problems.append(file_problem("G002", "ISA13 or ISA15 is invalid", line_no=1))
        return None, problems
    return Interchange(isa[6].rstrip(), isa[8].rstrip(), created, isa[13], isa[15], ()), problems


def _groups(segments: Sequence[Segment]) -> tuple[tuple[Group, ...], list[FeedProblem]]:
    groups: list[Group] = []
    problems: list[FeedProblem] = []
    start: int | None = None
    for place, segment in enumerate(segments):
        if segment[0] == "GS" and start is None:
            start = place
        elif segment[0] == "GE" and start is not None:
            group, found = _group(segments[start : place + 1], start + 2)
            groups.append(group)
            problems += found
            start = None
        elif start is None or segment[0] == "GS":
            problems.append(file_problem("G002", f"segment {segment[0]} stands outside a group", line_no=place + 2))
            break
    if start is not None:
        problems.append(file_problem("G003", "a group has no GE", line_no=start + 2))
    return tuple(groups), problems


def _group(segments: Sequence[Segment], line_no: int) -> tuple[Group, list[FeedProblem]]:
    opening, closing = segments[0], segments[-1]
    problems = []
    if element(opening, 8) != GS_VERSION:
        problems.append(file_problem("G018", f"GS08 {element(opening, 8)} is not {GS_VERSION}", line_no=line_no))
    if element(closing, 2) != element(opening, 6):
        what = f"GE02 {element(closing, 2)} is not GS06 {element(opening, 6)}"
        problems.append(file_problem("G005", what, line_no=line_no + len(segments) - 1))
    sets = _sets(segments[1:-1], line_no + 1)
    if element(closing, 1) != str(len(sets)):
        what = f"GE01 declares {element(closing, 1)} sets, the group has {len(sets)}"
        problems.append(file_problem("G004", what, line_no=line_no + len(segments) - 1))
    wrong = [found for found in sets if GROUP_OF_SET.get(found.identifier) != element(opening, 1)]
    if wrong:
        what = f"a {wrong[0].identifier} does not belong into a group {element(opening, 1)}"
        problems.append(file_problem("G002", what, line_no=wrong[0].line_no))
    return Group(element(opening, 1), element(opening, 6), sets), problems


def _sets(segments: Sequence[Segment], line_no: int) -> tuple[TransactionSet, ...]:
    starts = [place for place, segment in enumerate(segments) if segment[0] == "ST"]
    ends = [*starts[1:], len(segments)]
    return tuple(_set(segments[start:end], line_no + start) for start, end in zip(starts, ends, strict=True))


def _set(segments: Sequence[Segment], line_no: int) -> TransactionSet:
    opening, closing = segments[0], segments[-1]
    identifier, control = element(opening, 1), element(opening, 2)
    if closing[0] != "SE":
        return TransactionSet(identifier, control, tuple(segments[1:]), (SetFault("2", "there is no SE"),), line_no)
    faults = []
    if element(closing, 2) != control:
        faults.append(SetFault("3", f"SE02 {element(closing, 2)} is not ST02 {control}"))
    if element(closing, 1) != str(len(segments)):
        faults.append(SetFault("4", f"SE01 declares {element(closing, 1)} segments, the set has {len(segments)}"))
    return TransactionSet(identifier, control, tuple(segments[1:-1]), tuple(faults), line_no)


def write_x12(interchange: Interchange) -> bytes:
    """The bytes of an interchange, one segment per line; counts and closing control numbers are made here."""
    created = interchange.created
    date, time = created.strftime("%y%m%d"), created.strftime("%H%M")
    parties = ("ZZ", f"{interchange.sender:<15}", "ZZ", f"{interchange.receiver:<15}")
    isa = ("ISA", "00", " " * 10, "00", " " * 10, *parties, date, time, "U", ISA_VERSION)
    segments: list[Segment] = [(*isa, interchange.control, "0", interchange.mode, _COMPONENT)]
    for group in interchange.groups:
        segments += _group_segments(interchange, group)
    segments.append(("IEA", str(len(interchange.groups)), interchange.control))
    return "".join(f"{_ELEMENT.join(segment)}{_TERMINATOR}\n" for segment in segments).encode("ascii")


def _group_segments(interchange: Interchange, group: Group) -> list[Segment]:
    day, time = interchange.created.strftime("%Y%m%d"), interchange.created.strftime("%H%M")
    parties = (interchange.sender, interchange.receiver, day, time)
    segments: list[Segment] = [("GS", group.functional_id, *parties, group.control, "X", GS_VERSION)]
    for found in group.sets:
        segments.append(("ST", found.identifier, found.control))
        segments += found.segments
        segments.append(("SE", str(len(found.segments) + 2), found.control))
    segments.append(("GE", str(len(group.sets)), group.control))
    return segments


def trimmed(*elements: str) -> Segment:
    """A segment without trailing empty elements, as X12 wants it."""
    kept = list(elements)
    while kept and not kept[-1]:
        kept.pop()
    return tuple(kept)
