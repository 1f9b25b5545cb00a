"""Values of a field that has a pattern alone: each place holds one of the characters that the pattern allows there."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np

from ringback.synthetic_partners.bulk.columns import Chunk
from ringback.synthetic_partners.bulk.good_fields import classes_of
from ringback.synthetic_partners.bulk.text import Text

_MOST_ROOM = 10**18  # what fits into 64 bits


@dataclass(frozen=True, slots=True)
class Patterned:
    """Characters by place; `distinct`: the places count through their combinations, so that no two rows are alike."""

    places: tuple[bytes, ...]
    distinct: bool = False
    after: tuple[str, ...] = ()

    def draw(self, rng: np.random.Generator, chunk: Chunk) -> Text:
        """As many values as the chunk has rows, all of the pattern's length."""
        cells = np.empty((chunk.rows, len(self.places)), np.uint8)
        counted = self._counted()
        number = chunk.unique(prod(len(self.places[place]) for place in counted)) if counted else None
        for place, allowed in enumerate(self.places):
            letters = np.frombuffer(allowed, np.uint8)
            if number is not None and place in counted:
                number, chosen = np.divmod(number, len(letters))
            else:
                chosen = rng.integers(0, len(letters), chunk.rows)
            cells[:, place] = letters[chosen]
        return cells.view(f"S{len(self.places)}").reshape(chunk.rows)

    def _counted(self) -> frozenset[int]:
        """The places that are counted through: as many of the last ones as a number can tell apart."""
        if not self.distinct:
            return frozenset()
        room, counted = 1, []
        for place in reversed(range(len(self.places))):
            room *= len(self.places[place])
            if room > _MOST_ROOM:
                break
            counted.append(place)
        return frozenset(counted)


def places_of(pattern: str) -> tuple[bytes, ...] | None:
    """The characters of each place; None for a pattern that says more than which character stands where."""
    classes = classes_of(pattern)
    if not classes:
        return None
    places = tuple(bytes(np.flatnonzero(allowed).astype(np.uint8)) for allowed in classes)
    return places if all(places) else None


def pattern_room(pattern: str) -> int:
    """How many values there are; 0 when the pattern says too much to count them."""
    return min(prod(map(len, places_of(pattern) or ())), _MOST_ROOM) if places_of(pattern) else 0
