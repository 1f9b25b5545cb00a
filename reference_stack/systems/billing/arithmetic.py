"""The sums of billing in whole cents: monthly periods, shares of a period by its days, tax per line, a bill's total."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

TAX_PER_MILLE = 80  # 8.00 %, one rate for all lines

Days = tuple[date, date]  # from the first day up to, but without, the second


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill; a credit is negative, in tax too. Periods end before their second day."""

    charge_id: str | None
    product_id: str | None
    kind: str
    description: str
    amount: int
    tax: int
    period_start: date
    period_end: date
    usage_id: str | None = None
    adjustment_id: str | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums of a bill, all in cents."""

    tax_excluded: int
    tax: int
    tax_included: int


def tax_of(amount: int) -> int:
    """Tax of an amount in cents, half a cent rounded away from zero."""
    return share(amount, TAX_PER_MILLE, 1000)


def share(amount: int, part: int, whole: int) -> int:
    """A part of an amount in whole cents, half a cent rounded away from zero."""
    sign = -1 if amount < 0 else 1
    return sign * ((2 * abs(amount) * part + whole) // (2 * whole))


def add_months(day: date, months: int) -> date:
    """The same day so many months later; the last day of the month where there is no such day."""
    month = day.year * 12 + day.month - 1 + months
    year, index = divmod(month, 12)
    following = date(year + (index + 1) // 12, (index + 1) % 12 + 1, 1)
    return date(year, index + 1, min(day.day, (following - timedelta(days=1)).day))


def period_of(anchor: date, day: date) -> Days:
    """The month, counted from the anchor's day, that a day lies in; before the anchor too."""
    months = (day.year - anchor.year) * 12 + day.month - anchor.month
    if add_months(anchor, months) > day:
        months -= 1
    return add_months(anchor, months), add_months(anchor, months + 1)


def current_period(start: date, today: date) -> Days:
    """The full month, counted from the charge's start day, that today lies in (the first one before the start)."""
    return period_of(start, max(start, today))


def next_cycle(day: date, cycle_day: int) -> date:
    """The first cycle day after a day."""
    this_month = day.replace(day=cycle_day)
    return this_month if this_month > day else add_months(this_month, 1)


def days_in(period: Days) -> int:
    """How many days a period has."""
    return (period[1] - period[0]).days


def pieces(days: Iterable[date]) -> list[Days]:
    """Days as periods without gaps."""
    found: list[Days] = []
    for day in sorted(days):
        if found and found[-1][1] == day:
            found[-1] = (found[-1][0], day + timedelta(days=1))
        else:
            found.append((day, day + timedelta(days=1)))
    return found


def monthly_of(total: int, months: int) -> int:
    """The monthly amount of an instalment plan: rounded up, so that the last instalment is the smaller one."""
    return -(-total // months)


def totals(lines: Iterable[Line]) -> Totals:
    """The sums of a bill: tax is the sum of the lines' taxes, so that every line can be proven."""
    counted = tuple(lines)
    net = sum(line.amount for line in counted)
    tax = sum(line.tax for line in counted)
    return Totals(net, tax, net + tax)
