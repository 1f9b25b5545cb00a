"""`ringback run`: each way to end has its own exit code, and the call reaches pytest as it was meant."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ringback.engine.exit_codes import ExitCode, exit_code_of
from ringback.engine.outcomes import Fault
from ringback.fixtures.launch import pytest_arguments

ENVIRONMENT = "environment: memory\nclock: real\nsystems: {crm: {memory: here}}\n"
STEP = """
  - id: only
    name: The only step
    memory: crm
    answers: {answers}
    {more}
"""


def journey(answers: str, more: str = "expect: {x: 1}", head: str = "owner: om") -> str:
    """A journey of one step."""
    step = STEP.replace("{answers}", answers).replace("{more}", more)
    return f"journey: one\nsummary: One step\n{head}\nsteps:{step}"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A carrier's repository."""
    (tmp_path / "fixtures" / "environments").mkdir(parents=True)
    (tmp_path / "fixtures" / "environments" / "memory.yaml").write_text(ENVIRONMENT)
    (tmp_path / "journeys").mkdir()
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -p no:randomly\n")
    return tmp_path


def ringback(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command in the project."""
    return subprocess.run(
        [sys.executable, "-c", "from ringback.cli.main import main; main()", "run", *arguments],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    ("text", "arguments", "code", "said"),
    [
        (journey("[{x: 1}]"), ("--env=memory",), 0, "1 passed"),
        (journey("[{x: 2}]"), ("--env=memory",), 1, "expected"),
        (journey("[{x: 1}]"), ("--env=memry",), 2, "did you mean 'memory'?"),
        (journey("[{x: 1}]"), ("--env=memory", "--release=9.9"), 2, "there is no release 9.9"),
        (journey("[{x: 1}]", more="expectt: {x: 1}"), ("--env=memory",), 3, "did you mean 'expect'?"),
        (journey("[{x: 1}]", head="ownr: om"), ("--env=memory",), 3, "did you mean 'owner'?"),
        (journey("[{x: 1}]", more="outputs: {y: nothing}"), ("--env=memory",), 3, "nothing"),
        (journey("[unavailable]"), ("--env=memory",), 4, "does not answer"),
        (journey("[{x: 1}]"), ("--env=memory", "-k", "other"), 5, "nothing ran: no variant fits -k 'other'"),
        (journey("[{x: 1}]"), ("--env=memory", "--defect=D05"), 2, "needs the embedded reference stack"),
    ],
)
def test_each_way_to_end_has_its_code(
    project: Path, text: str, arguments: tuple[str, ...], code: int, said: str
) -> None:
    """0 passed, 1 product, 2 usage, 3 broken test, 4 environment, 5 nothing ran; the reason is told."""
    (project / "journeys" / "one.journey.yaml").write_text(text)

    ended = ringback(project, *arguments)

    assert ended.returncode == code, ended.stdout + ended.stderr
    assert said in ended.stdout + ended.stderr


def test_a_journey_that_is_named_wrong_is_told_and_not_passed_over(project: Path) -> None:
    """Nobody would miss a journey that never runs; whether the folder or the file was asked for is the same."""
    (project / "journeys" / "one.journey.yaml").write_text(journey("[{x: 1}]"))
    (project / "journeys" / "two.yaml").write_text(journey("[{x: 1}]"))
    (project / "journeys" / "data.yaml").write_text("journey: of a parcel\n")

    for target in ("journeys", "journeys/two.yaml"):
        ended = ringback(project, "--env=memory", target)

        assert ended.returncode == 3
        assert "two.yaml holds a journey, but only files named *.journey.yaml run" in ended.stderr
        assert "rename the file to two.journey.yaml" in ended.stderr


def test_two_files_with_one_journey_id_do_not_run(project: Path) -> None:
    """Their results could not be told apart; the same file named twice is one journey."""
    for name in ("one", "two"):
        (project / "journeys" / f"{name}.journey.yaml").write_text(journey("[{x: 1}]"))

    both = ringback(project, "--env=memory", "journeys")
    twice = ringback(project, "--env=memory", "journeys/one.journey.yaml", "journeys/one.journey.yaml")

    assert both.returncode == 3
    assert "journeys/two.journey.yaml:1:1: the journey 'one' is in journeys/one.journey.yaml, too" in both.stderr
    assert twice.returncode == 0


def test_a_file_that_is_no_journey_is_a_wrong_call(project: Path) -> None:
    """Reusable steps cannot run by themselves."""
    (project / "journeys" / "one.steps.yaml").write_text("steps: one\n")

    ended = ringback(project, "--env=memory", "journeys/one.steps.yaml")

    assert ended.returncode == 2
    assert "journeys/one.steps.yaml is not a journey" in ended.stderr


def test_a_product_failure_counts_before_a_broken_test_before_the_environment() -> None:
    """Mixed results have the code that a pipeline must act on first."""
    assert exit_code_of([Fault.NONE, Fault.ENVIRONMENT, Fault.TEST, Fault.PRODUCT]) is ExitCode.PRODUCT
    assert exit_code_of([Fault.NONE, Fault.ENVIRONMENT, Fault.TEST]) is ExitCode.TEST
    assert exit_code_of([Fault.NONE, Fault.ENVIRONMENT]) is ExitCode.ENVIRONMENT
    assert exit_code_of([Fault.NONE]) is ExitCode.PASSED
    assert exit_code_of([]) is ExitCode.NOTHING


def test_the_call_reaches_pytest_as_it_was_meant(tmp_path: Path) -> None:
    """Our options have pytest's names; several --defect become one list."""
    given: dict[str, object] = {"env": "sit2", "defects": ("D05", "D01"), "expression": "north", "trace": True}

    arguments = pytest_arguments([Path("journeys")], tmp_path, given)

    assert {"--env=sit2", "--defect=D05,D01", "-knorth", "--keep-trace", "journeys"} <= set(arguments)
