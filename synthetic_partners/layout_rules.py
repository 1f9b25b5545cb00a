"""Turns the rule entries of a layout file into rules, and tells what they lack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from ringback.engine.nodes import MappingNode
from ringback.synthetic_partners.check_digits import CHECKS
from ringback.synthetic_partners.problems import MEANINGS
from ringback.synthetic_partners.reading import Reading
from ringback.synthetic_partners.rules import CODES_OF_RULES, KINDS, Rule

RULE_KEYS = frozenset(
    [
        "rule",
        "field",
        "other",
        "fields",
        "days",
        "least",
        "most",
        "value",
        "when",
        "unless",
        "code",
        "by",
        "offset",
        "table",
    ],
)
_TWO = ("field", "other")
NEEDS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("not_before", "differs", "starts_with_header", "number_of", "count_of", "rising"), _TWO),
    **dict.fromkeys(("short_day", "same", "starts_with", "bit_of"), _TWO),
    **dict.fromkeys(("within_days", "days_after", "before_header"), (*_TWO, "days")),
    **dict.fromkeys(("exactly_one", "at_least_one", "unique"), ("fields",)),
    **dict.fromkeys(("required", "consecutive"), ("field",)),
    "equals": ("field", "value"),
    "range": ("field", "least", "most"),
    "check_digit": ("field", "fields", "by"),
    "agrees": (*_TWO, "table"),
}
OF_HEADER = frozenset(["starts_with_header", "before_header"])  # their `other` is a field of the header


def read_rules(reading: Reading, nodes: Sequence[MappingNode], names: frozenset[str]) -> tuple[Rule, ...]:
    """The rules between fields; each field they name must be there."""
    rules = []
    for node in nodes:
        reading.keys(node, RULE_KEYS)
        kind = reading.one_of(node, "rule", KINDS)
        rule = Rule(
            kind=kind,
            field=reading.text(node, "field"),
            other=reading.text(node, "other"),
            fields=reading.words(node, "fields"),
            days=reading.number(node, "days"),
            least=reading.number(node, "least"),
            most=reading.number(node, "most"),
            value=reading.text(node, "value"),
            when=reading.when(node, "when"),
            unless=reading.when(node, "unless"),
            code=reading.one_of(node, "code", MEANINGS, CODES_OF_RULES.get(kind, "R102")),
            by=reading.one_of(node, "by", CHECKS) if node.get("by") else "",
            offset=reading.text(node, "offset"),
            table=_table(reading, node),
        )
        _check(reading, node, rule, names)
        rules.append(rule)
    return tuple(rules)


def _check(reading: Reading, node: MappingNode, rule: Rule, names: frozenset[str]) -> None:
    """What a rule of its kind needs must be there, and the fields it names must be those of the layout."""
    for key in NEEDS.get(rule.kind, ()):
        if node.get(key) is None:
            reading.problem(node.source, f"the rule `{rule.kind}` needs `{key}`", f"add `{key}: ...`")
    conditions = tuple(when.field for when in (rule.when, rule.unless) if when)
    others = () if rule.kind in OF_HEADER else (rule.other,)
    for name in (rule.field, *rule.fields, *others, rule.offset, *conditions):
        if name and name not in names:
            near = get_close_matches(name, names, 1)
            hint = f"did you mean `{near[0]}`?" if near else ""
            reading.problem(node.source, f"the rule names the field `{name}`, which the layout has not", hint)


def _table(reading: Reading, node: MappingNode) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What goes with what: `{Y: ["AABB*"], "": [""]}`; a star at the end stands for whatever follows."""
    found = reading.mapping(node, "table")
    return tuple((key.text, reading.texts(value, "table")) for key, value in found.entries) if found else ()
