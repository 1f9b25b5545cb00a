"""State machines as data: the transitions that are allowed; every other one is a defect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from ringback.engine.problems import BrokenTest

_SUFFIX = ".machine.yaml"


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


def machine_names() -> tuple[str, ...]:
    """The machines that come with Ringback."""
    folder = files("ringback.assertions.machines")
    return tuple(sorted(path.name.removesuffix(_SUFFIX) for path in folder.iterdir() if path.name.endswith(_SUFFIX)))


@cache
def machine(name: str) -> Machine:
    """The machine of that name; BrokenTest when there is none."""
    if name not in machine_names():
        raise BrokenTest(f"no state machine is called {name!r}", f"known machines: {', '.join(machine_names())}")
    text = (files("ringback.assertions.machines") / f"{name}{_SUFFIX}").read_text("utf-8")
    raw = yaml.safe_load(text)
    return Machine(
        name=raw["machine"],
        entity=raw["entity"],
        initial=frozenset(raw["initial"]),
        final=frozenset(raw["final"]),
        transitions={old: frozenset(news) for old, news in raw["transitions"].items()},
    )
