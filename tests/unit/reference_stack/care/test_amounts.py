"""Amounts are printed to the cent with their currency."""

from decimal import Decimal

import pytest

from ringback.reference_stack.care.amounts import Amount, from_cents, from_money, total


@pytest.mark.parametrize(
    ("value", "text"), [(36, "36.00 USD"), (36.5, "36.50 USD"), (-9.0, "-9.00 USD"), (0.1, "0.10 USD")]
)
def test_money_of_a_document_is_printed_to_the_cent(value: float, text: str) -> None:
    """A TM Forum number becomes exact decimal text, whatever its float looks like."""
    assert str(from_money({"unit": "USD", "value": value})) == text


def test_absent_money_is_none() -> None:
    """A document without an amount shows nothing rather than 0.00."""
    assert from_money(None) is None
    assert from_money({"unit": "USD"}) is None


def test_cents_are_minor_units() -> None:
    """The discount engine and billing count cents."""
    assert str(from_cents(3600)) == "36.00 USD"


def test_a_total_keeps_cents_exact() -> None:
    """Ten dimes are one dollar, which floats would miss."""
    assert total([Amount(Decimal("0.10"))] * 10).value == Decimal("1.00")
