"""Which names an expression may use at a point of a journey; any other name is a problem of the file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from ringback.engine.excerpt import advice
from ringback.engine.expressions import Expression
from ringback.engine.paths import split_path

RUN = frozenset({"id", "session", "now"})


@dataclass(frozen=True, slots=True)
class StepNames:
    """What a step is known to give: its outputs, and the first words of its evidence (None: not known beforehand)."""

    outputs: frozenset[str]
    evidence: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Names:
    """The names known at one point.

    `matrix` holds the values of each axis as text, `env` the names of `$env` where an environment is at hand, `later`
    the lines of steps that come later.
    """

    inputs: frozenset[str] = frozenset()
    matrix: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    needs: frozenset[str] | None = None
    each: bool = False
    steps: Mapping[str, StepNames] = field(default_factory=dict)
    later: Mapping[str, int] = field(default_factory=dict)
    env: frozenset[str] | None = None

    def with_step(self, step: str, names: StepNames) -> Names:
        """A copy that knows one more step."""
        return replace(self, steps={**self.steps, step: names})

    def with_each(self) -> Names:
        """A copy inside a for_each."""
        return replace(self, each=True)

    def joined(self, others: Iterable[Names]) -> Names:
        """A copy that knows the steps of parallel branches."""
        steps = dict(self.steps)
        for other in others:
            steps.update(other.steps)
        return replace(self, steps=steps)

    def impossible(self, expression: str, value: str) -> str | None:
        """Why `$matrix.axis` can never be `value`, and what was meant; None when it can, or is no axis alone."""
        root, _, axis = expression.partition(".")
        known = self.matrix.get(axis) if root == "$matrix" else None
        if known is None or value in known:
            return None
        return advice(value, known)

    def roots(self) -> tuple[str, ...]:
        """All root names that may be used here."""
        fixed = [
            name
            for name, there in (
                ("inputs", bool(self.inputs)),
                ("matrix", bool(self.matrix)),
                ("needs", self.needs is not None),
                ("each", self.each),
            )
            if there
        ]
        return (*fixed, "run", "env", *self.steps)

    def complaint(self, expression: Expression) -> tuple[str, str] | None:
        """What is wrong with the names of an expression, and the mend; None when they are known."""
        root = expression.root
        first = split_path(expression.path)[0] if expression.path else ""
        if (root == "env" and self.env is None) or (root == "each" and self.each):
            return None
        if root in ("run", "env"):
            return self._member(expression, first, RUN if root == "run" else self.env or RUN)
        fixed = {"inputs": self.inputs, "matrix": frozenset(self.matrix), "needs": self.needs or frozenset()}
        if root in fixed and (fixed[root] or root not in self.steps):
            return self._member(expression, first, fixed[root])
        if root in self.steps:
            return self._output(expression, first, self.steps[root])
        if root in self.later:
            return (
                f"{expression.text}: the step {root!r} comes later, in line {self.later[root]}",
                "use it after that step",
            )
        hint = "write $$ where a dollar is meant" if not self.roots() else advice(root, self.roots())
        return f"{expression.text}: nothing is called {root!r} at this point", hint

    def _member(self, expression: Expression, first: str, known: frozenset[str]) -> tuple[str, str] | None:
        if not first or first in known:
            return None
        there = f"this file has no `{expression.root}`" if not known else ""
        return f"{expression.text}: ${expression.root} has no {first!r}", advice(first, known, there)

    def _output(self, expression: Expression, first: str, names: StepNames) -> tuple[str, str] | None:
        if not first or first in names.outputs or expression.path in names.outputs:
            return None
        word = first.partition("(")[0]
        if names.evidence is not None:
            if word in names.evidence or first in names.evidence:
                return None
            known = names.outputs | names.evidence
            return f"{expression.text}: the step {expression.root!r} gives no {first!r}", advice(first, known)
        close = get_close_matches(first, names.outputs, n=1, cutoff=0.75)
        if close and first == expression.path:
            return (
                f"{expression.text}: the step {expression.root!r} has no output {first!r}",
                f"did you mean {close[0]!r}?",
            )
        return None
