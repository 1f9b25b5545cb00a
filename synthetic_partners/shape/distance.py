"""How far two tallies are apart: total variation of labels, Kolmogorov-Smirnov of intervals, and chance's part."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sqrt

import numpy as np
from numpy.typing import NDArray

from ringback.synthetic_partners.shape.profile import Tally

Shares = NDArray[np.float64]
SMIRNOV_MEAN = (
    sqrt(pi / 2) * 0.6931471805599453
)  # of the Kolmogorov distribution: what chance alone makes of the distance


@dataclass(frozen=True, slots=True)
class Distance:
    """A distance (0 alike, 1 nothing in common), and the distance that samples of this size have by chance."""

    raw: float
    noise: float

    @property
    def excess(self) -> float:
        """What is left of the distance without chance, from 0 to 1."""
        return max(0.0, self.raw - self.noise) / (1.0 - self.noise) if self.noise < 1 else 0.0


def shares(tally: Tally) -> Shares:
    """The share of each label or interval, and of the others."""
    counts = np.array([*tally.counts, tally.other], np.float64)
    return np.asarray(counts / counts.sum()) if counts.sum() else counts


def distance(one: Tally, other: Tally) -> Distance:
    """How far two tallies with the same labels or edges are apart; one that counted nothing is alike to all."""
    if not one.total or not other.total:
        return Distance(0.0, 0.0)
    first, second = shares(one), shares(other)
    sizes = 1 / one.total + 1 / other.total
    if one.edges:
        noise = min(SMIRNOV_MEAN * sqrt(sizes), 0.99)
        return Distance(float(np.abs(np.cumsum(first) - np.cumsum(second)).max()), noise)
    pooled = (first * one.total + second * other.total) / (one.total + other.total)
    noise = 0.5 * float(np.sqrt(2 / pi * pooled * (1 - pooled) * sizes).sum())
    return Distance(0.5 * float(np.abs(first - second).sum()), min(noise, 0.99))
