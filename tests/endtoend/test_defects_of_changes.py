"""Release defects turn the journeys of changes red: at the right step, with the right system and the right words."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.endtoend.conftest import Project


@dataclass(frozen=True, slots=True)
class Expected:
    """What a person would call the right verdict on a defect."""

    defect: str
    journey: str
    step: str
    system: str
    expected: str
    actual: str
    naive: str  # a step that passes all the same: what a shallow test would have looked at


VERDICTS = [
    Expected("D37", "suspend-and-resume", "back", "service-inventory", "active", "inactive", "resumed_built"),
    Expected("D46", "disconnect-with-final-bill", "charges", "billing", "type text", "null", "product"),
    Expected("D73", "change-number", "refused", "number-inventory", "409", "201", "old_number"),
    Expected("D17", "install-fibre-with-appointment", "charged", "billing", "active", "pending", "completed"),
    Expected("D76", "returned-debit", "failed", "billing", "failed", "captured", "returned"),
    Expected("D35", "blocked-device-and-customer-file", "file", "data-warehouse", "1", "0", "exported"),
]


@pytest.mark.parametrize("verdict", VERDICTS, ids=lambda verdict: verdict.defect)
def test_a_defect_is_seen_where_it_is(flagship: Project, verdict: Expected) -> None:
    """Exit code 1; the first failing step, its system, what was expected and what was seen; the naive check passed."""
    ended = flagship.call("run", f"journeys/{verdict.journey}.journey.yaml", "--defect", verdict.defect)

    failure = ended.journey.failure or {}
    told = (failure.get("step"), failure.get("system"), failure.get("expected"), failure.get("actual"))
    assert told == (verdict.step, verdict.system, verdict.expected, verdict.actual), ended.text
    assert (ended.code, ended.journey.fault) == (1, "product")
    assert ended.step(verdict.naive).status == "passed"
