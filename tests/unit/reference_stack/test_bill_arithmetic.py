"""The sums of a bill, to the cent."""

from datetime import date

import pytest

from ringback.reference_stack.systems.billing.arithmetic import (
    Charge,
    add_months,
    current_period,
    due_lines,
    monthly_of,
    tax_of,
    totals,
)

DAY = date(2026, 11, 21)


def _flagship(**change: object) -> list[Charge]:
    return [
        Charge("c", "saver", "credit", "Saver", -900, DAY, end=date(2027, 2, 21)),
        Charge("i", "phone", "installment", "Phoenix", 3000, DAY, remaining=24),
        Charge("o", "gold", "oneTime", "Activation", 2500, DAY),
        Charge("r", "gold", "recurring", "Mobile Gold", 4500, DAY),
    ]


def test_the_flagship_bill() -> None:
    """45.00 + 25.00 + 30.00 - 9.00 is 91.00, tax 7.28, total 98.28; the discount stands before the tax."""
    lines = due_lines(_flagship(), DAY)

    sums = totals(lines)

    assert [line.amount for line in lines] == [4500, 2500, 3000, -900]
    assert (sums.tax_excluded, sums.tax, sums.tax_included) == (9100, 728, 9828)


def test_nothing_is_billed_twice_for_one_period() -> None:
    """A charge on a bill comes again only in its next month, a one-time charge never."""
    billed = Charge("r", "p", "recurring", "Line", 4500, DAY, billed_until=date(2026, 12, 21))
    once = Charge("o", "p", "oneTime", "Fee", 2500, DAY, billed=True)

    assert due_lines([billed, once], date(2026, 12, 20)) == ()
    assert [line.period_start for line in due_lines([billed, once], date(2026, 12, 21))] == [date(2026, 12, 21)]


def test_a_credit_ends_with_its_promotion_and_a_plan_with_its_last_instalment() -> None:
    """After three months no credit, after the last month no instalment."""
    credit = Charge("c", "p", "credit", "Saver", -900, DAY, end=date(2027, 2, 21))
    paid = Charge("i", "p", "installment", "Phone", 3000, DAY, remaining=0)

    assert len(due_lines([credit, paid], date(2027, 2, 20))) == 1
    assert due_lines([credit, paid], date(2027, 2, 21)) == ()


@pytest.mark.parametrize(("amount", "tax"), [(4500, 360), (-900, -72), (6, 0), (7, 1), (-7, -1), (0, 0)])
def test_tax_is_rounded_half_away_from_zero(amount: int, tax: int) -> None:
    """Eight per cent in whole cents."""
    assert tax_of(amount) == tax


def test_a_month_ends_on_its_last_day() -> None:
    """A charge of the 31st is billed on the last day of a shorter month and on the 31st again."""
    assert add_months(date(2027, 1, 31), 1) == date(2027, 2, 28)
    assert current_period(date(2027, 1, 31), date(2027, 3, 30)) == (date(2027, 2, 28), date(2027, 3, 31))
    assert current_period(date(2026, 11, 5), date(2026, 11, 5)) == (date(2026, 11, 5), date(2026, 12, 5))
    assert current_period(date(2026, 11, 5), date(2026, 11, 1)) == (date(2026, 11, 5), date(2026, 12, 5))


def test_the_instalments_cover_the_price() -> None:
    """Rounded up, and the last one is the smaller."""
    assert monthly_of(72000, 24) == 3000
    assert monthly_of(10000, 3) == 3334
