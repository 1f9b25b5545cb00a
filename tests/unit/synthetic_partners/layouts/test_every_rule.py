"""Every rule of every layout is broken once, and noticed with its code at its line and field; no rule is left out."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

import pytest

from ringback.synthetic_partners.batched import ADDENDA, BatchedLayout
from ringback.synthetic_partners.fields import FieldSpec
from ringback.synthetic_partners.layout import FeedLayout, load_layout
from ringback.synthetic_partners.layouts import built_in_layouts
from ringback.synthetic_partners.rules import KINDS
from ringback.synthetic_partners.x12 import X12Layout
from tests.unit.synthetic_partners.layouts.broken_rules import BREAKERS
from tests.unit.synthetic_partners.layouts.file_proofs import file_proofs
from tests.unit.synthetic_partners.layouts.proofs import Proof, field_proofs, is_proved, rule_proofs
from tests.unit.synthetic_partners.layouts.specimens import Specimen, specimen, specimen_of
from tests.unit.synthetic_partners.layouts.wrong_texts import good_text
from tests.unit.synthetic_partners.layouts.x12_proofs import envelope_proofs, x12_proofs

NAMES = sorted(name for name, layout in built_in_layouts().items() if not isinstance(layout, X12Layout))
X12 = sorted(name for name, layout in built_in_layouts().items() if isinstance(layout, X12Layout))


def unproved(layout: FeedLayout, proofs: Iterable[Proof]) -> list[str]:
    """What a layout says and no broken file proves."""
    found = []
    for said, attempts in proofs:
        good, seen = is_proved(layout, attempts)
        if not good:
            found.append(f"{said}: {seen}")
    return found


def all_proofs(specimens: Callable[[int], Specimen]) -> Iterator[Proof]:
    """Everything that a layout of lines, batches or sections says."""
    yield from file_proofs(specimens)
    yield from field_proofs(specimens)
    yield from rule_proofs(specimens)


@pytest.mark.parametrize("name", NAMES)
def test_every_field_rule_and_file_is_proved(name: str) -> None:
    """Each thing that a layout says of files, fields and records speaks with its code and in its place."""
    specimens = partial(specimen, name)

    assert unproved(built_in_layouts()[name], all_proofs(specimens)) == []


@pytest.mark.parametrize("name", X12)
def test_every_segment_element_and_envelope_is_proved(name: str) -> None:
    """Each thing that an X12 layout says of its set, and what every interchange must keep, speaks when it is broken."""
    layout = built_in_layouts()[name]
    assert isinstance(layout, X12Layout)

    assert unproved(layout, (*x12_proofs(layout), *envelope_proofs(layout))) == []


UNBREAKABLE = b"""\
layout: stock
family: delimited
feed: STOCK
file_name: "STOCK_{day}.csv"
name_parts: [{name: day, type: d8, sample: today}]
key: sku
record:
  - {name: sku, type: an1-20, required: true, sample: sku}
  - {name: quantity, type: n3, required: true}
  - {name: place, type: a1, required: true, pattern: "[A-Za-z]"}
rules:
  - {rule: range, field: quantity, least: 0, most: 999}
"""


def test_a_rule_that_nothing_breaks_is_told() -> None:
    """A pattern that allows all that its type allows, and a range as wide as its field, count as unproved."""
    layout = load_layout(UNBREAKABLE, "stock.layout.yaml")

    found = unproved(layout, all_proofs(partial(specimen_of, layout)))

    assert [said.split(":")[:2] for said in found] == [
        ["record.place", " pattern"],
        ["rule 1", " range quantity"],
    ]


def test_every_kind_of_rule_can_be_broken() -> None:
    """A new kind of rule needs a way to break it; without one, each layout that uses it is unproved."""
    assert frozenset(BREAKERS) == KINDS


CLAIMS = {"kind", "required", "required_when", "required_unless", "literal", "codes", "form", "pattern", "computed"}
CLAIMS |= {"wrong", "secret", "json"}
NO_CLAIMS = {"name", "personal", "label", "sample", "weights", "width", "says", "meanings"}


def test_every_attribute_of_a_field_is_proved_or_claims_nothing() -> None:
    """A new attribute of fields is either broken by a proof or told to be no rule; none is forgotten."""
    known = {one.name for one in dataclasses.fields(FieldSpec)}

    assert known - NO_CLAIMS == CLAIMS


@pytest.mark.parametrize("name", NAMES)
def test_a_file_with_every_optional_value_comes_back_as_it_was(name: str) -> None:
    """Every field that may have a value has one: the file is valid, and writing it again is the same."""
    layout = built_in_layouts()[name]
    plain = specimen(name, 0)
    records = [dict(record) for record in plain.decoded.records]
    for spec in layout.record:
        path = spec.name.replace(".*", ".0")
        for record in records:
            if not record.get(path) and not spec.computed:
                record[path] = good_text(spec)
                if layout.decode(layout.encode(plain.decoded.header, records), "").problems:
                    record[path] = ""

    content = layout.encode(plain.decoded.header, records)
    decoded = layout.decode(content, plain.file.name)

    assert decoded.problems == ()
    assert layout.encode(decoded.header, decoded.records) == content
    for asked, got in zip(records, decoded.records, strict=True):
        said = {key: text for key, text in got.items() if text}
        lost = {key for key, text in asked.items() if text} - set(said)
        assert said == {key: text for key, text in asked.items() if key in said}
        assert lost <= fields_of_other_addenda(layout, asked)


def fields_of_other_addenda(layout: FeedLayout, record: Mapping[str, str]) -> set[str]:
    """The fields that belong to addenda which this record does not have."""
    kinds = layout.addenda if isinstance(layout, BatchedLayout) else ()
    return {spec.name for one in kinds if one.kind != record[ADDENDA] for spec in one.fields}
