"""A YAML document as frozen nodes that know their place; Structs, as a thousand journeys make a million of them."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ringback.engine.source import Source

Scalar = str | int | float | bool | None


class ScalarNode(msgspec.Struct, frozen=True, gc=False):
    """A scalar after the YAML 1.2 core rules; `text` is what the file says (money keeps its zeros: `36.00`)."""

    value: Scalar
    text: str
    source: Source


class SequenceNode(msgspec.Struct, frozen=True):
    """A list."""

    items: tuple[Node, ...]
    source: Source


class MappingNode(msgspec.Struct, frozen=True):
    """A mapping in the order of the file; keys are text and unique."""

    entries: tuple[tuple[ScalarNode, Node], ...]
    source: Source

    def get(self, key: str) -> Node | None:
        """The node under `key`, or None."""
        for name, node in self.entries:  # a loop: half the time of next() over a generator, and called everywhere
            if name.text == key:
                return node
        return None

    def keys(self) -> Iterator[str]:
        """The keys as text."""
        return (name.text for name, _ in self.entries)

    def key_source(self, key: str) -> Source:
        """Where `key` stands; the mapping's own place if it has none."""
        return next((name.source for name, _ in self.entries if name.text == key), self.source)


Node = ScalarNode | SequenceNode | MappingNode


def kind_of(node: Node) -> str:
    """What a node is, for messages: `the number 5`, `a list`."""
    if isinstance(node, MappingNode):
        return "a mapping" if node.entries else "an empty mapping"
    if isinstance(node, SequenceNode):
        return "a list" if node.items else "an empty list"
    if node.value is None:
        return "nothing"
    if isinstance(node.value, bool):
        return node.text
    kind = "the text" if isinstance(node.value, str) else "the number"
    return f"{kind} {node.text!r}" if isinstance(node.value, str) else f"{kind} {node.text}"
