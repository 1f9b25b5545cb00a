"""From a run to a verdict a pipeline acts on, and from a failure to a fallout somebody owns."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.endtoend.conftest import Project

RELEASE = "2026.11.1"

ENVIRONMENT = """
environment: sit
clock: real
systems:
  ordering: {api: "URL", timeout: 5}
leases:
  tn: {values: ["6175550101", "6175550102", "6175550103", "6175550104", "6175550105", "6175550106"]}
"""

JOURNEY = """
journey: two-looks
summary: An order is priced and completes
owner: order-management
rank: 1
gate: blocking
inputs:
  tn: {lease: tn}
matrix:
  device: [PHX-128, PHX-256]
steps:
  - id: priced
    name: The order is priced with its promotion
    system: ordering
    api: ordering
    url: "/orders/{$inputs.tn}"
    query: {device: $matrix.device}
    expect: {body.number: $inputs.tn, body.total: 36.00 USD}
  - id: completed
    name: The order completes
    api: ordering
    url: "/orders/{$inputs.tn}"
    until: {body.state: completed}
    fail_if: {body.state: failed}
    within: 400ms
"""


@dataclass(slots=True)
class Shop:
    """A small order system whose answer can be changed."""

    url: str = ""
    answer: dict[str, object] = field(default_factory=lambda: {"total": "36.00 USD", "state": "completed"})


@pytest.fixture
def shop() -> Iterator[Shop]:
    """A shop that listens."""
    open_shop = Shop()

    class Counter(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            number = self.path.partition("?")[0].rsplit("/", 1)[-1]
            body = json.dumps({"number": number, **open_shop.answer}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Counter)
    open_shop.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield open_shop
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def candidate(project: Project, shop: Shop) -> Project:
    """A project with one journey of two variants, and a release candidate nobody has tested yet."""
    project.write("fixtures/environments/sit.yaml", ENVIRONMENT.replace("URL", shop.url))
    project.write("journeys/two-looks.journey.yaml", JOURNEY)
    assert project.call("release", "add", "--train", "oss-bss", "--version", RELEASE).code == 0
    return project


def run(project: Project, *more: str) -> int:
    """A run for the candidate; answers its exit code."""
    return project.call("run", "journeys", "--env", "sit", "--release", RELEASE, *more).code


def verdict(project: Project) -> int:
    """What a pipeline hears from the gate."""
    return project.call("gate", "check", "--release", RELEASE).code


def test_a_candidate_that_nothing_was_run_on_is_inconclusive(candidate: Project) -> None:
    """Missing evidence is never a pass; each variant without any is named, and what to do next."""
    ended = candidate.call("gate", "check", "--release", RELEASE)

    assert ended.code == 3
    assert "INCONCLUSIVE" in ended.text
    assert "two-looks[PHX-128]" in ended.text
    assert "two-looks[PHX-256]" in ended.text
    assert f"next: ringback run --release {RELEASE} journeys" in ended.text


def test_a_green_run_passes_the_gate_and_a_later_red_one_closes_it(candidate: Project, shop: Shop) -> None:
    """0 after green, 1 after red."""
    green = (run(candidate), verdict(candidate))
    shop.answer["total"] = "45.00 USD"
    red = (run(candidate), verdict(candidate))

    assert green == (0, 0)
    assert red == (1, 1)


def test_the_gate_judges_the_same_from_anywhere_in_the_project(candidate: Project) -> None:
    """Called in a folder below, it finds the project's candidates, results and journeys."""
    ran = run(candidate)

    below = Project(candidate.path / "journeys").call("gate", "check", "--release", RELEASE)

    assert (ran, below.code) == (0, 0), below.text


def test_half_of_the_variants_are_no_pass(candidate: Project) -> None:
    """A smaller run than the journeys ask for is noticed."""
    ran = run(candidate, "-k", "PHX-128")

    assert (ran, verdict(candidate)) == (0, 3)


def test_a_run_that_broke_says_nothing_about_the_candidate(candidate: Project) -> None:
    """After a green run the system cannot be reached: exit code 4, the gate inconclusive, no fallout."""
    first = run(candidate)
    candidate.write("fixtures/environments/sit.yaml", ENVIRONMENT.replace("URL", "http://127.0.0.1:9"))

    broken = run(candidate)

    assert (first, broken, verdict(candidate)) == (0, 4, 3)
    assert "no open fallouts" in candidate.call("fallout", "list").text


def test_a_run_without_a_release_is_no_evidence(candidate: Project) -> None:
    """What nobody said to judge the candidate does not."""
    ran = candidate.call("run", "journeys", "--env", "sit").code

    assert (ran, verdict(candidate)) == (0, 3)


def test_the_same_defect_twice_is_one_fallout_and_another_one_a_second(candidate: Project, shop: Shop) -> None:
    """One open fallout per signature, whatever number, order and variant it was seen with."""
    shop.answer["total"] = "45.00 USD"
    twice = [run(candidate), run(candidate)]
    one = candidate.call("fallout", "list").text
    shop.answer = {"total": "36.00 USD", "state": "held"}
    again = run(candidate)
    two = candidate.call("fallout", "list").text

    assert (twice, again) == ([1, 1], 1)
    assert re.findall(r"^FO-\d+", one, re.MULTILINE) == ["FO-1"]
    assert "seen in 2 runs" in one
    assert sorted(re.findall(r"^FO-\d+", two, re.MULTILINE)) == ["FO-1", "FO-2"]
    assert "seen in 2 runs" in two
    assert "seen in 1 run," in two


def test_a_fallout_has_an_owner_a_deadline_and_the_evidence_of_its_step(candidate: Project, shop: Shop) -> None:
    """Whoever opens it at night sees whose it is, until when, what was expected and seen, and where to look."""
    shop.answer["total"] = "45.00 USD"
    run(candidate)

    shown = candidate.call("fallout", "show", "FO-1").text

    assert re.search(r"owner +order-management", shown)
    assert re.search(r"resolve by +\d{4}-\d\d-\d\d \d\d:\d\d UTC \(due in ", shown)
    assert "step priced: The order is priced with its promotion" in shown
    assert "body.total expected 36.00 USD, got 45.00 USD" in shown
    assert "two-looks[PHX-128]" in shown
    (evidence,) = set(re.findall(r"evidence in (\S+)", shown))
    assert evidence == str(candidate.folder / "runs" / re.findall(r"run (\S+), evidence", shown)[0])


def test_a_candidate_nobody_added_is_a_wrong_call(candidate: Project) -> None:
    """Exit code 2 from the run, before anything is sent, and from the gate."""
    ran = candidate.call("run", "journeys", "--env", "sit", "--release", "2026.99")
    judged = candidate.call("gate", "check", "--release", "2026.99")

    assert (ran.code, judged.code) == (2, 2)
    assert "2026.99" in ran.text
    assert RELEASE in ran.text
    assert not list(candidate.folder.glob("runs/*"))


def test_a_defect_of_the_stack_becomes_the_pricing_teams_fallout(flagship: Project) -> None:
    """The flagship journey with a lost promotion: red, the gate closed, the owner found by the failing system."""
    flagship.call("release", "add", "--train", "oss-bss", "--version", RELEASE)

    ended = flagship.call("run", "--release", RELEASE, "--defect", "D05", "-k", "north-tel-PHX-128-confirm", "journeys")

    shown = flagship.call("fallout", "show", "FO-1").text
    assert (ended.code, verdict(flagship)) == (1, 1)
    assert "fallouts: opened FO-1" in ended.text
    assert re.search(r"owner +pricing-and-promotions", shown)
    assert "text(Monthly total) expected 36.00 USD, got 45.00 USD" in shown
