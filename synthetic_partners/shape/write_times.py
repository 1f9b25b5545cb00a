"""Times by a profile: so old, on such days, at such hours, or so long after another time of the record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import numpy as np

from ringback.synthetic_partners.bulk.text import Text
from ringback.synthetic_partners.shape.profile import FieldProfile, Tally
from ringback.synthetic_partners.shape.values import DAY, Floats, has_clock, has_date, seconds, written
from ringback.synthetic_partners.shape.write_texts import labels_drawn, numbers_drawn

Rng = np.random.Generator
Tallies = Mapping[str, Tally]
Before = tuple[FieldProfile, Text]


def draw_times(
    field: FieldProfile, rng: Rng, now: datetime, rows: int, tallies: Tallies, before: Before | None
) -> Text:
    """Times of a field, for a file of the moment `now`; `before` is the time field that they follow."""
    lag = tallies.get("lag")
    if before and lag and lag.counts:
        moments = _following(field, rng, before, lag, tallies)
    else:
        moments = _dated(field, rng, now, rows, tallies)
    grained = np.floor(moments / field.grain_s) * field.grain_s
    return written(grained, field.format)


def _dated(field: FieldProfile, rng: Rng, now: datetime, rows: int, tallies: Tallies) -> Floats:
    midnight = now.replace(tzinfo=UTC).timestamp() // DAY * DAY
    if not has_date(field.format):
        return _clock(rng, rows, tallies.get("hour"))
    ages = _ages(rng, rows, midnight, tallies)
    clocks = _clock(rng, rows, tallies.get("hour")) if has_clock(field.format) else np.zeros(rows)
    same_day = tallies.get("hour_of_same_day")
    if same_day:
        clocks = np.where(ages == 0, _clock(rng, rows, same_day), clocks)
    return np.asarray(midnight - ages * DAY + clocks)


def _ages(rng: Rng, rows: int, midnight: float, tallies: Tallies) -> Floats:
    """How many days before the file, by the histogram of ages and the days of the week that these days are."""
    age = tallies.get("age")
    if age is None or not age.counts or int(age.edges[-1]) <= int(age.edges[0]):
        return np.zeros(rows)
    days = np.arange(int(age.edges[0]), int(age.edges[-1]))
    bins = np.clip(np.searchsorted(age.edges, days, side="right") - 1, 0, len(age.counts) - 1)
    widths = np.diff(np.array(age.edges))
    weights = np.array(age.counts, np.float64)[bins] / widths[bins] + 1e-12
    weekday = tallies.get("weekday")
    if weekday and len(weekday.counts) == 7:
        day_of = ((midnight / DAY - days).astype(np.int64) + 3) % 7
        wanted = np.array(weekday.counts, np.float64) / max(weekday.total, 1)
        usual = np.bincount(day_of, weights, 7) / weights.sum()
        weights = weights * (wanted / np.maximum(usual, 1e-9))[day_of]
    reached = np.cumsum(weights)
    chosen = np.searchsorted(reached / reached[-1], rng.random(rows), side="right")
    return np.asarray(days[np.minimum(chosen, len(days) - 1)], np.float64)


def _clock(rng: Rng, rows: int, hours: Tally | None) -> Floats:
    """Seconds of the day by the rates of the hours, evenly within each hour."""
    if hours is None or not hours.total:
        return np.floor(rng.random(rows) * DAY)
    return np.floor((labels_drawn(rng, rows, hours) + rng.random(rows)) * 3600)


def _following(field: FieldProfile, rng: Rng, before: Before, lag: Tally, tallies: Tallies) -> Floats:
    """So many seconds later; where that is days, at the hours that the field has."""
    other, texts = before
    base = seconds(texts, other.format)
    base = np.where(np.isnan(base), 0.0, base)
    later = numbers_drawn(rng, len(base), lag)
    if not has_clock(field.format):
        return np.asarray((base // DAY + np.floor(later)) * DAY)
    hours = tallies.get("hour")
    typical = abs(float(np.median(later))) if len(later) else 0.0
    if typical < DAY or hours is None:
        return np.asarray(base + later)
    clocks = _clock(rng, len(base), hours)
    days = np.maximum(np.round((later + base % DAY - clocks) / DAY), 0)
    moments = base // DAY * DAY + days * DAY + clocks
    return np.asarray(np.where((later >= 0) & (moments < base), moments + DAY, moments))
