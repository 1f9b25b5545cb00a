"""Swim lanes: a journey's steps over time, one lane per interface, as plain geometry for an SVG."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ringback.reports.record import JourneyRecord, StepRecord

INTERFACES = ("ui", "api", "db", "sftp")
LABELS = {"ui": "Browser", "api": "API", "db": "Database", "sftp": "Partner feeds", "check": "Checks"}
NOT_CARRIED_OUT = frozenset({"blocked", "skipped"})
GROUPS = frozenset({"use", "parallel", "for_each", "group"})

WIDTH = 1000.0  # of the time axis, in SVG units; the page scales it
ROW = 16.0
GAP = 3.0
LANE_PADDING = 7.0
LEAST_WIDTH = 3.0
LEAST_APART = 4.0
_TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)


@dataclass(frozen=True, slots=True)
class Bar:
    """One step: its place, and the moments of its attempts as x positions."""

    x: float
    y: float
    width: float
    step: StepRecord
    attempts: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Lane:
    """One interface."""

    label: str
    y: float
    height: float
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """The lanes and the ticks (x, label) of the time axis."""

    lanes: tuple[Lane, ...]
    ticks: tuple[tuple[float, str], ...]
    height: float
    width: float = WIDTH


def by_label(interfaces: Mapping[str, int]) -> dict[str, int]:
    """Steps per interface under the names people read, in the reader's order; all that is no interface is a check."""
    counted = dict.fromkeys(LABELS.values(), 0)
    for name, count in interfaces.items():
        counted[LABELS[name if name in INTERFACES else "check"]] += count
    return {label: count for label, count in counted.items() if count}


def chart(journey: JourneyRecord) -> Chart:
    """The swim lanes of a journey; containers (use, parallel) have no bar, nor has what was not carried out."""
    steps = [step for step in journey.steps if step.kind not in GROUPS and step.status not in NOT_CARRIED_OUT]
    total_s = max([journey.duration_s, *(_start(journey, s) + s.duration_s for s in steps)], default=0.0) or 0.001
    scale = WIDTH / total_s
    lanes: list[Lane] = []
    y = 0.0
    for name, label in LABELS.items():
        mine = [step for step in steps if _lane(step) == name]
        if not mine:
            continue
        bars, rows = _bars(journey, mine, scale, y + LANE_PADDING)
        height = rows * (ROW + GAP) - GAP + 2 * LANE_PADDING
        lanes.append(Lane(label, y, height, bars))
        y += height
    return Chart(tuple(lanes), tuple(_ticks(total_s, scale)), y)


def _lane(step: StepRecord) -> str:
    return step.kind if step.kind in INTERFACES else "check"


def _start(journey: JourneyRecord, step: StepRecord) -> float:
    return max(0.0, (step.started_at - journey.started_at).total_seconds())


def _bars(journey: JourneyRecord, steps: Iterable[StepRecord], scale: float, top: float) -> tuple[tuple[Bar, ...], int]:
    """Steps that overlap in time get rows of their own."""
    ends: list[float] = []
    bars = []
    for step in steps:
        x = _start(journey, step) * scale
        real = step.duration_s * scale
        row = next((number for number, end in enumerate(ends) if end <= x + 0.5), len(ends))
        ends[row : row + 1] = [x + real]
        width = max(real, LEAST_WIDTH)
        moments = _spread(x + attempt.at_s * scale for attempt in step.attempts[1:])
        bars.append(Bar(x, top + row * (ROW + GAP), width, step, moments))
    return tuple(bars), max(1, len(ends))


def _spread(moments: Iterable[float]) -> tuple[float, ...]:
    """Moments that can be told apart on the page: hundreds of quick looks would be one grey block."""
    kept: list[float] = []
    for moment in moments:
        if not kept or moment - kept[-1] >= LEAST_APART:
            kept.append(moment)
    return tuple(kept)


def _ticks(total_s: float, scale: float) -> Iterator[tuple[float, str]]:
    every = next((tick for tick in _TICKS if total_s / tick <= 10), _TICKS[-1])
    number = 0
    while number * every <= total_s:
        yield number * every * scale, f"{number * every:g} s"
        number += 1
