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


def match_set(parts: Sequence[Part], segments: Sequence[Segment], end: Segment) -> Match:
    """Match the segments between ST and SE; `end` (the SE) is where a missing segment is reported."""
    match = Match()
    place = _match_parts(parts, segments, 0, 0, match, end)
    match.unexpected.extend(segments[place:])
    return match


def _match_parts(
    parts: Sequence[Part],
    segments: Sequence[Segment],
    place: int,
    scope: int,
    match: Match,
    end: Segment,
) -> int:
    for index, part in enumerate(parts):
        rest = parts[index:]
        place = _skip_strangers(rest, segments, place, match, outermost=scope == 0)
        before = place
        place = _match_part(part, segments, place, scope, match, end)
        if place == before and _is_required(part):
            at = segments[place] if place < len(segments) else end
            match.missing.append((at, _told(part)))
    return place


def _skip_strangers(
    rest: Sequence[Part],
    segments: Sequence[Segment],
    place: int,
    match: Match,
    *,
    outermost: bool,
) -> int:
    """Pass over segments that nothing ahead can take, so that one stranger does not hide what follows."""
    if not outermost:
        return place
    while place < len(segments) and not any(part.matches(segments[place]) for part in rest):
        match.unexpected.append(segments[place])
        place += 1
    return place


def _match_part(part: Part, segments: Sequence[Segment], place: int, scope: int, match: Match, end: Segment) -> int:
    if isinstance(part, Loop):
        while place < len(segments) and part.matches(segments[place]):
            match.parents.append(scope)
            inner = len(match.parents) - 1
            if part.record:
                match.records.append(inner)
            place = _match_parts(part.parts, segments, place, inner, match, end)
        return place
    while place < len(segments) and part.matches(segments[place]):
        match.matched.append(Matched(segments[place], _rule_of(part, segments[place]), scope))
        place += 1
        if isinstance(part, SegmentRule) and not part.many:
            break
    return place


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
