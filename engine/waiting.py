"""The one way to wait: look, judge, look again; nothing else in Ringback sleeps."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from ringback.engine.problems import RingbackError
from ringback.engine.protocols import LOCAL, Pace

Found = TypeVar("Found")

LEAST_ATTEMPT_S = 2.0
"""A look just before the deadline still gets a fair time-out: a slow answer is not an unreachable system."""


class Interrupted(RingbackError):
    """The run was asked to stop (Ctrl-C, -x): what has been done is undone, what was seen is kept."""

    def __init__(self) -> None:
        super().__init__("the run was interrupted", "run it again for a result")


@dataclass(frozen=True, slots=True)
class Watch:
    """The clock and the pause that waiting uses; tests give their own. `stop` ends every pause at once."""

    now: Callable[[], float] = time.monotonic
    stop: threading.Event = field(default_factory=threading.Event)

    def pause(self, seconds: float) -> None:
        """Let `seconds` pass; Interrupted when the run is asked to stop."""
        if self.stop.wait(seconds) if seconds > 0 else self.stop.is_set():
            raise Interrupted

    def check(self) -> None:
        """Interrupted when the run was asked to stop."""
        if self.stop.is_set():
            raise Interrupted


@dataclass(frozen=True, slots=True)
class Look:
    """The end of one attempt: whether waiting is over, and how near it came (more is nearer)."""

    over: bool
    nearness: int


@dataclass(frozen=True, slots=True)
class Wait:
    """How a wait ended: `nearest` is the number of the attempt that came closest, `in_time` whether it was over."""

    in_time: bool
    nearest: int
    attempts: int
    waited_s: float


def look_until_over(
    look: Callable[[int, float], Look], *, within_s: float, pace: Pace, every_s: float | None, watch: Watch
) -> Wait:
    """Call `look(number, timeout_s)` until it says that waiting is over or `within_s` has passed.

    The last look always happens at the deadline, never before it, so that a change just in time is seen. Of equally
    near looks the latest counts.
    """
    began = watch.now()
    number, nearest, best = 0, 1, -1
    while True:
        watch.check()
        number += 1
        left = within_s - (watch.now() - began)
        looked = look(number, max(left, LEAST_ATTEMPT_S))
        if looked.nearness >= best:
            nearest, best = number, looked.nearness
        waited = watch.now() - began
        if looked.over or left <= 0:
            return Wait(in_time=looked.over, nearest=nearest, attempts=number, waited_s=waited)
        watch.pause(min(_delay(waited, pace, every_s), max(within_s - waited, 0.0)))


def poll(
    look: Callable[[], Found | None], *, within_s: float, pace: Pace = LOCAL, watch: Watch | None = None
) -> Found | None:
    """What `look` finds (anything but None) within the time, or None: for a process, a file, a lock."""
    found: list[Found] = []

    def once(_number: int, _timeout_s: float) -> Look:
        seen = look()
        if seen is not None:
            found.append(seen)
        return Look(over=seen is not None, nearness=0)

    look_until_over(once, within_s=within_s, pace=pace, every_s=None, watch=watch or Watch())
    return found[0] if found else None


def _delay(waited_s: float, pace: Pace, every_s: float | None) -> float:
    if every_s is not None:
        return every_s
    return min(max(pace.least_s, pace.share * waited_s), pace.most_s)
