"""Columns from a profile: what the bulk generator draws so that a file has the profile's shape."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ringback.engine.problems import UsageError
from ringback.synthetic_partners.bulk.columns import Chunk, Column
from ringback.synthetic_partners.bulk.samples import Wanted, default_column, room
from ringback.synthetic_partners.bulk.text import Text
from ringback.synthetic_partners.fields import FieldSpec
from ringback.synthetic_partners.layout import FeedLayout
from ringback.synthetic_partners.shape.dependence import ANY
from ringback.synthetic_partners.shape.groups import Groups, groups_of
from ringback.synthetic_partners.shape.learn import specs_of
from ringback.synthetic_partners.shape.profile import FieldProfile, Profile, Tally
from ringback.synthetic_partners.shape.write_texts import People, draw_codes, draw_identifiers, draw_numbers, is_key
from ringback.synthetic_partners.shape.write_times import draw_times

Rng = np.random.Generator
TRIES = 6  # times that a text which the layout refuses is drawn again
Tallies = Mapping[str, Tally]


def columns_of(profile: Profile, layout: FeedLayout) -> dict[str, Column]:
    """A column for each field that the profile and the layout have; UsageError when they have none in common."""
    specs = specs_of(layout)
    alone = {rule.fields[0] for rule in layout.rules if rule.kind == "unique" and len(rule.fields) == 1}
    fields = [
        field
        for field in profile.fields
        if field.name in specs and _drawable(field) and (field.name not in alone or _tells_apart(field))
    ]
    if not fields:
        hint = f"the profile was learnt from files of {profile.layout}"
        raise UsageError(f"the profile and the layout {layout.name} have no field in common", hint)
    made: dict[str, Column] = {}
    for field in fields:
        if profile.sequence and profile.sequence.one == field.name:
            made[field.name] = Following(field, profile.sequence.cells)
        else:
            made[field.name] = Shaped(field, profile, layout, specs[field.name])
    return made


def _tells_apart(field: FieldProfile) -> bool:
    """Whether the values drawn for a key differ in every row."""
    return field.kind == "running" or (field.kind == "identifier" and not field.personal and is_key(field))


def _drawable(field: FieldProfile) -> bool:
    presence = field.tally("presence")
    return presence is not None and presence.total > 0


def _base(layout: FeedLayout, spec: FieldSpec, *, distinct: bool) -> Column:
    """What the generator would draw itself; `distinct`: another value in each row."""
    encoding = getattr(layout, "encoding", "ascii")
    return default_column(Wanted(spec, distinct, upper=getattr(layout, "upper_case", False), encoding=encoding))


class Shaped:
    """One field as its profile says, case by case of the fields it depends on."""

    def __init__(self, field: FieldProfile, profile: Profile, layout: FeedLayout, spec: FieldSpec) -> None:
        self.field = field
        self._spec = spec
        self._base = _base(layout, spec, distinct=False)
        self._apart = _base(layout, spec, distinct=True)
        self._room = room(spec) if is_key(field) else 0
        self._parents: list[tuple[str, Groups]] = []
        for name in field.depends_on:
            parent = profile.field(name)
            assert parent is not None  # the loader looked
            self._parents.append((name, groups_of(parent)))
        before = profile.field(field.after) if field.after else None
        self._before = before if before and before.kind == "time" else None
        self._whole = {tally.aspect: tally for tally in field.tallies}
        self._cases = {case.when: {tally.aspect: tally for tally in case.tallies} for case in field.cases}

    @property
    def after(self) -> tuple[str, ...]:
        """The fields that this one depends on, and those that its default follows."""
        own = [name for name, _ in self._parents] + ([self._before.name] if self._before else [])
        more = self._base.after if self._by_base else ()
        return tuple(dict.fromkeys((*own, *more)))

    @property
    def _by_base(self) -> bool:
        """Whether names, addresses and numbers of people come from the pools and makers, not from patterns."""
        read = self.field.kind == "text" and bool(self._spec.sample)
        return self.field.personal and (read or bool(self._spec.form) or self.field.kind == "time")

    def draw(self, rng: Rng, chunk: Chunk) -> Text:
        """The field's values for a chunk; b"" where it is empty."""
        return self._good(self._shaped(rng, chunk), rng, chunk, TRIES)

    def _shaped(self, rng: Rng, chunk: Chunk) -> Text:
        found: Text = np.zeros(chunk.rows, "S1")
        for rows, tallies in self._split(chunk):
            filled = rows[rng.random(len(rows)) < _share_filled(tallies)]
            if len(filled):
                texts = self._texts(rng, chunk, filled, {**self._kept(), **tallies})
                if texts.dtype.itemsize > found.dtype.itemsize:
                    found = found.astype(texts.dtype)
                found[filled] = texts
        return found

    def _good(self, texts: Text, rng: Rng, chunk: Chunk, tries: int) -> Text:
        """The texts, those that the layout refuses replaced by what it would draw itself."""
        judged = self._spec.form or self._spec.pattern or self._spec.codes or self._spec.kind.text == "iso"
        if not judged or self._by_base or self._base.after:
            return texts
        distinct, places = np.unique(texts, return_inverse=True)
        good = np.array([not text or self._spec.flaw(text.decode("utf-8", "replace")) is None for text in distinct])
        if good.all():
            return texts
        if tries:
            return self._good(np.where(good[places], texts, self._shaped(rng, chunk)), rng, chunk, tries - 1)
        return np.where(good[places], texts, self._base.draw(rng, chunk))

    def _kept(self) -> Tallies:
        """What a case may lack because too few of its rows have it."""
        return self._whole if not self._cases else {}

    def _split(self, chunk: Chunk) -> list[tuple[NDArray[np.intp], Tallies]]:
        """The chunk's rows by case; rows of no known case go by the field as a whole."""
        if not self._cases:
            return [(np.arange(chunk.rows), self._whole)]
        places = np.stack([groups.of(chunk.drawn[name]) for name, groups in self._parents], axis=1)
        kinds, at = np.unique(places, axis=0, return_inverse=True)
        at = at.reshape(-1)
        return [(np.flatnonzero(at == index), self._case(kind)) for index, kind in enumerate(kinds)]

    def _case(self, kind: NDArray[np.int64]) -> Tallies:
        names = [groups.names[place] for place, (_, groups) in zip(kind, self._parents, strict=True)]
        found: dict[str, Tally] = {}
        for wide in range(1, len(names) + 1):  # what too few rows of a narrow case have is that of the wider one
            found.update(self._cases.get((*names[:wide], *(ANY,) * (len(names) - wide)), {}))
        return found or self._whole

    def _texts(self, rng: Rng, chunk: Chunk, rows: NDArray[np.intp], tallies: Tallies) -> Text:
        if self._by_base:
            if self._room >= chunk.total:
                return self._apart.draw(rng, chunk)[rows]
            return People(self._base).draw(rng, chunk, rows, tallies)
        if self.field.kind == "time" and not self.field.personal:
            before = (self._before, chunk.drawn[self._before.name][rows]) if self._before else None
            return draw_times(self.field, rng, chunk.now, len(rows), tallies, before)
        if self.field.kind == "number" and not self.field.personal:
            return draw_numbers(self.field, rng, len(rows), tallies, self._whole)
        if self.field.kind in ("code", "constant"):
            return draw_codes(rng, len(rows), tallies, self._whole)
        return draw_identifiers(self.field, rng, (chunk, rows), tallies, self._whole)


def _share_filled(tallies: Tallies) -> float:
    presence = tallies["presence"]
    return presence.counts[0] / presence.total if presence.total else 1.0


class Following:
    """A code that depends on the same code of the record before (record types that come in a certain order)."""

    after: tuple[str, ...] = ()

    def __init__(self, field: FieldProfile, cells: Tally) -> None:
        value = field.tally("value")
        labels = list(value.labels) if value else []
        table: dict[str, dict[str, int]] = {}
        for label, count in zip(cells.labels, cells.counts, strict=True):
            one, _, other = label.partition(" & ")
            table.setdefault(one, {})[other] = count
        names = [name for name in table if name in labels] or labels
        place = {name: index for index, name in enumerate(names)}
        self._names = np.array([name.encode() for name in names], np.bytes_)
        self._steps = []
        for name in names:
            weights = np.array([table.get(name, {}).get(other, 0) for other in place], np.float64)
            self._steps.append(np.cumsum(weights / weights.sum()) if weights.any() else np.linspace(0, 1, len(names)))

    def draw(self, rng: Rng, chunk: Chunk) -> Text:
        """The codes of a chunk, one following from the other."""
        steps = self._steps
        at = int(rng.integers(len(steps)))
        places = np.empty(chunk.rows, np.intp)
        for row, chance in enumerate(rng.random(chunk.rows).tolist()):
            at = min(int(np.searchsorted(steps[at], chance, side="right")), len(steps) - 1)
            places[row] = at
        return self._names[places]
