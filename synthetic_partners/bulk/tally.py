"""What a trailer says of all records, added up while chunks go by: counts, sums, hashes, first and last times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ringback.synthetic_partners.bulk.columns import Chunk
from ringback.synthetic_partners.bulk.drawing import Drawing
from ringback.synthetic_partners.bulk.text import MOST_DIGITS, Text, constant, joined, matrix, numbers_of, one_of, total
from ringback.synthetic_partners.bulk.times import read
from ringback.synthetic_partners.fields import Computed, FieldSpec
from ringback.synthetic_partners.totals import computed_value

_SUMS = frozenset(["sum", "hash"])
_EXTREMES = frozenset(["earliest", "latest"])


@dataclass(slots=True)
class Tally:
    """Totals of a file so far, by the name of the trailer's field."""

    trailer: Sequence[FieldSpec]
    rows: int = 0
    sums: dict[str, int] = field(default_factory=dict)
    candidates: dict[str, list[dict[str, str]]] = field(default_factory=dict)

    def add(self, part: Tally) -> None:
        """Take in the totals of the chunk that comes next."""
        self.rows += part.rows
        for name, number in part.sums.items():
            self.sums[name] = self.sums.get(name, 0) + number
        for name, records in part.candidates.items():
            self.candidates.setdefault(name, []).extend(records)

    def text(self, spec: FieldSpec, header: Mapping[str, str]) -> str | None:
        """What a field of the trailer holds; None when it does not follow from the records."""
        rule = spec.computed
        if rule is None:
            return None
        if rule.what == "count":
            return str(self.rows)
        if rule.what in _SUMS:
            return str(self.sums.get(spec.name, 0))
        if rule.what in _EXTREMES:
            return computed_value(rule, header, self.candidates.get(spec.name, []), 0)
        return None


def tally(trailer: Sequence[FieldSpec], drawing: Drawing, chunk: Chunk) -> Tally:
    """The totals of one chunk."""
    part = Tally(trailer, chunk.rows)
    for spec in trailer:
        rule = spec.computed
        if rule and rule.what in _SUMS:
            part.sums[spec.name] = sum(_sum(_chosen(rule, name, drawing, chunk)) for name in rule.fields)
        elif rule and rule.what in _EXTREMES:
            part.candidates[spec.name] = _candidates(rule, drawing, chunk)
    return part


def _column(name: str, drawing: Drawing, chunk: Chunk) -> Text:
    text = chunk.drawn.get(name)
    return constant(chunk.rows, drawing.fixed[name].encode()) if text is None else text


def _chosen(rule: Computed, name: str, drawing: Drawing, chunk: Chunk) -> Text:
    """A column, absent in the records that the total leaves out."""
    text = _column(name, drawing, chunk)
    if rule.only is None:
        return text
    return np.where(one_of(_column(rule.only.field, drawing, chunk), rule.only.values), text, b"")


def _sum(text: Text) -> int:
    """The sum of the digits-only values of a column."""
    digits = matrix(text)
    other = (digits != 0) & ((digits < ord("0")) | (digits > ord("9")))
    if not other.any():
        return _long_sum(text)
    plain = [bytes(filter(_DIGITS.__contains__, value)) for value in text.tolist()]
    return sum(int(value) for value in plain if value)


_DIGITS = frozenset(b"0123456789")


def _long_sum(text: Text) -> int:
    if text.dtype.itemsize <= MOST_DIGITS:
        return total(numbers_of(text))
    return sum(int(value) for value in text.tolist() if value)


def _candidates(rule: Computed, drawing: Drawing, chunk: Chunk) -> list[dict[str, str]]:
    """The chunk's own first or last time, as a record that stands for all of them."""
    columns = [_column(name, drawing, chunk) for name in rule.fields]
    whole = joined(*columns)
    kind = "ts19" if len(columns) > 1 else drawing.specs[rule.of].kind.text
    moments, there = read(whole, kind)
    if not there.any():
        return []
    moment = moments[there].min() if rule.what == "earliest" else moments[there].max()
    texts = np.unique(whole[there & (moments == moment)])
    return [{rule.of: bytes(texts[0 if rule.what == "earliest" else -1]).decode()}]
