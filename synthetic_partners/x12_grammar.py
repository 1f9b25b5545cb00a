"""The grammar of an X12 set as data: segments and loops, what their elements are called, and how a set is matched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ringback.synthetic_partners.fields import FieldSpec, When


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment as read: its elements (the tag is element 0) and where each starts."""

    elements: tuple[str, ...]
    line: int
    column: int

    @property
    def tag(self) -> str:
        """The segment's name."""
        return self.elements[0]

    def get(self, place: int) -> str:
        """The element at a place; absent ones are empty."""
        return self.elements[place] if place < len(self.elements) else ""

    def column_of(self, place: int) -> int:
        """The column of an element (of the segment's end when it is absent)."""
        return self.column + sum(len(text) + 1 for text in self.elements[:place])


@dataclass(frozen=True, slots=True)
class Element:
    """An element of a segment by its place; a name makes it part of the record."""

    place: int
    spec: FieldSpec


@dataclass(frozen=True, slots=True)
class SegmentRule:
    """A segment that may stand at this point: its tag and the elements that tell it apart."""

    tag: str
    where: Mapping[int, str]
    required: bool
    many: bool
    elements: tuple[Element, ...]

    def matches(self, segment: Segment) -> bool:
        """Whether a segment is this one."""
        return segment.tag == self.tag and all(segment.get(place) == text for place, text in self.where.items())

    def names(self) -> Iterator[str]:
        """The record fields it fills."""
        return (element.spec.name for element in self.elements if element.spec.name)


@dataclass(frozen=True, slots=True)
class Choice:
    """Segments that may stand in any order and any number."""

    options: tuple[SegmentRule, ...]

    def matches(self, segment: Segment) -> bool:
        """Whether a segment is one of them."""
        return any(option.matches(segment) for option in self.options)

    def names(self) -> Iterator[str]:
        """The record fields they fill."""
        return (name for option in self.options for name in option.names())


@dataclass(frozen=True, slots=True)
class Loop:
    """A group that starts with its first segment and may repeat; `record` makes each turn a record."""

    tag: str
    required: bool
    record: bool
    parts: tuple[Part, ...]

    def matches(self, segment: Segment) -> bool:
        """Whether a segment starts a turn."""
        return self.parts[0].matches(segment)

    def own_names(self) -> Iterator[str]:
        """The fields of this level, inner loops left out."""
        return (name for part in self.parts if not isinstance(part, Loop) for name in part.names())

    def names(self) -> Iterator[str]:
        """The fields of this level and all below."""
        return (name for part in self.parts for name in part.names())


Part = SegmentRule | Choice | Loop


@dataclass(frozen=True, slots=True)
class JoinedValue:
    """A record value made of others: date + time, when a condition holds."""

    name: str
    fields: tuple[str, ...]
    when: When | None = None


@dataclass(frozen=True, slots=True)
class Matched:
    """A segment and the rule it fulfils."""

    segment: Segment
    rule: SegmentRule
    scope: int  # the index of the scope whose record it fills


@dataclass(slots=True)
class Match:
    """What matching a set brought: segments with their rules, scopes with their parents, and complaints."""

    matched: list[Matched] = field(default_factory=list)
    parents: list[int] = field(default_factory=lambda: [-1])
    records: list[int] = field(default_factory=list)  # scopes that are records
    missing: list[tuple[Segment, str]] = field(default_factory=list)
    unexpected: list[Segment] = field(default_factory=list)


@dataclass(slots=True)
class _Matching:
    """A set being matched, level by level, in one pass."""

    segments: Sequence[Segment]
    end: Segment
    match: Match = field(default_factory=Match)
    place: int = 0

    def here(self) -> Segment | None:
        """The segment to be matched next."""
        return self.segments[self.place] if self.place < len(self.segments) else None

    def parts(self, parts: Sequence[Part], scope: int, follow: Sequence[Part]) -> None:
        """One turn of a level; `follow` is what may come after it."""
        for index, part in enumerate(parts):
            self._skip_strangers((*parts[index:], *follow))
            before = self.place
            self._part(part, scope, (*parts[index + 1 :], *follow))
            if self.place == before and _is_required(part):
                self.match.missing.append((self.here() or self.end, _told(part)))

    def _skip_strangers(self, ahead: Sequence[Part]) -> None:
        """Pass over segments that nothing ahead can take, so that one stranger does not hide what follows."""
        while (segment := self.here()) and not any(part.matches(segment) for part in ahead):
            self.match.unexpected.append(segment)
            self.place += 1

    def _part(self, part: Part, scope: int, follow: Sequence[Part]) -> None:
        if isinstance(part, Loop):
            self._loop(part, scope, follow)
            return
        while (segment := self.here()) and part.matches(segment):
            self.match.matched.append(Matched(segment, _rule_of(part, segment), scope))
            self.place += 1
            if isinstance(part, SegmentRule) and not part.many:
                break

    def _loop(self, loop: Loop, scope: int, follow: Sequence[Part]) -> None:
        while (segment := self.here()) and loop.matches(segment):
            self.match.parents.append(scope)
            inner = len(self.match.parents) - 1
            if loop.record:
                self.match.records.append(inner)
            self.parts(loop.parts, inner, (loop, *follow))
            self._skip_strangers((loop, *follow))


def match_set(parts: Sequence[Part], segments: Sequence[Segment], end: Segment) -> Match:
    """Match the segments between ST and SE; `end` (the SE) is where a missing segment is reported."""
    matching = _Matching(segments, end)
    matching.parts(parts, 0, ())
    matching.match.unexpected.extend(segments[matching.place :])
    return matching.match


def _rule_of(part: SegmentRule | Choice, segment: Segment) -> SegmentRule:
    if isinstance(part, SegmentRule):
        return part
    return next(option for option in part.options if option.matches(segment))


def _is_required(part: Part) -> bool:
    return any(option.required for option in part.options) if isinstance(part, Choice) else part.required


def _told(part: Part) -> str:
    if isinstance(part, Choice):
        return " or ".join(_told(option) for option in part.options)
    rule = part.parts[0] if isinstance(part, Loop) else part
    if not isinstance(rule, SegmentRule):
        return part.tag if isinstance(part, Loop) else ""
    return "*".join((rule.tag, *(text for _, text in sorted(rule.where.items()))))
