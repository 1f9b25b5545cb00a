"""What a journey knows so far: inputs, matrix, and what each step gave; never changed, only copied with more in it."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ringback.engine.evidence import Evidence
from ringback.engine.problems import BrokenTest


class MissingName(BrokenTest):
    """An expression names what the journey does not have (yet): its step was skipped, blocked or does not exist."""


@dataclass(frozen=True, slots=True)
class RunFacts(Mapping[str, object]):
    """`$run`: the run's id, this execution's session, and the environment's time at the moment of asking."""

    id: str
    session: str
    clock: Callable[[], datetime]

    def __getitem__(self, key: str) -> object:
        if key == "now":
            return self.clock()
        if key in {"id", "session"}:
            return getattr(self, key)
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(("id", "session", "now"))

    def __len__(self) -> int:
        return 3


@dataclass(frozen=True, slots=True)
class Context:
    """The names that expressions may use. `absences` tells why a known name has no value ("was skipped")."""

    names: Mapping[str, object]
    absences: Mapping[str, str] = field(default_factory=dict)

    def lookup(self, name: str) -> object:
        """The value of a root name; MissingName says why there is none."""
        try:
            return self.names[name]
        except KeyError:
            raise self._missing(name) from None

    def knows(self, names: Iterable[str]) -> bool:
        """Whether all these root names have a value."""
        return all(name in self.names for name in names)

    def with_names(self, **values: object) -> Context:
        """A copy that knows more root names: inputs, matrix, needs, each."""
        return Context({**self.names, **values}, self.absences)

    def with_step(self, step: str, outputs: Mapping[str, object], evidence: Evidence | None) -> Context:
        """A copy that knows a step's outputs and, behind them, the values of its evidence."""
        seen = evidence.values if evidence is not None else {}
        return Context({**self.names, step: {**seen, **outputs}}, self.absences)

    def without_step(self, step: str, why: str) -> Context:
        """A copy that remembers why a step gave nothing."""
        return Context(self.names, {**self.absences, step: why})

    def joined(self, others: Iterable[Context]) -> Context:
        """The context and what parallel branches, which all began with it, have learnt."""
        names, absences = dict(self.names), dict(self.absences)
        for other in others:
            names.update(other.names)
            absences.update(other.absences)
        return Context(names, absences)

    def for_reuse(self, needs: Mapping[str, object]) -> Context:
        """What the steps of a `use` see: their needs, the run and the environment, nothing of the caller."""
        shared = {name: self.names[name] for name in ("run", "env") if name in self.names}
        return Context({**shared, "needs": needs})

    def _missing(self, name: str) -> MissingName:
        if name in self.absences:
            return MissingName(f"${name} has no value: step {name!r} {self.absences[name]}")
        near = difflib.get_close_matches(name, list(self.names), n=1)
        hint = f"did you mean ${near[0]}?" if near else f"known here: {', '.join(sorted(self.names))}"
        return MissingName(f"${name} names nothing", hint)
