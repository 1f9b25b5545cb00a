"""Times of a field: by hour, by day of the week, how old when their file comes, how one follows another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ringback.synthetic_partners.shape.chance import chi_square_tail
from ringback.synthetic_partners.shape.profile import FieldProfile, Tally
from ringback.synthetic_partners.shape.sample import Sample, seconds_of
from ringback.synthetic_partners.shape.tallies import of_days, of_hours, of_numbers, of_weekdays
from ringback.synthetic_partners.shape.values import DAY, Floats, has_clock, has_date, seconds

WEEKS = 14 * DAY  # so much time must be covered before days of the week say anything


SURE = 1e-4  # the chance at which a week is seen where there is none
FOLLOWING = ("not_before", "within_days", "days_after")


def timed(sample: Sample, fields: Sequence[FieldProfile], k: int) -> list[FieldProfile]:
    """The fields, those that are times with their tallies; a personal time tells nothing."""
    said = {rule.field: rule.other for rule in sample.layout.rules if rule.kind in FOLLOWING}
    moments = {
        field.name: seconds(sample.columns[field.name], field.format)
        for field in fields
        if field.kind == "time" and not field.personal
    }
    dated = {name: found for name, found in moments.items() if has_date(_format(fields, name))}
    files = moments_of_files(sample, dated)
    told: dict[str, FieldProfile] = {}
    for field in fields:
        if field.name not in moments:
            continue
        own = moments[field.name]
        before = _before(dated, told, field.name, said.get(field.name, "")) if field.name in dated else ""
        tallies = time_tallies(field, own, files[sample.file_of], k)
        if before:
            tallies.append(lag_tally(field, own, moments[before], k))
        grain = _grain(own)
        told[field.name] = replace(field, tallies=(*field.tallies, *tallies), grain_s=grain, after=before)
    return [told.get(field.name, field) for field in fields]


def _format(fields: Sequence[FieldProfile], name: str) -> str:
    return next(field.format for field in fields if field.name == name)


def moments_of_files(sample: Sample, dated: dict[str, Floats]) -> Floats:
    """The moment of each file: by its name or header, else its newest time of the first dated field."""
    files = np.array([seconds_of(fact.moment) for fact in sample.files])
    first = next(iter(dated.values()), None)
    for place in np.flatnonzero(np.isnan(files)):
        own = first[sample.file_of == place] if first is not None else np.zeros(0)
        own = own[~np.isnan(own)]
        files[place] = own.max() if len(own) else 0.0
    return files


def time_tallies(field: FieldProfile, own: Floats, files: Floats, k: int) -> list[Tally]:
    """The tallies of one time field; `own` are its times, `files` the moments of the rows' files."""
    there = ~np.isnan(own)
    own, files = own[there], files[there]
    if not len(own):
        return []
    tallies = [of_hours("hour", own)] if has_clock(field.format) else []
    if not has_date(field.format):
        return tallies
    days = np.floor(files / DAY) - np.floor(own / DAY)
    tallies.append(of_days("age", days, k))
    if own.max() - own.min() >= WEEKS and _is_weekly(own):
        tallies.append(of_weekdays("weekday", own))
    today = own[days == 0]
    if has_clock(field.format) and k <= len(today) < len(own):
        tallies.append(of_hours("hour_of_same_day", today))
    return tallies


def _is_weekly(own: Floats) -> bool:
    """Whether days of the week differ beyond chance, each day seen against the days beside it."""
    days = (own // DAY).astype(np.int64)
    counts = np.bincount(days - days.min()).astype(np.float64)
    beside = (counts[:-2] + counts[2:]) / 2
    weekday = (np.arange(1, len(counts) - 1) + int(days.min()) + 3) % 7
    seen, usual = np.bincount(weekday, counts[1:-1], 7), np.bincount(weekday, beside, 7)
    apart = (seen - usual) ** 2 / np.maximum(seen + usual / 2, 1)
    return chi_square_tail(float(apart.sum()), 7) < SURE


def _before(dated: dict[str, Floats], told: dict[str, FieldProfile], name: str, said: str) -> str:
    """The earlier field that this time follows: by a rule of the layout, or more closely than the file's moment."""
    if said in told and said in dated:
        return said
    own = dated[name]
    best, closest = "", 0.6 * _width(own)
    for other in told:
        if other in dated and (width := _width(own - dated[other])) < closest:
            best, closest = other, width
    return best


def _width(values: Floats) -> float:
    values = values[~np.isnan(values)]
    return float(np.subtract(*np.quantile(values, (0.9, 0.1)))) if len(values) else 0.0


def lags(field: FieldProfile, own: Floats, before: Floats) -> Floats:
    """How long a time comes after another of its record: in seconds, or in days for a field that only tells days."""
    if has_clock(field.format):
        return np.asarray(own - before)
    return np.asarray(np.floor(own / DAY) - np.floor(before / DAY))


def lag_tally(field: FieldProfile, own: Floats, before: Floats, k: int) -> Tally:
    """How long a time comes after another of its record."""
    found = lags(field, own, before)
    found = found[~np.isnan(found)]
    if not len(found):
        return Tally("lag", ())
    return of_numbers("lag", found, k) if has_clock(field.format) else of_days("lag", found, k)


def _grain(own: Floats) -> int:
    """The number of seconds that all times are a multiple of: 1, 60, 3600..."""
    whole = own[~np.isnan(own)].astype(np.int64) % DAY
    return int(np.gcd.reduce(whole)) or DAY if len(whole) else 1
