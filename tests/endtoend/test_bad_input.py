"""What goes wrong before or beside the product: one clear message, the right exit code, the evidence kept."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.endtoend.conftest import ROOT, Ended, Interrupt, Project
from tests.endtoend.test_lost_delivery import JOURNEY as ORDER

NOWHERE = "http://127.0.0.1:9"  # the port "discard": nothing listens there
MISTAKES = ROOT / "tests" / "golden" / "lint-eight-mistakes" / "eight-mistakes.yaml"

ENVIRONMENT = f"""
environment: sit
clock: real
systems:
  ordering: {{api: "{NOWHERE}", timeout: 2}}
  care: {{ui: "{NOWHERE}"}}
  billing: {{db: "postgresql+psycopg://reader@127.0.0.1:9/billing", timeout: 2}}
  mailbox: {{sftp: "sftp://127.0.0.1:9", user: np, password: {{secret: MAILBOX_PASSWORD}}, trust: first_use}}
secrets: {{MAILBOX_PASSWORD: "not-a-real-one"}}
"""

HEAD = """
journey: only
summary: A journey of one step
owner: order-management
"""
FIRST = """
  - {id: first, name: Something that holds, memory: crm, answers: [{number: "7"}], expect: {number: "7"}}
"""


@pytest.fixture
def sit(project: Project) -> Project:
    """A project whose systems are all out of reach."""
    project.write("fixtures/environments/sit.yaml", ENVIRONMENT)
    return project


def run(project: Project, steps: str, *more: str, variables: Mapping[str, str] | None = None) -> Ended:
    """Run a journey of a first step that holds, and these."""
    project.write("journeys/only.journey.yaml", f"{HEAD}steps:{FIRST}{steps}")
    return project.call("run", "journeys", "--env", "sit", *more, variables=variables)


def evidence_of_first_step(ended: Ended) -> object:
    """What the first step saw, kept although a later one broke."""
    return ended.step("first").attempts[0].values


def test_an_unknown_key_is_named_with_its_place_and_the_nearest(sit: Project) -> None:
    """3: file, line, column, what was meant; nothing is sent."""
    ended = run(sit, "  - {id: a, name: A, memory: crm, answers: [{x: 1}], expct: {x: 1}}\n")

    assert ended.code == 3, ended.text
    assert "journeys/only.journey.yaml:7" in ended.text
    assert "unknown key 'expct'" in ended.text
    assert "did you mean 'expect'?" in ended.text


def test_a_value_of_the_wrong_type_says_which_is_right(sit: Project) -> None:
    """3: the place, the value that is there, what belongs there."""
    ended = run(sit, "  - {id: a, name: A, memory: crm, answers: [{x: 1}], expect: {x: 1}, within: soon}\n")

    assert ended.code == 3, ended.text
    assert "journeys/only.journey.yaml:7" in ended.text
    assert "`within` must be a duration, not the text 'soon'" in ended.text
    assert "30s" in ended.text


@pytest.mark.parametrize(
    ("expression", "nearest"),
    [("$frist.number", "first"), ("$inputs.tn", "inputs"), ("$first.number.digits", "$first.number is a text")],
)
def test_an_expression_naming_nothing_is_a_broken_test(sit: Project, expression: str, nearest: str) -> None:
    """3, before the run where it can be known, else in the run: the expression and what there is instead."""
    ended = run(sit, f"  - {{id: a, name: A, memory: crm, answers: [{{x: 1}}], expect: {{x: {expression}}}}}\n")

    assert ended.code == 3, ended.text
    assert expression in ended.text
    assert nearest in ended.text
    assert "only.journey.yaml:7" in ended.text


def test_all_problems_of_a_file_are_told_by_run_too(sit: Project) -> None:
    """3: not one after the other."""
    steps = "  - {id: a, nam: A, memory: crm, answers: [{x: 1}], expct: {x: 1}}\n  - {id: b, memroy: crm}\n"

    ended = run(sit, steps)

    assert ended.code == 3, ended.text
    assert all(word in ended.text for word in ("'nam'", "'expct'", "'memroy'"))


def test_a_system_missing_in_the_environment_is_a_wrong_call(sit: Project) -> None:
    """2: the environment file, the system, the nearest it has."""
    ended = run(sit, "  - {id: a, name: A, api: orderng, url: /orders, expect: {status: 200}}\n")

    assert ended.code == 2, ended.text
    assert "orderng" in ended.text
    assert "fixtures/environments/sit.yaml" in ended.text
    assert "did you mean 'ordering'?" in ended.text


def test_an_environment_that_is_not_there_is_a_wrong_call(sit: Project) -> None:
    """2: its name, and the nearest there is."""
    sit.write("journeys/only.journey.yaml", f"{HEAD}steps:{FIRST}")

    ended = sit.call("run", "journeys", "--env", "sit3")

    assert ended.code == 2, ended.text
    assert "there is no environment 'sit3'" in ended.text
    assert "did you mean 'sit'?" in ended.text


@pytest.mark.parametrize(
    ("system", "step"),
    [
        ("ordering", "api: ordering, url: /orders, expect: {status: 200}"),
        ("billing", "db: billing, sql: select 1 as one, expect: {count: 1}"),
        ("mailbox", 'sftp: mailbox, list: "/*", expect: {count: 0}'),
        ("care", "ui: care, do: [{open: /}], expect: {title: Care}"),
    ],
)
def test_an_unreachable_system_is_no_failure_of_the_product(sit: Project, system: str, step: str) -> None:
    """4: the system by its name, what was tried, what to look at; what was seen before is kept."""
    ended = run(sit, f"  - {{id: a, name: A, {step}}}\n")

    assert ended.code == 4, ended.text
    assert f"{system}: " in ended.text
    assert "127.0.0.1:9" in ended.text
    assert "next      " in ended.text
    assert "nothing is said about the product" in ended.text
    assert evidence_of_first_step(ended) == {"number": "7"}


def test_without_a_browser_the_message_says_how_to_get_one(sit: Project) -> None:
    """4: a path that does not exist is named; how a browser is installed."""
    step = "  - {id: a, name: A, ui: care, do: [{open: /}], expect: {title: Care}}\n"

    ended = run(sit, step, variables={"RINGBACK_CHROMIUM": "/nowhere/chromium"})

    assert ended.code == 4, ended.text
    assert "/nowhere/chromium" in ended.text
    assert "install" in ended.text
    assert evidence_of_first_step(ended) == {"number": "7"}


def test_an_option_that_the_stack_does_not_know_is_told_and_nothing_runs(steered: Project) -> None:
    """2: the option of the variable, and what may stand there; the stack of a run takes it from there."""
    options = {"RINGBACK_STACK_OPTIONS": "--sftp telnet"}
    step = "  - {id: a, name: A, db: billing, sql: select 1 as x, expect: {row.x: 1}}\n"

    ended = run(steered, step, "--env", "embedded", variables=options)

    assert ended.code == 2, ended.text
    assert "argument --sftp: invalid choice: 'telnet'" in ended.text


def test_a_changed_host_key_is_refused(steered: Project) -> None:
    """4: nothing is sent to a server that is not the one of the environment file."""
    path = steered.path / "fixtures" / "environments" / "embedded.yaml"
    other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBJHyb9vmbpmc8v2pYNP2SHaQL1JmwYPEWCnY6lLyLk0"
    text = path.read_text(encoding="utf-8")
    steered.write("fixtures/environments/sit.yaml", text.replace("{$stack.host_key}", other))

    ended = run(steered, '  - {id: a, name: A, sftp: clearing-house, list: "/*", expect: {count: 0}}\n')

    assert ended.code == 4, ended.text
    assert "clearing-house: " in ended.text
    assert "host key" in ended.text
    assert "SHA256:" in ended.text
    assert "host_key" in ended.text.partition("next      ")[2]


def test_a_journey_whose_partners_are_cut_off_is_no_failure_of_the_product(steered: Project) -> None:
    """4: with the SFTP server stopped the bureau cannot answer; a wait for its decision in vain says why."""
    journey = ORDER.replace("[kept, lost]", "[kept, stopped]").replace("within: 30s", "within: 6s")
    stop = "when: {$matrix.delivery: stopped}\n    id: stop\n    name: The SFTP server is stopped"
    journey = re.sub(r"when: .*?name: [^\n]*", stop, journey, flags=re.DOTALL)
    journey = re.sub(r"url: /drop-delivery\n.*?\n    expect: [^\n]*", _STOPPED, journey, flags=re.DOTALL)
    steered.write("journeys/order-is-taken-up.journey.yaml", journey)

    ended = steered.call("run", "journeys", "-k", "stopped")

    failure = ended.journey.failure or {}
    assert (ended.code, ended.journey.status, ended.journey.fault) == (4, "error", "environment"), ended.text
    assert failure["step"] == "decided"
    assert "credit-bureau" in str(failure["message"])


_STOPPED = "url: /sftp/stop\n    expect: {status: {lt: 300}}"


def test_a_file_that_does_not_match_its_layout_fails_with_every_problem(steered: Project) -> None:
    """1: the file, the line, the field, the code; the content is kept as evidence."""
    steered.write("fixtures/environments/sit.yaml", _embedded(steered))
    content = "H|NPRESP|0100|CH01|9X01|20260115120000|00001|P\\nD|000001|short\\nT|000007|000000000000000\\n"
    steps = f"""
  - id: put
    name: A file is put
    sftp: clearing-house
    put: /ack/from_partner/odd.txt
    content: "{content}"
    expect: {{count: 1}}
  - id: read
    name: It is read
    sftp: clearing-house
    get: /ack/from_partner/odd.txt
    feed: npresp
    expect: {{count: {{ge: 1}}}}
"""

    ended = run(steered, steps)

    checks = [check for check in ended.step("read").failed_checks if check.check == "feed"]
    assert (ended.code, ended.journey.fault) == (1, "product"), ended.text
    assert [check.actual for check in checks] == ["G001", "G012", "G004 count"]
    assert "odd.txt:2:1: 3 fields, the layout has 14" in ended.text
    assert "T|000007" in json.dumps(ended.step("read").attempts[-1].values)


def test_an_unknown_layout_is_a_broken_test(steered: Project) -> None:
    """3: the nearest layout."""
    steered.write("fixtures/environments/sit.yaml", _embedded(steered))

    ended = run(
        steered, '  - {id: a, name: A, sftp: clearing-house, get: "/to_us/*", feed: nprsep, expect: {count: 0}}\n'
    )

    assert ended.code == 3, ended.text
    assert "nprsep" in ended.text
    assert "npresp" in ended.text


def _embedded(project: Project) -> str:
    return (project.path / "fixtures" / "environments" / "embedded.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("selection", [("journeys", "-k", "nothing-is-called-so"), ("empty",)])
def test_nothing_selected_is_never_green(sit: Project, selection: tuple[str, ...]) -> None:
    """5: a run of nothing shows nothing."""
    sit.write("journeys/only.journey.yaml", f"{HEAD}steps:{FIRST}")
    (sit.path / "empty").mkdir()

    ended = sit.call("run", *selection, "--env", "sit")

    assert ended.code == 5, ended.text


def test_a_file_that_is_not_there_is_a_wrong_call(sit: Project) -> None:
    """2: the path as it was given."""
    ended = sit.call("run", "journeys/olny.journey.yaml", "--env", "sit")

    assert ended.code == 2, ended.text
    assert "journeys/olny.journey.yaml" in ended.text


def test_ctrl_c_undoes_what_was_done_and_keeps_the_evidence(sit: Project, interrupted: Interrupt) -> None:
    """130: undo and finally run, the record is whole, the report is written."""
    once = "memory: crm, answers: [{x: 1}], expect: {x: 1}"
    steps = f"""
  - {{id: made, name: Something is made, {once}, undo: {{id: unmade, name: It is unmade, {once}}}}}
  - {{id: waits, name: A long wait, memory: crm, answers: [{{x: 1}}], until: {{x: 2}}, within: 200s}}
finally:
  - {{id: last, name: The end, {once}}}
"""
    sit.write("journeys/only.journey.yaml", f"{HEAD}steps:{FIRST}{steps}")
    process = sit.start("run", "journeys", "--env", "sit")

    said = interrupted(process, sit.folder, b'"step":"waits"')

    ended = Ended(process.returncode, said, sit.folder)
    fates = {step.step: step.status for step in ended.journey.steps}
    assert ended.code == 130, said
    assert fates == {"first": "passed", "made": "passed", "waits": "error", "unmade": "passed", "last": "passed"}
    assert ended.journey.status == "error"
    assert (ended.run.folder / "report.html").is_file()
    assert "interrupted" in said


def test_ctrl_c_ends_what_the_run_has_started(steered: Project, interrupted: Interrupt) -> None:
    """130: stack and partners are gone, and so are their files; what the journey saw stays."""
    scratch = steered.path / "scratch"
    scratch.mkdir()
    steered.variables["TMPDIR"] = str(scratch)
    steered.write("journeys/order-is-taken-up.journey.yaml", ORDER.replace("within: 8s", "within: 200s"))
    process = steered.start("run", "journeys", "-k", "lost")

    said = interrupted(process, steered.folder, b'"step":"taken_up"')

    ended = Ended(process.returncode, said, steered.folder)
    assert ended.code == 130, said
    assert ended.step("decided").status == "passed"
    assert [path.name for path in scratch.rglob("*") if path.is_file()] == []


def test_lint_tells_eight_mistakes_at_their_lines(project: Project) -> None:
    """3: as text with excerpts, and as JSON with file, line, column, message and hint."""
    project.write("journeys/eight.journey.yaml", Path(MISTAKES).read_text(encoding="utf-8"))

    text = project.call("lint", "journeys/eight.journey.yaml")
    document = project.call("lint", "--format", "json", "journeys/eight.journey.yaml")

    problems = json.loads(document.text)
    lines = [4, 6, 18, 21, 28, 32, 36, 44]
    assert (text.code, document.code) == (3, 3)
    assert [problem["line"] for problem in problems] == lines
    assert all({"file", "line", "column", "message", "hint"} <= set(problem) for problem in problems)
    assert all(f"eight.journey.yaml:{line}:" in text.text for line in lines)
    assert "8 problems in 1 file" in text.text
