"""Turns the `segments` of an X12 layout file into the grammar of its set."""

from __future__ import annotations

from collections.abc import Sequence

from ringback.engine.nodes import MappingNode, ScalarNode
from ringback.synthetic_partners.layout_fields import FIELD_KEYS, read_field
from ringback.synthetic_partners.reading import Reading
from ringback.synthetic_partners.x12_grammar import Choice, Element, JoinedValue, Loop, Part, SegmentRule

SEGMENT_KEYS = frozenset(["tag", "where", "required", "many", "elements"])
LOOP_KEYS = frozenset(["loop", "where", "required", "record", "segments"])


def read_parts(reading: Reading, nodes: Sequence[MappingNode]) -> tuple[Part, ...]:
    """Segments, loops and choices in order."""
    return tuple(_read_part(reading, node) for node in nodes)


def _read_part(reading: Reading, node: MappingNode) -> Part:
    if node.get("loop"):
        return _read_loop(reading, node)
    if node.get("any"):
        reading.keys(node, {"any"})
        return Choice(tuple(_read_segment(reading, option) for option in reading.mappings(node, "any")))
    return _read_segment(reading, node)


def _read_loop(reading: Reading, node: MappingNode) -> Loop:
    reading.keys(node, LOOP_KEYS)
    parts = read_parts(reading, reading.mappings(node, "segments"))
    tag = reading.text(node, "loop")
    if not parts or not isinstance(parts[0], SegmentRule) or parts[0].tag != tag:
        reading.problem(node.source, f"the loop `{tag}` must start with the segment {tag}")
    return Loop(tag, reading.flag(node, "required"), reading.flag(node, "record"), parts)


def _read_segment(reading: Reading, node: MappingNode) -> SegmentRule:
    reading.keys(node, SEGMENT_KEYS)
    elements = []
    for child in reading.mappings(node, "elements"):
        trimmed = MappingNode(tuple(pair for pair in child.entries if pair[0].text != "at"), child.source)
        reading.keys(trimmed, FIELD_KEYS)
        place = reading.number(child, "at")
        if place < 1:
            reading.problem(child.source, "`at` must be the element's place, from 1")
        elements.append(Element(place, read_field(reading, trimmed)))
    return SegmentRule(
        tag=reading.text(node, "tag", required=True),
        where=_read_where(reading, node),
        required=reading.flag(node, "required"),
        many=reading.flag(node, "many"),
        elements=tuple(elements),
    )


def _read_where(reading: Reading, node: MappingNode) -> dict[int, str]:
    found = reading.mapping(node, "where")
    where = {}
    for key, value in found.entries if found else ():
        if isinstance(key.value, int) and isinstance(value, ScalarNode):
            where[key.value] = value.text
        else:
            reading.problem(key.source, "`where` pairs an element's place with a text", "where: {1: SE, 3: IMEI}")
    return where


def read_joined(reading: Reading, node: MappingNode | None) -> tuple[JoinedValue, ...]:
    """Values made of others."""
    joined = []
    for key, value in node.entries if node else ():
        if isinstance(value, MappingNode):
            reading.keys(value, {"fields", "when"})
            joined.append(JoinedValue(key.text, reading.words(value, "fields"), reading.when(value, "when")))
        else:
            reading.problem(value.source, "a joined value is a mapping", "{fields: [date, time]}")
    return tuple(joined)
