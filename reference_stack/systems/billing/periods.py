"""Which days of a charge belong on a bill: owed days that no line shows yet, and lines of days that are not owed.

A charge is owed from its start day up to, but without, the day it ends, and not on days on which its product is
suspended (from the day of the suspension up to, but without, the day it is resumed). What is billed for days that are
not owed any more comes back with the share of the very line that charged it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from ringback.reference_stack.systems.billing.arithmetic import (
    Days,
    Line,
    current_period,
    days_in,
    period_of,
    pieces,
    share,
    tax_of,
)

_ORDER = {"recurring": 0, "refund": 1, "usage": 2, "oneTime": 3, "installment": 4, "adjustment": 5, "credit": 6}
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Shown:
    """A line that an earlier bill shows of a charge."""

    start: date
    end: date
    amount: int


@dataclass(frozen=True, slots=True)
class Charge:
    """Something an account owes.

    Args:
        kind: recurring, oneTime, credit or installment.
        end: the first day that is not owed any more.
        shown: what earlier bills show of it.
        pauses: suspensions of its product; an open one has no second day.
        taken_over: it ran before this billing did: what is not billed of the past was billed elsewhere.
        remaining: instalments still to bill.
        rest: what is left of an ended instalment plan, due at once.
    """

    id: str
    product_id: str
    kind: str
    description: str
    amount: int
    start: date
    end: date | None = None
    shown: tuple[Shown, ...] = ()
    pauses: tuple[tuple[date, date | None], ...] = ()
    taken_over: bool = False
    remaining: int = 0
    rest: int = 0


def due_lines(charges: Sequence[Charge], today: date, cycle_day: int | None = None) -> tuple[Line, ...]:
    """The lines of a bill made today: recurring charges first, discounts last, so that they stand before the tax.

    Args:
        charges: all that the account owes.
        today: the day of the bill where the account lives.
        cycle_day: the account's cycle day; without one each charge is billed for the month from its own start day.
    """
    lines = [line for charge in charges for line in _lines(charge, today, cycle_day)]
    return tuple(sorted(lines, key=lambda line: _ORDER.get(line.kind, 9)))


def _lines(charge: Charge, today: date, cycle_day: int | None) -> list[Line]:
    if charge.kind == "oneTime":
        return [] if charge.shown else [_line(charge, charge.amount, (charge.start, charge.start))]
    anchor = charge.start if cycle_day is None else charge.start.replace(day=cycle_day)
    period = current_period(charge.start, today) if cycle_day is None else period_of(anchor, today)
    if charge.kind == "installment":
        return _instalment(charge, period, today)
    return [*_owed(charge, anchor, period), *_back(charge, today)]


def _line(charge: Charge, amount: int, period: Days, note: str = "", kind: str = "") -> Line:
    text = f"{charge.description}{note}"
    return Line(charge.id, charge.product_id, kind or charge.kind, text, amount, tax_of(amount), *period)


def _instalment(charge: Charge, period: Days, today: date) -> list[Line]:
    if charge.rest:
        last = max([today, *(line.end for line in charge.shown)])
        return [_line(charge, charge.rest, (last, last), ", all that is left")]
    covered = any(line.end > period[0] for line in charge.shown)
    return [] if covered or charge.remaining <= 0 else [_line(charge, charge.amount, period)]


def _owed(charge: Charge, anchor: date, period: Days) -> Iterator[Line]:
    """Days that are owed up to the end of the period and stand on no bill, month by month."""
    first = _first(charge, period)
    until = min(period[1], charge.end) if charge.end else period[1]
    net = _net(charge)
    open_days = [day for day in _each((first, until)) if not net[day] and not _paused(charge, day)]
    for whole, days in _by_period(anchor, open_days):
        for piece in pieces(days):
            length = days_in(piece)
            is_whole = piece == whole
            note = "" if is_whole else f" ({length} of {days_in(whole)} days)"
            yield _line(
                charge, charge.amount if is_whole else share(charge.amount, length, days_in(whole)), piece, note
            )


def _first(charge: Charge, period: Days) -> date:
    if charge.shown:
        return min(line.start for line in charge.shown)
    return max(charge.start, period[0]) if charge.taken_over else charge.start


def _back(charge: Charge, today: date) -> Iterator[Line]:
    """What was billed in advance for days that are not owed after all."""
    net = _net(charge)
    for line in charge.shown:
        if line.amount * charge.amount <= 0:
            continue
        unowed = [day for day in _each((line.start, line.end)) if net[day] > 0 and _is_free(charge, day, today)]
        whole = days_in((line.start, line.end))
        for piece in pieces(unowed):
            amount = -share(line.amount, days_in(piece), whole)
            kind = "refund" if charge.kind == "recurring" else charge.kind
            yield _line(charge, amount, piece, f", {days_in(piece)} of {whole} days back", kind)


def _is_free(charge: Charge, day: date, today: date) -> bool:
    """A day that costs nothing: after the end, or in a suspension as far as it is known."""
    if charge.end is not None and day >= charge.end:
        return True
    return any(start <= day < (end or today) for start, end in charge.pauses)


def _paused(charge: Charge, day: date) -> bool:
    return any(start <= day and (end is None or day < end) for start, end in charge.pauses)


def _net(charge: Charge) -> Counter[date]:
    """For each day how often it was charged and not given back."""
    net: Counter[date] = Counter()
    for line in charge.shown:
        net.update(dict.fromkeys(_each((line.start, line.end)), 1 if line.amount * charge.amount >= 0 else -1))
    return net


def _each(days: Days) -> Iterator[date]:
    day = days[0]
    while day < days[1]:
        yield day
        day += _DAY


def _by_period(anchor: date, days: Iterable[date]) -> Iterator[tuple[Days, list[date]]]:
    found: dict[Days, list[date]] = {}
    for day in days:
        found.setdefault(period_of(anchor, day), []).append(day)
    yield from found.items()


def ended(charge: Charge, day: date) -> Charge:
    """The same charge, ending on a day: what a preview needs."""
    return replace(charge, end=day)
