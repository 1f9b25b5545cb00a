"""Each release defect turns the flagship journey red: at the right step, with the right system and the right words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.endtoend.conftest import Ended, Project

JOURNEY = "journeys/activate-postpaid-port-in.journey.yaml"


@dataclass(frozen=True, slots=True)
class Expected:
    """What a person would call the right verdict on a defect."""

    defect: str
    variant: str
    step: str
    system: str
    expected: str
    actual: str
    shortened: tuple[str, str] = ("", "")  # a step's id and its deadline: it waits in vain


VERDICTS = [
    Expected(
        "D01", "north-tel-PHX-128-confirm", "completed", "ordering", "completed", "inProgress", ("completed", "4s")
    ),
    Expected(
        "D04", "west-mobile-PHX-128-delay_then_confirm", "answered", "partner-gateway", "1", "0", ("answered", "4s")
    ),
    Expected("D05", "north-tel-PHX-128-confirm", "price", "discount-engine", "36.00 USD", "45.00 USD"),
    Expected("D11", "north-tel-PHX-128-confirm", "review", "care", "0012345", '"12345"'),
    Expected("D14", "north-tel-PHX-128-confirm", "only_one", "ordering", "1", "2"),
    Expected(
        "D20",
        "north-tel-PHX-128-confirm",
        "items",
        "service-ordering",
        "each completed",
        "[inProgress, inProgress, inProgress, inProgress, inProgress]",
        ("items", "8s"),
    ),
]


@pytest.mark.parametrize("verdict", VERDICTS, ids=lambda verdict: verdict.defect)
def test_a_defect_is_seen_where_it_is(flagship: Project, verdict: Expected) -> None:
    """Exit code 1; the first failing step, its system, what was expected and what was seen."""
    shorten(flagship.path / JOURNEY, *verdict.shortened)

    ended = flagship.call("run", JOURNEY, "--defect", verdict.defect, "-k", verdict.variant)

    failure = ended.journey.failure or {}
    told = (failure.get("step"), failure.get("system"), failure.get("expected"), failure.get("actual"))
    assert told == (verdict.step, verdict.system, verdict.expected, verdict.actual), ended.text
    assert (ended.code, ended.journey.fault) == (1, "product")
    assert f"system    {verdict.system}" in ended.text
    assert f"expected  {verdict.expected}" in ended.text
    NAIVE[verdict.defect](ended)


def shorten(journey: Path, step: str, within: str) -> None:
    """Give one step of a copied journey a shorter deadline."""
    if not step:
        return
    before, mark, after = journey.read_text(encoding="utf-8").partition(f"  - id: {step}\n")
    body, gap, rest = after.partition("\n\n")
    lines = [f"    within: {within}" if line.startswith("    within:") else line for line in body.split("\n")]
    journey.write_text(before + mark + "\n".join(lines) + gap + rest, encoding="utf-8")


def seen(ended: Ended, step: str) -> dict[str, Any]:
    """What a step saw at last."""
    values = ended.step(step).attempts[-1].values
    assert isinstance(values, dict)
    return values


def promotion_is_only_lost_in_combination(ended: Ended) -> None:
    """D05: the price of each single offering is right."""
    shown = seen(ended, "price")
    assert shown["text(Device instalments)"] == "24 x 30.00 USD"
    assert shown["text(Due today)"] == "25.00 USD"


def second_order_was_welcome(ended: Ended) -> None:
    """D14: the second request is answered as if all were well."""
    assert seen(ended, "again")["status"] == 201


def file_of_the_answer_was_accepted(ended: Ended) -> None:
    """D04: the gateway has taken the file as a whole; it lies in the archive and not in quarantine."""
    (file,) = seen(ended, "response")["files"]
    assert file["path"].startswith("/archive/")


def form_was_submitted_happily(ended: Ended) -> None:
    """D11: the screen shows no error, and the price is right."""
    assert ended.step("review").attempts[-1].problem == ""


def order_is_in_a_legal_state(ended: Ended) -> None:
    """D01, D20: the order was made and is in progress."""
    assert ended.step("submit").status == "passed"
    assert ended.step("network").status == "passed"


NAIVE = {
    "D01": order_is_in_a_legal_state,
    "D04": file_of_the_answer_was_accepted,
    "D05": promotion_is_only_lost_in_combination,
    "D11": form_was_submitted_happily,
    "D14": second_order_was_welcome,
    "D20": order_is_in_a_legal_state,
}
