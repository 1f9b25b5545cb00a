"""The X12 family: a set becomes flat records a journey author understands, and flat records become a set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ringback.engine.protocols import FeedFile
from ringback.synthetic_partners.fields import FieldSpec, is_number
from ringback.synthetic_partners.names import NameRule
from ringback.synthetic_partners.problems import FoundProblems
from ringback.synthetic_partners.rules import Rule
from ringback.synthetic_partners.x12_envelope import TransactionSet, read_interchange, write_envelope
from ringback.synthetic_partners.x12_grammar import Element, JoinedValue, Match, Matched, Part, Segment, match_set
from ringback.synthetic_partners.x12_writer import write_set

Values = Mapping[str, str]
SET_CONTROL = "set_control"


@dataclass(slots=True)  # not frozen: `name` is a plain attribute of the Layout protocol
class X12Layout:
    """A layout whose file is an X12 interchange of one kind of set."""

    name: str
    summary: str
    family: str
    feed: str
    names: NameRule
    acknowledged: str
    key: str
    set: str
    group: str
    samples: Mapping[str, str]
    parts: tuple[Part, ...]
    joined: tuple[JoinedValue, ...]
    rules: tuple[Rule, ...]

    @property
    def record_names(self) -> frozenset[str]:
        """The fields that a record may have."""
        named = {spec.name for spec in self.fields()} | {joined.name for joined in self.joined}
        return frozenset(named | {SET_CONTROL})

    def decode(self, content: bytes, file_name: str) -> FeedFile:
        """Decode and validate; never raises for what is wrong with the content."""
        found = FoundProblems()
        if not content:
            found.add(1, 1, "G016", "", "the file is empty (0 bytes)")
            return FeedFile(self.name, file_name, {}, {}, (), found.sorted())
        interchange = read_interchange(content, self.group, found)
        self._check_name(file_name, interchange.header, found)
        records: list[Values] = []
        for one in interchange.sets:
            if one.start.get(1) == self.set:
                records.extend(_SetReader(self, one, found).read())
            else:
                said = f"the set is {one.start.get(1)[:10]!r}, not {self.set}"
                found.add(one.start.line, one.start.column_of(1), "G018", "ST01", said)
        return FeedFile(self.name, file_name, interchange.header, interchange.trailer, tuple(records), found.sorted())

    def file_name(self, values: Values) -> str:
        """The name by convention for a header's values."""
        return self.names.write({**values, "control": values.get("control", "").zfill(9)})

    def encode(self, header: Values, records: Sequence[Values]) -> bytes:
        """An interchange with one set; counts, levels and control numbers are filled in."""
        body = write_set(self.name, self.parts, records)
        return write_envelope({**header, "set": self.set}, self.group, [body])

    def fields(self) -> tuple[FieldSpec, ...]:
        """Every named field of a record."""
        return tuple(spec for part in self.parts for spec in specs_of(part) if spec.name)

    def _check_name(self, file_name: str, header: Values, found: FoundProblems) -> None:
        for name, text in self.names.judge(file_name, found).items():
            if header and header.get(name) != text:
                found.add(1, 1, "G001", name, f"ISA says {header.get(name, '')!r}, the file name {text!r}")


def specs_of(part: Part) -> tuple[FieldSpec, ...]:
    """The field specifications of a part and all below it."""
    inner = getattr(part, "parts", None) or getattr(part, "options", None)
    if inner is not None:
        return tuple(spec for one in inner for spec in specs_of(one))
    return tuple(element.spec for element in getattr(part, "elements", ()))


@dataclass(slots=True)
class _SetReader:
    """One set being read."""

    layout: X12Layout
    set: TransactionSet
    found: FoundProblems
    scopes: dict[int, dict[str, list[str]]] = field(default_factory=dict)
    levels: dict[int, str] = field(default_factory=dict)  # the HL number of a scope

    def read(self) -> list[Values]:
        """The set's records."""
        match = match_set(self.layout.parts, self.set.body, self.set.end)
        for segment, what in match.missing:
            self._wrong(segment, 0, "R101", what, f"{what} is missing before {segment.tag[:10]}")
        for segment in match.unexpected:
            shown = "*".join(segment.elements[:2])[:40]
            self._wrong(segment, 0, "R102", segment.tag[:3], f"{shown} is not expected here")
        for one in match.matched:
            self._gather(one)
        for one in match.matched:
            self._judge_segment(one, match)
        records: list[Values] = [self._record(scope, match) for scope in match.records or [0]]
        self._judge_totals(match, records)
        self._judge_rules(match, records)
        return records

    def _gather(self, one: Matched) -> None:
        values = self.scopes.setdefault(one.scope, {})
        for element in one.rule.elements:
            text = one.segment.get(element.place)
            if element.spec.name and text:
                values.setdefault(element.spec.name, []).append(text)

    def _record(self, scope: int, match: Match) -> dict[str, str]:
        chain = []
        while scope >= 0:
            chain.append(scope)
            scope = match.parents[scope]
        record = {spec.name: "" for spec in self.layout.fields()}
        for level in reversed(chain):
            record.update((name, " ".join(texts)) for name, texts in self.scopes.get(level, {}).items())
        for joined in self.layout.joined:
            holds = joined.when is None or joined.when.holds(record)
            record[joined.name] = "".join(record.get(name, "") for name in joined.fields) if holds else ""
        return {SET_CONTROL: self.set.start.get(2), **record}

    def _judge_segment(self, one: Matched, match: Match) -> None:
        segment = one.segment
        known = {0, *one.rule.where, *(element.place for element in one.rule.elements)}
        for place, text in enumerate(segment.elements):
            if text and place not in known:
                self._wrong(segment, place, "R102", f"{segment.tag}{place:02d}", "the element is not expected here")
        values = {name: " ".join(texts) for name, texts in self.scopes.get(one.scope, {}).items()}
        for element in one.rule.elements:
            self._judge_element(one, element, values, match)

    def _judge_element(self, one: Matched, element: Element, values: Values, match: Match) -> None:
        spec, text = element.spec, one.segment.get(element.place)
        name = spec.name or f"{one.segment.tag}{element.place:02d}"
        if spec.computed and spec.computed.what in ("hl", "hl_parent", "same"):
            self._judge_linked(one, element, values, match)
        elif not text:
            if spec.needed(values):
                self._wrong(one.segment, element.place, "R101", name, f"{name} is empty")
        elif flaw := spec.flaw(text):
            self._wrong(one.segment, element.place, flaw.code, name, flaw.message)

    def _judge_linked(self, one: Matched, element: Element, values: Values, match: Match) -> None:
        what, text = element.spec.computed, one.segment.get(element.place)
        assert what is not None  # the caller looked
        name = f"{one.segment.tag}{element.place:02d}"
        if what.what == "hl":
            expected = str(len(self.levels) + 1)
            self.levels[one.scope] = text
        elif what.what == "hl_parent":
            expected = self.levels.get(match.parents[one.scope], "")
        else:
            expected = values.get(what.of, "")
        if text != expected:
            self._wrong(one.segment, element.place, "R102", name, f"{name} is {text[:20]!r}, expected {expected!r}")

    def _judge_totals(self, match: Match, records: Sequence[Values]) -> None:
        tags = Counter(segment.tag for segment in self.set.body)
        for one in match.matched:
            for element in one.rule.elements:
                rule, text = element.spec.computed, one.segment.get(element.place)
                if rule is None or rule.what not in ("count", "sum"):
                    continue
                actual = tags[rule.of] if rule.what == "count" else _sum(rule.of, records)
                if not is_number(text) or int(text[:18]) != actual:
                    name = f"{one.segment.tag}{element.place:02d}"
                    code = "G004" if rule.what == "count" else "G005"
                    self._wrong(
                        one.segment,
                        element.place,
                        code,
                        name,
                        f"{name} is {text[:20]!r}, the set has {actual}",
                    )

    def _judge_rules(self, match: Match, records: Sequence[Values]) -> None:
        starts = [next((m.segment for m in match.matched if m.scope == scope), self.set.end) for scope in match.records]
        for segment, record in zip(starts, records, strict=False):
            for rule in self.layout.rules:
                breach = rule.judge(record, {})
                if breach:
                    self._wrong(segment, 0, breach.code, breach.field, breach.message)

    def _wrong(self, segment: Segment, place: int, code: str, name: str, message: str) -> None:
        self.found.add(segment.line, segment.column_of(place), code, name, message)


def _sum(name: str, records: Sequence[Values]) -> int:
    return sum(int(text[:18]) for record in records if is_number(text := record.get(name, "")))
