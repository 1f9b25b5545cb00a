"""Collecting 1,000 journey files of 20 steps: what pytest pays before the first journey runs."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from figures import PYTHON, Table, Timing, in_turn, share, timed

BARE = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
NOTHING_COLLECTED = 5  # pytest's exit code
STEPS = 20

HEAD = """journey: order-{number}
summary: Order {number} goes through twenty steps
owner: order-management
rank: {number}
tags: [postpaid, fast]
covers: [ORD-{number}]
inputs: {{number: WEB-{number}}}
steps:
"""
STEP = """  - id: step{step}
    name: The order is still what it was ({step})
    api: ordering
    url: "/orders/{{$inputs.number}}"
    expect:
      status: 200
      body.id: $inputs.number
      body.productOrderItem.*.action: {{in: [add, modify]}}
    outputs: {{state: body.state}}
"""
TEST = """
def test_order_{number}():
    assert {number} >= 0
"""


def collecting(files: int, rounds: int, say: Callable[[str], None]) -> Table:
    """Measure collecting beside an empty pytest and beside as many hand-written test files."""
    with tempfile.TemporaryDirectory(prefix="ringback-bench-") as room:
        home = Path(room)
        journeys, tests, nothing = _journeys(home / "journeys", files), _tests(home / "tests", files), home / "nothing"
        _write(nothing / "pytest.ini", "[pytest]\n")
        _write(nothing / "fixtures/environments/bench.yaml", "environment: bench\nclock: real\nsystems: {}\n")
        ours = ("-p", "ringback.fixtures.plugin", "--env", "bench")
        variants: dict[str, Callable[[], Timing]] = {
            "pytest, nothing to collect": partial(_collect, nothing, ()),
            "with ringback, nothing to collect": partial(_collect, nothing, ours),
            f"ringback, {files} journeys of {STEPS} steps": partial(_collect, journeys, ours),
            f"pytest, {files} test files of one line": partial(_collect, tests, ()),
        }
        measured = in_turn(variants, rounds, say)
    empty = measured["pytest, nothing to collect"]
    own = measured[f"ringback, {files} journeys of {STEPS} steps"]
    return Table(
        name="collect",
        title=f"Collecting {files} journey files of {STEPS} steps (pytest --collect-only -q)",
        columns=("what", "s", "s of processor", "s above empty pytest", "ratio"),
        rows=tuple(
            (
                name,
                f"{took.wall_s:.2f}",
                f"{took.cpu_s:.2f}",
                f"{took.wall_s - empty.wall_s:.2f}",
                share(took.wall_s, empty.wall_s),
            )
            for name, took in measured.items()
        ),
        remarks=(f"{(own.wall_s - empty.wall_s) / files * 1000:.2f} ms a journey file above an empty pytest",),
        figures={name: {"wall_s": took.wall_s, "cpu_s": took.cpu_s} for name, took in measured.items()},
    )


def _collect(folder: Path, more: tuple[str, ...]) -> Timing:
    command = [PYTHON, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *more]
    return timed(command, folder, BARE, good=(0, NOTHING_COLLECTED))


def _journeys(folder: Path, files: int) -> Path:
    _write(folder / "pytest.ini", "[pytest]\n")
    _write(
        folder / "fixtures/environments/bench.yaml",
        "environment: bench\nclock: real\nsystems: {ordering: {api: http://127.0.0.1:9}}\n",
    )
    steps = "".join(STEP.format(step=step) for step in range(STEPS))
    for number in range(files):
        _write(folder / f"journeys/order-{number}.journey.yaml", HEAD.format(number=number) + steps)
    return folder


def _tests(folder: Path, files: int) -> Path:
    _write(folder / "pytest.ini", "[pytest]\n")
    for number in range(files):
        _write(folder / f"test_order_{number}.py", TEST.format(number=number))
    return folder


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
