"""Journeys under pytest: ids, marks, selection, failure text, stopping, workers, records."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

ENVIRONMENT = """
environment: memory
clock: real
systems:
  crm: {memory: here}
leases:
  tn: {values: ["6175550001", "6175550002", "6175550003", "6175550004"]}
secrets:
  PORT_PIN: "0042"
  TOKEN: canary-0123456789-abcdef
"""

ORDER = """
journey: order
summary: An order is made
owner: order-management
rank: 3
covers: [ORD-112]
tags: [postpaid, port-in]
inputs:
  tn: {lease: tn}
matrix:
  donor: [north-tel, west-mobile]
steps:
  - id: made
    name: The order is there
    memory: crm
    answers: [{state: new}, {state: done, tn: $inputs.tn}]
    until: {state: done}
    within: 5s
    expect: {tn: $inputs.tn}
  - id: same
    name: The donor is the same
    memory: crm
    answers: [{donor: $matrix.donor, zip: "02139"}]
    expect: {donor: north-tel, zip: "02139"}
"""


def journey(name: str, *, answers: str = "[{x: 1}]", more: str = "expect: {x: 1}") -> str:
    """A journey of one step in memory."""
    return f"""
journey: {name}
summary: The journey {name}
owner: order-management
steps:
  - id: only
    name: The only step
    memory: crm
    answers: {answers}
    {more}
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A carrier's repository with an environment in memory."""
    pytester.makeini("[pytest]\naddopts = -p no:randomly -p no:cacheprovider --env memory --import-mode=importlib\n")
    environments = pytester.path / "fixtures" / "environments"
    environments.mkdir(parents=True)
    (environments / "memory.yaml").write_text(ENVIRONMENT)
    return pytester


def write(project: pytest.Pytester, name: str, text: str) -> Path:
    """A journey file of the project."""
    path = project.path / "journeys" / f"{name}.journey.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def events(project: pytest.Pytester) -> list[dict[str, object]]:
    """The events of the project's only run."""
    (record,) = project.path.glob(".ringback/runs/*/record.jsonl")
    return [json.loads(line) for line in record.read_text().splitlines()]


def test_each_variant_is_an_item_with_a_stable_id(project: pytest.Pytester) -> None:
    """The id is the file, the journey and the variant; the head alone is enough to list them."""
    write(project, "order", ORDER)

    result = project.runpytest("--collect-only", "-q")

    result.stdout.fnmatch_lines(
        ["journeys/order.journey.yaml::order[[]north-tel]", "journeys/order.journey.yaml::order[[]west-mobile]"]
    )


def test_a_setup_plan_runs_no_journey(project: pytest.Pytester) -> None:
    """--setup-plan shows fixtures; no journey starts, so there is no record of one."""
    write(project, "order", ORDER)

    project.runpytest("--setup-plan")

    assert list(project.path.glob(".ringback/runs/*/record.jsonl")) == []


def test_a_failure_says_where_what_and_what_next_without_a_traceback(project: pytest.Pytester) -> None:
    """File and line, the step, all mismatches as a table, the place of the evidence."""
    write(project, "order", ORDER)

    result = project.runpytest()

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "FAILED (product)*",
            "> journeys/order.journey.yaml:*step same: The donor is the same",
            "*line  path   expected   actual*",
            "*donor  north-tel  west-mobile*",
            "*evidence: *.ringback/runs/*",
            "FAILED journeys/order.journey.yaml::order[[]west-mobile] - product: same: donor*",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*session.py*")


@pytest.mark.parametrize(
    ("arguments", "passed"), [(["-k", "north"], 1), (["-m", "postpaid"], 1), (["-m", "not journey"], 0)]
)
def test_variants_are_selected_as_any_test_is(project: pytest.Pytester, arguments: list[str], passed: int) -> None:
    """-k by id, -m by tag; strict markers know the tags."""
    write(project, "order", ORDER)

    result = project.runpytest("--strict-markers", *arguments)

    assert result.parseoutcomes().get("passed", 0) == passed


def test_junit_properties_tell_two_variants_apart(project: pytest.Pytester) -> None:
    """Owner, rank, covers and the variant are in the XML."""
    write(project, "order", ORDER)

    project.runpytest("--junitxml=junit.xml")

    text = (project.path / "junit.xml").read_text()
    assert 'name="variant" value="west-mobile"' in text
    assert 'name="covers" value="ORD-112"' in text
    assert 'message="product: same: donor' in text


def test_the_record_has_an_event_before_and_after_everything(project: pytest.Pytester) -> None:
    """Run, journeys, steps and attempts, in the order of time; the run's exit code at the end."""
    write(project, "order", ORDER)

    project.runpytest("-k", "north")

    names = [str(event["event"]) for event in events(project)]
    assert names == [
        "run.started",
        "journey.started",
        *["step.started", "attempt", "attempt", "step.finished"],
        *["step.started", "attempt", "step.finished"],
        "journey.finished",
        "run.finished",
    ]
    assert events(project)[-1]["exit_code"] == 0


def test_journeys_that_wait_wait_together(project: pytest.Pytester) -> None:
    """Six journeys of 0.6 s each take far less than 3.6 s."""
    waits = "until: {x: 2}\n    within: 600ms"
    for number in range(6):
        write(project, f"w{number}", journey(f"w{number}", more=waits))

    result = project.runpytest("-q", "--journeys-at-once=6")

    result.assert_outcomes(failed=6)
    told = events(project)
    first = next(str(event["at"]) for event in told if event["event"] == "journey.started")
    last = next(str(event["at"]) for event in reversed(told) if event["event"] == "journey.finished")
    assert (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds() < 2.5


def test_no_journey_runs_beside_a_test_of_another_kind(project: pytest.Pytester) -> None:
    """A test in Python owns the process while it runs: journeys behind it start when it has ended."""
    project.makeconftest(
        """
        BEGUN = []
        def pytest_ringback_journey_started(head, variant, session): BEGUN.append(head.id)
        """
    )
    project.makepyfile(
        test_first="""
        import threading
        def test_owns_the_process(request):
            [conftest] = [p for p in request.config.pluginmanager.get_plugins() if hasattr(p, "BEGUN")]
            threading.Event().wait(0.5)
            assert conftest.BEGUN == []
        """
    )
    for number in range(3):
        write(project, f"w{number}", journey(f"w{number}"))

    result = project.runpytest("-p", "no:randomly", "test_first.py", "journeys", "--journeys-at-once=3")

    result.assert_outcomes(passed=4)


def test_x_cancels_what_has_not_started(project: pytest.Pytester) -> None:
    """After the first failure nothing new begins, and what runs is undone at once."""
    write(project, "a", journey("a", more="expect: {x: 2}"))
    for number in range(5):
        write(project, f"b{number}", journey(f"b{number}", more="until: {x: 2}\n    within: 60s"))
    began = time.monotonic()

    result = project.runpytest("-x", "--journeys-at-once=2")

    assert result.parseoutcomes() == {"failed": 1}
    assert time.monotonic() - began < 20
    started = [event["journey"] for event in events(project) if event["event"] == "journey.started"]
    assert len(started) < 6


def test_a_journey_with_a_fixture_of_the_project_runs_inside_it(project: pytest.Pytester) -> None:
    """An autouse fixture is set up before the journey starts and torn down after it."""
    project.makeconftest(
        """
        import pytest
        STORY = []
        @pytest.fixture(autouse=True)
        def around():
            STORY.append("set up"); yield; STORY.append("torn down")
        def pytest_ringback_journey_started(head, variant, session):
            STORY.append(head.id)
        def pytest_sessionfinish():
            print("STORY", STORY)
        """
    )
    write(project, "a", journey("a"))

    result = project.runpytest("-s")

    result.stdout.fnmatch_lines(["*STORY [[]'set up', 'a', 'torn down']*"])


def test_hooks_tell_of_each_journey_and_step(project: pytest.Pytester) -> None:
    """A conftest.py sees starts and ends."""
    project.makeconftest(
        """
        TOLD = []
        def pytest_ringback_step_started(place): TOLD.append(("start", place))
        def pytest_ringback_step_finished(outcome): TOLD.append(("end", outcome.step, str(outcome.status)))
        def pytest_ringback_run_finished(run): print("TOLD", TOLD, run.counts())
        """
    )
    write(project, "a", journey("a"))

    result = project.runpytest("-s")

    result.stdout.fnmatch_lines(["*TOLD [[]('start', 'only'), ('end', 'only', 'passed')] {'passed': 1}*"])


def test_workers_of_xdist_write_one_run(project: pytest.Pytester) -> None:
    """Two workers, one run id, one merged record, no number leased twice."""
    write(project, "order", ORDER.replace("expect: {donor: north-tel", "expect: {donor: $matrix.donor"))

    result = project.runpytest_subprocess("-n", "2")

    result.assert_outcomes(passed=2)
    told = events(project)
    assert [event["event"] for event in told].count("run.started") == 1
    assert [event["event"] for event in told].count("journey.finished") == 2
    assert told[-1]["event"] == "run.finished"


def test_ctrl_c_undoes_what_was_done_and_keeps_the_evidence(project: pytest.Pytester) -> None:
    """The undo and finally steps of a waiting journey run before the process ends."""
    write(
        project,
        "long",
        """
journey: long
summary: A long wait
owner: order-management
steps:
  - id: made
    name: Something is made
    memory: crm
    answers: [{x: 1}]
    expect: {x: 1}
    undo: {id: unmade, name: It is unmade, memory: crm, answers: [{x: 1}], expect: {x: 1}}
  - {id: waits, name: A wait, memory: crm, answers: [{x: 1}], until: {x: 2}, within: 120s}
finally:
  - {id: last, name: The end, memory: crm, answers: [{x: 1}], expect: {x: 1}}
""",
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest"], cwd=project.path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    record = _eventually(project.path, b'"step":"waits"')

    process.send_signal(signal.SIGINT)
    process.wait(timeout=30)

    finished = [json.loads(line) for line in record.read_text().splitlines()]
    steps = [(event["step"], event["status"]) for event in finished if event["event"] == "step.finished"]
    assert steps == [("made", "passed"), ("waits", "error"), ("unmade", "passed"), ("last", "passed")]
    assert process.returncode == 2


def _eventually(folder: Path, mark: bytes) -> Path:
    """The record, once the mark is in it."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for record in folder.glob(".ringback/runs/*/record-main.jsonl"):
            if mark in record.read_bytes():
                return record
    raise AssertionError(f"no {mark!r} in the record")


def test_a_secret_is_nowhere_in_the_evidence_or_the_output(project: pytest.Pytester) -> None:
    """A long canary is masked by value, a PIN by its field, in the record, the reports and the terminal."""
    write(
        project,
        "secret",
        """
journey: secret
summary: Secrets
owner: order-management
inputs:
  token: {secret: TOKEN}
  pin: {secret: PORT_PIN}
steps:
  - id: shown
    name: A system shows them
    memory: crm
    answers: [{header: "Bearer {$inputs.token}", pin: $inputs.pin}]
    expect: {header: none, pin: "9999"}
""",
    )

    result = project.runpytest("--alluredir=allure", "--junitxml=junit.xml")

    outputs = [path for path in project.path.rglob("*") if _is_output(path)]
    texts = [result.stdout.str(), *map(_text, outputs)]
    assert result.parseoutcomes() == {"failed": 1}
    assert not any("canary-0123456789" in text for text in texts)
    assert not any("0042" in text for text in texts)


def _is_output(path: Path) -> bool:
    return path.is_file() and path.suffix != ".yaml" and "fixtures" not in path.parts


def _text(path: Path) -> str:
    return path.read_bytes().decode(errors="replace")
