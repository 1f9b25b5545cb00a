"""What layout files of every family say in the same way: the convention of names, and the rules of a header."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ringback.engine.nodes import MappingNode
from ringback.synthetic_partners.fields import FieldSpec
from ringback.synthetic_partners.layout_fields import read_fields
from ringback.synthetic_partners.layout_rules import read_rules
from ringback.synthetic_partners.names import NameRule, name_rule
from ringback.synthetic_partners.reading import Reading
from ringback.synthetic_partners.rules import Rule

COMMON = frozenset(["layout", "summary", "family", "feed", "file_name", "name_parts", "acknowledged", "key", "rules"])
ACKNOWLEDGED = ("file", "x12-997", "none")


def read_names(reading: Reading, node: MappingNode, header: Iterable[FieldSpec]) -> NameRule:
    """The convention of file names; each part is a field of the header or declared under `name_parts`."""
    extra = read_fields(reading, reading.mappings(node, "name_parts"), fixed=False)
    convention = reading.text(node, "file_name", required=True)
    rule, unknown = name_rule(convention, (*header, *extra))
    for part in unknown:
        hint = "name a field of the header, or declare it under `name_parts`"
        reading.problem(node.key_source("file_name"), f"the part `{{{part}}}` is declared nowhere", hint)
    return rule


def read_header_rules(reading: Reading, node: MappingNode, header: Iterable[FieldSpec]) -> tuple[Rule, ...]:
    """Rules of the header alone; what breaks one makes the header invalid."""
    known = frozenset(spec.name for spec in header)
    found = read_rules(reading, reading.mappings(node, "header_rules"), known)
    return tuple(replace(rule, code="G002") if rule.code.startswith("R") else rule for rule in found)
