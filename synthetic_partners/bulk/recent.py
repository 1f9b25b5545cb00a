"""Columns of times around the moment of a file, and of birthdays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ringback.synthetic_partners.bulk.columns import Chunk
from ringback.synthetic_partners.bulk.text import Text, constant
from ringback.synthetic_partners.bulk.times import DAY_S, seconds, written

QUARTER_HOUR_S = 900  # what happened since the file before this one


@dataclass(frozen=True, slots=True)
class Around:
    """Times of one type: the file's moment plus `days`, earlier by less than `spread_s` (later for coming days)."""

    kind: str
    days: int = 0
    spread_s: int = QUARTER_HOUR_S
    after: tuple[str, ...] = ()

    def draw(self, rng: np.random.Generator, chunk: Chunk) -> Text:
        """Times."""
        moments = np.full(chunk.rows, seconds(chunk.now) + self.days * DAY_S, np.int64)
        if self.spread_s > 1:
            spread = rng.integers(0, self.spread_s, chunk.rows, dtype=np.uint32).astype(np.int64)
            moments = moments + spread if self.days > 0 else moments - spread
        return written(moments, self.kind)


@dataclass(frozen=True, slots=True)
class Birthday:
    """Dates of birth of people between 18 and 90, most of them around 42."""

    kind: str = "d8"
    after: tuple[str, ...] = ()

    def draw(self, rng: np.random.Generator, chunk: Chunk) -> Text:
        """Dates."""
        age = np.clip(rng.normal(42, 15, chunk.rows), 18.1, 90)
        day = seconds(chunk.now) // DAY_S - (age * 365.25).astype(np.int64)
        return written(day * DAY_S, self.kind)


@dataclass(frozen=True, slots=True)
class MomentText:
    """The file's moment as names of bulk downloads say it: DD-MM-YYYYhhmmss."""

    after: tuple[str, ...] = ()

    def draw(self, rng: np.random.Generator, chunk: Chunk) -> Text:
        """The moment, once per row."""
        return constant(chunk.rows, f"{chunk.now:%d-%m-%Y%H%M%S}".encode())
