"""State machines as data: the transitions that are allowed; every other one is a defect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from ringback.engine.documents import read_mapping
from ringback.engine.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ringback.engine.problems import BrokenTest, InvalidFile, Problem

_SUFFIX = ".machine.yaml"
_KEYS = ("machine", "entity", "initial", "final", "transitions")
_HINT = "a machine has `machine`, `entity`, `initial`, `final` and `transitions: {state: [next, ...]}`"


@dataclass(frozen=True, slots=True)
class Machine:
    """A life cycle: where it may begin, where it ends, and which steps are legal in between."""

    name: str
    entity: str
    initial: frozenset[str]
    final: frozenset[str]
    transitions: Mapping[str, frozenset[str]]

    def allows(self, old: str | None, new: str) -> bool:
        """Whether the step from `old` (None: it came into being) to `new` is legal."""
        return new in self.initial if old is None else new in self.transitions.get(old, frozenset())


def machine_names(project: Path | None = None) -> tuple[str, ...]:
    """The machines that come with Ringback, and the project's own in `assertions/machines/`."""
    return tuple(sorted(_machine_files(project)))


def machine(name: str, project: Path | None = None) -> Machine:
    """The machine of that name, the project's own first.

    BrokenTest when there is none, InvalidFile when its file is wrong.
    """
    known = _machine_files(project)
    if name not in known:
        raise BrokenTest(f"no state machine is called {name!r}", f"known machines: {', '.join(sorted(known))}")
    return _read(known[name])


def _machine_files(project: Path | None) -> dict[str, Path]:
    folders = [Path(str(files("ringback.assertions.machines")))]
    if project is not None:
        folders.append(project / "assertions" / "machines")
    found = (path for folder in folders if folder.is_dir() for path in sorted(folder.glob(f"*{_SUFFIX}")))
    return {path.name.removesuffix(_SUFFIX): path for path in found}


@cache
def _read(path: Path) -> Machine:
    root = read_mapping(path)
    problems = [Problem(root.source, f"the machine lacks `{key}`", _HINT) for key in _KEYS if root.get(key) is None]
    problems += [
        Problem(root.key_source(key), f"unknown key `{key}`", _HINT) for key in tuple(root.keys()) if key not in _KEYS
    ]
    transitions = root.get("transitions")
    if not isinstance(transitions, MappingNode):
        problems.append(Problem(root.key_source("transitions"), "`transitions` must be a mapping", _HINT))
    if problems or not isinstance(transitions, MappingNode):
        raise InvalidFile(tuple(problems))
    steps = {old.text: _texts(news) for old, news in transitions.entries}
    return Machine(
        name=path.name.removesuffix(_SUFFIX),
        entity="".join(_texts(root.get("entity"))),
        initial=_texts(root.get("initial")),
        final=_texts(root.get("final")),
        transitions=steps,
    )


def _texts(node: Node | None) -> frozenset[str]:
    """The texts of a list, or of one scalar."""
    items = node.items if isinstance(node, SequenceNode) else (node,)
    return frozenset(item.text for item in items if isinstance(item, ScalarNode))
