"""The groups of a field's values on which other fields may depend: codes, ranges, beginnings, parts of the day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ringback.synthetic_partners.bulk.text import Text
from ringback.synthetic_partners.shape.profile import EMPTY, OTHER, FieldProfile, Tally
from ringback.synthetic_partners.shape.values import has_clock, numbers, seconds

MOST_GROUPS, RANGES = 80, 8
OFTEN = 0.05
PARTS_OF_DAY = ("00-04", "04-08", "08-12", "12-16", "16-20", "20-24")
FILLED = "(filled)"
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Groups:
    """The names of a field's groups, (empty) and (other) first, and how a text finds its own."""

    names: tuple[str, ...]
    by: str  # value, start, number, hour, presence
    cuts: tuple[float, ...] = ()
    format: str = ""

    def of(self, texts: Text) -> Places:
        """The place of each text's group among the names."""
        found = _FINDERS[self.by](self, texts)
        return np.where(texts == b"", 0, found).astype(np.int64)


def groups_of(field: FieldProfile) -> Groups:
    """The groups of a field; a personal one has only filled and empty."""
    value, start, number = field.tally("value"), field.tally("start"), field.tally("number")
    if field.personal:
        return _named((FILLED,), "presence")
    if field.kind == "time" and has_clock(field.format):
        return Groups((EMPTY, OTHER, *PARTS_OF_DAY), "hour", format=field.format)
    if field.kind == "number" and (number or value) and not _are_words(value):
        return _ranges(field)
    if field.kind in ("code", "constant") and value and value.labels:
        return _named(value.labels[:MOST_GROUPS], "value")
    if start and start.labels:
        return _named(start.labels[:MOST_GROUPS], "start")
    return _named((FILLED,), "presence")


def _are_words(value: Tally | None) -> bool:
    """Whether a damaged profile calls words numbers."""
    labels = [label.encode() for label in value.labels] if value else []
    return bool(np.isnan(numbers(np.array(labels or [b"0"], np.bytes_))).any())


def _named(labels: Sequence[str], by: str) -> Groups:
    return Groups((EMPTY, OTHER, *labels), by)


def _ranges(field: FieldProfile) -> Groups:
    """About eight ranges with as many rows each; a number that a twentieth of the rows have is a group of its own."""
    value = field.tally("value") or Tally("value", ())
    often = [label for label, count in zip(value.labels, value.counts, strict=True) if count >= OFTEN * value.total]
    cuts = np.unique(_quantiles(field, often, np.linspace(0, 1, RANGES + 1)[1:-1]))
    ends = [f"{cut:.12g}" for cut in cuts]
    ranges = [f"<{ends[0]}", *(f"{low}-{high}" for low, high in pairwise(ends)), f">={ends[-1]}"] if ends else ["any"]
    names = (EMPTY, OTHER, *ranges, *(f"={label}" for label in often))
    return Groups(names, "number", tuple(float(cut) for cut in cuts))


def _quantiles(field: FieldProfile, but: Sequence[str], levels: NDArray[np.float64]) -> NDArray[np.float64]:
    """The numbers below which these shares of a number field's rows lie, some values left out."""
    value = field.tally("value") or Tally("value", ())
    number = field.tally("number") or Tally("number", (), edges=(0.0,))
    often = [(float(label), count) for label, count in zip(value.labels, value.counts, strict=True) if label not in but]
    points = np.array([*(point for point, _ in often), *number.edges[1:]])
    weights = np.array([*(count for _, count in often), *number.counts], np.float64)
    if not weights.sum():
        return np.zeros(0)
    order = np.argsort(points, kind="stable")
    reached = np.cumsum(weights[order]) / weights.sum()
    return np.asarray(points[order][np.clip(np.searchsorted(reached, levels), 0, len(points) - 1)])


def _by_value(groups: Groups, texts: Text) -> Places:
    labels = [name.encode() for name in groups.names[2:]]
    return _looked_up(labels, texts)


def _by_start(groups: Groups, texts: Text) -> Places:
    labels = [name.encode() for name in groups.names[2:]]
    found = np.ones(len(texts), np.int64)
    for size in sorted({len(label) for label in labels}):
        some = [(place, label) for place, label in enumerate(labels) if len(label) == size]
        at = _looked_up([label for _, label in some], texts.astype(f"S{size}"))
        places = np.array([1, 1, *(place + 2 for place, _ in some)])
        found = np.where(at > 1, places[at], found)
    return found


def _looked_up(labels: Sequence[bytes], texts: Text) -> Places:
    order = np.argsort(np.array(labels, np.bytes_), kind="stable")
    table = np.array(labels, np.bytes_)[order]
    at = np.clip(np.searchsorted(table, texts), 0, len(table) - 1)
    return np.where(table[at] == texts, order[at] + 2, 1)


def _by_number(groups: Groups, texts: Text) -> Places:
    values = numbers(np.where(texts == b"", b"0", texts))
    places = np.searchsorted(np.array(groups.cuts), values, side="right") + 2
    often = [(place, name[1:].encode()) for place, name in enumerate(groups.names) if name.startswith("=")]
    for place, label in often:
        places = np.where(texts == label, place, places)
    return np.where(np.isnan(values), 1, places)


def _by_hour(groups: Groups, texts: Text) -> Places:
    moments = seconds(texts, groups.format)
    there = ~np.isnan(moments)
    return np.where(there, np.where(there, moments, 0) // 14_400 % 6 + 2, 1).astype(np.int64)


def _by_presence(groups: Groups, texts: Text) -> Places:
    del groups
    return np.full(len(texts), 2)


_FINDERS = {
    "value": _by_value,
    "start": _by_start,
    "number": _by_number,
    "hour": _by_hour,
    "presence": _by_presence,
}
