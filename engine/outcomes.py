"""What came of a check, a step, a journey; the result tree mirrors the journey's own tree."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ringback.engine.evidence import Evidence, Exhibit
from ringback.engine.problems import Problem
from ringback.engine.source import NOWHERE, Source


class Status(StrEnum):
    """How something ended; in a step and in a journey the same five words."""

    PASSED = "passed"
    FAILED = "failed"  # a check did not hold: the product is at fault
    ERROR = "error"  # the tool, the test or a system broke: nothing is said about the product
    BLOCKED = "blocked"  # an earlier step failed
    SKIPPED = "skipped"  # `when` did not hold


class Fault(StrEnum):
    """Whose fault an outcome is; decides the exit code of `ringback run` (the number in the comment)."""

    NONE = "none"  # 0
    PRODUCT = "product"  # 1
    USAGE = "usage"  # 2
    TEST = "test"  # 3
    ENVIRONMENT = "environment"  # 4


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """One check: a mismatch is data, not an exception. `expected` and `actual` are for people, already as text."""

    check: str  # "expect", "until", "fail_if", "contract", "agree", "recon:R10", ...
    passed: bool
    path: str = ""
    expected: str = ""
    actual: str = ""
    message: str = ""  # one sentence when not passed
    source: Source = NOWHERE


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of a step: when it began (seconds since the step's start), how long it took, what was seen and judged."""

    number: int
    at_s: float
    duration_s: float
    evidence: Evidence | None
    checks: tuple[CheckOutcome, ...]
    problem: Problem | None = None  # the try itself broke (and may be tried again)


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """A step and everything in it; `steps` holds the outcomes of a `use`, `parallel` or `for_each`.

    `decisive` is the number of the attempt that decided: the last one, or the nearest one before a deadline.
    """

    step: str  # its place: "capture", "resubmit.refused"
    name: str
    status: Status
    fault: Fault
    duration_s: float
    attempts: tuple[Attempt, ...] = ()
    steps: tuple[StepOutcome, ...] = ()
    problem: Problem | None = None
    message: str = ""
    system: str = ""
    exhibits: tuple[Exhibit, ...] = ()  # gathered when the step failed: screenshot, page text
    hint: str = ""
    kind: str = ""  # the driver or probe, or "use", "parallel", ...
    operation: str = ""  # the action's verb: "GET productOrder"
    handoff: str = ""
    owner: str = ""
    source: Source = NOWHERE
    decisive: int = 0

    @property
    def mismatches(self) -> tuple[CheckOutcome, ...]:
        """The checks of the decisive attempt that did not hold; all of them, in the order of the file."""
        decisive = next((attempt for attempt in self.attempts if attempt.number == self.decisive), None)
        return tuple(check for check in decisive.checks if not check.passed) if decisive is not None else ()


@dataclass(frozen=True, slots=True)
class JourneyOutcome:
    """A journey's variant and its steps; `failure` is the first step that failed or broke."""

    journey: str
    variant: str
    status: Status
    fault: Fault
    duration_s: float
    steps: tuple[StepOutcome, ...]
    failure: StepOutcome | None = None
    problem: Problem | None = None
    undone: tuple[StepOutcome, ...] = ()  # undo steps, in the order in which they ran
    finally_: tuple[StepOutcome, ...] = ()
    session: str = ""
