"""A bill shows its lines, the discount before tax, the tax and the total."""

from ringback.reference_stack.care.bill_view import bill


def usd(value: float) -> dict[str, object]:
    """TM Forum money."""
    return {"unit": "USD", "value": value}


def test_a_bill_is_the_sum_of_its_lines() -> None:
    """Charges less discount is the net amount, and net plus tax the total."""
    document = {
        "id": "B-1",
        "taxExcludedAmount": usd(91.0),
        "taxIncludedAmount": usd(98.28),
        "taxItem": [{"taxAmount": usd(7.28)}],
        "remainingAmount": usd(98.28),
    }
    rates = [
        {"name": name, "taxExcludedAmount": usd(value)}
        for name, value in (("Gold", 45.0), ("Act", 25.0), ("PHX", 30.0), ("Saver", -9.0))
    ]

    shown = bill(document, rates)

    amounts = (shown.charges, shown.discount, shown.net, shown.tax, shown.total, shown.remaining)
    assert [str(amount) for amount in amounts] == [
        "100.00 USD", "-9.00 USD", "91.00 USD", "7.28 USD", "98.28 USD", "98.28 USD",
    ]  # fmt: skip


def test_tax_without_tax_items_is_the_difference() -> None:
    """A bill that tells only its two totals still tells its tax."""
    shown = bill({"id": "B-1", "taxExcludedAmount": usd(100.0), "taxIncludedAmount": usd(108.0)}, [])

    assert str(shown.tax) == "8.00 USD"
