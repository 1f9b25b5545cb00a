"""Which fields go together, by mutual information, and how a field is spread in each case of those it depends on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ringback.synthetic_partners.bulk.text import Text
from ringback.synthetic_partners.fields import FieldSpec
from ringback.synthetic_partners.shape.groups import Groups, groups_of
from ringback.synthetic_partners.shape.profile import Case, FieldProfile, Pair, Profile, Tally
from ringback.synthetic_partners.shape.sample import Sample
from ringback.synthetic_partners.shape.tallies import of_presence
from ringback.synthetic_partners.shape.timing import lag_tally, moments_of_files, time_tallies
from ringback.synthetic_partners.shape.values import seconds

LEAST_SHARE = 0.02  # of what is open about a field, another one must tell so much
MOST_PAIRS = 60
MOST_CASES = 300
MOST_PARENTS = 4
ANY = "*"
_RANK = {"constant": 1, "code": 1, "time": 2, "number": 3, "identifier": 4, "running": 5, "text": 5}
Spread = Callable[[FieldProfile, Text, int], list[Tally]]


@dataclass(frozen=True, slots=True)
class Grouped:
    """Each field's groups, and the group of each chosen row."""

    groups: Mapping[str, Groups]
    places: Mapping[str, NDArray[np.int64]]
    information: Mapping[tuple[str, str], float]  # (earlier, later): share of what is open about the later one


def joint(one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
    """Counts of pairs of places, as a table."""
    width = int(other.max()) + 1
    return np.bincount(one * width + other, minlength=(int(one.max()) + 1) * width).reshape(-1, width)


def bits(table: NDArray[np.int64]) -> float:
    """Mutual information of a table of counts in bits, less what independent fields would show by chance."""
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    rows = table.sum()
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / rows
    seen = table > 0
    nats = float((table[seen] / rows * np.log(table[seen] / expected[seen])).sum())
    chance: float = (table.shape[0] - 1) * (table.shape[1] - 1) / (2 * int(rows))
    return (nats - chance - 3 * float(np.sqrt(chance / rows))) / float(np.log(2))


def entropy(places: NDArray[np.int64]) -> float:
    """What is open about a field's group, in bits."""
    shares = np.bincount(places) / len(places)
    shares = shares[shares > 0]
    return float(-(shares * np.log2(shares)).sum())


def found_pairs(
    sample: Sample, fields: Sequence[FieldProfile], specs: Mapping[str, FieldSpec], k: int
) -> tuple[tuple[Pair, ...], Grouped]:
    """The pairs of fields that go together, strongest first, and all that was found out about groups."""
    free = [field for field in fields if field.kind != "running" and _is_free(specs.get(field.name))]
    groups = {field.name: groups_of(field) for field in free}
    places = {name: groups[name].of(sample.columns[name]) for name in groups}
    open_ = {name: entropy(places[name]) for name in groups}
    names = [name for name in groups if open_[name] > 0.01]
    information: dict[tuple[str, str], float] = {}
    pairs = []
    for at, one in enumerate(names):
        for other in names[at + 1 :]:
            table = joint(places[one], places[other])
            found = bits(table)
            share = found / min(open_[one], open_[other])
            if share < LEAST_SHARE:
                continue
            information[one, other] = found / open_[other]
            pairs.append(Pair(one, other, round(found, 4), cells_of(groups[one], groups[other], table, k)))
    pairs.sort(key=lambda pair: -pair.information)
    return tuple(pairs[:MOST_PAIRS]), Grouped(groups, places, information)


def conditions(specs: Mapping[str, FieldSpec]) -> set[str]:
    """The fields that the layout's conditions ask about."""
    found = (spec.required_when or spec.required_unless for spec in specs.values())
    return {condition.field for condition in found if condition}


def in_order(fields: Sequence[FieldProfile], first: Collection[str]) -> list[FieldProfile]:
    """Causes before effects, as far as is known: `first`, codes (of few values), times, numbers, identifiers, texts."""

    def rank(field: FieldProfile) -> tuple[int, int]:
        kind = 0 if field.name in first else _RANK[field.kind]
        return kind, field.distinct if kind <= 1 else 0

    return sorted(fields, key=rank)


def _is_free(spec: FieldSpec | None) -> bool:
    return spec is None or not (spec.computed or spec.literal is not None)


def cells_of(one: Groups, other: Groups, table: NDArray[np.int64], k: int) -> Tally:
    """A table of counts as a tally; cells with fewer than k rows are `other`."""
    labels, counts = [], []
    for row, column in zip(*np.nonzero(table >= k), strict=True):
        labels.append(f"{one.names[row]} & {other.names[column]}")
        counts.append(int(table[row, column]))
    return Tally("pair", tuple(counts), tuple(labels), other=int(table.sum()) - sum(counts))


def clustering(hits: NDArray[np.bool_]) -> float:
    """How many records are worth as much as one that stands alone: more than one where a record is like the one before.

    The design effect (1 + r) / (1 - r) of a first-order chain with the correlation r of neighbours.
    """
    if len(hits) < 20 or hits.all() or not hits.any():
        return 1.0
    share = float(hits.mean())
    alike = float((hits[1:] & hits[:-1]).mean()) - share * share
    near = min(max(alike / (share * (1 - share)), 0.0), 0.98)
    return (1 + near) / (1 - near) if near > 3 / len(hits) ** 0.5 else 1.0


def clustered(field: FieldProfile, grouped: Grouped) -> FieldProfile:
    """The field with the clustering of those of its groups that a twentieth of the rows have."""
    places = grouped.places.get(field.name)
    if places is None:
        return field
    found, counts = np.unique(places, return_counts=True)
    often = found[counts >= 0.05 * len(places)]
    return replace(field, alike=round(max((clustering(places == place) for place in often), default=1.0), 2))


def found_sequence(sample: Sample, fields: Sequence[FieldProfile], k: int) -> Pair | None:
    """The code that tells most about the same code of the next record, if one does."""
    best: Pair | None = None
    codes = [field for field in fields if field.kind == "code" and not field.personal] if sample.together else []
    for field in codes:
        groups = groups_of(field)
        places = groups.of(sample.columns[field.name])
        same_file = sample.file_of[1:] == sample.file_of[:-1]
        now, then = places[:-1][same_file], places[1:][same_file]
        if len(now) < k or entropy(places) <= 0.01:
            continue
        table = joint(now, then)
        found = bits(table)
        if found > max(0.1 * entropy(places), best.information if best else 0.0):
            best = Pair(field.name, field.name, round(found, 4), cells_of(groups, groups, table, k))
    return best


def dependent(
    sample: Sample, profile: Profile, grouped: Grouped, specs: Mapping[str, FieldSpec], spread: Spread
) -> tuple[FieldProfile, ...]:
    """The fields with what they depend on, and how they are spread in each case."""
    counting = _Counting(sample, profile, grouped, spread)
    found = []
    for field in profile.fields:
        parents = () if _follows_itself(profile, field) else _parents(field, grouped, specs)
        cases = counting.cases(field, parents) if parents else ()
        found.append(replace(field, depends_on=parents if cases else (), cases=cases))
    return tuple(found)


def _follows_itself(profile: Profile, field: FieldProfile) -> bool:
    return profile.sequence is not None and profile.sequence.one == field.name


def _parents(field: FieldProfile, grouped: Grouped, specs: Mapping[str, FieldSpec]) -> tuple[str, ...]:
    """At most four fields: what the layout's condition names, the most telling one, and what tells most beside it."""
    if field.name not in grouped.groups:
        return ()
    told = [one for one, other in grouped.information if other == field.name and one != field.after]
    chosen = [name for name in _conditions(specs.get(field.name)) if name in told][:1]
    for _ in range(MOST_PARENTS - len(chosen)):
        gains = {name: _gain(grouped, field.name, [*chosen, name]) for name in told if name not in chosen}
        best = max(gains, key=lambda name: gains[name], default="")
        before = _gain(grouped, field.name, chosen) if chosen else 0.0
        if not best or gains[best] - before < LEAST_SHARE * entropy(grouped.places[field.name]):
            break
        chosen.append(best)
    return tuple(chosen)


def _conditions(spec: FieldSpec | None) -> list[str]:
    conditions = (spec.required_when, spec.required_unless) if spec else ()
    return [condition.field for condition in conditions if condition]


def _gain(grouped: Grouped, name: str, parents: Sequence[str]) -> float:
    return bits(joint(_combined(grouped, parents), grouped.places[name]))


def _combined(grouped: Grouped, parents: Sequence[str]) -> NDArray[np.int64]:
    whole = grouped.places[parents[0]]
    for parent in parents[1:]:
        whole = whole * len(grouped.groups[parent].names) + grouped.places[parent]
    return np.unique(whole, return_inverse=True)[1].astype(np.int64)


@dataclass(frozen=True, slots=True)
class _Counting:
    """Counts a field case by case."""

    sample: Sample
    profile: Profile
    grouped: Grouped
    spread: Spread

    def cases(self, field: FieldProfile, parents: tuple[str, ...]) -> tuple[Case, ...]:
        """Cases of both parents where enough rows have them, and of the first alone for the others."""
        found = []
        for wide in range(len(parents), 0, -1):
            least = self.profile.k if wide == 1 else 3 * self.profile.k
            used = parents[:wide]
            places = np.stack([self.grouped.places[name] for name in used], axis=1)
            kinds, at, counts = np.unique(places, axis=0, return_inverse=True, return_counts=True)
            for place in np.argsort(-counts, kind="stable")[:MOST_CASES]:
                if counts[place] < least:
                    break
                names = [self.grouped.groups[name].names[index] for name, index in zip(used, kinds[place], strict=True)]
                when = (*names, *(ANY,) * (len(parents) - wide))
                found.append(Case(when, self.tallies(field, at.reshape(-1) == place)))
        return tuple(found)

    def tallies(self, field: FieldProfile, rows: NDArray[np.bool_]) -> tuple[Tally, ...]:
        texts = self.sample.columns[field.name][rows]
        filled = texts[texts != b""]
        tallies = [of_presence(texts)]
        if len(filled) and field.kind == "time" and not field.personal:
            tallies += self.times(field, rows)
        elif len(filled):
            tallies += self.spread(field, filled, self.profile.k)
        return tuple(tallies)

    def times(self, field: FieldProfile, rows: NDArray[np.bool_]) -> list[Tally]:
        own = seconds(self.sample.columns[field.name], field.format)
        files = moments_of_files(self.sample, {field.name: own})
        tallies = time_tallies(field, own[rows], files[self.sample.file_of][rows], self.profile.k)
        if field.after:
            before = self.profile.field(field.after)
            assert before is not None  # found in the same sample
            base = seconds(self.sample.columns[field.after], before.format)
            tallies.append(lag_tally(field, own[rows], base[rows], self.profile.k))
        return tallies
