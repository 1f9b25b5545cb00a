"""When a feed is due: a raster of minutes, or a time of day on some days in the partner's own time zone."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_LONGEST = timedelta(days=70)  # between two due times: a month, and then a banking day
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EASTERN = "America/New_York"
_FIXED = {(1, 1), (6, 19), (7, 4), (11, 11), (12, 25)}
# Month, weekday and which one of the month: King, Presidents, Labor, Columbus, Thanksgiving.
_FLOATING = {(1, 0, 3), (2, 0, 3), (9, 0, 1), (10, 0, 2), (11, 3, 4)}


@dataclass(frozen=True, slots=True)
class Cadence:
    """The times of one feed.

    Args:
        every_min: minutes between two files, counted from midnight UTC; 0 when `at` says the time of day.
        at: local time of day, `06:00`. A time that the change to summer time skips comes an hour later by the wall's
            clock; one that the change to winter time repeats comes once, the first time.
        zone: the time zone of `at` and `days`.
        days: daily, weekdays, banking, a weekday (mon..sun), a day of the month (1..31, the last when it is shorter),
            month-end, or banking-month-end.
        collects: answers wait for the next of these times, when the partners answer as the trade does.
    """

    every_min: int = 0
    at: str = ""
    zone: str = "UTC"
    days: str = "daily"
    collects: bool = False

    def __post_init__(self) -> None:
        """ValueError for a cadence that never comes."""
        if (self.every_min > 0) == bool(self.at):
            raise ValueError(f"a cadence has either minutes or a time of day, not {self.every_min} and {self.at!r}")
        if self.at:
            time.fromisoformat(self.at)
        if not _is_known(self.days):
            raise ValueError(f"days {self.days!r} is none of {', '.join((*_RULES, *WEEKDAYS))}, 1..31")

    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """The due times later than `after`, up to and including `until`; aware UTC, ascending."""
        return self._raster(after, until) if self.every_min else self._days(after, until)

    def following(self, after: datetime) -> datetime:
        """The first due time later than a moment."""
        return next(self.between(after, after + _LONGEST))

    def _raster(self, after: datetime, until: datetime) -> Iterator[datetime]:
        step = timedelta(minutes=self.every_min)
        midnight = after.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        due = midnight + ((after - midnight) // step + 1) * step
        while due <= until:
            if _falls_on(self.days, due.astimezone(ZoneInfo(self.zone)).date()):
                yield due
            due += step

    def _days(self, after: datetime, until: datetime) -> Iterator[datetime]:
        zone, at = ZoneInfo(self.zone), time.fromisoformat(self.at)
        day = after.astimezone(zone).date() - timedelta(days=1)
        last = until.astimezone(zone).date()
        while day <= last:
            due = datetime.combine(day, at, zone).astimezone(UTC)
            if after < due <= until and _falls_on(self.days, day):
                yield due
            day += timedelta(days=1)


def is_banking_day(day: date) -> bool:
    """Whether the Federal Reserve settles: no weekend, no holiday; one that falls on a Sunday is kept on Monday."""
    observed = day - timedelta(days=1) if day.weekday() == 0 else day
    fixed = (day.month, day.day) in _FIXED or (observed.month, observed.day) in _FIXED
    memorial = (day.month, day.weekday()) == (5, 0) and day.day > 24
    floating = (day.month, day.weekday(), (day.day + 6) // 7) in _FLOATING
    return day.weekday() < 5 and not (fixed or memorial or floating)


def add_banking_days(day: date, count: int) -> date:
    """The banking day that is `count` banking days after a day."""
    while count:
        day += timedelta(days=1)
        count -= is_banking_day(day)
    return day


def _is_month_end(day: date) -> bool:
    return day.day == monthrange(day.year, day.month)[1]


def _is_banking_month_end(day: date) -> bool:
    return is_banking_day(day) and add_banking_days(day, 1).month != day.month


_RULES: Mapping[str, Callable[[date], bool]] = {
    "daily": lambda _: True,
    "weekdays": lambda day: day.weekday() < 5,
    "banking": is_banking_day,
    "month-end": _is_month_end,
    "banking-month-end": _is_banking_month_end,
}


def _is_known(days: str) -> bool:
    return days in _RULES or days in WEEKDAYS or (days.isdigit() and 1 <= int(days) <= 31)


def _falls_on(days: str, day: date) -> bool:
    if days in _RULES:
        return _RULES[days](day)
    if days in WEEKDAYS:
        return WEEKDAYS[day.weekday()] == days
    return day.day == min(int(days), monthrange(day.year, day.month)[1])
