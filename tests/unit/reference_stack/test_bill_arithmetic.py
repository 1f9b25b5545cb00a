"""The sums of a bill, to the cent and to the day."""

from dataclasses import replace
from datetime import date

import pytest

from ringback.reference_stack.systems.billing.arithmetic import (
    Line,
    add_months,
    current_period,
    monthly_of,
    period_of,
    share,
    tax_of,
    totals,
)
from ringback.reference_stack.systems.billing.periods import Charge, Shown, due_lines

DAY = date(2026, 11, 21)
GOLD = Charge("r", "p", "recurring", "Mobile Gold", 4500, DAY)


def _flagship() -> list[Charge]:
    return [
        Charge("c", "saver", "credit", "Saver", -900, DAY, end=date(2027, 2, 21)),
        Charge("i", "phone", "installment", "Phoenix", 3000, DAY, remaining=24),
        Charge("o", "gold", "oneTime", "Activation", 2500, DAY),
        replace(GOLD, product_id="gold"),
    ]


def _billed(charge: Charge, lines: tuple[Line, ...]) -> Charge:
    new = tuple(Shown(line.period_start, line.period_end, line.amount) for line in lines if line.charge_id == charge.id)
    return replace(charge, shown=charge.shown + new)


def _amounts(lines: tuple[Line, ...]) -> list[tuple[int, str, str]]:
    return [(line.amount, line.period_start.isoformat()[5:], line.period_end.isoformat()[5:]) for line in lines]


def test_the_flagship_bill() -> None:
    """45.00 + 25.00 + 30.00 - 9.00 is 91.00, tax 7.28, total 98.28; the discount stands before the tax."""
    lines = due_lines(_flagship(), DAY)

    sums = totals(lines)

    assert [line.amount for line in lines] == [4500, 2500, 3000, -900]
    assert (sums.tax_excluded, sums.tax, sums.tax_included) == (9100, 728, 9828)


def test_nothing_is_billed_twice_for_one_period() -> None:
    """A charge on a bill comes again only in its next month, a one-time charge never."""
    billed = _billed(GOLD, due_lines([GOLD], DAY))
    once = Charge("o", "p", "oneTime", "Fee", 2500, DAY, shown=(Shown(DAY, DAY, 2500),))

    assert due_lines([billed, once], date(2026, 12, 20)) == ()
    assert _amounts(due_lines([billed, once], date(2026, 12, 21))) == [(4500, "12-21", "01-21")]


def test_the_first_cycle_bill_has_the_days_before_the_cycle_and_the_month_after() -> None:
    """From the 21st to the 1st are 10 of November's 30 days, then December as a whole."""
    lines = due_lines([GOLD], date(2026, 12, 1), 1)

    assert _amounts(lines) == [(1500, "11-21", "12-01"), (4500, "12-01", "01-01")]


def test_a_credit_ends_with_its_promotion_and_a_plan_with_its_last_instalment() -> None:
    """After three months no credit, after the last month no instalment."""
    credit = Charge("c", "p", "credit", "Saver", -900, DAY, end=date(2027, 2, 21), taken_over=True)
    paid = Charge("i", "p", "installment", "Phone", 3000, DAY, remaining=0)

    assert len(due_lines([credit, paid], date(2027, 2, 20))) == 1
    assert due_lines([credit, paid], date(2027, 2, 21)) == ()


def test_a_plan_change_gives_back_the_old_plan_from_the_day_of_the_new_one() -> None:
    """Billed to December 21; Gold ends on December 1, Platinum begins on that day: no day is charged twice."""
    old = replace(_billed(GOLD, due_lines([GOLD], DAY)), end=date(2026, 12, 1))
    new = Charge("n", "p", "recurring", "Platinum", 6000, date(2026, 12, 1))

    lines = due_lines([old, new], date(2026, 12, 1))

    assert _amounts(lines) == [(6000, "12-01", "01-01"), (-3000, "12-01", "12-21")]
    after = [_billed(old, lines), _billed(new, lines)]
    assert due_lines(after, date(2026, 12, 2)) == ()


def test_an_ended_charge_that_no_bill_shows_is_billed_up_to_its_end() -> None:
    """Ten days of thirty, and nothing ever after."""
    ended = replace(GOLD, end=date(2026, 12, 1))
    lines = due_lines([ended], date(2027, 1, 5), 1)

    assert _amounts(lines) == [(1500, "11-21", "12-01")]
    assert due_lines([_billed(ended, lines)], date(2027, 2, 1), 1) == ()


def test_days_of_a_suspension_cost_nothing() -> None:
    """Suspended from November 26 to December 1: five days come back; the day of the resumption is owed again."""
    billed = _billed(GOLD, due_lines([GOLD], DAY))
    paused = replace(billed, pauses=((date(2026, 11, 26), date(2026, 12, 1)),))

    lines = due_lines([paused], date(2026, 12, 2))

    assert _amounts(lines) == [(-750, "11-26", "12-01")]
    assert due_lines([_billed(paused, lines)], date(2026, 12, 20)) == ()


def test_an_open_suspension_is_given_back_as_far_as_it_is_known_and_nothing_new_is_billed() -> None:
    """Two cycle days later the rest comes back, too; no day comes back twice."""
    billed = _billed(GOLD, due_lines([GOLD], DAY))
    paused = replace(billed, pauses=((date(2026, 12, 11), None),))

    first = due_lines([paused], date(2026, 12, 16))
    later = due_lines([_billed(paused, first)], date(2027, 1, 21))

    assert _amounts(first) == [(-750, "12-11", "12-16")]
    assert _amounts(later) == [(-750, "12-16", "12-21")]


def test_what_is_left_of_a_plan_is_due_at_once() -> None:
    """A disconnect makes the remaining instalments one line, once."""
    plan = Charge("i", "p", "installment", "Phone", 3000, DAY, remaining=22, rest=66000)

    assert [line.amount for line in due_lines([plan], date(2026, 12, 1), 1)] == [66000]


@pytest.mark.parametrize(("amount", "tax"), [(4500, 360), (-900, -72), (6, 0), (7, 1), (-7, -1), (0, 0)])
def test_tax_is_rounded_half_away_from_zero(amount: int, tax: int) -> None:
    """Eight per cent in whole cents."""
    assert tax_of(amount) == tax


def test_shares_of_a_month_are_rounded_to_the_cent() -> None:
    """45.00 over 31 days: one day is 1.45, thirty are 43.55."""
    assert (share(4500, 1, 31), share(4500, 30, 31), share(-4500, 1, 31)) == (145, 4355, -145)


def test_a_month_ends_on_its_last_day() -> None:
    """A charge of the 31st is billed on the last day of a shorter month and on the 31st again."""
    assert add_months(date(2027, 1, 31), 1) == date(2027, 2, 28)
    assert current_period(date(2027, 1, 31), date(2027, 3, 30)) == (date(2027, 2, 28), date(2027, 3, 31))
    assert current_period(date(2026, 11, 5), date(2026, 11, 1)) == (date(2026, 11, 5), date(2026, 12, 5))
    assert period_of(date(2026, 11, 5), date(2026, 11, 1)) == (date(2026, 10, 5), date(2026, 11, 5))


def test_the_instalments_cover_the_price() -> None:
    """Rounded up, and the last one is the smaller."""
    assert monthly_of(72000, 24) == 3000
    assert monthly_of(10000, 3) == 3334
