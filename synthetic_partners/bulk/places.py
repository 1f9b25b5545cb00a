"""Columns that agree with each other about where somebody lives: city, state, ZIP code, telephone number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ringback.synthetic_partners.bulk import people
from ringback.synthetic_partners.bulk.columns import Chunk, aims, drawn_places
from ringback.synthetic_partners.bulk.text import Text, digits_of, encoded, joined, random_digits

Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class _Lists:
    """A list of texts for each place, all of them one behind the other."""

    texts: Text
    first: NDArray[np.int64]
    count: NDArray[np.int64]

    def draw(self, rng: np.random.Generator, place: Places) -> Text:
        """One text of the list of each row's place."""
        some = rng.integers(0, 1 << 16, len(place), dtype=np.uint16).astype(np.int64)
        return self.texts.take(self.first.take(place) + (some * self.count.take(place) >> 16))


@dataclass(frozen=True, slots=True)
class _Map:
    """The places as arrays, one entry per place."""

    aims: Places
    zips: _Lists
    beginnings: _Lists  # of fictitious telephone numbers: area code, exchange, first two digits of the line


@cache
def _map() -> _Map:
    known = people.places()
    return _Map(
        aims([place[5] for place in known]),
        _lists([[f"{code:05d}" for code in range(place[2], place[2] + place[3])] for place in known]),
        _lists([[f"{code}55501" for code in place[4]] for place in known]),
    )


def _lists(lists: Sequence[Sequence[str]]) -> _Lists:
    counts = np.array([len(texts) for texts in lists])
    return _Lists(encoded([text for texts in lists for text in texts]), np.cumsum(counts) - counts, counts)


def place_of(rng: np.random.Generator, chunk: Chunk) -> Places:
    """Where each row's person lives: drawn by the first column that asks, followed by the others."""
    if "place" not in chunk.shared:
        known = _map()
        chunk.shared["place"] = drawn_places(rng, chunk.rows, len(known.zips.first), known.aims)
    return chunk.shared["place"]


@dataclass(frozen=True, slots=True)
class PlaceName:
    """The city (part 0) or state (part 1) of each row, with at most `most` characters."""

    part: int
    most: int
    upper: bool = False
    encoding: str = "ascii"
    after: tuple[str, ...] = ()

    def draw(self, rng: np.random.Generator, chunk: Chunk) -> Text:
        """Names of the rows' places."""
        return _names(self.part, self.most, self.upper, self.encoding).take(place_of(rng, chunk))


@cache
def _names(part: int, most: int, upper: bool, encoding: str) -> Text:
    texts = [str(place[part])[:most].rstrip() for place in people.places()]
    return encoded([text.upper() if upper else text for text in texts], encoding)


@dataclass(frozen=True, slots=True)
class Zip:
    """A ZIP code of each row's place."""

    after: tuple[str, ...] = ()

    def draw(self, rng: np.random.Generator, chunk: Chunk) -> Text:
        """Five digits, zeros in front included."""
        return _map().zips.draw(rng, place_of(rng, chunk))


@dataclass(frozen=True, slots=True)
class Telephone:
    """A fictitious number (exchange 555, lines 0100-0199) in an area code of each row's place."""

    after: tuple[str, ...] = ()

    def draw(self, rng: np.random.Generator, chunk: Chunk) -> Text:
        """Ten digits."""
        return joined(_map().beginnings.draw(rng, place_of(rng, chunk)), random_digits(rng, chunk.rows, 2))


@dataclass(frozen=True, slots=True)
class DistinctTelephone:
    """Numbers of which none comes twice: fictitious ones first, of the whole exchange 555 or more in a large file."""

    after: tuple[str, ...] = ()

    def draw(self, rng: np.random.Generator, chunk: Chunk) -> Text:
        """Ten digits."""
        codes = encoded(people.area_codes())
        rooms = ((b"55501", 2), (b"555", 4), (b"", 7))
        front, width = next((room for room in rooms if len(codes) * room_of(*room) >= chunk.total), rooms[-1])
        count = room_of(front, width)
        number = chunk.unique(len(codes) * count)
        code, line = number // count, number % count
        if not front:  # exchanges 200-999 without those that end in 11
            line = _EXCHANGES.take(line // 10_000) * 10_000 + line % 10_000
        return joined(codes.take(code), front, digits_of(line, width))


_EXCHANGES = np.array([number for number in range(200, 1000) if number % 100 != 11])


def room_of(front: bytes, width: int) -> int:
    """How many lines an area code has for this beginning."""
    return int(10**width) if front else len(_EXCHANGES) * 10_000
