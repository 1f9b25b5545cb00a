"""What every driver reads from a step in the same way: its system, its plain words, its templates."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from ringback.engine import durations
from ringback.engine.nodes import MappingNode, Node, ScalarNode
from ringback.engine.problems import UsageError
from ringback.engine.protocols import Block, Template
from ringback.engine.source import Source
from ringback.engine.templates import Fields, Literal


def system_and_operation(block: Block) -> tuple[str, str]:
    """Split `api: ordering.listProductOrder` into its two names; the second is empty when there is no dot."""
    system, _, operation = (block.text(block.key, required=True) or "").partition(".")
    return system, operation


def templates(block: Block, keys: Iterable[str]) -> dict[str, Template]:
    """The templates of those `keys` that the step has, under their own names."""
    found = ((key, block.step.get(key)) for key in keys)
    return {key: block.template(node) for key, node in found if node is not None}


def named_templates(block: Block, keys: Iterable[str]) -> dict[str, Template]:
    """As `templates`, for mappings whose keys are names: `params: {file: ...}` names a parameter, no value form."""
    found = ((key, block.step.get(key)) for key in keys)
    return {key: named_template(block, node) for key, node in found if node is not None}


def named_template(block: Block, node: Node) -> Template:
    """The template of a node whose keys, where it is a mapping, are names and never value forms."""
    if not isinstance(node, MappingNode):
        return block.template(node)
    entries = [(Literal(key.text, key.source), block.template(value)) for key, value in node.entries]
    return Fields(tuple(entries), node.source)


def word(block: Block, key: str, allowed: Iterable[str]) -> str | None:
    """The plain word under `key`, which has to be one of `allowed`; a close match is offered otherwise."""
    node = block.step.get(key)
    if node is None:
        return None
    words = tuple(allowed)
    text = node.text if isinstance(node, ScalarNode) else ""
    if text in words:
        return text
    block.problem(node.source, f"{key}: {text or 'this'!r} is not one of {', '.join(words)}", nearest(text, words))
    return None


def flag(block: Block, key: str) -> bool:
    """A plain true or false under `key`; false when it is not there."""
    node = block.step.get(key)
    if node is None:
        return False
    if isinstance(node, ScalarNode) and isinstance(node.value, bool):
        return node.value
    block.problem(node.source, f"{key} is true or false, nothing else")
    return False


def mapping(block: Block, node: Node, what: str) -> MappingNode | None:
    """`node` as a mapping, or None after a problem that says what a mapping is wanted for."""
    if isinstance(node, MappingNode):
        return node
    block.problem(node.source, f"{what} is a mapping of names to values")
    return None


def place_of(block: Block, path: str) -> Source:
    """Where a path stands in the step."""
    for key in ("expect", "until", "fail_if"):
        lines = block.step.get(key)
        if isinstance(lines, MappingNode) and lines.get(path) is not None:
            return lines.key_source(path)
    outputs = block.step.get("outputs")
    for _, node in outputs.entries if isinstance(outputs, MappingNode) else ():
        if isinstance(node, ScalarNode) and node.text == path:
            return node.source
    return block.step.key_source(block.key)


def nearest(text: str, words: Iterable[str]) -> str:
    """The hint `did you mean ...?`, or an empty text when nothing is near."""
    close = get_close_matches(text, list(words), n=1, cutoff=0.6)
    return f"did you mean {close[0]}?" if close else ""


def seconds(value: object, place: str) -> float:
    """A time-out from the environment or a step: a number of seconds, or a duration such as `30s` or `500ms`."""
    if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
        return float(value)
    read = durations.seconds(str(value))
    if read is None or read <= 0:
        raise UsageError(f"{place}: {str(value)!r} is no time to wait", durations.EXAMPLES)
    return read
