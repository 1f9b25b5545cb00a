"""Policy files in git: read once, every unknown key or wrong value reported with its line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path

from ringback.engine.documents import read_mapping
from ringback.engine.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ringback.engine.problems import InvalidFile, Problem


class PolicyFile:
    """A YAML file and the problems found in it so far; `done()` raises them all at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._problems: list[Problem] = []
        self.root = read_mapping(path)

    def problem(self, node: Node, what: str, hint: str = "") -> None:
        """Remember a problem."""
        self._problems.append(Problem(node.source, what, hint))

    def only(self, node: MappingNode, allowed: Iterable[str]) -> None:
        """Report keys that mean nothing here."""
        names = list(allowed)
        for key in tuple(node.keys()):
            if key not in names:
                near = get_close_matches(key, names, 1)
                hint = f"did you mean `{near[0]}`?" if near else f"known keys: {', '.join(names)}"
                self._problems.append(Problem(node.key_source(key), f"unknown key `{key}`", hint))

    def text(self, node: MappingNode, key: str, default: str | None = None) -> str:
        """A scalar's text; a missing one without a default is a problem."""
        value = node.get(key)
        if isinstance(value, ScalarNode):
            return value.text
        if value is not None or default is None:
            self.problem(value or node, f"`{key}` must be a single value")
        return default or ""

    def mapping(self, node: MappingNode, key: str) -> MappingNode:
        """A mapping; an absent one is empty."""
        value = node.get(key)
        if isinstance(value, MappingNode):
            return value
        if value is not None:
            self.problem(value, f"`{key}` must be a mapping")
        return MappingNode((), node.source)

    def mappings(self, node: MappingNode, key: str) -> Iterator[MappingNode]:
        """The mappings of a list; an absent list is empty."""
        value = node.get(key)
        if value is None:
            return
        if not isinstance(value, SequenceNode):
            self.problem(value, f"`{key}` must be a list")
            return
        for item in value.items:
            if isinstance(item, MappingNode):
                yield item
            else:
                self.problem(item, f"an entry of `{key}` must be a mapping")

    def texts(self, node: MappingNode, key: str) -> tuple[str, ...]:
        """A list of texts, or one text."""
        value = node.get(key)
        if isinstance(value, ScalarNode):
            return (value.text,)
        if isinstance(value, SequenceNode):
            return tuple(item.text for item in value.items if isinstance(item, ScalarNode))
        return ()

    def done(self) -> None:
        """Raise all problems, if there are any."""
        if self._problems:
            raise InvalidFile(tuple(self._problems))


def find_policy(project: Path, name: str) -> Path:
    """The project's own `operations/NAME`, else the one that comes with Ringback."""
    own = project / "operations" / name
    return own if own.is_file() else Path(str(files("ringback.operations"))) / name
