"""Days on which banks work: neither weekends nor the federal holidays of the United States."""

from __future__ import annotations

from datetime import date, timedelta

_FIXED = ((1, 1), (6, 19), (7, 4), (11, 11), (12, 25))
_NTH = ((1, 0, 3), (2, 0, 3), (9, 0, 1), (10, 0, 2), (11, 3, 4))  # month, weekday, which one of the month
_SATURDAY, _SUNDAY, _MAY = 5, 6, 5


def is_banking_day(day: date) -> bool:
    """Whether banks work on a day; a holiday that falls on a Sunday is kept on Monday."""
    if day.weekday() >= _SATURDAY or _is_holiday(day):
        return False
    yesterday = day - timedelta(days=1)
    return not (yesterday.weekday() == _SUNDAY and (yesterday.month, yesterday.day) in _FIXED)


def _is_holiday(day: date) -> bool:
    nth = (day.month, day.weekday(), (day.day - 1) // 7 + 1)
    is_memorial_day = day.month == _MAY and day.weekday() == 0 and (day + timedelta(days=7)).month != _MAY
    return (day.month, day.day) in _FIXED or nth in _NTH or is_memorial_day


def next_banking_day(day: date, steps: int = 1) -> date:
    """The banking day that comes `steps` banking days after a day."""
    while steps:
        day += timedelta(days=1)
        steps -= is_banking_day(day)
    return day
