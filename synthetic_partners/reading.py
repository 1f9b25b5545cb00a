"""Reads a layout file's nodes; every problem has its place, and reading goes on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches

from ringback.engine.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ringback.engine.problems import Problem
from ringback.engine.source import Source
from ringback.synthetic_partners.fields import When


@dataclass(slots=True)
class Reading:
    """The problems of one file while it is read."""

    problems: list[Problem] = field(default_factory=list)

    def problem(self, source: Source, what: str, hint: str = "") -> None:
        """Note a problem."""
        self.problems.append(Problem(source, what, hint))

    def keys(self, node: MappingNode, allowed: Iterable[str]) -> None:
        """Report unknown keys, each with the nearest known one."""
        known = sorted(allowed)
        for key, _ in node.entries:
            if key.text not in known:
                near = get_close_matches(key.text, known, 1)
                hint = f"did you mean `{near[0]}`?" if near else f"known keys: {', '.join(known)}"
                self.problem(key.source, f"unknown key `{key.text}`", hint)

    def text(self, node: MappingNode, key: str, default: str = "", *, required: bool = False) -> str:
        """A scalar as the file writes it."""
        found = node.get(key)
        if found is None:
            if required:
                self.problem(node.source, f"`{key}` is missing", f"add `{key}: ...`")
            return default
        if isinstance(found, ScalarNode):
            return found.text
        self.problem(found.source, f"`{key}` must be a text")
        return default

    def one_of(self, node: MappingNode, key: str, known: Iterable[str], default: str = "") -> str:
        """A word out of a list."""
        word = self.text(node, key, default, required=not default)
        choices = sorted(known)
        if word and word not in choices:
            near = get_close_matches(word, choices, 1)
            hint = f"did you mean `{near[0]}`?" if near else f"one of: {', '.join(choices)}"
            self.problem(node.get(key).source, f"unknown {key} `{word}`", hint)  # type: ignore[union-attr]  # it is there
            return default
        return word

    def number(self, node: MappingNode, key: str, default: int = 0) -> int:
        """A whole number."""
        found = node.get(key)
        if found is None:
            return default
        if isinstance(found, ScalarNode) and isinstance(found.value, int) and not isinstance(found.value, bool):
            return found.value
        self.problem(found.source, f"`{key}` must be a whole number")
        return default

    def flag(self, node: MappingNode, key: str) -> bool:
        """A truth value; absent is false."""
        found = node.get(key)
        if found is None:
            return False
        if isinstance(found, ScalarNode) and isinstance(found.value, bool):
            return found.value
        self.problem(found.source, f"`{key}` must be true or false")
        return False

    def words(self, node: MappingNode, key: str) -> tuple[str, ...]:
        """A text or a list of texts."""
        found = node.get(key)
        return self.texts(found, key) if found is not None else ()

    def texts(self, found: Node, key: str) -> tuple[str, ...]:
        """The texts of a scalar or a list."""
        if isinstance(found, ScalarNode):
            return (found.text,)
        if isinstance(found, SequenceNode) and all(isinstance(item, ScalarNode) for item in found.items):
            return tuple(item.text for item in found.items if isinstance(item, ScalarNode))
        self.problem(found.source, f"`{key}` must be a text or a list of texts")
        return ()

    def mappings(self, node: MappingNode, key: str) -> tuple[MappingNode, ...]:
        """A list of mappings; anything else in it is a problem."""
        found = node.get(key)
        if found is None:
            return ()
        if not isinstance(found, SequenceNode):
            self.problem(found.source, f"`{key}` must be a list")
            return ()
        good = tuple(item for item in found.items if isinstance(item, MappingNode))
        for item in found.items:
            if not isinstance(item, MappingNode):
                self.problem(item.source, f"an entry of `{key}` must be a mapping")
        return good

    def mapping(self, node: MappingNode, key: str) -> MappingNode | None:
        """A mapping under a key, or None."""
        found = node.get(key)
        if found is None or isinstance(found, MappingNode):
            return found
        self.problem(found.source, f"`{key}` must be a mapping")
        return None

    def when(self, node: MappingNode, key: str) -> When | None:
        """A condition `{other field: value or list of values}`."""
        found = self.mapping(node, key)
        if found is None:
            return None
        if len(found.entries) != 1:
            self.problem(found.source, f"`{key}` names one other field", f"{key}: {{decision: [N, Z]}}")
            return None
        name, values = found.entries[0]
        return When(name.text, self.texts(values, name.text))
