"""Texts in columns: arrays of bytes of one width, and the bytes behind them as a matrix (row, position)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Text = NDArray[np.bytes_]  # dtype S<width>; a shorter value ends with NULs, an absent one is b""
Matrix = NDArray[np.uint8]  # shape (rows, width)
Numbers = NDArray[np.int64]
Mask = NDArray[np.bool_]

ZERO = ord("0")
MOST_DIGITS = 18  # of a number that an int64 holds
# Numbers are written four digits at a time: one look-up in 40 kB instead of four divisions.
_QUADS = np.array([f"{number:04d}" for number in range(10_000)], dtype="S4").view(np.uint32)


def encoded(values: Sequence[str], encoding: str = "ascii") -> Text:
    """Values as a column; what the encoding lacks becomes a question mark."""
    return np.array([value.encode(encoding, "replace") for value in values] or [b""], dtype=np.bytes_)


def matrix(text: Text) -> Matrix:
    """The bytes of a column, without copying."""
    width = text.dtype.itemsize
    return np.ascontiguousarray(text).view(np.uint8).reshape(len(text), width)


def text_of(bytes_: Matrix) -> Text:
    """The column of a matrix of bytes."""
    rows, width = bytes_.shape
    return np.ascontiguousarray(bytes_).view(f"S{width}").reshape(rows)


def constant(rows: int, value: bytes) -> Text:
    """The same value in every row."""
    return np.full(rows, value, dtype=f"S{max(len(value), 1)}")


def digits_of(numbers: NDArray[np.integer], width: int) -> Text:
    """Numbers (not negative, below 10**width) as digits with zeros in front."""
    groups = -(-width // 4)
    quads = np.empty((len(numbers), groups), np.uint32)
    rest: NDArray[np.integer] = numbers
    for place in reversed(range(groups)):
        if place == 1:  # eight digits are left: half the bytes, a tenth of the time
            rest = rest.astype(np.uint32)
        more = rest // np.uint32(10_000) if place < 2 else rest // 10_000
        quads[:, place] = _QUADS.take(rest - more * 10_000)
        rest = more
    return text_of(quads.view(np.uint8)[:, 4 * groups - width :])


def random_digits(rng: np.random.Generator, rows: int, width: int) -> Text:
    """Random digits, zeros in front included."""
    groups = -(-width // 4)
    quads = _QUADS.take(rng.integers(0, 10_000, (rows, groups), dtype=np.uint16))
    return text_of(quads.view(np.uint8)[:, 4 * groups - width :])


def plain_numbers(numbers: NDArray[np.integer]) -> Text:
    """Numbers (not negative) as digits without zeros in front."""
    return numbers.astype(np.bytes_)


def numbers_of(text: Text) -> Numbers:
    """What a column of digits says, at most 18 of them; b"" is 0."""
    digits = matrix(text)
    if not digits.all():  # shorter values: to the right, zeros in front
        digits = matrix(zero_filled(text, text.dtype.itemsize, absent=True))
    values = np.zeros(len(text), np.int64)
    for place in range(digits.shape[1]):
        values = values * 10 + (digits[:, place] - ZERO)
    return values


def lengths(text: Text) -> NDArray[np.intp]:
    """How many bytes each value has."""
    return np.strings.str_len(text)


def present(text: Text) -> Mask:
    """Where a value is there."""
    there: Mask = matrix(text)[:, 0] != 0
    return there


def zero_filled(text: Text, least: int, *, absent: bool = False) -> Text:
    """Values with zeros in front, at least so long; absent ones stay absent unless they are asked for, too."""
    width = text.dtype.itemsize
    if width >= least and matrix(text)[:, least - 1].all():
        return text
    filled = np.strings.zfill(text, least)
    return filled if absent else np.where(present(text), filled, b"")


def joined(*parts: Text | bytes) -> Text:
    """The parts of each row, one behind the other."""
    rows = next(len(part) for part in parts if not isinstance(part, bytes))
    if all(isinstance(part, bytes) or matrix(part)[:, -1].all() for part in parts[:-1]):  # every value fills its width
        widths = [len(part) if isinstance(part, bytes) else part.dtype.itemsize for part in parts]
        fields = [(f"part {place}", f"S{width}") for place, width in enumerate(widths)]
        made = np.empty(rows, np.dtype(fields))
        for (name, _), part in zip(fields, parts, strict=True):
            made[name] = part
        return made.view(f"S{sum(widths)}")
    whole, *more = (constant(rows, part) if isinstance(part, bytes) else part for part in parts)
    for column in more:
        whole = np.strings.add(whole, column)
    return whole


def one_of(text: Text, values: Sequence[str]) -> Mask:
    """Where the value is one of these."""
    found = np.zeros(len(text), np.bool_)
    for value in values:
        found |= text == value.encode()
    return found


def chosen(where: Mask, text: Text, other: Text) -> Text:
    """`text` where the mask holds, else `other`."""
    return np.where(where, text, other)


def total(numbers: Numbers) -> int:
    """The sum, also where it is beyond 64 bits."""
    high, low = np.divmod(numbers, 1_000_000_000)
    return int(high.sum()) * 1_000_000_000 + int(low.sum())
