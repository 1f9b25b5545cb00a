"""Reading a probe's settings from its step: each key once, unknown ones reported with the nearest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ringback.engine.nodes import MappingNode, ScalarNode
from ringback.engine.protocols import Block, Call, Template


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of a probe: what it is for, and whether it must be there."""

    explain: str
    required: bool = False


def read_settings(block: Block, known: Mapping[str, Setting]) -> dict[str, Template]:
    """The probe's mapping as templates; a missing, unknown or misplaced key becomes a problem of the block."""
    node = block.step.get(block.key)
    if not isinstance(node, MappingNode):
        place = block.step.key_source(block.key)
        block.problem(place, f"`{block.key}` needs a mapping", f"its keys are {', '.join(known)}")
        return {}
    for name in tuple(node.keys()):
        if name not in known:
            block.unknown_key(node, name, known)
    for name, setting in known.items():
        if setting.required and node.get(name) is None:
            block.problem(node.source, f"`{block.key}` lacks `{name}`", setting.explain)
    return {name.text: block.template(value) for name, value in node.entries if name.text in known}


def literal(block: Block, key: str, default: str) -> str:
    """A literal text inside the probe's mapping (names of machines and rule files are known at load time)."""
    node = block.step.get(block.key)
    value = node.get(key) if isinstance(node, MappingNode) else None
    return value.text if isinstance(value, ScalarNode) else default


def text_argument(call: Call, name: str) -> str:
    """A resolved argument as text; empty when it was not given."""
    value = call.arguments.get(name)
    return "" if value is None else str(value)


def text_list(value: object) -> tuple[str, ...]:
    """A resolved argument as a tuple of texts: one text, a list of them, or nothing."""
    if value is None:
        return ()
    if isinstance(value, (list, tuple)):
        return tuple(str(item) for item in value)
    return (str(value),)
