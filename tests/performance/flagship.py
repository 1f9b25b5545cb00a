"""The whole flagship matrix as a user runs it, browser included: how long it takes and where the time goes."""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from figures import PYTHON, ROOT, Table, Timing, least, timed

from ringback.reports.record import JourneyRecord, RunRecord, StepRecord, read_run

JOURNEY = "journeys/activate-postpaid-port-in.journey.yaml"
AIM_S = 60.0
SLOWEST = 10
CONTAINERS = frozenset({"use", "parallel", "group", "for_each"})


@dataclass(frozen=True, slots=True)
class Seen:
    """One run of the matrix: its timing and its record."""

    timing: Timing
    run: RunRecord


def flagship(rounds: int, say: Callable[[str], None]) -> tuple[Table, Table]:
    """Run the matrix some times; a table of the whole and one of the slowest steps, both of the quickest run."""
    seen = [_run(number, say) for number in range(rounds)]
    best = min(seen, key=lambda each: each.timing.wall_s)
    return _whole(best, least(each.timing for each in seen), rounds), _steps(best.run)


def _run(number: int, say: Callable[[str], None]) -> Seen:
    with tempfile.TemporaryDirectory(prefix="ringback-bench-") as room:
        home = Path(room)
        command = [PYTHON, "-m", "ringback", "run", JOURNEY, "--env", "embedded", "--ringback-dir", str(home / "out")]
        timing = timed(command, _here(home))
        (folder,) = (home / "out" / "runs").iterdir()
        run = read_run(folder)
    say(f"  round {number + 1}: {timing.wall_s:.1f} s, {len(run.journeys)} variants, {run.counts()}")
    return Seen(timing, run)


def _here(home: Path) -> Path:
    """The project, seen from a folder of the bench: what the program says is kept there, not in the project."""
    for name in ("journeys", "fixtures", "assertions", "operations"):
        shutil.copytree(ROOT / name, home / "project" / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "conftest.py", home / "project")
    (home / "project" / "pytest.ini").write_text(
        "[pytest]\naddopts = --import-mode=importlib -p no:randomly\n", "utf-8"
    )
    return home / "project"


def _whole(best: Seen, timing: Timing, rounds: int) -> Table:
    run = best.run
    first = min(journey.started_at for journey in run.journeys)
    last = max(journey.started_at.timestamp() + journey.duration_s for journey in run.journeys)
    inside = last - first.timestamp()
    alone = sum(journey.duration_s for journey in run.journeys)
    rows = [
        (
            "whole matrix, wall time",
            f"{timing.wall_s:.1f} s",
            f"{timing.wall_s / AIM_S:.2f} of the aim of {AIM_S:.0f} s",
        ),
        ("from the first journey's start to the last one's end", f"{inside:.1f} s", _part(inside, best.timing.wall_s)),
        (
            "before and after: stack, partners, reports",
            f"{best.timing.wall_s - inside:.1f} s",
            _part(best.timing.wall_s - inside, best.timing.wall_s),
        ),
        ("all journeys one after another", f"{alone:.1f} s", f"{alone / inside:.1f} at once on average"),
        ("one journey, median", f"{median(journey.duration_s for journey in run.journeys):.1f} s", ""),
    ]
    rows += [
        (f"time in {kind} steps", f"{seconds:.1f} s", _part(seconds, alone))
        for kind, seconds in _kinds(run.journeys).items()
    ]
    waited = sum(_waited(step) for journey in run.journeys for step in _leaves(journey))
    rows.append(
        ("of it before the last look of a step: waiting for the systems", f"{waited:.1f} s", _part(waited, alone))
    )
    return Table(
        name="flagship",
        title=f"The flagship matrix: {len(run.journeys)} variants, browser included (the quickest of {rounds})",
        columns=("what", "time", "share"),
        rows=tuple(rows),
        remarks=(f"steps per interface: {', '.join(f'{name} {count}' for name, count in run.interfaces.items())}",),
        figures={"wall_s": timing.wall_s, "cpu_s": timing.cpu_s, "journeys_s": inside, "kinds_s": _kinds(run.journeys)},
    )


def _steps(run: RunRecord) -> Table:
    taken: dict[str, list[StepRecord]] = defaultdict(list)
    for journey in run.journeys:
        for step in _leaves(journey):
            taken[step.step].append(step)
    whole = sum(step.duration_s for steps in taken.values() for step in steps)
    slowest = sorted(taken.items(), key=lambda pair: -sum(step.duration_s for step in pair[1]))[:SLOWEST]
    rows = [
        (
            name,
            steps[0].kind,
            f"{median(step.duration_s for step in steps):.2f} s",
            f"{median(len(step.attempts) for step in steps):.0f}",
            _part(sum(step.duration_s for step in steps), whole),
        )
        for name, steps in slowest
    ]
    return Table(
        name="flagship_steps",
        title="The steps that take longest, over all variants",
        columns=("step", "kind", "median", "looks", "share of all steps' time"),
        rows=tuple(rows),
        figures={name: sum(step.duration_s for step in steps) for name, steps in slowest},
    )


def _leaves(journey: JourneyRecord) -> Iterable[StepRecord]:
    return (step for step in journey.steps if step.kind not in CONTAINERS and step.status not in ("skipped", "blocked"))


def _kinds(journeys: Iterable[JourneyRecord]) -> Mapping[str, float]:
    total: dict[str, float] = defaultdict(float)
    for journey in journeys:
        for step in _leaves(journey):
            total[step.kind] += step.duration_s
    return dict(sorted(total.items(), key=lambda pair: -pair[1]))


def _waited(step: StepRecord) -> float:
    return step.attempts[-1].at_s if step.attempts else 0.0


def _part(part: float, whole: float) -> str:
    return f"{part / whole:.0%}" if whole else ""
