"""The wait primitive: adaptive pace, a look at the deadline, the nearest attempt, prompt notice of a change."""

from __future__ import annotations

import statistics
import threading
import time
from dataclasses import dataclass, field

import pytest

from ringback.engine.protocols import LOCAL, REMOTE, Pace
from ringback.engine.waiting import Interrupted, Look, Watch, look_until_over, poll


@dataclass
class FakeTime:
    """A clock that only pauses move."""

    at: float = 0.0
    pauses: list[float] = field(default_factory=list)

    def watch(self) -> Watch:
        fake = self

        class Paused(threading.Event):
            def wait(self, timeout: float | None = None) -> bool:
                fake.pauses.append(timeout or 0.0)
                fake.at += timeout or 0.0
                return False

        return Watch(now=lambda: fake.at, stop=Paused())


def test_waiting_ends_with_the_look_that_is_over() -> None:
    """No attempt follows the one that saw what was waited for."""
    clock = FakeTime()

    wait = look_until_over(
        lambda number, _left: Look(over=number == 3, nearness=0),
        within_s=10,
        pace=LOCAL,
        every_s=None,
        watch=clock.watch(),
    )

    assert (wait.in_time, wait.attempts) == (True, 3)


def test_the_pace_follows_the_time_waited_within_its_bounds() -> None:
    """A remote system is looked at after 10 % of the time waited, never faster than 50 ms, never slower than 2 s."""
    clock = FakeTime()

    look_until_over(
        lambda _number, _left: Look(over=False, nearness=0),
        within_s=60,
        pace=REMOTE,
        every_s=None,
        watch=clock.watch(),
    )

    assert clock.pauses[0] == pytest.approx(0.05)
    assert max(clock.pauses) == pytest.approx(2.0)
    assert clock.pauses == sorted(clock.pauses[:-1]) + clock.pauses[-1:]
    assert clock.at == pytest.approx(60)


def test_the_last_look_happens_at_the_deadline() -> None:
    """A change that comes in the last interval is seen."""
    clock = FakeTime()
    looked_at: list[float] = []

    def look(_number: int, _left: float) -> Look:
        looked_at.append(clock.at)
        return Look(over=False, nearness=0)

    wait = look_until_over(look, within_s=1.0, pace=LOCAL, every_s=0.4, watch=clock.watch())

    assert looked_at == pytest.approx([0.0, 0.4, 0.8, 1.0])
    assert wait.in_time is False


def test_the_nearest_look_is_the_latest_of_the_best() -> None:
    """What a deadline shows is the closest value seen."""
    clock = FakeTime()
    nearness = {1: 0, 2: 2, 3: 2, 4: 1}

    wait = look_until_over(
        lambda number, _left: Look(over=False, nearness=nearness.get(number, 0)),
        within_s=1.0,
        pace=LOCAL,
        every_s=0.25,
        watch=clock.watch(),
    )

    assert wait.nearest == 3


def test_a_stopped_run_ends_the_wait_at_once() -> None:
    """Ctrl-C does not have to wait for a deadline."""
    watch = Watch()
    threading.Timer(0.02, watch.stop.set).start()
    began = time.monotonic()

    with pytest.raises(Interrupted):
        poll(lambda: None, within_s=30, pace=Pace(5, 5, 0), watch=watch)

    assert time.monotonic() - began < 2


def test_a_local_change_is_noticed_within_25_ms() -> None:
    """The median lag between a change and its notice, over changes at odd moments, is at most 25 ms."""
    lags = []
    for round_ in range(9):
        changed = threading.Event()
        at: list[float] = []

        def change(changed: threading.Event = changed, at: list[float] = at) -> None:
            at.append(time.monotonic())
            changed.set()

        threading.Timer(0.03 + round_ * 0.007, change).start()
        poll(lambda changed=changed: True if changed.is_set() else None, within_s=5)  # type: ignore[misc]  # bound now
        lags.append(time.monotonic() - at[0])

    assert statistics.median(lags) <= 0.025
