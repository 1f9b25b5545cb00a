"""What a client may ask for: amounts that fit a column, moments and days that the calendar can reach."""

from __future__ import annotations

from datetime import date, timedelta

from ringback.reference_stack.clock import moment_of, text_of
from ringback.reference_stack.kernel.errors import invalid

MOST = 10**15  # of cents or units, far within what every database keeps
_FARTHEST = timedelta(days=366)


def is_whole(value: object) -> bool:
    """Whether a value of a body is a whole number that can be kept."""
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MOST


def cents_of(value: object) -> int | None:
    """An amount of money in cents; None when it is none, or too much."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= MOST // 100:
        return None
    return round(value * 100)


def utc_of(written: str) -> str:
    """A moment in UTC; empty when it is no possible one."""
    try:
        return text_of(moment_of(written))
    except (ValueError, OverflowError):
        return ""


def day_of(name: str, written: str, today: date) -> date:
    """A day that a client names; TmfError 400 for none, and for one that is more than a year away."""
    try:
        day = date.fromisoformat(written[:10])
    except ValueError as error:
        raise invalid(f"{name}: {error}", f"write it as {today}") from error
    if abs(day - today) > _FARTHEST:
        raise invalid(f"{name} {day} is more than a year away", f"today is {today}")
    return day
