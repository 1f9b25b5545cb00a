"""What the readers of all X12 documents share: mandatory segments and elements, dates, counts; faults are collected."""

from __future__ import annotations

from collections.abc import Sequence

from ringback.reference_stack.gateway.codecs.stamps import DAY8, is_possible
from ringback.reference_stack.gateway.codecs.x12 import Segment, SetFault, element, segments_named


class Faults:
    """Collects what is wrong with one transaction set while it is read."""

    def __init__(self) -> None:
        self._faults: list[SetFault] = []

    def add(self, text: str, code: str = "R102") -> None:
        """One more fault in a segment."""
        self._faults.append(SetFault("5", text, code))

    @property
    def found(self) -> tuple[SetFault, ...]:
        """All faults, in the order in which they were met."""
        return tuple(self._faults)

    def segment(self, segments: Sequence[Segment], name: str, qualifier: str = "") -> Segment:
        """The first segment of a name (and first element); a fault and an empty segment when there is none."""
        for segment in segments_named(segments, name):
            if not qualifier or element(segment, 1) == qualifier:
                return segment
        self.add(f"segment {name}{'*' + qualifier if qualifier else ''} is missing", "R101")
        return (name,)

    def value(self, segment: Segment, place: int) -> str:
        """A mandatory element."""
        value = element(segment, place)
        if not value:
            self.add(f"{segment[0]}{place:02d} is empty", "R101")
        return value

    def number(self, segment: Segment, place: int) -> int:
        """A mandatory element that is a whole number."""
        value = self.value(segment, place)
        if value and not value.isdigit():
            self.add(f"{segment[0]}{place:02d} {value!r} is no whole number")
        return int(value) if value.isdigit() else 0

    def date(self, segment: Segment, place: int) -> str:
        """A mandatory element that is a day (CCYYMMDD)."""
        value = self.value(segment, place)
        if value and not is_possible(value, DAY8):
            self.add(f"{segment[0]}{place:02d} {value!r} is no day", "R109")
        return value

    def coded(self, segment: Segment, place: int, *codes: str) -> str:
        """A mandatory element with a closed list of values."""
        value = self.value(segment, place)
        if value and value not in codes:
            self.add(f"{segment[0]}{place:02d} {value!r} is none of {' '.join(codes)}", "R104")
        return value

    def equal(self, what: str, declared: int, actual: int) -> None:
        """A declared count against the counted one."""
        if declared != actual:
            self.add(f"{what} declares {declared}, the set has {actual}")


def optional(segments: Sequence[Segment], name: str, qualifier: str = "") -> Segment:
    """The first segment of a name (and first element), or an empty one."""
    for segment in segments_named(segments, name):
        if not qualifier or element(segment, 1) == qualifier:
            return segment
    return (name,)


def serials(segments: Sequence[Segment], kind: str) -> tuple[str, ...]:
    """The serial numbers of a kind (IMEI, ICCID) in REF*SE segments."""
    found = segments_named(segments, "REF")
    return tuple(element(ref, 2) for ref in found if element(ref, 1) == "SE" and element(ref, 3) == kind)


def runs(segments: Sequence[Segment], name: str) -> list[list[Segment]]:
    """The segments from each one of a name to the next one of it; what stands before the first is left out."""
    parts: list[list[Segment]] = []
    for segment in segments:
        if segment[0] == name:
            parts.append([])
        if parts:
            parts[-1].append(segment)
    return parts
