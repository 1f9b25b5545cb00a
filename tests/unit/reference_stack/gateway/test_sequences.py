"""Sequence numbers: plus one, 99999 wraps to 1, and what is ahead or behind."""

from __future__ import annotations

import pytest

from ringback.reference_stack.gateway.ledger import following, steps_ahead


@pytest.mark.parametrize(("number", "next_number"), [(1, 2), (99998, 99999), (99999, 1)])
def test_the_number_after_a_number(number: int, next_number: int) -> None:
    """Numbers rise by one and wrap after 99999; zero is never used."""
    assert following(number) == next_number


@pytest.mark.parametrize(
    ("number", "expected", "steps"), [(5, 5, 0), (6, 5, 1), (4, 5, -1), (1, 99999, 1), (99999, 1, -1), (3, 99998, 4)]
)
def test_how_far_a_number_is_from_the_expected_one(number: int, expected: int, steps: int) -> None:
    """Positive is early, negative is late, and the wrap does not matter."""
    assert steps_ahead(number, expected) == steps
