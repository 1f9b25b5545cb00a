"""Times in columns: seconds since 1970 become text in each way of writing, and text becomes seconds, by look-up."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache

import numpy as np

from ringback.synthetic_partners.bulk.text import (
    Mask,
    Matrix,
    Numbers,
    Text,
    joined,
    matrix,
    numbers_of,
    present,
    text_of,
)
from ringback.synthetic_partners.fields import time_of

DAY_S = 86_400
_FIRST, _LAST = date(1900, 1, 1), date(2199, 12, 31)  # other dates are no times of a feed
_MIDNIGHT = b"19700101000000"  # what stands for an absent time while its column is read
_BEFORE_1970 = (date(1970, 1, 1) - _FIRST).days


@cache
def _days(places: tuple[int, ...]) -> Text:
    """Every day of three centuries, as these characters of YYYY-MM-DD."""
    days = np.arange(np.datetime64(_FIRST), np.datetime64(_LAST) + 1)
    return text_of(matrix(days.astype("S10"))[:, places])


@cache
def _clock(places: tuple[int, ...]) -> Text:
    """Every second of a day, as these characters of YYYY-MM-DDTHH:MM:SS."""
    return text_of(matrix(np.arange(DAY_S).astype("datetime64[s]").astype("S19"))[:, places])


_DAY = (0, 1, 2, 3, 5, 6, 8, 9)
_TIME = (11, 12, 14, 15, 17, 18)
_SHAPES: dict[str, tuple[tuple[int, ...], tuple[int, ...], bytes]] = {  # date, time of day, zone
    "ts14": (_DAY, _TIME, b""),
    "d8": (_DAY, (), b""),
    "d6": (_DAY[2:], (), b""),
    "t4": ((), _TIME[:4], b""),
    "ts19": (_DAY, _TIME, b"+0000"),
    "time": ((), _TIME, b""),
    "iso_day": (tuple(range(10)), (), b""),
    "iso_ms": (tuple(range(10)), tuple(range(10, 19)), b".000Z"),
    "iso": (tuple(range(10)), tuple(range(10, 19)), b"Z"),
}


def written(moments: Numbers, kind: str) -> Text:
    """Seconds since 1970 (UTC) as a type writes them: ts14, d8, d6, t4, ts19, iso, iso_ms, iso_day; time is HHMMSS."""
    day, clock, zone = _SHAPES[kind]
    days = moments // DAY_S
    parts: list[Text | bytes] = []
    if day:
        parts.append(_days(day).take(days + _BEFORE_1970))
    if clock:
        parts.append(_clock(clock).take(moments - days * DAY_S))
    if zone:
        parts.append(zone)
    return joined(*parts)


def seconds(moment: datetime) -> int:
    """A moment as seconds since 1970; without a zone it is UTC."""
    return (moment.replace(tzinfo=None) - datetime(1970, 1, 1)) // timedelta(seconds=1)  # noqa: DTZ001 - UTC both


def read(text: Text, kind: str) -> tuple[Numbers, Mask]:
    """What a column of times says in seconds since 1970 (UTC), and where there is one; times are the calendar's."""
    digits = matrix(text)
    there = np.asarray(digits.all(axis=1))
    places, ending = _READ.get((kind, digits.shape[1]), ((), b""))
    as_usual = (digits[there, digits.shape[1] - len(ending) :] == np.frombuffer(ending, np.uint8)).all()
    if not places or not as_usual or (present(text) != there).any():
        return _one_by_one(text)
    shaped = np.where(there[:, np.newaxis], digits[:, places], np.frombuffer(_MIDNIGHT[: len(places)], np.uint8))
    found = _date_seconds(shaped[:, :8])
    return (found + _clock_seconds(shaped[:, 8:14]) if len(places) == 14 else found), there


# How the places of YYYYMMDDHHMMSS lie in a type's usual way of writing, and what that ends with.
_READ: dict[tuple[str, int], tuple[tuple[int, ...], bytes]] = {
    ("ts14", 14): (tuple(range(14)), b""),
    ("d8", 8): (tuple(range(8)), b""),
    ("ts19", 19): (tuple(range(14)), b"+0000"),
    ("iso", 20): (_DAY + _TIME, b"Z"),
    ("iso", 24): (_DAY + _TIME, b".000Z"),
}


def _one_by_one(text: Text) -> tuple[Numbers, Mask]:
    found = [time_of(value.decode("latin-1")) for value in text.tolist()]
    there = np.array([moment is not None for moment in found], np.bool_)
    return np.array([seconds(moment) if moment else 0 for moment in found], np.int64), there


def _date_seconds(digits: Matrix) -> Numbers:
    year, month, day = (numbers_of(text_of(digits[:, start:end])) for start, end in ((0, 4), (4, 6), (6, 8)))
    # Days of the civil calendar, counted from March so that the leap day comes last (ISO 8601's proleptic Gregorian).
    year = year - (month <= 2)
    march = (month + 9) % 12
    days = 365 * year + year // 4 - year // 100 + year // 400 + (153 * march + 2) // 5 + day - 1
    return (days - 719_468) * DAY_S


def _clock_seconds(digits: Matrix) -> Numbers:
    hour, minute, second = (numbers_of(text_of(digits[:, start : start + 2])) for start in (0, 2, 4))
    return hour * 3600 + minute * 60 + second
