"""The records of a layout drawn chunk by chunk: every chunk follows from the seed and its number alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from graphlib import CycleError, TopologicalSorter
from zlib import crc32

import numpy as np

from ringback.engine.problems import UsageError
from ringback.synthetic_partners.bulk.columns import Chunk, Column, Constant
from ringback.synthetic_partners.bulk.mending import Drawn, mend, rows_of
from ringback.synthetic_partners.bulk.samples import Wanted, default_column, good_text, room
from ringback.synthetic_partners.bulk.series import Consecutive, LineNumber, RowNumber, ShortDay
from ringback.synthetic_partners.bulk.text import Mask, Text, one_of, present, zero_filled
from ringback.synthetic_partners.fields import FieldSpec
from ringback.synthetic_partners.layout import FeedLayout
from ringback.synthetic_partners.rules import Rule
from ringback.synthetic_partners.x12 import X12Layout

BLOCK = 2000  # records that are texts at one time
CHUNK = 50_000  # rows; it belongs to the seed: other chunks, other values
HEADER = 2**32 - 1  # the header is drawn like a chunk that no file reaches


def record_fields(layout: FeedLayout) -> Sequence[FieldSpec]:
    """The fields of a record, whatever the family."""
    return layout.fields() if isinstance(layout, X12Layout) else layout.record


def entropy(layout: FeedLayout, seed: int) -> int:
    """What all chance in a file follows from: layouts with the same seed have nothing else in common."""
    return (seed % 2**64) << 32 | crc32(layout.name.encode())


@dataclass(frozen=True, slots=True)
class Place:
    """One field and what draws it: `given` by the caller, or else its `default`; conditional ones are blanked."""

    spec: FieldSpec
    default: Column
    given: Column | None = None

    @property
    def after(self) -> tuple[str, ...]:
        """Fields that are drawn before."""
        return self.given.after if self.given else self.default.after

    def draw(self, rng: np.random.Generator, chunk: Chunk) -> Text:
        """The field's values; a missing one that every record needs is taken from the default."""
        text = (self.given or self.default).draw(rng, chunk)
        if self.given and self.spec.required:
            text = self._filled(text, ~present(text), rng, chunk)
        kind = self.spec.kind
        return zero_filled(text, kind.least) if kind.numeric and kind.least > 1 else text

    def settle(self, rng: np.random.Generator, chunk: Chunk) -> None:
        """Decide a conditional field, now that all others are drawn."""
        name, needed = self.spec.name, _needed(self.spec, chunk)
        text = chunk.drawn[name]
        if self.given:
            chunk.drawn[name] = self._filled(text, needed & ~present(text), rng, chunk)
        else:
            chunk.drawn[name] = np.where(needed, text, b"")

    def _filled(self, text: Text, missing: Mask, rng: np.random.Generator, chunk: Chunk) -> Text:
        return np.where(missing, self.default.draw(rng, chunk), text) if missing.any() else text


def _needed(spec: FieldSpec, chunk: Chunk) -> Mask:
    when = spec.required_when or spec.required_unless
    assert when is not None  # the caller looked
    holds = one_of(chunk.drawn[when.field], when.values)
    return holds if spec.required_when else ~holds


@dataclass(frozen=True, slots=True)
class LastResort:
    """Draws the first field of a rule that needs one of several, in rows where given columns left all of them out."""

    rule: Rule
    column: Column

    def fill(self, rng: np.random.Generator, chunk: Chunk) -> None:
        """Values where there is none."""
        none = np.logical_and.reduce([~present(chunk.drawn[name]) for name in self.rule.fields])
        none &= rows_of(self.rule, chunk.drawn)
        if none.any():
            first = self.rule.fields[0]
            chunk.drawn[first] = np.where(none, self.column.draw(rng, chunk), chunk.drawn[first])


@dataclass(frozen=True, slots=True)
class Drawing:
    """All that is needed to draw any chunk of a file."""

    places: tuple[Place, ...]  # in the order of drawing
    fixed: Mapping[str, str]  # fields with one text in all rows, which no rule looks at
    rules: tuple[Rule, ...]
    header: Mapping[str, str]
    seed: int
    rows: int
    now: datetime
    encoding: str = "ascii"
    specs: Mapping[str, FieldSpec] = field(default_factory=dict)
    last_resorts: tuple[LastResort, ...] = ()

    @property
    def chunks(self) -> int:
        """How many chunks the file has."""
        return -(-self.rows // CHUNK)

    def chunk(self, number: int) -> Chunk:
        """One chunk, from 0: every field in `drawn` but for the fixed ones."""
        first = number * CHUNK
        rng = generator(self.seed, number)
        rows = min(CHUNK, self.rows - first)
        chunk = Chunk(rows, first + 1, self.now, total=self.rows, header=self.header, seed=self.seed)
        for place in self.places:
            chunk.drawn[place.spec.name] = place.draw(rng, chunk)
        for place in self.places:
            if place.spec.required_when or place.spec.required_unless:
                place.settle(rng, chunk)
        drawn = Drawn(chunk.drawn, self.specs, self.header, self.encoding)
        for last in self.last_resorts:
            last.fill(rng, chunk)
        for rule in self.rules:
            mend(rule, drawn)
        return chunk

    def records(self, chunk: Chunk) -> Iterator[dict[str, str]]:
        """A chunk's records as texts by name, made as they are asked for."""
        names = [name for name in self.specs if name in chunk.drawn]
        order = {name: self.fixed.get(name, "") for name in self.specs}
        for start in range(0, chunk.rows, BLOCK):
            rows = min(BLOCK, chunk.rows - start)
            blocks = (chunk.drawn[name][start : start + rows].tolist() for name in names)
            columns = [[text.decode(self.encoding) for text in block] for block in blocks]
            for values in zip(*columns, strict=True) if columns else [()] * rows:
                yield {**order, **dict(zip(names, values, strict=True))}


def generator(seed: int, chunk: int) -> np.random.Generator:
    """The source of chance of one chunk."""
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=(chunk,))))


def draw_by(
    layout: FeedLayout, header: Mapping[str, str], *, rows: int, seed: int, now: datetime, columns: Mapping[str, Column]
) -> Drawing:
    """The drawing of a layout's records; `columns` stand in for the defaults of their fields."""
    specs = {spec.name: spec for spec in record_fields(layout)}
    _check_counters(layout, specs.values(), rows)
    keys = distinct_fields(layout, rows)
    looked_at = _looked_at(layout, specs.values(), columns.values())
    make = _Make(layout, header, keys, seed, now)
    fixed: dict[str, str] = {}
    places = []
    for spec in specs.values():
        default = make.column(spec)
        given = columns.get(spec.name) if spec.name not in kept(layout) else None
        always = given is None and not spec.required_when and not spec.required_unless
        if always and isinstance(default, Constant) and spec.name not in looked_at:
            fixed[spec.name] = default.text
        else:
            places.append(Place(spec, default, given))
    last_resorts = tuple(
        LastResort(rule, make.sampled(specs[rule.fields[0]]))
        for rule in layout.rules
        if rule.kind == "exactly_one" and not columns.keys().isdisjoint(rule.fields)
    )
    return Drawing(
        places=_ordered(places),
        fixed=fixed,
        rules=layout.rules,
        header=header,
        seed=entropy(layout, seed),
        rows=rows,
        now=now,
        encoding=getattr(layout, "encoding", "ascii"),
        specs=specs,
        last_resorts=last_resorts,
    )


@dataclass(frozen=True, slots=True)
class _Make:
    """Makes the default columns of a layout's fields."""

    layout: FeedLayout
    header: Mapping[str, str]
    distinct: frozenset[str]
    seed: int
    now: datetime

    def column(self, spec: FieldSpec) -> Column:
        """What draws a field that nobody gives a column for."""
        if spec.literal is not None:
            return Constant(spec.literal)
        if spec.computed:
            return self._computed(spec)
        for rule in self.layout.rules:
            if spec.name == rule.field and rule.kind in _SERIES:
                return _SERIES[rule.kind](rule, spec, self._first(spec))
        conditional = spec.required_when or spec.required_unless
        return self.sampled(spec) if spec.required or spec.sample or spec.weights or conditional else Constant("")

    def _computed(self, spec: FieldSpec) -> Column:
        assert spec.computed is not None  # the caller looked
        if spec.computed.what == "line":
            return LineNumber(spec.kind.most)
        if spec.computed.what == "short_day":
            return ShortDay(spec.computed.of)
        return Constant(self.header.get(spec.computed.of, "") if spec.computed.what == "header" else "")

    def sampled(self, spec: FieldSpec) -> Column:
        """What draws a good value of a field, needed or not."""
        return default_column(self._wanted(spec))

    def _wanted(self, spec: FieldSpec) -> Wanted:
        upper = getattr(self.layout, "upper_case", False)
        encoding = getattr(self.layout, "encoding", "ascii")
        return Wanted(spec, spec.name in self.distinct, upper=upper, encoding=encoding)

    def _first(self, spec: FieldSpec) -> str:
        """The value that a series starts with."""
        seed = entropy(self.layout, self.seed)
        chunk = Chunk(1, 1, self.now, total=1, header=self.header, seed=seed)
        return good_text(self._wanted(spec), generator(seed, HEADER - 1), chunk)


_SERIES: Mapping[str, Callable[[Rule, FieldSpec, str], Column]] = {
    "consecutive": lambda rule, _, first: Consecutive(first, by_luhn=bool(rule.by)),
    "rising": lambda _, spec, __: RowNumber(spec.kind.most),
}


def kept(layout: FeedLayout) -> frozenset[str]:
    """The fields whose column a caller cannot give: literals, computed ones, series, what tells rows apart."""
    specs = record_fields(layout)
    own = {spec.name for spec in specs if spec.literal is not None or spec.computed}
    own |= {rule.field for rule in layout.rules if rule.kind in _SERIES}
    return frozenset(own | distinct_fields(layout, 1))


def distinct_fields(layout: FeedLayout, rows: int) -> frozenset[str]:
    """One field of each rule that forbids equal records: the one with the most values; UsageError when too few."""
    specs = {spec.name: spec for spec in record_fields(layout)}
    chosen = set()
    for rule in layout.rules:
        names = rule.fields if rule.kind == "unique" else (rule.other,) if rule.kind == "count_of" else ()
        rooms = {name: room(specs[name]) for name in names if name in specs}
        if not rooms or not any(rooms.values()):
            continue  # a profile or a series keeps them apart, or the rule asks for more than this generator knows
        name = max(rooms, key=rooms.__getitem__)
        if rooms[name] < rows:
            raise UsageError(
                f"{layout.name}: {name} has {rooms[name]} different values for {rows} rows", "ask for fewer rows"
            )
        chosen.add(name)
    return frozenset(chosen)


def _check_counters(layout: FeedLayout, specs: Iterable[FieldSpec], rows: int) -> None:
    """Line numbers and series must have room for every row."""
    series = {rule.field for rule in layout.rules if rule.kind in _SERIES}
    for spec in specs:
        counts = spec.name in series or bool(spec.computed and spec.computed.what == "line")
        if counts and rows >= 10**spec.kind.most:
            said = f"{layout.name}: {spec.name} counts to {10**spec.kind.most - 1}, not to {rows}"
            raise UsageError(said, "ask for fewer rows")


def _looked_at(layout: FeedLayout, specs: Iterable[FieldSpec], columns: Iterable[Column]) -> set[str]:
    """The fields that a rule, a condition or another column reads."""
    names = {name for column in columns for name in column.after}
    for rule in layout.rules:
        names.update((rule.field, rule.other, rule.offset, *rule.fields))
        names.update(when.field for when in (rule.when, rule.unless) if when)
    for spec in specs:
        names.update(when.field for when in (spec.required_when, spec.required_unless) if when)
        names.update(spec.computed.fields if spec.computed else ())
    return names


def _ordered(places: Sequence[Place]) -> tuple[Place, ...]:
    """Every field behind those that it follows; UsageError for a circle."""
    by_name = {place.spec.name: place for place in places}
    if not any(place.after for place in places):
        return tuple(places)
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for name, place in by_name.items():
        sorter.add(name, *(other for other in place.after if other in by_name))
    try:
        return tuple(by_name[name] for name in sorter.static_order())
    except CycleError as circle:
        raise UsageError(
            f"fields follow each other in a circle: {circle.args[1]}", "let one of them stand alone"
        ) from None
