"""Turns a layout file of the sectioned family into its layout."""

from __future__ import annotations

from ringback.engine.nodes import MappingNode
from ringback.synthetic_partners.layout_fields import read_fields
from ringback.synthetic_partners.layout_parts import ACKNOWLEDGED, read_header_rules, read_names
from ringback.synthetic_partners.layout_rules import read_rules
from ringback.synthetic_partners.reading import Reading
from ringback.synthetic_partners.sectioned import SectionedLayout
from ringback.synthetic_partners.text import TERMINATORS

PARTS = ("header", "inputs", "record")
KEYS = frozenset([*PARTS, "records_in", "terminator", "header_rules"])


def read_sectioned(reading: Reading, node: MappingNode) -> SectionedLayout:
    """The layout; every problem is noted."""
    parts = {key: read_fields(reading, reading.mappings(node, key), fixed=False) for key in PARTS}
    for key in PARTS:
        for entry, spec in zip(reading.mappings(node, key), parts[key], strict=True):
            if not spec.label:
                reading.problem(
                    entry.source, f"{spec.name}: `label` is missing", "what stands in the file: label: IMSI"
                )
    if not parts["record"]:
        reading.problem(node.source, "`record` is missing", "list the fields of a record")
    header = (*parts["header"], *parts["inputs"])
    known = frozenset(spec.name for spec in parts["record"])
    return SectionedLayout(
        name=reading.text(node, "layout", required=True),
        summary=reading.text(node, "summary"),
        family="sectioned",
        feed=reading.text(node, "feed", required=True),
        names=read_names(reading, node, header),
        acknowledged=reading.one_of(node, "acknowledged", ACKNOWLEDGED, "file"),
        key=reading.one_of(node, "key", known),
        terminator=reading.one_of(node, "terminator", TERMINATORS, "lf"),
        keys=parts["header"],
        inputs=parts["inputs"],
        record=parts["record"],
        has_columns=reading.one_of(node, "records_in", ("inputs", "outputs"), "outputs") == "outputs",
        rules=read_rules(reading, reading.mappings(node, "rules"), known),
        header_rules=read_header_rules(reading, node, header),
    )
