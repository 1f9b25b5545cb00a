"""How alike two files are: field by field, pair by pair, with a score from 0 to 1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ringback.synthetic_partners.layout import FeedLayout
from ringback.synthetic_partners.shape.distance import Distance, distance
from ringback.synthetic_partners.shape.learn import profile_of
from ringback.synthetic_partners.shape.profile import FieldProfile, K, Profile, Tally
from ringback.synthetic_partners.shape.recount import recounted, recounted_pair
from ringback.synthetic_partners.shape.sample import Sample, take

UNIQUE = 0.001  # a field with fewer repeats than this share is held to be a key
MEASURES = {True: "Kolmogorov-Smirnov", False: "total variation"}


@dataclass(frozen=True, slots=True)
class Aspect:
    """One aspect of a field or pair in both files."""

    name: str
    one: Tally
    other: Tally
    distance: Distance

    @property
    def measure(self) -> str:
        """The distance that was taken."""
        return MEASURES[bool(self.one.edges)]


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike one field, or two fields together, are in both files; the worst aspect decides."""

    names: tuple[str, ...]
    aspects: tuple[Aspect, ...]

    @property
    def worst(self) -> Aspect:
        """The aspect that is furthest apart."""
        return max(self.aspects, key=lambda aspect: aspect.distance.excess)

    @property
    def score(self) -> float:
        """From 0 (nothing in common) to 1 (as alike as two samples of one distribution)."""
        return 1.0 - self.worst.distance.excess

    @property
    def title(self) -> str:
        """The field, or the two fields."""
        return " & ".join(self.names)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sets of files side by side."""

    profile: Profile  # of the first
    records: tuple[int, int]
    fields: tuple[Likeness, ...]
    pairs: tuple[Likeness, ...]

    @property
    def score(self) -> float:
        """The mean of all fields and pairs."""
        found = [*self.fields, *self.pairs]
        return sum(one.score for one in found) / len(found)

    def worst(self, most: int = 5) -> tuple[Likeness, ...]:
        """The fields and pairs that are least alike."""
        return tuple(sorted([*self.fields, *self.pairs], key=lambda one: one.score)[:most])


def compare(layout: FeedLayout, one: Sequence[Path], other: Sequence[Path], *, k: int = K) -> Comparison:
    """Lay files side by side by what a profile of the first ones knows; UsageError when one holds no record."""
    first, second = take(one, layout), take(other, layout)
    return compared(profile_of(first, k=k), second)


def compared(profile: Profile, sample: Sample) -> Comparison:
    """A profile beside what other files hold."""
    fields = tuple(Likeness((field.name,), aspects_of(profile, field, sample)) for field in profile.fields)
    pairs = []
    for pair in profile.pairs:
        cells = recounted_pair(profile, pair, sample).tally
        aspect = Aspect("pair", pair.cells, cells, distance(pair.cells, cells))
        pairs.append(Likeness((pair.one, pair.other), (aspect,)))
    return Comparison(profile, (profile.records, sample.records), fields, tuple(pairs))


def aspects_of(profile: Profile, field: FieldProfile, sample: Sample) -> tuple[Aspect, ...]:
    """The aspects of a field in a profile and in other files."""
    found = []
    counts = recounted(profile, field, sample)
    for name, recount in counts.items():
        tally = field.tally(name)
        assert tally is not None  # recounted by it
        found.append(Aspect(name, tally, recount.tally, distance(tally, recount.tally)))
    repeats = repeats_of(profile, field, sample)
    if repeats:
        found.append(Aspect("repeats", *repeats, distance(*repeats)))
    return tuple(found)


def repeats_of(profile: Profile, field: FieldProfile, sample: Sample) -> tuple[Tally, Tally] | None:
    """How often a key comes again in its file, in a profile and in other files; None for what is no key."""
    known = field.tally("repeats")
    if known is None or known.total < 100 or field.kind in ("code", "constant", "time"):
        return None
    rules = (rule.fields for rule in sample.layout.rules if rule.kind == "unique")
    is_key = field.name in {sample.layout.key, *(names[0] for names in rules if len(names) == 1)}
    sizes = sorted((profile.records / len(profile.files), sample.records / len(sample.files)))
    if known.counts[1] > UNIQUE * known.total or not (is_key or sizes[1] <= 3 * sizes[0]):
        return None  # in a larger file, numbers that are no keys meet each other more often
    return known, Tally("repeats", sample.repeats.get(field.name, (0, 0)), known.labels)
