"""The steps of answers that are still to be carried out: at a time of their own, or at the next time of their feed."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from time import monotonic

from ringback.synthetic_partners.behaviour import AnswerStep, Moment, Step, Values


@dataclass(order=True, slots=True)
class Due:
    """A step, when it is to be carried out by the monotonic clock, and the steps behind it."""

    at: float
    turn: int
    step: Step = field(compare=False)
    moment: Moment = field(compare=False)
    rest: tuple[Step, ...] = field(compare=False)

    @property
    def layout(self) -> str:
        """The layout of the file that it goes into; empty for a call-back."""
        return self.step.layout if isinstance(self.step, AnswerStep) else ""

    @property
    def header(self) -> Values | None:
        """The header of a file of its own; None for a step that shares its file."""
        return self.step.header if isinstance(self.step, AnswerStep) else None

    @property
    def not_before(self) -> datetime | None:
        """When it may be carried out by the environment's clock."""
        return self.step.not_before if isinstance(self.step, AnswerStep) else None


class Agenda:
    """What one partner still has to do; `collects` says which layouts wait for the next time of their feed."""

    def __init__(self, collects: Callable[[str], bool], pace: float) -> None:
        self._collects = collects
        self._pace = pace
        self._due: list[Due] = []
        self._collected: dict[str, list[Due]] = {}
        self._later: list[Due] = []  # until the environment's clock has come so far
        self._turns = count()

    def __len__(self) -> int:
        """How many answers are not written yet."""
        return len(self._due) + len(self._later) + sum(map(len, self._collected.values()))

    @property
    def is_idle(self) -> bool:
        """Whether nothing becomes due by itself."""
        return not self._due

    def wait_s(self, most: float) -> float:
        """Seconds until the next step, at most `most`."""
        return max(0.0, min(most, self._due[0].at - monotonic())) if self._due else most

    def plan(self, moment: Moment, steps: tuple[Step, ...]) -> None:
        """Put the first of some steps on the agenda; the others follow it."""
        if steps:
            at = monotonic() + steps[0].after_s * self._pace
            heapq.heappush(self._due, Due(at, next(self._turns), steps[0], moment, steps[1:]))

    def ready(self, clock: Callable[[], datetime]) -> list[Due]:
        """Take what is due now; answers of a feed with times of its own are put aside for `collected`.

        `clock` tells the environment's time, for steps that wait for it.
        """
        now, ready = monotonic(), []
        while self._due and self._due[0].at <= now:
            due = heapq.heappop(self._due)
            if due.not_before is not None:
                self._later.append(due)
            elif self._collects(due.layout):
                self._collected.setdefault(due.layout, []).append(due)
            else:
                ready.append(due)
        return [*ready, *self._come(clock)]

    def _come(self, clock: Callable[[], datetime]) -> list[Due]:
        """What waited for the environment's clock, and need not any more."""
        if not self._later:
            return []
        now = clock()
        come = [due for due in self._later if due.not_before is None or due.not_before <= now]
        self._later = [due for due in self._later if due not in come]
        return sorted(come)

    def collected(self, layout: str) -> list[Due]:
        """Take the answers that have waited for this time of their feed."""
        return self._collected.pop(layout, [])

    def again(self, steps: Iterable[Due]) -> None:
        """Put back what could not be carried out."""
        for due in steps:
            if self._collects(due.layout):
                self._collected.setdefault(due.layout, []).append(due)
            else:
                heapq.heappush(self._due, due)

    def batches(self, steps: Iterable[Due], *, alone: Callable[[str], bool]) -> list[list[Due]]:
        """The file steps by the file that they go into: one per layout, or one per step where the layout says so."""
        found: dict[str, list[Due]] = {}
        for due in steps:
            is_alone = due.header is not None or alone(due.layout)
            found.setdefault(f"{due.layout}/{due.turn if is_alone else ''}", []).append(due)
        return list(found.values())
