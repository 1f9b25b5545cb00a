"""The codes that a receiver of a feed can report, and what of the layout each comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ringback.synthetic_partners.batched import BatchedLayout
from ringback.synthetic_partners.fields import OFFSET_TIMES, TIMES, FieldSpec
from ringback.synthetic_partners.layout import FeedLayout
from ringback.synthetic_partners.pages.tables import table
from ringback.synthetic_partners.problems import MEANINGS, severity
from ringback.synthetic_partners.records import RecordLayout
from ringback.synthetic_partners.sectioned import SectionedLayout
from ringback.synthetic_partners.x12 import X12Layout

Found = tuple[str, str]  # a code and the field that brings it
_CHECKED = frozenset(["iccid", "imei", "eid", "aba", "bank", "sscc"])
_GRADES = {"F": "the file", "R": "the record", "W": "a warning"}
_ALWAYS = ("G001", "G010", "G016")
_FAMILIES: Mapping[str, tuple[str, ...]] = {
    "delimited": ("G012", "G013", "R102"),
    "fixed": ("G011", "G013"),
    "csv": ("G003", "G012", "G013", "R102"),
    "json-lines": ("G013", "G019", "R102"),
    "batched": ("G002", "G003", "G004", "G005", "G011", "G013"),
    "sectioned": ("G002", "G003", "G004", "G012", "G013"),
    "x12": ("G002", "G003", "G004", "G005", "G012", "G018"),
}


def problem_table(layout: FeedLayout) -> str:
    """A table of codes with their meaning, their reach, and the fields."""
    found: dict[str, list[str]] = {code: [] for code in (*_ALWAYS, *_FAMILIES.get(layout.family, ()))}
    for code, name in _found(layout):
        names = found.setdefault(code, [])
        if name and name not in names:
            names.append(name)
    rows = [
        (code, MEANINGS[code], _GRADES[severity(code)], ", ".join(f"`{name}`" for name in found[code]))
        for code in sorted(found)
    ]
    return table(("code", "meaning", "rejects", "of"), rows)


def _found(layout: FeedLayout) -> Iterator[Found]:
    if isinstance(layout, RecordLayout) and layout.side_car:
        yield "G017", ""
    for rule in layout.rules:
        yield ("R106" if rule.kind == "unique" else rule.code), rule.field or rule.fields[0]
    for rule in getattr(layout, "header_rules", ()):
        yield rule.code, rule.field or rule.fields[0]
    for spec in _of_records(layout):
        yield from _of_field(spec)
    for fatal, fields in _of_ends(layout):
        for spec in fields:
            yield from _of_end(spec, fatal)


def _of_records(layout: FeedLayout) -> Sequence[FieldSpec]:
    return layout.fields() if isinstance(layout, X12Layout) else layout.record


def _of_ends(layout: FeedLayout) -> Iterator[tuple[str, Sequence[FieldSpec]]]:
    """The fields above and below the records, each with the code for what is wrong there."""
    if isinstance(layout, X12Layout):
        return
    yield "G002", layout.header
    if isinstance(layout, RecordLayout | BatchedLayout | SectionedLayout):
        yield "G003", layout.trailer


def _of_field(spec: FieldSpec) -> Iterator[Found]:
    must = spec.required or spec.required_when or spec.required_unless
    codes = (
        ("R101", must and spec.literal is None),
        ("R102", not spec.codes),
        ("R103", spec.form in _CHECKED),
        ("R104", spec.codes),
        ("R109", spec.kind.text in TIMES or spec.kind.text in OFFSET_TIMES),
    )
    for code, comes in codes:
        if comes:
            yield spec.wrong or code, spec.name


def _of_end(spec: FieldSpec, fatal: str) -> Iterator[Found]:
    yield spec.wrong or fatal, spec.name
    if spec.computed and fatal == "G003":
        yield spec.wrong or ("G004" if spec.computed.what == "count" else "G005"), spec.name
