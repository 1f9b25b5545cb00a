"""Whose fault a step's end is."""

import pytest

from ringback.engine.outcomes import Fault, Status
from ringback.engine.problems import BrokenTest, NotOffered, RingbackError, Unavailable, UsageError
from ringback.engine.verdicts import of_breakage


@pytest.mark.parametrize(
    ("broken", "status", "fault"),
    [
        (UsageError("x"), Status.ERROR, Fault.USAGE),
        (BrokenTest("x"), Status.ERROR, Fault.TEST),
        (Unavailable("care", "x"), Status.ERROR, Fault.ENVIRONMENT),
        (NotOffered("no field called 'PIN'"), Status.FAILED, Fault.PRODUCT),
    ],
)
def test_only_what_the_product_does_not_offer_is_its_failure(
    broken: RingbackError, status: Status, fault: Fault
) -> None:
    """All else that breaks says nothing about the product."""
    verdict = of_breakage(broken)

    assert (verdict.status, verdict.fault) == (status, fault)
