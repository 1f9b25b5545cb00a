"""Columns of serial numbers, codes and keys that are no identifiers of the trade."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ringback.synthetic_partners.bulk.columns import Chunk, Column
from ringback.synthetic_partners.bulk.text import (
    Numbers,
    Text,
    digits_of,
    encoded,
    joined,
    matrix,
    plain_numbers,
    random_digits,
    text_of,
)

_HEX = {
    upper: encoded([f"{number:02X}" if upper else f"{number:02x}" for number in range(256)]) for upper in (True, False)
}


@dataclass(frozen=True, slots=True)
class Hex:
    """A prefix and so many random bytes, two capitals of hexadecimal each."""

    prefix: str
    count: int
    after: tuple[str, ...] = ()

    def draw(self, rng: np.random.Generator, chunk: Chunk) -> Text:
        """The prefix and the bytes."""
        some = rng.integers(0, 256, (chunk.rows, self.count), dtype=np.uint8)
        whole = _HEX[True].take(some).view(f"S{2 * self.count}").reshape(chunk.rows)
        return joined(self.prefix.encode(), whole) if self.prefix else whole


@dataclass(frozen=True, slots=True)
class Uuid:
    """Random UUIDs (RFC 9562, version 4)."""

    after: tuple[str, ...] = ()

    def draw(self, rng: np.random.Generator, chunk: Chunk) -> Text:
        """36 characters."""
        some = rng.integers(0, 256, (chunk.rows, 16), dtype=np.uint8)
        some[:, 6] = some[:, 6] & 0x0F | 0x40
        some[:, 8] = some[:, 8] & 0x3F | 0x80
        digits = matrix(_HEX[False].take(some).view("S32").reshape(chunk.rows))
        ends = ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32))
        first, *others = (text_of(digits[:, start:end]) for start, end in ends)
        return joined(first, *(part for other in others for part in (b"-", other)))


@dataclass(frozen=True, slots=True)
class Counted:
    """A number that follows from the row's own: `width` digits, or as many as it has."""

    number: Callable[[Numbers], Numbers]
    width: int = 0
    prefix: str = ""
    after: tuple[str, ...] = ()

    def draw(self, rng: np.random.Generator, chunk: Chunk) -> Text:
        """The prefix and the number."""
        numbers = self.number(chunk.numbers())
        digits = digits_of(numbers, self.width) if self.width else plain_numbers(numbers)
        return joined(self.prefix.encode(), digits) if self.prefix else digits


@dataclass(frozen=True, slots=True)
class Behind:
    """What several columns draw, one behind the other; a text stands as it is."""

    parts: tuple[Column | str, ...]
    after: tuple[str, ...] = ()

    def draw(self, rng: np.random.Generator, chunk: Chunk) -> Text:
        """The parts of each row."""
        drawn = (part.encode() if isinstance(part, str) else part.draw(rng, chunk) for part in self.parts)
        return joined(*drawn)


@dataclass(frozen=True, slots=True)
class SomeDigits:
    """Random digits, `least` to `most` of them."""

    least: int
    most: int
    after: tuple[str, ...] = ()

    def draw(self, rng: np.random.Generator, chunk: Chunk) -> Text:
        """Digits of different lengths."""
        digits = matrix(random_digits(rng, chunk.rows, self.most)).copy()
        lengths = rng.integers(self.least, self.most + 1, chunk.rows, dtype=np.uint8)
        digits[np.arange(self.most) >= lengths[:, np.newaxis]] = 0
        return text_of(digits)


@dataclass(frozen=True, slots=True)
class OfTheMonth:
    """The file's year and month, and random digits."""

    count: int
    after: tuple[str, ...] = ()

    def draw(self, rng: np.random.Generator, chunk: Chunk) -> Text:
        """Numbers of the month."""
        return joined(f"{chunk.now:%Y%m}".encode(), random_digits(rng, chunk.rows, self.count))
