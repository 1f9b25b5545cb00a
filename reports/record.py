"""The run record read back: JSON lines become frozen dataclasses; every report is a function of them.

A record survives a crash and merges the records of several workers, so what is read may lack its end: a journey
without `journey.finished` is shown as one that was cut off, never as one that passed. Format: docs/run-record.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

RECORD_NAME = "record.jsonl"
_HEAD = b'{"v":1,"at":"'
_AT_LENGTH = len("2026-11-21T01:02:03.456Z")


@dataclass(frozen=True, slots=True)
class ExhibitRecord:
    """A piece of evidence: its text, or the file (relative to the run's folder) that holds it."""

    name: str
    media_type: str
    text: str | None = None
    file: str | None = None


@dataclass(frozen=True, slots=True)
class CheckRecord:
    """One judged fact."""

    check: str
    path: str
    passed: bool
    expected: str
    actual: str
    message: str
    line: int

    @property
    def reason(self) -> str:
        """Why, without the expected and actual that stand beside it: the words in brackets at a mismatch's end."""
        if ": expected " not in self.message:
            return self.message
        return self.message.rpartition(" (")[2].removesuffix(")") if self.message.endswith(")") else ""


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """One try of a step; `same_as` names an earlier attempt that saw exactly the same."""

    number: int
    at_s: float
    duration_s: float
    summary: str
    values: object
    exhibits: tuple[ExhibitRecord, ...]
    checks: tuple[CheckRecord, ...]
    problem: str
    same_as: int | None


@dataclass(slots=True)
class StepRecord:
    """One step of one execution; `status` is "unfinished" when the record breaks off inside it."""

    step: str
    name: str
    kind: str
    system: str
    handoff: str
    owner: str
    file: str
    line: int
    parent: str
    phase: str
    started_at: datetime
    status: str = "unfinished"
    fault: str = "none"
    duration_s: float = 0.0
    message: str = ""
    hint: str = ""
    outputs: Mapping[str, object] = field(default_factory=dict)
    exhibits: tuple[ExhibitRecord, ...] = ()
    attempts: list[AttemptRecord] = field(default_factory=list)
    decisive: int = 0

    @property
    def telling(self) -> AttemptRecord | None:
        """The attempt that decided the step: the one named decisive (the closest, after a deadline), else the last."""
        return next(
            (a for a in self.attempts if a.number == self.decisive), self.attempts[-1] if self.attempts else None
        )

    @property
    def failed_checks(self) -> tuple[CheckRecord, ...]:
        """What did not hold in the attempt that decided."""
        telling = self.telling
        return tuple(check for check in telling.checks if not check.passed) if telling else ()


@dataclass(slots=True)
class JourneyRecord:
    """One execution of one variant."""

    session: str
    journey: str
    variant: str
    node_id: str
    name: str
    file: str
    line: int
    owner: str
    rank: int | None
    weight: float | None
    gate: Mapping[str, object]
    tags: tuple[str, ...]
    covers: tuple[str, ...]
    parameters: Mapping[str, object]
    digest: str
    worker: str
    started_at: datetime
    status: str = "unfinished"
    fault: str = "none"
    duration_s: float = 0.0
    failure: Mapping[str, Any] | None = None
    known_values: tuple[str, ...] = ()
    interfaces: Mapping[str, int] = field(default_factory=dict)
    steps: list[StepRecord] = field(default_factory=list)

    @property
    def title(self) -> str:
        """The journey with its variant: `activate-postpaid-port-in[north-tel-PHX-128-confirm]`."""
        return f"{self.journey}[{self.variant}]" if self.variant else self.journey


@dataclass(slots=True)
class RunRecord:
    """One run, all its workers merged; `folder` is where files of exhibits are found."""

    run: str
    folder: Path
    started_at: datetime
    environment: str = ""
    release: str | None = None
    tool_version: str = ""
    seed: object = None
    defects: tuple[str, ...] = ()
    argv: tuple[str, ...] = ()
    status: str = "unfinished"
    duration_s: float = 0.0
    exit_code: int | None = None
    journeys: list[JourneyRecord] = field(default_factory=list)
    damaged_lines: int = 0

    @property
    def interfaces(self) -> dict[str, int]:
        """Steps carried out per interface, over all journeys."""
        total: dict[str, int] = {}
        for journey in self.journeys:
            for name, count in journey.interfaces.items():
                total[name] = total.get(name, 0) + int(count)
        return total

    def counts(self) -> dict[str, int]:
        """Journeys per status."""
        counted: dict[str, int] = {}
        for journey in self.journeys:
            counted[journey.status] = counted.get(journey.status, 0) + 1
        return counted


def merged_lines(folder: Path) -> list[bytes]:
    """The lines of all workers of a run, ordered by time."""
    lines = [line for path in sorted(folder.glob("record-*.jsonl")) for line in path.read_bytes().splitlines()]
    return sorted(lines, key=_at)  # a stable order: lines of one worker stay as they were written


def merge_records(folder: Path) -> Path:
    """Merge the workers' files of a run into one, ordered by time; the workers' files stay. Answers the merged file."""
    merged = folder / RECORD_NAME
    merged.write_bytes(b"".join(line + b"\n" for line in merged_lines(folder)))
    return merged


def read_run(folder: Path) -> RunRecord:
    """Read a run's folder: the merged record if there is one, else the workers' files."""
    merged = folder / RECORD_NAME
    paths = [merged] if merged.is_file() else sorted(folder.glob("record-*.jsonl"))
    if not paths:
        raise FileNotFoundError(f"{folder} holds no run record (record.jsonl or record-*.jsonl)")
    lines = [line for path in paths for line in path.read_bytes().splitlines()]
    return read_lines(lines, folder)


def read_lines(lines: Iterable[bytes], folder: Path) -> RunRecord:
    """Build a run from the record's lines; a damaged line (a crash in the middle of a write) is counted and passed."""
    reader = _Reader(folder)
    for line in lines:
        reader.take(line)
    return reader.run


class _Reader:
    """Takes events one by one; what an event refers to is found by session and step."""

    def __init__(self, folder: Path) -> None:
        self.run = RunRecord(run=folder.name, folder=folder, started_at=datetime.fromisoformat("1970-01-01T00:00:00Z"))
        self._journeys: dict[str, JourneyRecord] = {}
        self._steps: dict[tuple[str, str], StepRecord] = {}

    def take(self, line: bytes) -> None:
        try:
            event: dict[str, Any] = msgspec.json.decode(line)
        except msgspec.DecodeError:
            self.run.damaged_lines += 1
            return
        handler = getattr(self, "_" + str(event.get("event", "")).replace(".", "_"), None)
        if handler is not None:
            handler(event)

    def _run_started(self, event: dict[str, Any]) -> None:
        if self.run.environment:
            return
        self.run.run = event["run"]
        self.run.started_at = _time(event)
        self.run.environment = event.get("environment") or ""
        self.run.release = event.get("release")
        self.run.tool_version = event.get("tool_version") or ""
        self.run.seed = event.get("seed")
        self.run.defects = tuple(event.get("defects") or ())
        self.run.argv = tuple(event.get("argv") or ())

    def _run_finished(self, event: dict[str, Any]) -> None:
        self.run.status = event.get("status") or "unfinished"
        self.run.duration_s = max(self.run.duration_s, float(event.get("duration_s") or 0))
        self.run.exit_code = event.get("exit_code")

    def _journey_started(self, event: dict[str, Any]) -> None:
        journey = JourneyRecord(
            session=event["session"],
            journey=event["journey"],
            variant=event.get("variant") or "",
            node_id=event.get("node_id") or "",
            name=event.get("name") or event["journey"],
            file=event.get("file") or "",
            line=event.get("line") or 0,
            owner=event.get("owner") or "",
            rank=event.get("rank"),
            weight=event.get("weight"),
            gate=_gate(event.get("gate")),
            tags=tuple(event.get("tags") or ()),
            covers=tuple(event.get("covers") or ()),
            parameters=event.get("parameters") or {},
            digest=event.get("digest") or "",
            worker=event.get("worker") or "",
            started_at=_time(event),
        )
        self._journeys[journey.session] = journey
        self.run.journeys.append(journey)

    def _journey_finished(self, event: dict[str, Any]) -> None:
        journey = self._journeys.get(event["session"])
        if journey is None:
            return
        journey.status = event["status"]
        journey.fault = event.get("fault") or "none"
        journey.duration_s = float(event.get("duration_s") or 0)
        journey.failure = event.get("failure")
        journey.known_values = tuple(event.get("known_values") or ())
        journey.interfaces = event.get("interfaces") or {}

    def _step_started(self, event: dict[str, Any]) -> None:
        journey = self._journeys.get(event["session"])
        if journey is None:
            return
        step = StepRecord(
            step=event["step"],
            name=event.get("name") or event["step"],
            kind=event.get("kind") or "",
            system=event.get("system") or "",
            handoff=event.get("handoff") or "",
            owner=event.get("owner") or "",
            file=event.get("file") or "",
            line=event.get("line") or 0,
            parent=event.get("parent") or "",
            phase=event.get("phase") or "steps",
            started_at=_time(event),
        )
        self._steps[(journey.session, step.step)] = step
        journey.steps.append(step)

    def _attempt(self, event: dict[str, Any]) -> None:
        step = self._steps.get((event["session"], event["step"]))
        if step is not None:
            step.attempts.append(_attempt(event))

    def _step_finished(self, event: dict[str, Any]) -> None:
        step = self._steps.get((event["session"], event["step"]))
        if step is None:
            return
        step.status = event["status"]
        step.fault = event.get("fault") or "none"
        step.duration_s = float(event.get("duration_s") or 0)
        step.message = event.get("message") or ""
        step.hint = event.get("hint") or ""
        step.decisive = event.get("decisive") or 0
        step.system = event.get("system") or step.system
        step.outputs = event.get("outputs") or {}
        step.exhibits = tuple(_exhibits(event.get("exhibits")))


def _attempt(event: dict[str, Any]) -> AttemptRecord:
    return AttemptRecord(
        number=event["number"],
        at_s=float(event.get("at_s") or 0),
        duration_s=float(event.get("duration_s") or 0),
        summary=event.get("summary") or "",
        values=event.get("values"),
        exhibits=tuple(_exhibits(event.get("exhibits"))),
        checks=tuple(_check(raw) for raw in event.get("checks") or ()),
        problem=_problem(event.get("problem")),
        same_as=event.get("same_as"),
    )


def _check(raw: dict[str, Any]) -> CheckRecord:
    return CheckRecord(
        check=raw.get("check") or "",
        path=raw.get("path") or "",
        passed=bool(raw.get("passed")),
        expected=str(raw.get("expected") or ""),
        actual=str(raw.get("actual") or ""),
        message=raw.get("message") or "",
        line=raw.get("line") or 0,
    )


def _exhibits(raw: Sequence[dict[str, Any]] | None) -> Iterator[ExhibitRecord]:
    for item in raw or ():
        yield ExhibitRecord(item["name"], item["media_type"], item.get("text"), item.get("file"))


def _problem(raw: object) -> str:
    """A problem is written as text or as {"what", "hint"}."""
    if isinstance(raw, Mapping):
        hint = f" - {raw['hint']}" if raw.get("hint") else ""
        return f"{raw.get('what', '')}{hint}"
    return str(raw or "")


def _gate(raw: object) -> Mapping[str, object]:
    return raw if isinstance(raw, Mapping) else {"mode": raw or "blocking"}


def _time(event: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(event["at"])


def _at(line: bytes) -> str:
    if line.startswith(_HEAD):  # as our own writer begins every line; decoding 8,000 lines takes 35 ms
        return line[len(_HEAD) : len(_HEAD) + _AT_LENGTH].decode("ascii", "replace")
    try:
        return str(msgspec.json.decode(line)["at"])
    except (msgspec.DecodeError, KeyError, TypeError):
        return "9999"
