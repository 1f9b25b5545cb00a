"""Counting other files by the labels and edges of a profile, so that the two can be laid side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ringback.synthetic_partners.bulk.text import Text, lengths
from ringback.synthetic_partners.shape.groups import groups_of
from ringback.synthetic_partners.shape.patterns import loosened, patterns
from ringback.synthetic_partners.shape.profile import FieldProfile, Pair, Profile, Tally
from ringback.synthetic_partners.shape.sample import Sample
from ringback.synthetic_partners.shape.tallies import bins_of, shown
from ringback.synthetic_partners.shape.timing import lags, moments_of_files
from ringback.synthetic_partners.shape.values import DAY, Floats, has_date, numbers, seconds

COUNTED = ("presence", "length", "pattern", "loose_pattern", "value", "start", "number")
TIMED = ("hour", "weekday", "age", "lag")
OTHER = -1  # the place of a row whose label the profile does not know
NOT_COUNTED = -2  # a row that has no part in the tally


@dataclass(frozen=True, slots=True)
class Recount:
    """A tally of the other files, the place of each chosen row in it, and labels that the profile does not know."""

    tally: Tally
    places: NDArray[np.int64]
    unknown: Mapping[str, int] = field(default_factory=dict)


def recounted(profile: Profile, known: FieldProfile, sample: Sample) -> dict[str, Recount]:
    """The aspects of a field that the profile knows, counted in a sample."""
    texts = sample.columns.get(known.name, np.zeros(len(sample.file_of), "S1"))
    found = {}
    for tally in known.tallies:
        if tally.aspect in COUNTED:
            found[tally.aspect] = _count(known, tally, texts)
        elif tally.aspect in TIMED:
            places = _times(profile, known, tally, texts, sample)
            found[tally.aspect] = Recount(_with(tally, places), places)
    return found


def recounted_pair(profile: Profile, pair: Pair, sample: Sample) -> Recount:
    """The cells of a pair, counted in a sample."""
    one, other = profile.field(pair.one), profile.field(pair.other)
    assert one is not None  # the loader looked
    assert other is not None
    empty = np.zeros(len(sample.file_of), "S1")
    first, second = groups_of(one), groups_of(other)
    left = np.array([name.encode() for name in first.names])[first.of(sample.columns.get(pair.one, empty))]
    right = np.array([name.encode() for name in second.names])[second.of(sample.columns.get(pair.other, empty))]
    labels = np.strings.add(np.strings.add(left, b" & "), right)
    places = placed(labels, pair.cells)
    return Recount(_with(pair.cells, places), places)


def _with(tally: Tally, places: NDArray[np.int64]) -> Tally:
    counts = np.bincount(places[places >= 0], minlength=len(tally.counts))
    return Tally(
        tally.aspect,
        tuple(int(count) for count in counts),
        tally.labels,
        tally.edges,
        int(np.count_nonzero(places == OTHER)),
    )


def placed(texts: Text, tally: Tally) -> NDArray[np.int64]:
    """The place of each text among a tally's labels."""
    labels = np.array([label.encode() for label in tally.labels] or [b""], np.bytes_)
    if not tally.labels:
        return np.full(len(texts), OTHER, np.int64)
    order = np.argsort(labels, kind="stable")
    at = np.clip(np.searchsorted(labels[order], texts), 0, len(order) - 1)
    return np.where(labels[order][at] == texts, order[at], OTHER).astype(np.int64)


def _count(known: FieldProfile, tally: Tally, texts: Text) -> Recount:
    there = texts != b""
    if tally.aspect == "presence":
        places = np.where(there, 0, 1).astype(np.int64)
        return Recount(_with(tally, places), places)
    if tally.aspect == "number":
        places = _numbers(known, tally, texts)
        return Recount(_with(tally, places), places)
    labels = _LABELS[tally.aspect](tally, texts)
    places = np.where(there, placed(labels, tally), NOT_COUNTED).astype(np.int64)
    return Recount(_with(tally, places), places, _unknown(labels[places == OTHER]) if not known.personal else {})


def _unknown(texts: Text) -> dict[str, int]:
    found, counts = np.unique(texts, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:50]
    return {shown(found[index]): int(counts[index]) for index in order}


def _start(tally: Tally, texts: Text) -> Text:
    return texts.astype(f"S{max((len(label.encode()) for label in tally.labels), default=1)}")


_LABELS: Mapping[str, Callable[[Tally, Text], Text]] = {
    "length": lambda _, texts: lengths(texts).astype(np.bytes_),
    "pattern": lambda _, texts: patterns(texts),
    "loose_pattern": lambda _, texts: loosened(patterns(texts)),
    "value": lambda _, texts: texts,
    "start": _start,
}


def _numbers(known: FieldProfile, tally: Tally, texts: Text) -> NDArray[np.int64]:
    often = known.tally("value")
    counted = texts != b""
    if often and often.labels:
        counted &= placed(texts, often) == OTHER
    values = numbers(np.where(counted, texts, b"0"))
    places = np.where(np.isnan(values), OTHER, bins_of(np.nan_to_num(values), tally.edges))
    return np.where(counted, places, NOT_COUNTED).astype(np.int64)


def _times(profile: Profile, known: FieldProfile, tally: Tally, texts: Text, sample: Sample) -> NDArray[np.int64]:
    own = seconds(texts, known.format)
    values = _TIMES[tally.aspect](profile, known, own, sample)
    known_values = np.nan_to_num(values)
    places = bins_of(known_values, tally.edges) if tally.edges else known_values.astype(np.int64)
    return np.where(np.isnan(values), NOT_COUNTED, places).astype(np.int64)


def _age(profile: Profile, known: FieldProfile, own: Floats, sample: Sample) -> Floats:
    first = next(
        (one for one in profile.fields if one.kind == "time" and has_date(one.format) and not one.personal), known
    )
    dated = own if first.name == known.name else seconds(sample.columns[first.name], first.format)
    files = moments_of_files(sample, {first.name: dated})[sample.file_of]
    return np.asarray(np.floor(files / DAY) - np.floor(own / DAY))


def _lag(profile: Profile, known: FieldProfile, own: Floats, sample: Sample) -> Floats:
    before = profile.field(known.after)
    if before is None:
        return np.full(len(own), np.nan)
    return lags(known, own, seconds(sample.columns[known.after], before.format))


_TIMES: Mapping[str, Callable[[Profile, FieldProfile, Floats, Sample], Floats]] = {
    "hour": lambda _, __, own, ___: np.asarray(own // 3600 % 24),
    "weekday": lambda _, __, own, ___: np.asarray((own // DAY + 3) % 7),
    "age": _age,
    "lag": _lag,
}
