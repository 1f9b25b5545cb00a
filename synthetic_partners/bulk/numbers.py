"""Digits, numbers and times of a column, all rows at once; what is no number or no time is told, never guessed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ringback.synthetic_partners.bulk.table import Bytes, Column, Truths

Numbers = npt.NDArray[np.int64]
ZERO = 48
MOST_DIGITS = 18  # of a number that 64 bits hold
_DAYS = np.array([[31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]])
_BEFORE = np.concatenate((np.zeros((2, 1), dtype=int), np.cumsum(_DAYS, axis=1)[:, :-1]), axis=1)


def every(good: Truths) -> Truths:
    """Which rows of a matrix are true throughout; the usual case, all of them, costs one look."""
    if good.all():
        return np.ones(len(good), dtype=bool)
    return np.asarray(good.all(axis=1))


def are_digits(column: Column) -> Truths:
    """Which values are ASCII digits alone (an empty one, too)."""
    digits = (column.cells - np.uint8(ZERO)) < 10
    return every(digits) if digits.all() else every(digits | (column.cells == 0))


def numbers(column: Column) -> Numbers:
    """The numbers of values that are digits, at most MOST_DIGITS of them; others come out as anything."""
    value = np.zeros(len(column.sizes), dtype=np.int64)
    uniform = bool(len(column.sizes)) and int(column.sizes.min()) == column.width
    for place in range(min(column.width, MOST_DIGITS)):
        digit = column.cells[:, place].astype(np.int64) - ZERO
        value = value * 10 + digit if uniform else np.where(place < column.sizes, value * 10 + digit, value)
    return value


def total(values: Numbers) -> int:
    """The exact sum of many numbers."""
    return (int((values >> 30).sum()) << 30) + int((values & ((1 << 30) - 1)).sum())


def pair(cells: Bytes, place: int) -> npt.NDArray[np.int32]:
    """The number that two digits say."""
    return (cells[:, place].astype(np.int32) - ZERO) * 10 + (cells[:, place + 1].astype(np.int32) - ZERO)


def days(cells: Bytes) -> tuple[Numbers, Truths]:
    """The day that YYYYMMDD at the left of digits says, counted from year 0, and whether the calendar has it."""
    year = pair(cells, 0) * 100 + pair(cells, 2)
    month, day = pair(cells, 4), pair(cells, 6)
    leap = ((year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))).astype(np.intp)
    in_year = (month >= 1) & (month <= 12)
    index = np.where(in_year, month - 1, 0)
    real = (year >= 1) & in_year & (day >= 1) & (day <= _DAYS[leap, index])
    past = year.astype(np.int64) - 1
    return past * 365 + past // 4 - past // 100 + past // 400 + _BEFORE[leap, index] + day, real


def clock(cells: Bytes, place: int, *, seconds: bool) -> tuple[Numbers, Truths]:
    """The seconds of a day that HHMM or HHMMSS says, and whether a clock shows it."""
    hour, minute = pair(cells, place), pair(cells, place + 2)
    second = pair(cells, place + 4) if seconds else np.zeros_like(hour)
    real = (hour < 24) & (minute < 60) & (second < 60)
    return ((hour * 60 + minute) * 60 + second).astype(np.int64), real


def moments(column: Column) -> tuple[Numbers, Truths]:
    """Seconds from year 0 of values that are all ts14 or all d8, and which of them are real times."""
    if column.width not in (8, 14) or not len(column.sizes):
        none = np.zeros(len(column.sizes), dtype=bool)
        return none.astype(np.int64), none
    whole = (column.sizes == column.width) & are_digits(column)
    day, real = days(column.cells)
    if column.width == 8:
        return day * 86400, whole & real
    second, shown = clock(column.cells, 8, seconds=True)
    return day * 86400 + second, whole & real & shown


def are_times(column: Column, kind: str) -> Truths:
    """Which values are real times of a kind: ts14, d8, d6 or t4; only digits may come here."""
    width = {"ts14": 14, "d8": 8, "d6": 6, "t4": 4}[kind]
    if column.width != width:
        return np.zeros(len(column.sizes), dtype=bool)
    cells = column.cells
    if kind == "t4":
        real = clock(cells, 0, seconds=False)[1]
    elif kind == "d6":  # of 19xx or 20xx: only leap years matter, and those are the same but for 1900
        century = np.broadcast_to(np.frombuffer(b"20", dtype=np.uint8), (len(cells), 2))
        real = days(np.concatenate((century, cells), axis=1))[1]
    else:
        return moments(column)[1]
    return np.asarray(real & (column.sizes == width))
