"""The end of a run in the terminal: what failed, where, expected beside actual, what to do next - nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ringback.engine.durations import duration_text
from ringback.reports.lanes import by_label
from ringback.reports.record import JourneyRecord, RunRecord

_COLOURS = {"passed": "32", "failed": "31", "error": "33", "unfinished": "33", "quiet": "2", "strong": "1"}
_ORDER = ("failed", "error", "unfinished", "blocked", "skipped", "passed")

_SAID = {
    "usage": "the call or the environment file asks for what is not there",
    "test": "the journey itself is wrong",
    "environment": "a system, a partner or a tool could not be used",
}


def summary(run: RunRecord, *, report: Path | None = None, colour: bool = False, width: int = 100) -> str:
    """The summary as text; `report` is the HTML report to point at."""
    return "\n".join(_lines(run, report, _Paint(colour), width))


class _Paint:
    """Colours when the terminal has them."""

    def __init__(self, on: bool) -> None:
        self._on = on

    def __call__(self, style: str, text: str) -> str:
        return f"\x1b[{_COLOURS[style]}m{text}\x1b[0m" if self._on and style in _COLOURS else text


def _lines(run: RunRecord, report: Path | None, paint: _Paint, width: int) -> Iterator[str]:
    troubled = [journey for journey in run.journeys if journey.status not in ("passed", "skipped")]
    for journeys in _alike(troubled):
        yield ""
        yield from _trouble(journeys, paint)
    yield ""
    yield paint("quiet", "-" * min(width, 100))
    yield from _totals(run, paint)
    if run.defects:
        yield f"Defects switched on: {', '.join(run.defects)}"
    if report:
        yield f"Report    {report}"
    yield f"Evidence  {run.folder}"


def _alike(journeys: list[JourneyRecord]) -> Iterator[list[JourneyRecord]]:
    """Variants that broke at the same step for the same reason are told once."""
    groups: dict[tuple[str, ...], list[JourneyRecord]] = {}
    for journey in journeys:
        failure = journey.failure or {}
        told = ("path", "expected", "actual") if failure.get("expected") else ("message",)  # which tells times, too
        parts = (failure.get(name) for name in ("step", "system", *told))
        key = (journey.journey, journey.status, *(str(part) for part in parts))
        groups.setdefault(key, []).append(journey)
    yield from sorted(groups.values(), key=lambda group: _ORDER.index(group[0].status))


def _trouble(journeys: list[JourneyRecord], paint: _Paint) -> Iterator[str]:
    first = journeys[0]
    failure: Mapping[str, Any] = first.failure or {}
    yield f"{paint(first.status, first.status.upper())}  {paint('strong', first.name)}"
    variants = ", ".join(sorted(journey.variant for journey in journeys if journey.variant))
    if variants:
        yield f"  variants  {variants}"
    if first.fault in _SAID:
        yield f"  fault     {_SAID[first.fault]}; nothing is said about the product"
    if not failure:
        yield "  the record ends before the journey does: it was cut off"
        return
    if failure.get("step"):
        yield f"  step      {failure.get('name')}  ({failure['step']})"
    yield f"  at        {failure.get('file')}:{failure.get('line')}"
    yield from _whose(failure.get("system"), failure.get("owner") or first.owner)
    checks = tuple(_checks(first, failure))
    for check in checks:
        yield f"  {paint('quiet', check['path'])}"
        yield f"    expected  {paint('passed', str(check['expected']))}"
        yield f"    actual    {paint('failed', str(check['actual']))}"
        if check["message"]:
            yield f"    {check['message']}"
    message = str(failure.get("message") or "")
    if said := _message(message) if checks else message:
        yield from (f"  {line}" for line in said.splitlines())
    if failure.get("hint"):
        yield f"  next      {failure['hint']}"


def _whose(system: object, owner: object) -> Iterator[str]:
    """The system that is judged and the queue it belongs to; what is not known is not told."""
    if system:
        yield f"  system    {system}" + (f"   owner {owner}" if owner else "")
    elif owner:
        yield f"  owner     {owner}"


def _checks(journey: JourneyRecord, failure: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """All that did not hold in the failing step, from its record; else the one the failure names."""
    step = next((step for step in journey.steps if step.step == failure.get("step")), None)
    if step is not None and step.failed_checks:
        for check in step.failed_checks:
            told = {"path": check.path, "expected": check.expected, "actual": check.actual}
            yield {**told, "message": check.reason}
    elif failure.get("expected"):
        yield {
            "path": failure.get("path") or failure.get("check") or "",
            "expected": str(failure["expected"]),
            "actual": str(failure.get("actual")),
            "message": "",
        }


def _message(message: str) -> str:
    """The step's own message, without the mismatches that stand above it: how long was waited, or what broke."""
    waited, _, mismatch = message.partition("; closest at ")
    if mismatch:
        return f"{waited})"
    return "" if ": expected " in message else message


def _totals(run: RunRecord, paint: _Paint) -> Iterator[str]:
    counts = run.counts()
    journeys = {journey.journey for journey in run.journeys}
    told = ", ".join(paint(name, f"{counts[name]} {name}") for name in _ORDER if counts.get(name))
    took = duration_text(run.duration_s)
    variants = f" with {len(run.journeys)} variants" if len(run.journeys) > len(journeys) else ""
    yield f"Journeys  {len(journeys)}{variants}: {told or 'none ran'} in {took}"
    steps = ", ".join(f"{label} {count}" for label, count in by_label(run.interfaces).items())
    yield f"Steps     {steps or 'none'}"
