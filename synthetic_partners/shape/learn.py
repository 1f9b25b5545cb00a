"""Learning a profile: each field by itself, then which fields go together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ringback.synthetic_partners.bulk.text import Text, lengths
from ringback.synthetic_partners.fields import FieldSpec
from ringback.synthetic_partners.layout import FeedLayout
from ringback.synthetic_partners.shape.dependence import (
    clustered,
    conditions,
    dependent,
    found_pairs,
    found_sequence,
    in_order,
)
from ringback.synthetic_partners.shape.kinds import Nature, is_rising, nature
from ringback.synthetic_partners.shape.patterns import loosened, patterns, stretched
from ringback.synthetic_partners.shape.profile import FieldProfile, K, Profile, Tally
from ringback.synthetic_partners.shape.sample import Sample, take
from ringback.synthetic_partners.shape.tallies import (
    MOST_LABELS,
    of_labels,
    of_lengths,
    of_numbers,
    of_patterns,
    shown,
)
from ringback.synthetic_partners.shape.timing import timed
from ringback.synthetic_partners.shape.values import numbers

STARTS = 200  # different beginnings of identifiers that are told
ANY_DIGIT = 3.15  # bits of a digit that could be any: log2(10) = 3.32 but for small samples
REPEATS = ("first", "again")


def learn(paths: Sequence[Path], layout: FeedLayout, *, k: int = K, personal: Iterable[str] = ()) -> Profile:
    """The profile of these files; `personal` names fields beyond those that the layout marks."""
    return profile_of(take(paths, layout), k=k, personal=personal)


def profile_of(sample: Sample, *, k: int = K, personal: Iterable[str] = ()) -> Profile:
    """The profile of what was taken in."""
    specs = specs_of(sample.layout)
    fields = [_field(sample, name, spec_of(specs, name), k, hidden=name in set(personal)) for name in sample.names]
    fields = timed(sample, fields, k)
    sequence = found_sequence(sample, fields, k)
    first = {*conditions(specs), *((sequence.one,) if sequence else ())}
    pairs, matrix = found_pairs(sample, in_order(fields, first), specs, k)
    profile = Profile(
        layout=sample.layout.name,
        records=sample.records,
        k=k,
        files=sample.files,
        fields=tuple(clustered(field, matrix) if sample.together else field for field in fields),
        pairs=pairs,
        sequence=sequence,
        looked_at=len(sample.file_of),
    )
    return replace(profile, fields=dependent(sample, profile, matrix, specs, spread))


def specs_of(layout: FeedLayout) -> dict[str, FieldSpec]:
    """The fields of a layout's records by name."""
    fields = layout.record if hasattr(layout, "record") else layout.fields()
    return {spec.name: spec for spec in fields}


def spec_of(specs: Mapping[str, FieldSpec], name: str) -> FieldSpec | None:
    """The field of that name; a member of a list (`parts.0.name`) has that of all its members (`parts.*.name`)."""
    return specs.get(name) or specs.get(re.sub(r"\.\d+(?=\.|$)", ".*", name))


def is_personal(spec: FieldSpec | None) -> bool:
    """Whether a field holds something of a person, or a secret."""
    return spec is not None and (spec.personal or spec.secret)


def _field(sample: Sample, name: str, spec: FieldSpec | None, k: int, *, hidden: bool) -> FieldProfile:
    texts = sample.columns[name]
    filled = texts[texts != b""]
    empty = sample.empty.get(name, 0)
    distinct = sample.distinct[name].number
    found = nature(spec, filled, distinct, sample.records - empty, rising=is_rising(texts, sample.file_of))
    personal = hidden or is_personal(spec)
    field = FieldProfile(
        name=name,
        kind=_personal_kind(found) if personal else found.kind,
        format=found.format,
        personal=personal,
        check=found.check,
        decimals=found.decimals,
        width=found.width,
        distinct=distinct,
    )
    tallies = [Tally("presence", (sample.records - empty, empty), ("filled", "empty"))]
    if len(filled):
        joined = personal and field.kind == "text"
        tallies += [
            of_lengths(filled, k),
            of_patterns(filled, k, joined=joined),
            Tally("repeats", sample.repeats[name], REPEATS),
        ]
        tallies += spread(field, filled, k)
    tallies = [_exact(sample, name, tally, k) if tally.aspect == "value" else tally for tally in tallies]
    return replace(field, tallies=tuple(tallies))


def _personal_kind(found: Nature) -> str:
    """A personal code is a text like any other: nothing of its values is told."""
    return {"code": "text", "constant": "text", "number": "identifier"}.get(found.kind, found.kind)


def spread(field: FieldProfile, filled: Text, k: int) -> list[Tally]:
    """How the values of a field that are there are spread; of a personal field only what they look like."""
    counters = {
        "number": _number_spread,
        "code": _code_spread,
        "constant": _code_spread,
        "identifier": _number_of_thing,
    }
    if field.personal:
        return _drawn(filled, k, joined=field.kind == "text") if field.kind != "time" else []
    if field.kind in ("time", "running"):
        return _drawn(filled, k) if field.kind == "running" else []
    return counters.get(field.kind, _text_spread)(filled, k)


def _code_spread(filled: Text, k: int) -> list[Tally]:
    return [of_labels("value", filled, k)]


def _number_spread(filled: Text, k: int) -> list[Tally]:
    often = of_labels("value", filled, k, least=len(filled) // 100, most=100)
    known = np.isin(filled, [label.encode() for label in often.labels])
    rest = numbers(filled[~known])
    rest = rest[~np.isnan(rest)]
    return [often, of_numbers("number", rest, k)] if len(rest) >= k else [often]


def _number_of_thing(filled: Text, k: int) -> list[Tally]:
    often = of_labels("value", filled, k, least=len(filled) // 100, most=50)
    return [often, *_starts(filled, k), *_drawn(filled, k)]


def _text_spread(filled: Text, k: int) -> list[Tally]:
    return [of_labels("value", filled, k, most=200), *_drawn(filled, k)]


def _starts(filled: Text, k: int) -> list[Tally]:
    """The beginnings of identifiers (a TAC, an area code), as long as nearly all rows share theirs with k others.

    A digit at the end that is as good as chance says nothing and is left out.
    """
    found: list[Tally] = []
    for size in range(1, min(10, int(lengths(filled).min()) - 1) + 1):
        tally = of_labels("start", filled.astype(f"S{size}"), k, most=STARTS)
        if tally.other > 0.05 * len(filled):
            break
        found.append(tally)
    open_ = [0.0, *(_open(tally) for tally in found)]
    size = len(found)
    while size and open_[size] - open_[size - 1] > ANY_DIGIT:
        size -= 1
    return found[size - 1 : size] if size else []


def _open(tally: Tally) -> float:
    """What is open about a label, in bits."""
    shares = np.array(tally.counts) / sum(tally.counts)
    return float(-(shares * np.log2(shares)).sum())


def _drawn(filled: Text, k: int, *, joined: bool = False) -> list[Tally]:
    """Patterns to write by: exact ones, or joined ones drawn out to the texts' lengths."""
    exact = patterns(filled)
    tally = of_labels("drawn", exact, k, most=100)
    if tally.other <= 0.1 * len(filled) and not joined:
        return [tally]
    sized = np.strings.add(lengths(filled).astype("S4"), b" ")
    kinds, counts = np.unique(np.strings.add(sized, loosened(exact)), return_counts=True)
    drawn = [_stretched(kind) for kind in kinds.tolist()]
    return [of_labels("drawn", np.repeat(np.array(drawn, np.bytes_), counts), k, most=150)]


def _stretched(kind: bytes) -> bytes:
    size, _, pattern = kind.decode("latin-1").partition(" ")
    return stretched(pattern, int(size)).encode("latin-1")


def _exact(sample: Sample, name: str, tally: Tally, k: int) -> Tally:
    """The counts of frequent values from all rows, not from the chosen ones alone."""
    if sample.together:
        return tally
    sketch = sample.frequent[name]
    told = set(tally.labels) if tally.other else set()
    rows = sample.records - sample.empty.get(name, 0)
    counts = [
        (shown(value), count)
        for value, count in sketch.counts.most_common(MOST_LABELS)
        if count >= k and (not told or shown(value) in told)
    ]
    return Tally(
        "value",
        tuple(count for _, count in counts),
        tuple(label for label, _ in counts),
        other=max(rows - sum(count for _, count in counts), 0),
    )
