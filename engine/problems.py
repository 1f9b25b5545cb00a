"""What is wrong with a file, a step or a run: where, what, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass

from ringback.engine.source import NOWHERE, Source


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: `what` says it, `hint` says the mend (may be empty)."""

    source: Source
    what: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.source}: " if self.source is not NOWHERE else ""
        mend = f" - {self.hint}" if self.hint else ""
        return f"{place}{self.what}{mend}"


class RingbackError(Exception):
    """Something broke; not the same as a check that did not hold (that is an outcome).

    RingbackError
    +-- UsageError           the call is wrong, or the environment file lacks a system   (exit code 2)
    |   +-- InvalidEnvironment   ... found in the environment file: carries all its problems
    +-- BrokenTest           the journey itself is wrong                                  (exit code 3)
    |   +-- InvalidFile      ... found while loading: carries every problem of the file
    +-- NotOffered           the system answers, but has not what its user needs          (exit code 1)
    +-- Unavailable          a system, partner or tool cannot be used                     (exit code 4)
    """

    def __init__(self, what: str, hint: str = "", source: Source = NOWHERE) -> None:
        self.problem = Problem(source, what, hint)
        super().__init__(str(self.problem))


class UsageError(RingbackError):
    """The command line or the environment file asks for what is not there."""


class InvalidEnvironment(UsageError):
    """An environment file with problems; all of them, in the order of the file."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        first = problems[0]
        super().__init__(first.what, first.hint, first.source)


class BrokenTest(RingbackError):
    """The journey cannot be carried out as it is written."""


class InvalidFile(BrokenTest):
    """A file with problems; all of them, in the order of the file."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        first = problems[0]
        RingbackError.__init__(self, first.what, first.hint, first.source)


class NotOffered(RingbackError):
    """The product answers, but a person could not go on: a field, a button or a choice is not there or not usable."""


class Unavailable(RingbackError):
    """A system, a partner or a tool of ours cannot be reached or used.

    `system` names it as the environment file does ("clearing-house", "browser").
    """

    def __init__(self, system: str, what: str, hint: str = "") -> None:
        self.system = system
        super().__init__(f"{system}: {what}", hint)
