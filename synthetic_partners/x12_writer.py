"""Writes the segments of a set from flat records, by the same grammar that reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ringback.engine.problems import UsageError
from ringback.synthetic_partners.fields import Computed, is_number
from ringback.synthetic_partners.x12_grammar import Choice, Loop, Part, SegmentRule

Values = Mapping[str, str]


def write_set(layout: str, parts: Sequence[Part], records: Sequence[Values]) -> list[str]:
    """The segments between ST and SE."""
    writer = _Writer(layout, records)
    writer.parts(parts, list(records) or [{}], "")
    return ["*".join(_trimmed(segment)) for segment in writer.segments]


def _trimmed(segment: Sequence[str]) -> Sequence[str]:
    last = max(place for place, text in enumerate(segment) if text)
    return segment[: last + 1]


@dataclass(slots=True)
class _Writer:
    """The segments written so far; levels (HL) count from 1."""

    layout: str
    records: Sequence[Values]
    segments: list[list[str]] = field(default_factory=list)
    levels: int = 0
    line: int = 0

    def parts(self, parts: Sequence[Part], records: Sequence[Values], parent: str) -> None:
        """One turn of a level: its own segments from its first record, its loops from all of them."""
        level = parent
        for part in parts:
            if isinstance(part, Loop):
                self._loop(part, records, level)
            elif isinstance(part, Choice):
                self._choice(part, records[0])
            else:
                level = self._segments(part, records[0], parent) or level

    def _loop(self, loop: Loop, records: Sequence[Values], parent: str) -> None:
        turns = [[record] for record in records] if loop.record else list(_grouped(records, tuple(loop.own_names())))
        for turn in turns:
            if loop.record:
                self.line += 1
            if loop.required or any(turn[0].get(name) for name in loop.own_names()):
                self.parts(loop.parts, turn, parent)

    def _segments(self, rule: SegmentRule, record: Values, parent: str) -> str:
        """Write a segment, once or once per value; answers the level it opened."""
        turns = max((len(record.get(name, "").split()) for name in rule.names()), default=1) if rule.many else 1
        present = rule.required or any(record.get(name) for name in rule.names())
        if not present:
            return ""
        opened = ""
        for turn in range(turns):
            segment, level = self._segment(rule, record, parent, _picker(turn) if rule.many else str)
            self.segments.append(segment)
            opened = level or opened
        return opened

    def _choice(self, choice: Choice, record: Values) -> None:
        """Units one after another: the first value of each option, then the second, ..."""
        turns = max((len(record.get(name, "").split()) for name in choice.names()), default=0)
        for turn in range(turns):
            for option in choice.options:
                if any(_part(record.get(name, ""), turn) for name in option.names()):
                    segment, _ = self._segment(option, record, "", _picker(turn))
                    self.segments.append(segment)

    def _segment(
        self,
        rule: SegmentRule,
        record: Values,
        parent: str,
        pick: Callable[[str], str],
    ) -> tuple[list[str], str]:
        texts: dict[int, str] = dict(rule.where)
        level = ""
        for element in rule.elements:
            spec = element.spec
            if spec.literal is not None:
                texts[element.place] = spec.literal
            elif spec.computed:
                texts[element.place] = self._computed(spec.computed, record, parent)
                level = texts[element.place] if spec.computed.what == "hl" else level
            else:
                texts[element.place] = self._fitted(spec.name, pick(record.get(spec.name, "")), spec.kind.most)
        last = max(texts, default=0)
        return [rule.tag, *(texts.get(place, "") for place in range(1, last + 1))], level

    def _computed(self, rule: Computed, record: Values, parent: str) -> str:
        if rule.what == "hl":
            self.levels += 1
            return str(self.levels)
        if rule.what == "hl_parent":
            return parent
        if rule.what == "line":
            return str(self.line)
        if rule.what == "same":
            return record.get(rule.of, "")
        if rule.what == "count":
            return str(sum(1 for segment in self.segments if segment[0] == rule.of))
        return str(sum(int(text) for one in self.records if is_number(text := one.get(rule.of, ""))))

    def _fitted(self, name: str, text: str, most: int) -> str:
        if len(text) > most or "*" in text or "~" in text:
            hint = f"at most {most} characters, without * and ~"
            raise UsageError(f"{self.layout}: {name}: {text[:40]!r} does not fit its element", hint)
        return text


def _part(text: str, place: int) -> str:
    parts = text.split()
    return parts[place] if place < len(parts) else ""


def _picker(place: int) -> Callable[[str], str]:
    return lambda text: _part(text, place)


def _grouped(records: Sequence[Values], names: Sequence[str]) -> Iterator[list[Values]]:
    """Neighbouring records that agree in these fields."""
    group: list[Values] = []
    for record in records:
        if group and any(record.get(name, "") != group[0].get(name, "") for name in names):
            yield group
            group = []
        group.append(record)
    if group:
        yield group
