"""Columns that agree with each other about where somebody lives: city, state, ZIP code, telephone number."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ringback.synthetic_partners.bulk import people
from ringback.synthetic_partners.bulk.columns import Chunk, aims, drawn_places
from ringback.synthetic_partners.bulk.text import Text, digits_of, encoded, joined, random_digits

Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class _Map:
    """The places as arrays, one entry per place; `codes` of all places lie one behind the other."""

    aims: Places
    first_zip: NDArray[np.int64]
    zips: NDArray[np.int64]
    codes: Text
    first_code: NDArray[np.int64]
    code_count: NDArray[np.int64]


@cache
def _map() -> _Map:
    known = people.places()
    counts = np.array([len(place[4]) for place in known])
    return _Map(
        aims([place[5] for place in known]),
        np.array([place[2] for place in known]),
        np.array([place[3] for place in known]),
        encoded([code for place in known for code in place[4]]),
        np.cumsum(counts) - counts,
        counts,
    )


def place_of(rng: np.random.Generator, chunk: Chunk) -> Places:
    """Where each row's person lives: drawn by the first column that asks, followed by the others."""
    if "place" not in chunk.shared:
        known = _map()
        chunk.shared["place"] = drawn_places(rng, chunk.rows, len(known.zips), known.aims)
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
        place, known = place_of(rng, chunk), _map()
        some = rng.integers(0, 1 << 16, chunk.rows, dtype=np.uint16).astype(np.int64)
        return digits_of(known.first_zip.take(place) + some * known.zips.take(place) // (1 << 16), 5)


@dataclass(frozen=True, slots=True)
class Telephone:
    """A fictitious number (exchange 555, lines 0100-0199) in an area code of each row's place."""

    after: tuple[str, ...] = ()

    def draw(self, rng: np.random.Generator, chunk: Chunk) -> Text:
        """Ten digits."""
        place, known = place_of(rng, chunk), _map()
        some = rng.integers(0, 1 << 16, chunk.rows, dtype=np.uint16).astype(np.int64)
        code = known.first_code.take(place) + some * known.code_count.take(place) // (1 << 16)
        return joined(known.codes.take(code), b"55501", random_digits(rng, chunk.rows, 2))


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
