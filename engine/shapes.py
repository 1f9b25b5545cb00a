"""Holds a mapping to its level of the schema: unknown keys, missing keys, wrong types."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date

from ringback.engine.durations import EXAMPLES, seconds
from ringback.engine.excerpt import advice, nearest
from ringback.engine.nodes import MappingNode, Node, ScalarNode, SequenceNode, kind_of
from ringback.engine.schema import Key, Level
from ringback.engine.source import Source

Report = Callable[[Source, str, str], None]

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")


def check_keys(
    node: MappingNode, level: Level, report: Report, *, also: Iterable[str] = (), place: str = ""
) -> frozenset[str]:
    """Report what is wrong with the keys of `node`; the answer is the names of the keys that can be used.

    `also` are further keys that are allowed but checked elsewhere; `place` is named where a key is missing.
    """
    allowed = {*level, *also}
    good: set[str] = set()
    for name, value in node.entries:
        key = level.get(name.text)
        if name.text not in allowed:
            report(name.source, f"unknown key {name.text!r}", _mend(name, value, allowed))
        elif key is None or fits(key, value, report):
            good.add(name.text)
    for key in level.values():
        if key.required and node.get(key.name) is None:
            where = f"{place} has no" if place else "missing key"
            report(node.source, f"{where} {key.name!r}", f"add `{key.name}:` - {key.says[0].lower()}{key.says[1:]}")
    return frozenset(good)


def _mend(name: ScalarNode, value: Node, allowed: set[str]) -> str:
    """The nearest key; or that a comma ended the text before, in `{name: one, two, id: x}`."""
    if isinstance(value, ScalarNode) and value.value is None and not nearest(name.text, allowed):
        return "it has no value; inside { } a comma ends a text: quote the text before it"
    return advice(name.text, allowed)


def fits(key: Key, node: Node, report: Report) -> bool:
    """Whether a value is of its key's type; a problem says what it is instead."""
    wanted, hint, test = CHECKS.get(key.type, ANYTHING)
    if not test(node):
        report(node.source, f"`{key.name}` must be {wanted}, not {kind_of(node)}", hint)
        return False
    if key.choices and isinstance(node, ScalarNode) and node.text not in key.choices:
        report(
            node.source,
            f"`{key.name}` must be one of {', '.join(key.choices)}, not {node.text!r}",
            advice(node.text, key.choices),
        )
        return False
    return True


def text_of_key(node: MappingNode, key: str, good: frozenset[str]) -> str:
    """The text under a usable key, or ""."""
    found = node.get(key) if key in good else None
    return found.text if isinstance(found, ScalarNode) else ""


def texts_of_key(node: MappingNode, key: str, good: frozenset[str]) -> tuple[str, ...]:
    """The texts of the list under a usable key."""
    found = node.get(key) if key in good else None
    items = found.items if isinstance(found, SequenceNode) else ()
    return tuple(item.text for item in items if isinstance(item, ScalarNode))


def _is_text(node: Node) -> bool:
    return isinstance(node, ScalarNode) and isinstance(node.value, str) and bool(node.value.strip())


def _is_name(node: Node) -> bool:
    return _is_text(node) and isinstance(node, ScalarNode) and NAME.match(node.text) is not None


def _is_number(node: Node, kinds: type | tuple[type, ...]) -> bool:
    return isinstance(node, ScalarNode) and isinstance(node.value, kinds) and not isinstance(node.value, bool)


def _is_share(node: Node) -> bool:
    return _is_number(node, (int, float)) and isinstance(node, ScalarNode) and 0 <= float(node.text) <= 1


def _is_duration(node: Node) -> bool:
    found = seconds(node.text) if isinstance(node, ScalarNode) else None
    return found is not None and found >= 0


def _is_date(node: Node) -> bool:
    try:
        date.fromisoformat(node.text if isinstance(node, ScalarNode) else "")
    except ValueError:
        return False
    return True


def _is_mapping(node: Node) -> bool:
    return isinstance(node, MappingNode)


def _is_list(node: Node) -> bool:
    return isinstance(node, SequenceNode)


def _are_texts(node: Node) -> bool:
    return isinstance(node, SequenceNode) and all(
        isinstance(item, ScalarNode) and item.value is not None for item in node.items
    )


def _are_steps(node: Node) -> bool:
    return isinstance(node, SequenceNode) and bool(node.items)


def _is_outputs(node: Node) -> bool:
    return isinstance(node, MappingNode)


def _is_templates(node: Node) -> bool:
    return isinstance(node, MappingNode)


ANYTHING: tuple[str, str, Callable[[Node], bool]] = ("a value", "", lambda _node: True)
STEP_HINT = "write `- id: ...` for each step, indented alike"
CHECKS: dict[str, tuple[str, str, Callable[[Node], bool]]] = {
    "text": ("a text", "quote it to make it text", _is_text),
    "name": ("a name of letters, digits, _ and - that begins with a letter", "", _is_name),
    "texts": ("a list of texts", "write [one, two]", _are_texts),
    "integer": ("a whole number", "", lambda node: _is_number(node, int)),
    "number": ("a number", "", lambda node: _is_number(node, (int, float))),
    "share": ("a number from 0 to 1", "0.11 is 11 %", _is_share),
    "boolean": ("true or false", "", lambda node: isinstance(node, ScalarNode) and isinstance(node.value, bool)),
    "duration": ("a duration", EXAMPLES, _is_duration),
    "date": ("a date", "write it as 2026-12-01", _is_date),
    "mapping": ("a mapping", "write `key: value` lines", _is_mapping),
    "list": ("a list", "write [one, two]", _is_list),
    "steps": ("a list of steps", STEP_HINT, _are_steps),
    "partners": ("a list", "write `- {partner: .., receives: .., where: {..}, do: ..}`", _is_list),
    "inputs": ("a mapping from names to values", "write `name: value`", _is_mapping),
    "expectations": ("a mapping from paths to what is expected", "write `body.state: completed`", _is_mapping),
    "conditions": ("a mapping from expressions to what is expected", "write `{$matrix.answer: confirm}`", _is_mapping),
    "outputs": ("a mapping from names to paths", "write `id: body.0.id`", _is_outputs),
    "templates": ("a mapping from names to values", "write `name: value`", _is_templates),
    "types": ("a mapping from names to types", "write `name: text`", _is_mapping),
    "clock": ("{advance: duration}", "write `clock: {advance: 4h}`", _is_mapping),
}
