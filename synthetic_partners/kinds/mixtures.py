"""What a partner does when nobody told it: a table of outcomes and their shares, drawn by seed and request."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate

from ringback.synthetic_partners.behaviour import chance

_FINE = 1_000_000  # a share is as exact as this


def drawn(shares: Mapping[str, float], seed: int, key: str) -> str:
    """The outcome for a request: the same in every process. `shares` are parts of their own sum."""
    names, bounds = tuple(shares), tuple(accumulate(shares.values()))
    place = chance(seed, "mixture", key) % _FINE / _FINE * bounds[-1]
    return next(name for name, bound in zip(names, bounds, strict=True) if place < bound)
