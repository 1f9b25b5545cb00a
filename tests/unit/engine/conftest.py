"""A project in a temporary folder, with a driver that knows nothing but the language."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from ringback.engine.loader import inspect_journey, load_journey
from ringback.engine.model import Journey
from ringback.engine.nodes import MappingNode
from ringback.engine.problems import BrokenTest
from ringback.engine.protocols import Action, Block
from ringback.engine.registry import DriverSet


class EchoDriver:
    """Gives back what a step `say`s; `once: true` may not be repeated."""

    name = "echo"
    keys: Mapping[str, str] = {"echo": "a system", "say": "what it answers", "once": "true: not repeatable"}
    needs_system = False

    def parse(self, block: Block) -> Action:
        """Everything under `say` is a template."""
        node = block.step.get("say")
        said = {key.text: block.template(value) for key, value in node.entries} if isinstance(node, MappingNode) else {}
        return Action(
            kind="echo",
            system=block.text("echo", required=True) or "",
            verb="say",
            arguments=said,
            source=block.step.source,
            repeatable=block.step.get("once") is None,
            gives=tuple(said) or None,
        )


@dataclass(frozen=True)
class FakeScope:
    """Names and their values."""

    names: Mapping[str, object]

    def lookup(self, name: str) -> object:
        """The value of a root name."""
        if name not in self.names:
            raise BrokenTest(f"${name} names nothing")
        return self.names[name]


class Project:
    """Files below a root, and what the loader says of them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.tools = DriverSet(extra={"drivers": {"echo": EchoDriver}})

    def write(self, name: str, text: str) -> Path:
        """Write a file below the root."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def problems(self, text: str) -> list[tuple[int, str]]:
        """Line and text of every problem of a journey."""
        path = self.write("journeys/a.journey.yaml", text)
        found = inspect_journey(path, self.root, self.tools)
        return [(problem.source.line, f"{problem.what} | {problem.hint}") for problem in found]

    def load(self, text: str) -> Journey:
        """The journey in `text`."""
        return load_journey(self.write("journeys/a.journey.yaml", text), self.root, self.tools)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty project."""
    return Project(tmp_path)


@pytest.fixture
def scope() -> Callable[..., FakeScope]:
    """A scope of the given names."""
    return lambda **names: FakeScope(names)
