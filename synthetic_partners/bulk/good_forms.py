"""Identifiers of a column, all rows at once: which are plainly well-formed, check digits included."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ringback.synthetic_partners.bulk.numbers import ZERO, are_digits, every
from ringback.synthetic_partners.bulk.table import Bytes, Column, Truths

_DOUBLED = np.array([0, 2, 4, 6, 8, 1, 3, 5, 7, 9], dtype=np.uint8)
_CAPITAL = np.zeros(256, dtype=bool)
_CAPITAL[[*range(ZERO, ZERO + 10), *range(65, 91)]] = True


def _none(column: Column) -> Truths:
    return np.zeros(len(column.sizes), dtype=bool)


def _whole(column: Column, width: int) -> Truths:
    return np.asarray((column.sizes == width) & are_digits(column)) if column.width == width else _none(column)


def _digits(column: Column) -> Bytes:
    return np.asarray(
        np.minimum(column.cells - np.uint8(ZERO), np.uint8(9)), dtype=np.uint8
    )  # what is no digit was found out before


def _weighed(digits: Bytes, weights: Sequence[int]) -> Truths:
    return np.asarray(digits.astype(np.int32) @ np.array(weights, dtype=np.int32) % 10 == 0)


def tn(column: Column) -> Truths:
    """NPA [2-9][0-8]x, NXX [2-9]xx, neither of them N11."""
    whole = _whole(column, 10)
    if not whole.any():
        return whole
    d = _digits(column)
    area = (d[:, 0] >= 2) & (d[:, 1] <= 8) & ~((d[:, 1] == 1) & (d[:, 2] == 1))
    exchange = (d[:, 3] >= 2) & ~((d[:, 4] == 1) & (d[:, 5] == 1))
    return np.asarray(whole & area & exchange)


def spid(column: Column) -> Truths:
    """Four capitals or digits."""
    return every(_CAPITAL[column.cells]) if column.width == 4 else _none(column)


def imei(column: Column) -> Truths:
    """15 digits, the last by Luhn."""
    whole = _whole(column, 15)
    return np.asarray(whole & _luhn(_digits(column))) if whole.any() else whole


def _luhn(digits: Bytes) -> Truths:
    """Every second digit from the right doubled."""
    doubled = _DOUBLED[digits[:, -2::-2]].sum(axis=1, dtype=np.int32)
    return np.asarray((doubled + digits[:, ::-2].sum(axis=1, dtype=np.int32)) % 10 == 0)


def iccid(column: Column) -> Truths:
    """89 and 19 or 20 digits in all, the last by Luhn; with a filler behind it, it is looked at one by one."""
    good = _none(column)
    for width in (19, 20):
        rows = np.flatnonzero(column.sizes == width)
        if column.width >= width and len(rows):
            own = Column(column.cells[rows, :width], column.sizes[rows])
            begins = (own.cells[:, 0] == ZERO + 8) & (own.cells[:, 1] == ZERO + 9)
            good[rows] = begins & are_digits(own) & _luhn(_digits(own))
    return good


def imsi(column: Column) -> Truths:
    """15 digits, no zero in front, but for the test network 001."""
    whole = _whole(column, 15)
    if not whole.any():
        return whole
    is_test = (column.cells[:, :2] == ZERO).all(axis=1) & (column.cells[:, 2] == ZERO + 1)
    return np.asarray(whole & ((column.cells[:, 0] > ZERO) | is_test))


def eid(column: Column) -> Truths:
    """32 digits that are 1 modulo 97."""
    whole = _whole(column, 32)
    if not whole.any():
        return whole
    rest = np.zeros(len(whole), dtype=np.int64)
    for place in range(32):
        rest = (rest * 10 + column.cells[:, place] - ZERO) % 97
    return np.asarray(whole & (rest == 1))


def aba(column: Column) -> Truths:
    """Nine digits, weights 3 7 1."""
    whole = _whole(column, 9)
    return np.asarray(whole & _weighed(_digits(column), (3, 7, 1) * 3)) if whole.any() else whole


def sscc(column: Column) -> Truths:
    """18 digits, weights 3 and 1."""
    whole = _whole(column, 18)
    return np.asarray(whole & _weighed(_digits(column), (3, 1) * 9)) if whole.any() else whole


def dpc(column: Column) -> Truths:
    """Three octets of three digits."""
    whole = _whole(column, 9)
    if not whole.any():
        return whole
    octets = _digits(column).reshape(-1, 3, 3).astype(np.int32) @ np.array([100, 10, 1], dtype=np.int32)
    return np.asarray(whole & every(octets <= 255))


GOOD_FORMS: Mapping[str, Callable[[Column], Truths]] = {
    "tn": tn,
    "lrn": tn,
    "spid": spid,
    "iccid": iccid,
    "imei": imei,
    "imsi": imsi,
    "eid": eid,
    "aba": aba,
    "sscc": sscc,
    "dpc": dpc,
}
