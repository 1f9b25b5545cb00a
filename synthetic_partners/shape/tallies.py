"""Counting aspects of a column of texts; what fewer than k rows have is not told by name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ringback.synthetic_partners.bulk.text import Text, lengths
from ringback.synthetic_partners.shape.patterns import loosened, patterns
from ringback.synthetic_partners.shape.profile import Tally
from ringback.synthetic_partners.shape.values import DAY, Floats

MOST_LABELS, MOST_BINS = 400, 64
HOURS = tuple(f"{hour:02d}" for hour in range(24))
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
PRESENCE = ("filled", "empty")


def shown(text: bytes) -> str:
    """A value as a profile writes it."""
    return text.decode("utf-8", "replace")


def of_labels(aspect: str, texts: Text, k: int, *, least: int = 0, most: int = MOST_LABELS) -> Tally:
    """Counts of texts; those that fewer than max(k, least) rows have are `other`."""
    found, counts = np.unique(texts, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:most]
    kept = [index for index in order if counts[index] >= max(k, least)]
    told = tuple(int(counts[index]) for index in kept)
    return Tally(aspect, told, tuple(shown(found[index]) for index in kept), other=len(texts) - sum(told))


def of_numbers(aspect: str, values: Floats, k: int, *, most: int = MOST_BINS, digits: int = 3) -> Tally:
    """A histogram whose bins hold about as many rows each (at least k), so that heavy tails are told as well as bodies.

    The edges are rounded: they are no single row's value.
    """
    bins = max(1, min(most, len(values) // max(k, 1)))
    edges = (
        np.unique(_rounded(np.quantile(values, np.linspace(0, 1, bins + 1)), digits)) if len(values) else np.zeros(1)
    )
    if len(edges) == 1:
        edges = np.array([edges[0], edges[0] + max(abs(float(edges[0])) / 1000, 1e-9)])
    edges[0], edges[-1] = _outside(values, edges, digits)
    counts, ends = merged(_binned(values, edges), edges, k)
    return Tally(aspect, tuple(counts), edges=tuple(ends))


def _binned(values: Floats, edges: Floats) -> NDArray[np.intp]:
    return np.bincount(bins_of(values, edges), minlength=len(edges) - 1)


def bins_of(values: Floats, edges: Sequence[float] | Floats) -> NDArray[np.intp]:
    """The interval of each value; values beyond the ends belong to the outermost intervals."""
    return np.clip(np.searchsorted(np.asarray(edges), values, side="right") - 1, 0, len(edges) - 2)


def merged(counts: NDArray[np.intp], edges: Floats, k: int) -> tuple[list[int], list[float]]:
    """Neighbouring bins joined until each holds at least k rows (or there is one bin only)."""
    sums: list[int] = []
    ends = [float(edges[0])]
    held = 0
    for count, end in zip(counts, edges[1:], strict=True):
        held += int(count)
        if held >= k:
            sums.append(held)
            ends.append(float(end))
            held = 0
    if held and sums:
        sums[-1] += held
        ends[-1] = float(edges[-1])
    elif not sums:
        sums, ends = [held], [float(edges[0]), float(edges[-1])]
    return sums, ends


def _rounded(values: Floats, digits: int) -> Floats:
    with np.errstate(divide="ignore"):
        size = np.where(values == 0, 0, np.floor(np.log10(np.abs(values) + (values == 0))))
    step = np.power(10.0, size - digits + 1)
    return np.asarray(np.round(np.round(values / step) * step, 9))


def _outside(values: Floats, edges: Floats, digits: int) -> tuple[float, float]:
    """The ends, rounded; within the values' own hull where rounding went beyond a whole decade."""
    if not len(values):
        return float(edges[0]), float(edges[-1])
    low, high = _rounded(np.array([values.min(), values.max()]), digits)
    return float(low), max(float(high), float(low) + 1e-9)


def of_hours(aspect: str, moments: Floats) -> Tally:
    """Counts by hour of the day."""
    found = np.bincount((moments // 3600 % 24).astype(np.int64), minlength=24)
    return Tally(aspect, tuple(int(count) for count in found), HOURS)


def of_weekdays(aspect: str, moments: Floats) -> Tally:
    """Counts by day of the week."""
    found = np.bincount(((moments // DAY + 3) % 7).astype(np.int64), minlength=7)
    return Tally(aspect, tuple(int(count) for count in found), WEEKDAYS)


def of_days(aspect: str, days: Floats, k: int) -> Tally:
    """A histogram of whole days; every edge is a whole number."""
    low, high = int(days.min()), int(days.max()) + 1
    step = max(1, -(-(high - low) // 400))
    edges = np.arange(low, high + step, step, dtype=np.float64)
    counts, ends = merged(_binned(days, edges), edges, k)
    return Tally(aspect, tuple(counts), edges=tuple(ends))


def of_presence(texts: Text) -> Tally:
    """How many rows have a value, and how many none."""
    filled = int(np.count_nonzero(texts != b""))
    return Tally("presence", (filled, len(texts) - filled), PRESENCE)


def of_lengths(filled: Text, k: int) -> Tally:
    """Counts of the lengths in bytes."""
    return of_labels("length", lengths(filled).astype(np.bytes_), k)


def of_patterns(filled: Text, k: int, *, most: int = 100, joined: bool = False) -> Tally:
    """Counts of patterns; where too many differ, or when asked for, of patterns with their runs joined."""
    exact = patterns(filled)
    tally = of_labels("pattern", exact, k, most=most)
    if tally.other <= len(filled) * 0.1 and not joined:
        return tally
    return of_labels("loose_pattern", loosened(exact), k, most=most)
