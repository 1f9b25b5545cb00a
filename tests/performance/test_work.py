"""How much work is done, counted: looks while waiting, modules imported, events written."""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from ringback.engine.protocols import LOCAL, REMOTE, Pace
from ringback.engine.waiting import Look, Watch, look_until_over

pytest_plugins = ["pytester"]

HEAVY = ("requests", "jinja2", "allure_commons", "sqlalchemy", "paramiko", "playwright", "faker", "rich")
JOURNEY = """
journey: order-{number}
summary: An order is made
owner: order-management
steps:
  - id: made
    name: It is there
    memory: crm
    answers: [{{state: done}}]
    expect: {{state: done}}
  - id: same
    name: It is still there
    memory: crm
    answers: [{{state: done}}]
    expect: {{state: done}}
"""


@dataclass
class PassingTime:
    """A clock and a pause without waiting: each pause lets its time pass at once."""

    now_s: float = 0.0
    looked_at: list[float] = field(default_factory=list)

    def wait(self, seconds: float) -> bool:
        """The pause; nobody asks to stop."""
        self.now_s += seconds
        return False

    def is_set(self) -> bool:
        """Nobody asks to stop."""
        return False


def looks_until(change_s: float, pace: Pace) -> list[float]:
    """When a wait looks, until it sees a change that came after so many seconds."""
    passing = PassingTime()

    def look(_number: int, _timeout_s: float) -> Look:
        passing.looked_at.append(passing.now_s)
        return Look(over=passing.now_s >= change_s, nearness=0)

    watch = Watch(now=lambda: passing.now_s, stop=passing)  # type: ignore[arg-type]  # stands in for an Event
    look_until_over(look, within_s=600, pace=pace, every_s=None, watch=watch)
    return passing.looked_at


@pytest.mark.parametrize("change_s", [0.5, 1.0, 3.3, 10.0, 19.0])
def test_a_remote_change_is_seen_within_a_tenth_of_the_time_waited(change_s: float) -> None:
    """However long it takes, the next look comes at most a tenth of the time (or 50 ms) after the change."""
    looks = looks_until(change_s, REMOTE)

    assert looks[-1] - change_s <= max(0.1 * change_s, 0.05) + 0.001


def test_a_minute_of_waiting_for_a_remote_system_is_few_requests() -> None:
    """Sixty seconds take hardly more requests than one a second would, most of them in the first five."""
    looks = looks_until(60.0, REMOTE)

    assert len(looks) <= 72
    assert sum(looked > 5 for looked in looks) <= 40


def test_a_local_change_is_seen_within_25_ms() -> None:
    """A local system is looked at every 5 to 20 ms, for as long as it takes."""
    looks = looks_until(60.0, LOCAL)

    assert max(later - earlier for earlier, later in pairwise(looks)) <= 0.025


def test_the_plugin_imports_no_heavy_library() -> None:
    """Every run of pytest loads the plugin, also one without journeys: drivers and reports are imported when needed."""
    code = f"import sys, ringback.fixtures.plugin; print([name for name in {HEAVY!r} if name in sys.modules])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_a_run_writes_eight_events_for_a_journey_of_two_steps(pytester: pytest.Pytester) -> None:
    """One before and one after the journey, three for each step, two for the run: no more for a hundred journeys."""
    pytester.makeini("[pytest]\naddopts = -p no:randomly -p no:cacheprovider --env memory --import-mode=importlib\n")
    environments = pytester.mkpydir("fixtures") / "environments"
    environments.mkdir()
    (environments / "memory.yaml").write_text("environment: memory\nclock: real\nsystems: {crm: {memory: here}}\n")
    for number in range(5):
        (pytester.path / f"order-{number}.journey.yaml").write_text(JOURNEY.format(number=number))

    pytester.runpytest().assert_outcomes(passed=5)

    (record,) = pytester.path.glob(".ringback/runs/*/record.jsonl")
    events = [json.loads(line)["event"] for line in record.read_text().splitlines()]
    assert len(events) == 2 + 5 * 8
