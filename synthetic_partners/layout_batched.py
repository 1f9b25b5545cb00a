"""Turns a layout file of the batched family into its layout."""

from __future__ import annotations

from collections.abc import Mapping

from ringback.engine.nodes import MappingNode
from ringback.synthetic_partners.batched import ADDENDA, Addenda, BatchedLayout
from ringback.synthetic_partners.fields import FieldSpec
from ringback.synthetic_partners.layout_fields import read_fields
from ringback.synthetic_partners.layout_parts import ACKNOWLEDGED, read_header_rules, read_names
from ringback.synthetic_partners.layout_rules import read_rules
from ringback.synthetic_partners.reading import Reading
from ringback.synthetic_partners.text import TERMINATORS

PARTS = ("header", "batch", "record", "batch_trailer", "trailer")
KEYS = frozenset([*PARTS, "addenda", "addenda_required", "length", "block", "terminator", "upper_case", "header_rules"])


def read_batched(reading: Reading, node: MappingNode) -> BatchedLayout:
    """The layout; every problem is noted."""
    parts = {key: read_fields(reading, reading.mappings(node, key), fixed=True) for key in PARTS}
    found = (_addenda(reading, one) for one in reading.mappings(node, "addenda"))
    addenda = tuple(one for one in found if one is not None)
    length = reading.number(node, "length")
    _check_parts(reading, node, {**parts, **{f"addenda {one.kind}": one.fields for one in addenda}}, length)
    block = reading.number(node, "block", 1)
    if block < 1:
        reading.problem(node.key_source("block"), "`block` is a number of lines", "block: 10")
    layout = BatchedLayout(
        name=reading.text(node, "layout", required=True),
        summary=reading.text(node, "summary"),
        family="batched",
        feed=reading.text(node, "feed", required=True),
        names=read_names(reading, node, parts["header"]),
        acknowledged=reading.one_of(node, "acknowledged", ACKNOWLEDGED, "file"),
        key=reading.text(node, "key", required=True),
        terminator=reading.one_of(node, "terminator", TERMINATORS, "lf"),
        upper_case=reading.flag(node, "upper_case"),
        length=length,
        block=max(block, 1),
        header=parts["header"],
        batch=parts["batch"],
        entry=parts["record"],
        addenda=addenda,
        addenda_required=reading.flag(node, "addenda_required"),
        batch_trailer=parts["batch_trailer"],
        trailer=parts["trailer"],
        rules=(),
        header_rules=read_header_rules(reading, node, parts["header"]),
    )
    known = layout.record_names
    reading.one_of(node, "key", known)
    layout.rules = read_rules(reading, reading.mappings(node, "rules"), known)
    return layout


def _addenda(reading: Reading, node: MappingNode) -> Addenda | None:
    reading.keys(node, {"kind", "fields"})
    fields = read_fields(reading, reading.mappings(node, "fields"), fixed=True)
    kind = reading.text(node, "kind", required=True)
    if any(spec.name == ADDENDA and spec.literal == kind for spec in fields):
        return Addenda(kind, fields)
    hint = f"{{name: {ADDENDA}, literal: {kind!r}}}"
    reading.problem(node.source, f"addenda need a field `{ADDENDA}` that tells them apart", hint)
    return None


def _check_parts(reading: Reading, node: MappingNode, parts: Mapping[str, tuple[FieldSpec, ...]], length: int) -> None:
    """Each kind of line must be there, be as long as all others, and begin with the literal that tells it apart."""
    for key, fields in parts.items():
        if not fields or fields[0].literal is None:
            reading.problem(node.source, f"`{key}` must begin with a literal", "- {name: record_type, literal: ...}")
        actual = sum(spec.width for spec in fields)
        if actual != length:
            reading.problem(node.source, f"the fields of `{key}` are {actual} long, `length` says {length}")
