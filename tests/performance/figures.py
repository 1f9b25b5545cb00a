"""Figures of one benchmark: measured in turn, shown as a table, kept as JSON; the least of several rounds counts."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BENCH = ROOT / ".bench"  # environments of the peers, and the results
PYTHON = sys.executable


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a process ran, and how long it kept a processor busy (which a busy machine changes less)."""

    wall_s: float
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Table:
    """What one benchmark says: a title, columns, rows, and remarks for the reader."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    remarks: tuple[str, ...] = ()
    figures: Mapping[str, object] = field(default_factory=dict)  # the same for programs: .bench/results.json

    def text(self) -> str:
        """The table with aligned columns: the first to the left, figures to the right."""
        lines = [self.columns, *self.rows]
        widths = [max(len(line[column]) for line in lines) for column in range(len(self.columns))]
        shown = [
            "  ".join(
                cell.rjust(width) if column else cell.ljust(width)
                for column, (cell, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in lines
        ]
        rule = "-" * max(map(len, shown))
        return "\n".join([self.title, rule, shown[0], rule, *shown[1:], *(f"  {said}" for said in self.remarks)])


class Failed(Exception):  # it is the measured program that failed
    """A measured program did not do what it is measured for."""


def timed(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str] | None = None,
    *,
    good: tuple[int, ...] = (0,),
) -> Timing:
    """Run a program to its end; Failed with what it said when it does not end with a `good` code.

    Compiled modules are kept, as on any machine that has run a program before, but apart from the measured folders.
    """
    log = folder / "bench.log"
    kept = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(BENCH / "pycache")}
    with log.open("wb") as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            list(command),
            cwd=folder,
            env={**os.environ, **kept, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in good:
        said = log.read_text("utf-8", "replace")[-3000:]
        raise Failed(f"{' '.join(command)} ended with {process.returncode}:\n{said}")
    return Timing(wall, used.ru_utime + used.ru_stime)


def in_turn(variants: Mapping[str, Callable[[], Timing]], rounds: int, say: Callable[[str], None]) -> dict[str, Timing]:
    """Measure every variant in every round, so that what disturbs one disturbs all; the least of each is kept."""
    taken: dict[str, list[Timing]] = {name: [] for name in variants}
    for number in range(rounds):
        for name, measure in variants.items():
            timing = measure()
            taken[name].append(timing)
            say(f"  round {number + 1}: {name}: {timing.wall_s:.2f} s ({timing.cpu_s:.2f} s of processor)")
    return {name: least(timings) for name, timings in taken.items()}


def least(timings: Iterable[Timing]) -> Timing:
    """The least wall time and the least processor time: what the work itself costs."""
    known = list(timings)
    return Timing(min(each.wall_s for each in known), min(each.cpu_s for each in known))


def share(part: float, whole: float) -> str:
    """A ratio as a reader wants it: 1.25 x."""
    return f"{part / whole:.2f} x" if whole else "-"
