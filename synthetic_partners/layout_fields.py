"""Turns the field and rule entries of a layout file into field specifications and rules."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ringback.engine.nodes import MappingNode, ScalarNode
from ringback.synthetic_partners.fields import Computed, FieldSpec, Kind, parse_kind
from ringback.synthetic_partners.identifiers import FORMS
from ringback.synthetic_partners.problems import MEANINGS
from ringback.synthetic_partners.reading import Reading

FIELD_KEYS = frozenset(
    [
        "name",
        "type",
        "literal",
        "required",
        "required_when",
        "required_unless",
        "one_of",
        "form",
        "pattern",
        "is",
        "wrong",
        "secret",
        "personal",
        "json",
        "says",
        "only",
        "label",
        "sample",
        "at",
    ],
)
COMPUTED = frozenset(
    [
        *("count", "sum", "hash", "earliest", "latest", "header", "line", "short_day"),  # of lines
        *("hl", "hl_parent", "same"),  # of X12
        *("batch", "batch_number", "addenda"),  # of batches
        "first",  # of sections
    ],
)
JSON_TYPES = ("text", "number", "boolean")


def read_fields(reading: Reading, nodes: Sequence[MappingNode], *, fixed: bool) -> tuple[FieldSpec, ...]:
    """The fields of a header, record or trailer, in order; a fixed record must leave no gap between them."""
    fields = []
    names: set[str] = set()
    position = 1
    for node in nodes:
        spec = read_field(reading, node, fixed=fixed)
        if spec.name in names:
            reading.problem(node.source, f"the field `{spec.name}` is there twice")
        names.add(spec.name)
        if fixed and spec.width:
            _check_position(reading, node, position, spec.width)
        position += spec.width
        fields.append(spec)
    return tuple(fields)


def read_field(reading: Reading, node: MappingNode, *, fixed: bool = False) -> FieldSpec:
    """One field."""
    reading.keys(node, FIELD_KEYS)
    name = reading.text(node, "name")
    literal = reading.text(node, "literal") if node.get("literal") else None
    kind = _kind(reading, node, literal)
    codes, meanings = _codes(reading, node)
    sample, weights = _sample(reading, node)
    return FieldSpec(
        name=name,
        kind=kind,
        required=literal is not None or reading.flag(node, "required"),
        required_when=reading.when(node, "required_when"),
        required_unless=reading.when(node, "required_unless"),
        literal=literal,
        codes=codes,
        meanings=meanings,
        says=reading.text(node, "says"),
        form=reading.one_of(node, "form", FORMS, "") if node.get("form") else "",
        pattern=_pattern(reading, node),
        computed=_computed(reading, node),
        wrong=reading.one_of(node, "wrong", MEANINGS) if node.get("wrong") else "",
        secret=reading.flag(node, "secret"),
        personal=reading.flag(node, "personal"),
        json=reading.one_of(node, "json", JSON_TYPES, "text"),
        label=reading.text(node, "label"),
        sample=sample,
        weights=weights,
        width=kind.most if fixed else 0,
    )


def _codes(reading: Reading, node: MappingNode) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A list of codes, or a mapping that says what each means."""
    found = node.get("one_of")
    if not isinstance(found, MappingNode):
        return reading.words(node, "one_of"), ()
    codes = tuple(key.text for key, _ in found.entries)
    return codes, tuple(reading.text(found, code) for code in codes)


def _sample(reading: Reading, node: MappingNode) -> tuple[str, tuple[tuple[str, int], ...]]:
    """A name or text, or a mapping that says how often each of several values comes."""
    found = node.get("sample")
    if not isinstance(found, MappingNode):
        return reading.text(node, "sample"), ()
    shares = {key.text: reading.number(found, key.text) for key, _ in found.entries}
    if not any(shares.values()) or min(shares.values()) < 0:
        reading.problem(found.source, "`sample` names no value that ever comes", "sample: {A: 90, B: 10}")
    return "", tuple(shares.items())


def _kind(reading: Reading, node: MappingNode, literal: str | None) -> Kind:
    if literal is not None:
        return Kind("literal", "an", len(literal), len(literal))
    if node.get("type") is None and node.get("is") is not None:
        return Kind("computed", "an", 1, 30)
    text = reading.text(node, "type", required=True)
    kind = parse_kind(text)
    if kind is None and text:
        reading.problem(node.key_source("type"), f"unknown type `{text}`", "n6, n1-10, a2, an16, ts14, d8, d6, t4, dec")
    return kind or Kind("?", "an", 0, 0)


def _pattern(reading: Reading, node: MappingNode) -> str:
    text = reading.text(node, "pattern")
    try:
        re.compile(text)
    except re.error as error:
        reading.problem(node.key_source("pattern"), f"not a regular expression: {error}")
        return ""
    return text


def _computed(reading: Reading, node: MappingNode) -> Computed | None:
    found = node.get("is")
    if found is None:
        return None
    of: tuple[str, ...] = ()
    if isinstance(found, ScalarNode):
        what = found.text
    elif isinstance(found, MappingNode) and len(found.entries) == 1:
        what, of = found.entries[0][0].text, reading.texts(found.entries[0][1], "is")
    else:
        reading.problem(found.source, "`is` is one word or one pair", "is: count, or is: {sum: tn}")
        return None
    if what not in COMPUTED:
        reading.problem(found.source, f"`is` does not know `{what}`", f"one of: {', '.join(sorted(COMPUTED))}")
        return None
    return Computed(what, of[0] if of else "", of[1:], reading.when(node, "only"))


def _check_position(reading: Reading, node: MappingNode, position: int, width: int) -> None:
    said = reading.text(node, "at", required=True)
    expected = f"{position}-{position + width - 1}"
    if said and said != expected:
        reading.problem(node.key_source("at"), f"at {said}, but the fields before and its type make it {expected}")
