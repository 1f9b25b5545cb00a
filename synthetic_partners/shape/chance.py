"""How likely chance alone makes two counts differ so much: tails of the distributions that the tests need."""

from __future__ import annotations

from collections.abc import Sequence
from math import erfc, exp, lgamma, log, sqrt

import numpy as np

LEAST_EXPECTED = 5.0  # rows that a cell of a chi-square test should expect (Cochran's rule)


def chi_square_tail(statistic: float, freedom: int) -> float:
    """The chance of so large a chi-square: the regularised upper incomplete gamma function Q."""
    shape, x = freedom / 2, statistic / 2
    if freedom < 1 or x <= 0:
        return 1.0
    front = exp(shape * log(x) - x - lgamma(shape))
    return max(0.0, 1.0 - front * _series(shape, x)) if x < shape + 1 else front * _fraction(shape, x)


def _series(shape: float, x: float) -> float:
    term = total = 1.0 / shape
    for step in range(1, 1000):
        term *= x / (shape + step)
        total += term
        if term < total * 1e-14:
            break
    return total


def _fraction(shape: float, x: float) -> float:
    """Lentz's continued fraction."""
    tiny = 1e-300
    b: float = x + 1 - shape
    c, d = 1 / tiny, 1 / b
    value: float = d
    for step in range(1, 1000):
        a = -step * (step - shape)
        b += 2
        d = 1 / (a * d + b or tiny)
        c = b + a / c or tiny
        value *= c * d
        if abs(c * d - 1) < 1e-14:
            break
    return float(value)


def smirnov_tail(distance: float, rows: float, others: float) -> float:
    """The chance of so large a Kolmogorov-Smirnov distance of two samples (asymptotic; safe on bins)."""
    size = rows * others / (rows + others)
    scaled = distance * (sqrt(size) + 0.12 + 0.11 / sqrt(size))
    if scaled < 0.2:
        return 1.0
    total = sum((-1) ** (term - 1) * exp(-2 * (term * scaled) ** 2) for term in range(1, 101))
    return float(min(1.0, max(0.0, 2 * total)))


def share_tail(hits: int, rows: int, other_hits: int, others: int) -> float:
    """The chance that two samples of one share differ so much, given all their hits (two-sided exact binomial)."""
    total, share = hits + other_hits, rows / (rows + others)
    if not total:
        return 1.0
    if total > 2000:
        spread = sqrt(total * share * (1 - share))
        return erfc(max(0.0, abs(hits - total * share) - 0.5) / spread / sqrt(2))
    logs = [
        lgamma(total + 1) - lgamma(n + 1) - lgamma(total - n + 1) + n * log(share) + (total - n) * log(1 - share)
        for n in range(total + 1)
    ]
    at = logs[hits]
    return min(1.0, sum(exp(one) for one in logs if one <= at + 1e-9))


def homogeneity_tail(counts: Sequence[int], others: Sequence[int]) -> float:
    """The chance that two rows of counts with one distribution differ so much (chi-square; rare labels together)."""
    table = np.array([counts, others], np.float64)
    sums = table.sum(axis=1)
    if not sums.all():
        return 1.0
    expected = table.sum(axis=0) * sums.min() / sums.sum()
    rare = expected < LEAST_EXPECTED
    table = np.concatenate([table[:, ~rare], table[:, rare].sum(axis=1, keepdims=True)], axis=1)
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2:
        return 1.0
    wanted = np.outer(sums, table.sum(axis=0)) / sums.sum()
    return chi_square_tail(float(((table - wanted) ** 2 / wanted).sum()), table.shape[1] - 1)


def rank_tail(one: Sequence[float], other: Sequence[float]) -> float:
    """The chance that two samples of one distribution are so far apart in rank (Mann-Whitney, normal approximation)."""
    n, m = len(one), len(other)
    values = np.array([*one, *other])
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]
    above = float(ranks[:n].sum()) - n * (n + 1) / 2
    ties = float((counts**3 - counts).sum()) / ((n + m) * (n + m - 1))
    spread = sqrt(n * m / 12 * max(n + m + 1 - ties, 1e-9))
    return erfc(abs(above - n * m / 2) / spread / sqrt(2))
