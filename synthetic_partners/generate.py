"""Seeded generation of valid records and whole files for any layout: same seed, same bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from ringback.synthetic_partners.fields import FieldSpec
from ringback.synthetic_partners.layout import FeedLayout
from ringback.synthetic_partners.records import RecordLayout
from ringback.synthetic_partners.rules import Rule
from ringback.synthetic_partners.samples import PLACES, Situation, sample
from ringback.synthetic_partners.x12 import X12Layout
from ringback.synthetic_partners.x12_grammar import Loop, Part

MOMENT = datetime(2026, 1, 15, 12, 0, 0, tzinfo=UTC)  # the moment of a generated file unless the caller gives one


@dataclass(frozen=True, slots=True)
class GeneratedFile:
    """A file's name and bytes."""

    name: str
    content: bytes


def generate_file(layout: FeedLayout, *, rows: int, seed: int, now: datetime = MOMENT) -> GeneratedFile:
    """A valid file of `rows` records."""
    rng = Random(f"{layout.name}/{seed}")  # noqa: S311 - repeatable test data, not a secret
    header = generate_header(layout, rng, now)
    records = generate_records(layout, rng, rows, header, now)
    if isinstance(layout, RecordLayout) and "npanxx_from" in {spec.name for spec in layout.names.parts}:
        header = {**header, **_number_range(records)}
    return GeneratedFile(layout.file_name(header), layout.encode(header, records))


def generate_header(layout: FeedLayout, rng: Random, now: datetime) -> dict[str, str]:
    """The values of a header, as far as they are not computed."""
    if isinstance(layout, X12Layout):
        control = str(rng.randrange(1, 999_999_999)).zfill(9)
        return {**layout.samples, "created": now.strftime("%Y%m%d%H%M%S"), "control": control, "mode": "P"}
    at = Situation(now, 0)
    specs = layout.header or layout.names.parts
    values = {spec.name: spec.literal or sample(spec, rng, at) for spec in specs if spec.required or not layout.header}
    return {spec.name: _filled(spec, values.get(spec.name, "")) for spec in specs}


def generate_records(
    layout: FeedLayout,
    rng: Random,
    rows: int,
    header: Mapping[str, str],
    now: datetime = MOMENT,
) -> tuple[dict[str, str], ...]:
    """Valid records; those of one X12 set share what stands above the lines."""
    fields = layout.fields() if isinstance(layout, X12Layout) else layout.record
    records = [_record(fields, layout.rules, rng, header, _situation(rng, now, place)) for place in range(1, rows + 1)]
    if isinstance(layout, X12Layout) and records:
        shared = _shared_names(layout)
        for place, record in enumerate(records, 1):
            record.update((name, records[0][name]) for name in shared)
            if "line" in record:
                record["line"] = str(place)
    return tuple(records)


def _situation(rng: Random, now: datetime, place: int) -> Situation:
    return Situation(now.replace(tzinfo=None), place, rng.randrange(len(PLACES)))


def _record(
    fields: Sequence[FieldSpec],
    rules: Sequence[Rule],
    rng: Random,
    header: Mapping[str, str],
    at: Situation,
) -> dict[str, str]:
    record: dict[str, str] = {}
    conditional = []
    for spec in fields:
        if spec.required_when or spec.required_unless:
            conditional.append(spec)
        record[spec.name] = _value(spec, rng, at)
    for spec in conditional:
        record[spec.name] = _filled(spec, sample(spec, rng, at)) if spec.needed(record) else ""
    for rule in rules:
        rule.mend(record, header)
    return record


def _value(spec: FieldSpec, rng: Random, at: Situation) -> str:
    if spec.literal is not None:
        return spec.literal
    if spec.computed or not (spec.required or spec.sample):
        return ""
    return _filled(spec, sample(spec, rng, at))


def _filled(spec: FieldSpec, text: str) -> str:
    return text.zfill(spec.kind.least) if spec.kind.numeric and text else text


def _shared_names(layout: X12Layout) -> tuple[str, ...]:
    """The fields that stand above the lines of a set, so that all its records agree in them."""
    return tuple(_names_above(layout.parts))


def _names_above(parts: Sequence[Part]) -> Iterator[str]:
    for part in parts:
        if not isinstance(part, Loop):
            yield from part.names()
        elif not part.record:
            yield from _names_above(part.parts)


def _number_range(records: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The lowest and highest NPA-NXX of a bulk download."""
    exchanges = sorted(record["tn"][:6] for record in records) or ["200200"]
    return {"npanxx_from": exchanges[0], "npanxx_to": exchanges[-1]}
