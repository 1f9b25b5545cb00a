"""Every report is a function of the record."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

from ringback.reports.allure_results import write_allure
from ringback.reports.html import render, write_html
from ringback.reports.junit import write_junit
from ringback.reports.lanes import chart
from ringback.reports.record import RunRecord
from ringback.reports.terminal import summary


def test_workers_are_merged(run: RunRecord) -> None:
    """Journeys of all workers are in one run, with their steps and attempts."""
    assert sorted((j.title, j.status, j.worker) for j in run.journeys) == [
        ("activate[north]", "passed", "main"),
        ("activate[west]", "failed", "gw1"),
    ]
    assert [len(step.attempts) for step in run.journeys[0].steps] == [1, 2]
    assert run.interfaces == {"ui": 2, "sftp": 2}


def test_a_record_that_breaks_off_is_unfinished_not_passed(cut_off: Callable[[int], RunRecord]) -> None:
    """After a crash the journey is shown as cut off, and the damaged line is counted."""
    run = cut_off(5)

    journey = next(j for j in run.journeys if j.variant == "north")
    assert (journey.status, run.damaged_lines) == ("unfinished", 1)


def test_the_terminal_tells_step_system_and_difference(run: RunRecord) -> None:
    """What a tired engineer needs, in one block."""
    text = summary(run, report=Path("report.html"))

    for part in ("The price is right", "discount-engine", "36.00 USD", "45.00 USD", "9.00 more", "report.html"):
        assert part in text
    assert "1 with 2 variants: 1 failed, 1 passed" in text


def test_the_terminal_tells_only_what_there_is(run: RunRecord) -> None:
    """A journey without a matrix has no variants to count, a broken one no system, a run without a report no line."""
    alone = next(journey for journey in run.journeys if journey.status == "failed")
    alone.failure = {"file": "a.journey.yaml", "line": 1, "message": "the secret PIN is not set", "system": ""}
    run.journeys[:] = [alone]

    text = summary(run)

    assert "Journeys  1: 1 failed" in text
    assert "system" not in text
    assert f"  owner     {alone.owner}" in text
    assert "\n\nEvidence" not in text


def test_variants_that_fail_alike_are_told_once(run: RunRecord) -> None:
    """Six variants with one fault are one message with six names."""
    failed = run.journeys[1]
    waited = {**(failed.failure or {}), "message": "not within 10.1 s (39 looks)"}
    run.journeys += [failed, replace(failed, failure=waited)]

    assert summary(run).count("The price is right") == 1


def test_the_html_report_shows_evidence_and_escapes_it(run: RunRecord) -> None:
    """Partner records are tables, and what a file holds cannot become markup."""
    page = render(run)

    assert "<td>0012345</td>" in page
    assert "&lt;b&gt;" in page
    assert "<b>" not in page
    assert "did not hold" in page


def test_the_html_report_is_one_file(run: RunRecord, tmp_path: Path) -> None:
    """No script, style or picture is loaded from elsewhere."""
    page = write_html(run, tmp_path / "out" / "report.html").read_text()

    assert "http://" not in page
    assert "https://" not in page
    assert "<script" not in page


def test_swim_lanes_have_a_lane_per_interface(run: RunRecord) -> None:
    """Only the interfaces that were used, in the reader's order."""
    lanes = chart(run.journeys[0]).lanes

    assert [(lane.label, len(lane.bars)) for lane in lanes] == [("Browser", 1), ("Partner feeds", 1)]
    assert lanes[0].bars[0].x > lanes[1].bars[0].x


def test_junit_keeps_variants_apart(run: RunRecord, tmp_path: Path) -> None:
    """The variant is in the name, the failure in the element, the owner in the properties."""
    root = ET.parse(write_junit(run, tmp_path / "junit.xml")).getroot()

    assert sorted(str(case.get("name")) for case in root.iter("testcase")) == ["activate[north]", "activate[west]"]
    assert [item.get("message") for item in root.iter("failure")] == ["discount-engine: The price is right"]
    owners = [item.get("value") for item in root.iter("property") if item.get("name") == "owner"]
    assert owners == ["orders", "orders"]


def test_allure_results_have_steps_attachments_and_own_histories(run: RunRecord, tmp_path: Path) -> None:
    """Each variant is a test of its own, each step nested with its evidence."""
    write_allure(run, tmp_path / "allure")

    results = [json.loads(path.read_text()) for path in (tmp_path / "allure").glob("*-result.json")]
    assert len({result["historyId"] for result in results}) == 2
    failed = next(result for result in results if result["status"] == "failed")
    assert [step["status"] for step in failed["steps"]] == ["passed", "failed"]
    sources = [item["source"] for step in failed["steps"] for item in step.get("attachments", [])]
    assert sources
    assert all((tmp_path / "allure" / source).is_file() for source in sources)
