"""Whether files have moved away from a profile: more than chance and sample size explain, where, and since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

from ringback.synthetic_partners.layout import FeedLayout
from ringback.synthetic_partners.shape.chance import homogeneity_tail, rank_tail, share_tail, smirnov_tail
from ringback.synthetic_partners.shape.compare import repeats_of
from ringback.synthetic_partners.shape.distance import distance, shares
from ringback.synthetic_partners.shape.profile import FieldProfile, Profile, Tally
from ringback.synthetic_partners.shape.recount import NOT_COUNTED, OTHER, Recount, recounted, recounted_pair
from ringback.synthetic_partners.shape.sample import Sample, seconds_of, take
from ringback.synthetic_partners.shape.values import DAY, has_date, seconds

RISK = 0.01  # the chance of any alarm when nothing has changed
LEAST = 0.02  # a smaller distance than this (beyond chance) is no alarm, however sure it is
FILES = 5  # so many files on both sides before their sizes are judged
GAIN = 12.0  # log likelihood that a day of change must explain better than none


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that has moved: of which field or pair, how, how far, how sure, and since when."""

    names: tuple[str, ...]
    aspect: str
    says: str
    distance: float
    chance: float
    since: str = ""

    @property
    def title(self) -> str:
        """The field, or the two fields."""
        return " & ".join(self.names)


@dataclass(frozen=True, slots=True)
class Drift:
    """What became of a feed against its profile."""

    profile: Profile
    records: int
    tests: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Test:
    names: tuple[str, ...]
    aspect: str
    says: str
    distance: float
    chance: float
    hits: NDArray[np.bool_] | None = None  # of the chosen rows, for finding out since when
    counted: NDArray[np.bool_] | None = None


def drift(
    profile: Profile, layout: FeedLayout, paths: Sequence[Path], *, risk: float = RISK, least: float = LEAST
) -> Drift:
    """Hold files against a profile; UsageError when they have no record.

    Args:
        profile: What the feed looked like.
        layout: The feed's layout.
        paths: Its files of now.
        risk: The chance of any finding when nothing has changed.
        least: The distance (0 to 1) beyond chance from which a change matters.
    """
    sample = take(paths, layout)
    tests = [*_field_tests(profile, sample), *_pair_tests(profile, sample), *_size_tests(profile, sample)]
    sure = risk / max(len(tests), 1)
    moved = [test for test in tests if test.chance <= sure and test.distance >= least]
    alone = {test.names[0] for test in moved if len(test.names) == 1}
    told = [test for test in moved if len(test.names) == 1 or not alone.intersection(test.names)]
    told.sort(key=lambda test: -test.distance)
    findings = tuple(
        Finding(test.names, test.aspect, test.says, test.distance, test.chance, _since(profile, sample, test))
        for test in told
    )
    return Drift(profile, sample.records, len(tests), findings)


def _field_tests(profile: Profile, sample: Sample) -> list[_Test]:
    tests = []
    for field in profile.fields:
        for aspect, recount in recounted(profile, field, sample).items():
            tally = field.tally(aspect)
            assert tally is not None  # recounted by it
            tests.append(_test((field.name,), tally, recount, field.alike))
        repeats = repeats_of(profile, field, sample)
        if repeats:
            tests.append(_repeats(field, *repeats))
    return tests


def _pair_tests(profile: Profile, sample: Sample) -> list[_Test]:
    alike = {field.name: field.alike for field in profile.fields}
    return [
        _test(
            (pair.one, pair.other),
            pair.cells,
            recounted_pair(profile, pair, sample),
            max(alike[pair.one], alike[pair.other]),
        )
        for pair in profile.pairs
    ]


def _test(names: tuple[str, ...], known: Tally, recount: Recount, alike: float) -> _Test:
    now = recount.tally
    if not known.total or not now.total:
        return _nothing_to_test(names, known, now)
    found = distance(known, now)
    if known.edges:
        edge, says = _furthest_edge(known, now)
        counted = recount.places >= 0
        hits = counted & (recount.places < edge)
        chance = smirnov_tail(found.raw, known.total / alike, now.total / alike)
        return _Test(names, known.aspect, says, found.excess, chance, hits, counted)
    place, says = _furthest_label(known, recount)
    counted, hits = recount.places != NOT_COUNTED, recount.places == place
    one, other = ([round(count / alike) for count in (*tally.counts, tally.other)] for tally in (known, now))
    best = share_tail(one[place], max(sum(one), 1), other[place], max(sum(other), 1))
    chance = min(1.0, 2 * min(best * len(one), homogeneity_tail(one, other)))
    apart = max(found.excess, _alone(known, now, place, best * len(one)))
    return _Test(names, known.aspect, says, apart, chance, hits, counted)


def _alone(known: Tally, now: Tally, place: int, chance: float) -> float:
    """What one label alone has moved; a code that is new or lost counts in full, in a crowd of labels as well."""
    first, second = shares(known)[place], shares(now)[place]
    appeared = min(first, second) == 0 and chance < 1e-6
    return LEAST if appeared and known.aspect == "value" else max(0.0, abs(float(first - second)) - _noise(known, now))


def _noise(known: Tally, now: Tally) -> float:
    return float(np.sqrt(1 / known.total + 1 / now.total))


def _nothing_to_test(names: tuple[str, ...], known: Tally, now: Tally) -> _Test:
    """No row of either has this aspect: a field that is empty now is told by its presence."""
    del now
    return _Test(names, known.aspect, "", 0.0, 1.0)


def _furthest_label(known: Tally, recount: Recount) -> tuple[int, str]:
    """The place of the label that moved most for its size (-1: the unknown ones), and what happened to it."""
    now = recount.tally
    first, second = shares(known), shares(now)
    pooled = (first * known.total + second * now.total) / (known.total + now.total)
    moved = np.abs(first - second) / np.sqrt(np.maximum(pooled * (1 - pooled), 1e-12))
    place = int(moved.argmax())
    was, is_ = f"{first[place]:.1%}", f"{second[place]:.1%}"
    if place == len(known.counts):
        names = ", ".join(f"{text!r}" for text in list(recount.unknown)[:3])
        said = f"new: {names}" if names else "others than the known ones"
        return OTHER, f"{said}: {was} -> {is_}"
    label = known.labels[place]
    lost = f"{label!r} is gone: " if not now.counts[place] else f"{label!r}: "
    return place, f"{lost}{was} -> {is_}"


def _furthest_edge(known: Tally, now: Tally) -> tuple[int, str]:
    """The number of intervals below the edge where the shares differ most, and what they are."""
    first, second = np.cumsum(shares(known)), np.cumsum(shares(now))
    place = int(np.abs(first - second)[: len(known.counts)].argmax())
    edge = known.edges[place + 1]
    middle = " -> ".join(f"{_middle(tally):,.6g}" for tally in (known, now))
    return place + 1, f"below {edge:,.6g}: {first[place]:.1%} -> {second[place]:.1%} (median about {middle})"


def _middle(tally: Tally) -> float:
    reached = np.cumsum(tally.counts)
    place = int(np.searchsorted(reached, reached[-1] / 2))
    return (tally.edges[place] + tally.edges[place + 1]) / 2 if reached[-1] else 0.0


def _repeats(field: FieldProfile, known: Tally, now: Tally) -> _Test:
    chance = share_tail(known.counts[1], known.total, now.counts[1], now.total) if now.total else 1.0
    was, is_ = (tally.counts[1] / max(tally.total, 1) for tally in (known, now))
    # a key is a promise: any share of repeats that chance does not explain matters
    apart = max(abs(is_ - was), LEAST if is_ > was and chance < 1e-6 else 0.0)
    return _Test((field.name,), "repeats", f"values that come again: {was:.2%} -> {is_:.2%}", apart, chance)


def _size_tests(profile: Profile, sample: Sample) -> list[_Test]:
    """Records per file and the time of the day of their moments, when there are files enough on both sides."""
    was, is_ = [fact.records for fact in profile.files], [fact.records for fact in sample.files]
    if min(len(was), len(is_)) < FILES:
        return []
    one, other = median(was), median(is_)
    apart = abs(one - other) / max(one, other, 1)
    says = f"records per file: median {one:g} -> {other:g}"
    return [_Test(("(file)",), "records", says, apart, rank_tail(was, is_)), *_arrival_tests(profile, sample)]


def _arrival_tests(profile: Profile, sample: Sample) -> list[_Test]:
    known = [seconds_of(fact.moment) % DAY for fact in profile.files if fact.moment]
    now = [seconds_of(fact.moment) % DAY for fact in sample.files if fact.moment]
    if min(len(known), len(now)) < FILES:
        return []
    was, is_ = median(known), median(now)
    says = f"time of the files: median {_clock(was)} -> {_clock(is_)}"
    return [_Test(("(file)",), "arrival", says, abs(was - is_) / DAY, rank_tail(known, now))]


def _clock(second: float) -> str:
    return f"{int(second) // 3600:02d}:{int(second) // 60 % 60:02d}"


def _since(profile: Profile, sample: Sample, test: _Test) -> str:
    """The day on which the share of what moved changed most, by the files' moments or the records' own times."""
    days = _days(profile, sample)
    if days is None or test.hits is None or test.counted is None:
        return ""
    use = test.counted & (days >= 0)
    names, places = np.unique(days[use], return_inverse=True)
    if len(names) < 2:
        return ""
    rows = np.bincount(places).astype(np.float64)
    hits = np.bincount(places, test.hits[use]).astype(np.float64)
    before_rows, before_hits = np.cumsum(rows)[:-1], np.cumsum(hits)[:-1]
    after_rows, after_hits = rows.sum() - before_rows, hits.sum() - before_hits
    gains = _likely(before_hits, before_rows) + _likely(after_hits, after_rows)
    gains = gains - _likely(hits.sum(keepdims=True), rows.sum(keepdims=True))
    best = int(gains.argmax())
    day = names[best + 1] if gains[best] >= GAIN else names[0]
    return datetime.fromtimestamp(float(day) * DAY, UTC).strftime("%Y-%m-%d")


def _likely(hits: NDArray[np.float64], rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """The log likelihood of hits at their own share."""
    share = np.clip(hits / rows, 1e-12, 1 - 1e-12)
    return np.asarray(hits * np.log(share) + (rows - hits) * np.log(1 - share))


def _days(profile: Profile, sample: Sample) -> NDArray[np.float64] | None:
    """The day of each chosen row: of its file when files have different days, else of its first dated time."""
    files = np.array([seconds_of(fact.moment) for fact in sample.files])
    if len(np.unique(files[~np.isnan(files)] // DAY)) > 1:
        return np.asarray(np.nan_to_num(files // DAY, nan=-1)[sample.file_of])
    for field in profile.fields:
        if field.kind == "time" and has_date(field.format) and not field.personal and field.name in sample.columns:
            own = seconds(sample.columns[field.name], field.format)
            return np.asarray(np.nan_to_num(own // DAY, nan=-1))
    return None
