"""Columns that count: line numbers, numbers that rise, identifiers that follow each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ringback.synthetic_partners.bulk import checks
from ringback.synthetic_partners.bulk.columns import Chunk
from ringback.synthetic_partners.bulk.text import Text, digits_of, joined, matrix, text_of

_TAIL = 15  # digits that are counted; those in front stay as they are
FILLER = "F"  # behind an ICCID of 19 digits


@dataclass(frozen=True, slots=True)
class LineNumber:
    """The number of the record, from 1, filled with zeros."""

    width: int
    after: tuple[str, ...] = ()

    def draw(self, rng: np.random.Generator, chunk: Chunk) -> Text:
        """Numbers."""
        return digits_of(chunk.numbers(), min(self.width, _TAIL))


RowNumber = LineNumber  # what must rise may as well count


@dataclass(frozen=True, slots=True)
class Consecutive:
    """Counts on from a first value; its Luhn digit, if it has one, is made anew, and a filler stays."""

    first: str
    by_luhn: bool
    after: tuple[str, ...] = ()

    def draw(self, rng: np.random.Generator, chunk: Chunk) -> Text:
        """Values."""
        whole = self.first.removesuffix(FILLER)
        payload = whole[:-1] if self.by_luhn else whole
        head, tail = payload[:-_TAIL], payload[-_TAIL:]
        start = min(int(tail), 10 ** len(tail) - chunk.total)
        parts: list[Text | bytes] = [head.encode()] if head else []
        counted = joined(*parts, digits_of(start + chunk.numbers() - 1, len(tail)))
        ended = joined(counted, checks.luhn(counted)) if self.by_luhn else counted
        return joined(ended, FILLER.encode()) if len(whole) < len(self.first) else ended


@dataclass(frozen=True, slots=True)
class ShortDay:
    """The day of another field, CCYYMMDD, as MMDDYY."""

    of: str

    @property
    def after(self) -> tuple[str, ...]:
        """The other field."""
        return (self.of,)

    def draw(self, rng: np.random.Generator, chunk: Chunk) -> Text:
        """Days, absent where the other's is."""
        day = chunk.drawn[self.of]
        if day.dtype.itemsize < len("CCYYMMDD"):
            return np.zeros(chunk.rows, "S1")
        return text_of(matrix(day)[:, [4, 5, 6, 7, 2, 3]])
