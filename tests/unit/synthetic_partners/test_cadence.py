"""When feeds are due: rasters, times of day across changes of the clock, banking days, ends of months."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ringback.synthetic_partners.cadence import EASTERN, Cadence, add_banking_days, is_banking_day
from ringback.synthetic_partners.sequences import PartnerMemory, following, latest
from ringback.synthetic_partners.timetable import LONGEST_ABSENCE, Timetable

RETURNS = Cadence(at="06:00", zone=EASTERN, days="banking")


def _utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]  # year, month, day, hour, minute


def _local(cadence: Cadence, after: datetime, until: datetime) -> list[str]:
    zone = ZoneInfo(cadence.zone)
    return [due.astimezone(zone).strftime("%a %d %H:%M") for due in cadence.between(after, until)]


def test_a_raster_counts_from_midnight_and_takes_its_end_but_not_its_beginning() -> None:
    """Every 15 minutes: the time that was asked from is served already, the time asked until is due."""
    found = list(Cadence(every_min=15).between(_utc(2026, 3, 1, 9, 15), _utc(2026, 3, 1, 10, 0)))

    assert found == [_utc(2026, 3, 1, 9, 30), _utc(2026, 3, 1, 9, 45), _utc(2026, 3, 1, 10, 0)]


def test_a_day_of_a_fifteen_minute_feed_has_ninety_six_times() -> None:
    """Also on the day on which the partner's wall clock has 23 hours: rasters count in UTC."""
    day = _utc(2026, 3, 8)

    assert len(list(Cadence(every_min=15).between(day, day + timedelta(days=1)))) == 96


def test_six_in_new_york_is_another_hour_in_utc_after_the_change_of_the_clock() -> None:
    """The Friday before the change and the Monday after it."""
    dues = list(RETURNS.between(_utc(2026, 3, 6), _utc(2026, 3, 10)))

    assert dues == [_utc(2026, 3, 6, 11), _utc(2026, 3, 9, 10)]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (_utc(2026, 3, 8), ["Sun 08 03:30"]),  # 02:30 does not exist: an hour later by the wall's clock
        (_utc(2026, 11, 1), ["Sun 01 01:30"]),  # 01:30 exists twice: once
    ],
)
def test_a_time_that_the_clock_skips_or_repeats_comes_once(day: datetime, expected: list[str]) -> None:
    """Summer time begins and ends at 02:00."""
    at = "02:30" if day.month == 3 else "01:30"

    assert _local(Cadence(at=at, zone=EASTERN), day + timedelta(hours=4), day + timedelta(hours=28)) == expected


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 7, 3), True),  # the 4th is a Saturday: the Federal Reserve works on the Friday before
        (date(2026, 7, 4), False),
        (date(2027, 7, 5), False),  # the 4th is a Sunday: kept on Monday
        (date(2026, 5, 25), False),  # Memorial Day, the last Monday
        (date(2026, 5, 18), True),
        (date(2026, 1, 19), False),
        (date(2026, 2, 16), False),
        (date(2026, 9, 7), False),
        (date(2026, 10, 12), False),
        (date(2026, 11, 26), False),
        (date(2026, 11, 27), True),
        (date(2026, 6, 19), False),
        (date(2026, 12, 25), False),
    ],
)
def test_banking_days_leave_out_weekends_and_federal_holidays(day: date, *, works: bool) -> None:
    """The calendar of the Federal Reserve."""
    assert is_banking_day(day) is works


def test_returns_come_two_banking_days_later_over_a_long_weekend() -> None:
    """Settled on the Wednesday before Thanksgiving."""
    assert add_banking_days(date(2026, 11, 25), 2) == date(2026, 11, 30)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ("month-end", ["Sat 31 18:00", "Sat 28 18:00", "Tue 31 18:00"]),
        ("banking-month-end", ["Fri 30 18:00", "Fri 27 18:00", "Tue 31 18:00"]),
        ("31", ["Sat 31 18:00", "Sat 28 18:00", "Tue 31 18:00"]),
        ("15", ["Thu 15 18:00", "Sun 15 18:00", "Sun 15 18:00"]),
    ],
)
def test_monthly_feeds_know_how_long_a_month_is(days: str, expected: list[str]) -> None:
    """January, February and March 2026."""
    cadence = Cadence(at="18:00", zone=EASTERN, days=days)

    assert _local(cadence, _utc(2026, 1, 1), _utc(2026, 4, 1)) == expected


def test_weekly_and_weekday_feeds_come_on_their_days() -> None:
    """One week of 2026 that begins on a Monday."""
    week = (_utc(2026, 3, 16), _utc(2026, 3, 23))

    assert _local(Cadence(at="04:00", days="wed"), *week) == ["Wed 18 04:00"]
    assert len(_local(Cadence(at="04:00", days="weekdays"), *week)) == 5
    assert Cadence(at="04:00", days="wed").following(_utc(2026, 3, 18, 4)) == _utc(2026, 3, 25, 4)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"every_min": 5, "at": "06:00"},
        {"at": "25:00"},
        {"at": "06:00", "days": "someday"},
        {"at": "6", "days": "0"},
    ],
)
def test_a_cadence_that_never_comes_is_refused(wrong: dict[str, object]) -> None:
    """At once, not when its time would have come."""
    with pytest.raises(ValueError, match=r"a cadence has|days|hour|Invalid"):
        Cadence(**wrong)  # type: ignore[arg-type]  # wrong on purpose


def test_a_week_of_feeds_comes_in_the_order_of_its_times() -> None:
    """The clock was moved by a week: every time of every feed, oldest first, and once."""
    memory = PartnerMemory("server")
    table = Timetable({"udr": Cadence(every_min=60), "achret": RETURNS}, memory)
    monday = _utc(2026, 3, 2)

    assert table.due(monday) == ()
    week = table.due(monday + timedelta(days=7))
    for feed in week:
        table.served(feed)

    assert [sum(feed.layout == name for feed in week) for name in ("udr", "achret")] == [168, 5]
    assert [feed.at for feed in week] == sorted(feed.at for feed in week)
    assert table.due(monday + timedelta(days=7)) == ()


def test_a_restart_neither_repeats_nor_forgets_a_time() -> None:
    """What was not served before the end is due after the start; what was served is not."""
    memory = PartnerMemory("server")
    before = Timetable({"udr": Cadence(every_min=60)}, memory)
    noon = _utc(2026, 3, 2, 12)
    before.due(noon)
    first, second = before.due(noon + timedelta(hours=2))
    before.served(first)

    after = Timetable({"udr": Cadence(every_min=60)}, memory)

    assert after.due(noon + timedelta(hours=2)) == (second,)


def test_after_a_long_absence_only_the_last_weeks_are_made_up_for() -> None:
    """A memory of last year does not make a partner send a year of files."""
    memory = PartnerMemory("server", served={"udr": "2025-01-01T00:00:00+00:00"})
    now = _utc(2026, 3, 2)

    due = Timetable({"udr": Cadence(at="00:00")}, memory).due(now)

    assert due[0].at == now - LONGEST_ABSENCE + timedelta(days=1)


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((), 0),
        ((7,), 7),
        ((3, 1, 2), 3),
        ((99_998, 99_999), 99_999),
        ((99_998, 99_999, 1, 2), 2),
        ((123_456_789, 5), 123_456_789),
    ],
)
def test_a_series_that_has_wrapped_goes_on_behind_its_gap(numbers: tuple[int, ...], expected: int) -> None:
    """A fresh memory reads the numbers of the files on the server; 99999 is followed by 1."""
    assert latest(numbers) == expected
    assert following(99_999) == 1
