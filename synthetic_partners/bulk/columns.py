"""Columns: what stands in one field of many rows, drawn at once; and the chunk of rows they are drawn for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import gcd
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ringback.engine.problems import UsageError
from ringback.synthetic_partners.bulk.text import Numbers, Text, constant, encoded, random_digits

_MOST_STEP = 2**31  # a billion rows times the step fit into 64 bits


@dataclass(slots=True)
class Chunk:
    """Rows of a file that are drawn together; `first` counts from 1."""

    rows: int
    first: int
    now: datetime
    drawn: dict[str, Text] = field(default_factory=dict)
    total: int = 0  # rows of the whole file
    header: Mapping[str, str] = field(default_factory=dict)
    seed: int = 0
    shared: dict[str, NDArray[np.intp]] = field(default_factory=dict)  # choices that several fields follow

    def numbers(self) -> Numbers:
        """The number of each row in the file, from 1."""
        return np.arange(self.first, self.first + self.rows, dtype=np.int64)

    def unique(self, space: int, salt: int = 0) -> Numbers:
        """A number below `space` for each row, which no other row of the file has; UsageError when there are too few.

        A step coprime to the space visits each of its numbers once, so that nothing needs to be remembered.
        """
        if self.total > space:
            raise UsageError(f"{self.total} rows need as many different keys, there are {space}", "ask for fewer rows")
        rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([self.seed, salt, 1])))
        step, start = int(rng.integers(1, min(space, _MOST_STEP) + 1)), int(rng.integers(space))
        while gcd(step, space) != 1:
            step += 1
        numbers = start + (self.numbers() - 1) * step
        return numbers - numbers // space * space  # numpy divides by a constant faster than it takes the rest


class Column(Protocol):
    """What draws the values of one field."""

    @property
    def after(self) -> tuple[str, ...]:
        """Fields that must have been drawn before, because the values follow them."""
        ...

    def draw(self, rng: np.random.Generator, chunk: Chunk) -> Text:
        """As many values as the chunk has rows: the text as in the file, before padding; b"" is an absent value."""
        ...


@dataclass(frozen=True, slots=True)
class Constant:
    """The same text in every row."""

    text: str
    after: tuple[str, ...] = ()

    def draw(self, rng: np.random.Generator, chunk: Chunk) -> Text:
        """The text, once per row."""
        return constant(chunk.rows, self.text.encode())


class Choice:
    """One of a pool of values; `weights` (any scale) say how often each comes, without them all are alike."""

    after: tuple[str, ...] = ()

    def __init__(self, values: Sequence[str] | Text, weights: Sequence[float] | None = None) -> None:
        self._pool = values if isinstance(values, np.ndarray) else encoded(values)
        self._aims = None if weights is None else aims(weights)

    def draw(self, rng: np.random.Generator, chunk: Chunk) -> Text:
        """Values of the pool."""
        return self._pool.take(drawn_places(rng, chunk.rows, len(self._pool), self._aims))


_AIMS = 1 << 16  # weights are as fine as one in 65,536


def aims(weights: Sequence[float]) -> NDArray[np.intp]:
    """A table of 65,536 entries in which each place stands as often as its weight says: a draw is one look-up."""
    shares = np.asarray(weights, dtype=np.float64)
    ends = np.rint(np.cumsum(shares) / shares.sum() * _AIMS).astype(np.int64)
    return np.repeat(np.arange(len(shares), dtype=np.intp), np.diff(ends, prepend=0))


def drawn_places(
    rng: np.random.Generator, rows: int, count: int, aim: NDArray[np.intp] | None = None
) -> NDArray[np.intp]:
    """Places below `count`, by the table of `aims` or all alike."""
    if aim is None:
        return rng.integers(0, count, rows, dtype=np.uint32).astype(np.intp)
    return aim.take(rng.integers(0, _AIMS, rows, dtype=np.uint16))


@dataclass(frozen=True, slots=True)
class Digits:
    """A text in front and so many random digits."""

    prefix: str
    count: int
    after: tuple[str, ...] = ()

    def draw(self, rng: np.random.Generator, chunk: Chunk) -> Text:
        """The prefix and digits."""
        digits = random_digits(rng, chunk.rows, self.count)
        return np.strings.add(self.prefix.encode(), digits) if self.prefix else digits


@dataclass(frozen=True, slots=True)
class Sometimes:
    """A column whose value is there in a share of the rows only."""

    column: Column
    share: float

    @property
    def after(self) -> tuple[str, ...]:
        """As the column's."""
        return self.column.after

    def draw(self, rng: np.random.Generator, chunk: Chunk) -> Text:
        """The column's values, b"" in the other rows."""
        text = self.column.draw(rng, chunk)
        return np.where(rng.random(chunk.rows, dtype=np.float32) < self.share, text, b"")


@dataclass(frozen=True, slots=True)
class Given:
    """Another column for each value of a field that was drawn before."""

    field: str
    columns: Mapping[str, Column]
    otherwise: Column

    @property
    def after(self) -> tuple[str, ...]:
        """The field, and what the columns follow."""
        inner = (column.after for column in (*self.columns.values(), self.otherwise))
        return tuple(dict.fromkeys((self.field, *(name for names in inner for name in names))))

    def draw(self, rng: np.random.Generator, chunk: Chunk) -> Text:
        """Each row's value from the column of its field's value."""
        given = chunk.drawn[self.field]
        text = self.otherwise.draw(rng, chunk)
        for value, column in self.columns.items():
            here = given == value.encode()
            if here.any():
                text = np.where(here, column.draw(rng, chunk), text)
        return text
