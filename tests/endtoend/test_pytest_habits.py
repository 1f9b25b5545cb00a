"""Journeys under plain pytest in this repository: what a pytest user and a pipeline expect."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.endtoend.conftest import Ended, Project

Repository = Callable[..., Ended]
VARIANTS = ("north-tel-PHX-128-confirm", "west-mobile-PHX-256-confirm")


def test_two_workers_junit_and_allure(repository: Repository, tmp_path: Path) -> None:
    """-k, -n, --junitxml and --alluredir together: one run, variants apart, each step with its evidence."""
    junit, allure = tmp_path / "junit.xml", tmp_path / "allure"

    ended = repository(
        "pytest", "journeys", "-k", "confirm and not then", "-n", "2", f"--junitxml={junit}", f"--alluredir={allure}"
    )

    assert ended.code == 0, ended.text
    assert "2 passed" in ended.text
    assert [journey.status for journey in ended.run.journeys] == ["passed", "passed"]
    _judge_junit(junit)
    _judge_allure(allure)


def _judge_junit(path: Path) -> None:
    """Each variant is a test case with the journey's properties."""
    cases = {case.get("name"): case for case in ET.parse(path).iter("testcase")}
    assert set(cases) == {f"activate-postpaid-port-in[{variant}]" for variant in VARIANTS}
    for variant in VARIANTS:
        properties = {
            one.get("name"): one.get("value") for one in cases[f"activate-postpaid-port-in[{variant}]"].iter("property")
        }
        assert properties["journey"] == "activate-postpaid-port-in"
        assert properties["variant"] == variant
        assert properties["owner"] == "order-management"
        assert properties["rank"] == "1"
        assert properties["covers"] == "ORD-112 NP-031"


def _judge_allure(folder: Path) -> None:
    """Two results with histories of their own; labels, parameters, nested steps, attachments that are there."""
    results = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*-result.json")]
    assert len(results) == 2
    assert len({result["historyId"] for result in results}) == 2
    assert {_parameters(result)["donor"] for result in results} == {"'north-tel'", "'west-mobile'"}
    for result in results:
        labels = {(label["name"], label["value"]) for label in result["labels"]}
        assert {("owner", "order-management"), ("severity", "critical"), ("tag", "port-in")} <= labels
        steps = {step["name"]: step for step in result["steps"]}
        order = _attachments(folder, steps["The order exists as it was typed and priced"])
        assert any("GET " in text and "externalId=WEB-" in text for text in order)
        stored = _attachments(folder, steps["The same order sent twice makes no second order"])
        assert any("select id, state from com_product_order" in text for text in stored)
        filed = _attachments(folder, steps["The clearing house receives the port request"])
        assert any(text.startswith("H|NPORT|") for text in filed)
        assert len(steps) > 20


def _parameters(result: Mapping[str, Any]) -> dict[str, str]:
    return {one["name"]: one["value"] for one in result["parameters"]}


def _attachments(folder: Path, step: Mapping[str, Any]) -> list[str]:
    """The texts attached to a step; each file has to be there."""
    return [(folder / one["source"]).read_text(encoding="utf-8") for one in step["attachments"]]


def test_the_steps_of_a_reused_file_are_nested_and_a_failure_has_its_screenshot(
    flagship: Project, tmp_path: Path
) -> None:
    """Allure shows `use` as a step with steps, and the failing step with expected, actual, page and picture."""
    allure = tmp_path / "allure"
    text = (flagship.path / "journeys/steps/see-the-delay.steps.yaml").read_text(encoding="utf-8")
    flagship.write("journeys/steps/see-the-delay.steps.yaml", text.replace("Delayed", "Neverland").replace("20s", "3s"))

    ended = flagship.command("pytest", "journeys", "-k", "west-mobile-PHX-128-delay", f"--alluredir={allure}", "-q")

    (path,) = allure.glob("*-result.json")
    result = json.loads(path.read_text(encoding="utf-8"))
    group = next(step for step in result["steps"] if step["name"] == "The rep sees that the port is delayed")
    (inner,) = group["steps"]
    assert (ended.code, result["status"], group["status"], inner["status"]) == (1, "failed", "failed", "failed")
    assert "Neverland" in inner["statusDetails"]["message"]
    assert {"image/png", "text/plain"} <= {one["type"] for one in inner["attachments"]}
    assert all((allure / one["source"]).is_file() for one in inner["attachments"])


def test_a_run_leaves_nothing_open(repository: Repository) -> None:
    """Warnings are errors in this repository: sockets, files and processes of a run are closed when it ends."""
    ended = repository("ringback", "run", "journeys", "-k", VARIANTS[0])

    assert ended.code == 0, ended.text
    assert "Warning" not in ended.text


@pytest.fixture
def fragile(project: Project) -> Iterator[Project]:
    """A project whose own fixture breaks around each journey."""
    project.write("fixtures/environments/sit.yaml", "environment: sit\nclock: real\nsystems: {}\n")
    project.write(
        "journeys/fine.journey.yaml",
        "journey: fine\nsummary: Fine\nowner: qa-triage\nsteps:\n"
        "  - {id: a, name: A, memory: crm, answers: [{x: 1}], expect: {x: 1}}\n",
    )
    project.write(
        "conftest.py",
        "import pytest\n\n\n@pytest.fixture(autouse=True)\ndef around():\n    yield\n    raise OSError('no room')\n",
    )
    return project


def test_what_fails_beside_a_journey_is_told(fragile: Project) -> None:
    """3, with the fixture's own words: the journey passed, the test did not."""
    ended = fragile.call("run", "journeys", "--env", "sit")

    assert ended.code == 3, ended.text
    assert ended.journey.status == "passed"
    assert "journeys/fine.journey.yaml::fine (teardown)" in ended.text
    assert "no room" in ended.text
