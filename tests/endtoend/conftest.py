"""Ringback as its users call it: as a command, in a project, each run with a folder of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ringback.reports.record import JourneyRecord, RunRecord, StepRecord, read_run

ROOT = Path(__file__).resolve().parents[2]
LONGEST_S = 240

Interrupt = Callable[[subprocess.Popen[str], Path, bytes], str]


@dataclass(frozen=True, slots=True)
class Ended:
    """What a call came to: its exit code, what it said, and where its runs are kept."""

    code: int
    text: str
    folder: Path

    @property
    def runs(self) -> list[Path]:
        """The folders of the runs, oldest first."""
        return sorted((self.folder / "runs").glob("*/"), key=lambda run: run.stat().st_mtime_ns)

    @property
    def run(self) -> RunRecord:
        """The record of the newest run."""
        return read_run(self.runs[-1])

    @property
    def journey(self) -> JourneyRecord:
        """The only journey of the newest run."""
        (journey,) = self.run.journeys
        return journey

    def step(self, place: str) -> StepRecord:
        """A step of the only journey."""
        return next(step for step in self.journey.steps if step.step == place)


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with journeys and environments, as a carrier has it."""

    path: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Where its runs, leases and operations are."""
        return self.path / ".ringback"

    def write(self, name: str, text: str) -> Path:
        """A file of the project."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def call(self, *arguments: str, variables: Mapping[str, str] | None = None) -> Ended:
        """`ringback ...` in the project."""
        return self.command("ringback", *arguments, variables=variables)

    def command(self, module: str, *arguments: str, variables: Mapping[str, str] | None = None) -> Ended:
        """`python -m module ...` in the project; what it prints is read as one text."""
        ended = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=self.path,
            env={**os.environ, **self.variables, **(variables or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LONGEST_S,
            check=False,
        )
        return Ended(ended.returncode, ended.stdout, self.folder)

    def start(self, *arguments: str, module: str = "ringback") -> subprocess.Popen[str]:
        """`ringback ...` in the project, not waited for."""
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=self.path,
            env={**os.environ, **self.variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty project."""
    (tmp_path / "journeys").mkdir()
    (tmp_path / "fixtures" / "environments").mkdir(parents=True)
    return Project(tmp_path)


@pytest.fixture
def flagship(project: Project) -> Project:
    """A project that holds a copy of the journeys of this repository."""
    for path in (ROOT / "journeys").rglob("*.yaml"):
        project.write(f"journeys/{path.relative_to(ROOT / 'journeys')}", path.read_text(encoding="utf-8"))
    return project


@pytest.fixture
def repository(tmp_path: Path) -> Callable[..., Ended]:
    """Calls a module's command in this repository, its runs kept in a folder of the test."""

    def call(module: str, *arguments: str) -> Ended:
        ended = Project(ROOT).command(module, *arguments, f"--ringback-dir={tmp_path / '.ringback'}")
        return Ended(ended.code, ended.text, tmp_path / ".ringback")

    return call


@pytest.fixture
def interrupted() -> Iterator[Interrupt]:
    """Sends Ctrl-C to a run once a mark is in its record; answers what the run said."""
    started: list[subprocess.Popen[str]] = []

    def interrupt(process: subprocess.Popen[str], folder: Path, mark: bytes) -> str:
        started.append(process)
        deadline = time.monotonic() + LONGEST_S
        while not any(mark in record.read_bytes() for record in folder.glob("runs/*/record-main.jsonl")):
            assert process.poll() is None, f"the run ended with {process.returncode} before {mark!r} was in its record"
            assert time.monotonic() < deadline, f"no {mark!r} in the record"
        process.send_signal(signal.SIGINT)
        return process.communicate(timeout=LONGEST_S)[0]

    yield interrupt
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def steered(project: Project) -> Project:
    """A project whose environment is the embedded stack, with the stack's own steering wheel as one more system."""
    embedded = (ROOT / "fixtures" / "environments" / "embedded.yaml").read_text(encoding="utf-8")
    wheel = 'systems:\n  steering: {api: "{$stack.url}/admin", auth: {bearer: {secret: ADMIN_TOKEN}}}\n'
    project.write("fixtures/environments/embedded.yaml", embedded.replace("systems:\n", wheel, 1))
    return project
