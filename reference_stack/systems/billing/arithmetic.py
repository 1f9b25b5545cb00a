"""The sums of billing in whole cents: monthly periods, what is due in one, tax per line, the total of a bill."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

TAX_PER_MILLE = 80  # 8.00 %, one rate for all lines of this slice


@dataclass(frozen=True, slots=True)
class Charge:
    """Something an account owes: a recurring or one-time charge, a credit, or an instalment plan.

    `billed_until` is the end of the last period already on a bill; `remaining` counts instalments still to bill.
    """

    id: str
    product_id: str
    kind: str  # "recurring", "oneTime", "credit", "installment"
    description: str
    amount: int
    start: date
    end: date | None = None
    billed_until: date | None = None
    billed: bool = False
    remaining: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill; a credit is negative, in tax too."""

    charge_id: str
    product_id: str
    kind: str
    description: str
    amount: int
    tax: int
    period_start: date
    period_end: date


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums of a bill, all in cents."""

    tax_excluded: int
    tax: int
    tax_included: int


def tax_of(amount: int) -> int:
    """Tax of an amount in cents, half a cent rounded away from zero."""
    sign = -1 if amount < 0 else 1
    return sign * ((abs(amount) * TAX_PER_MILLE + 500) // 1000)


def add_months(day: date, months: int) -> date:
    """The same day so many months later; the last day of the month where there is no such day."""
    month = day.year * 12 + day.month - 1 + months
    year, index = divmod(month, 12)
    following = date(year + (index + 1) // 12, (index + 1) % 12 + 1, 1)
    return date(year, index + 1, min(day.day, (following - timedelta(days=1)).day))


def current_period(start: date, today: date) -> tuple[date, date]:
    """The full month, counted from the charge's start day, that today lies in (the first one before the start)."""
    months = max(0, (today.year - start.year) * 12 + today.month - start.month)
    if months and add_months(start, months) > today:
        months -= 1
    return add_months(start, months), add_months(start, months + 1)


def monthly_of(total: int, months: int) -> int:
    """The monthly amount of an instalment plan: rounded up, so that the last instalment is the smaller one."""
    return -(-total // months)


def due_lines(charges: Sequence[Charge], today: date) -> tuple[Line, ...]:
    """The lines of a bill made today: each charge once for its current month, what was billed before left out.

    Recurring charges come first, then one-time charges, instalments and credits: the discount stands before the tax.
    """
    order = {"recurring": 0, "oneTime": 1, "installment": 2, "credit": 3}
    due = (line for charge in charges if (line := _line(charge, today)) is not None)
    return tuple(sorted(due, key=lambda line: order.get(line.kind, 9)))


def _line(charge: Charge, today: date) -> Line | None:
    if charge.kind == "oneTime":
        period = (charge.start, charge.start)
        due = not charge.billed
    else:
        period = current_period(charge.start, today)
        due = not _covered(charge, period[0])
    if not due:
        return None
    return Line(
        charge.id, charge.product_id, charge.kind, charge.description, charge.amount, tax_of(charge.amount), *period
    )


def _covered(charge: Charge, period_start: date) -> bool:
    """The period is on a bill already, the charge has ended before it, or all instalments are paid."""
    ended = charge.end is not None and charge.end <= period_start
    billed = charge.billed_until is not None and charge.billed_until > period_start
    return ended or billed or (charge.kind == "installment" and charge.remaining <= 0)


def totals(lines: Iterable[Line]) -> Totals:
    """The sums of a bill: tax is the sum of the lines' taxes, so that every line can be proven."""
    counted = tuple(lines)
    net = sum(line.amount for line in counted)
    tax = sum(line.tax for line in counted)
    return Totals(net, tax, net + tax)
