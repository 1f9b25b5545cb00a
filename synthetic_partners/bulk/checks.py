"""Check digits of whole columns: the rules of `check_digits`, a column of digits at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from ringback.synthetic_partners.bulk.text import ZERO, Text, digits_of, matrix

Weights = NDArray[np.uint16]


def luhn(payload: Text) -> Text:
    """The digit behind each payload (ISO/IEC 7812-1 annex B)."""
    digits = _digits(payload)
    doubled = digits[::-1][::2] * np.uint8(2)
    tens = np.sum(doubled > 9, axis=0, dtype=np.uint16)
    sums = doubled.sum(axis=0, dtype=np.uint16) - tens * np.uint16(9) + digits[::-1][1::2].sum(axis=0, dtype=np.uint16)
    return _ten_less(sums)


def aba(payload: Text) -> Text:
    """The ninth digit of a routing number: weights 3 7 1."""
    return _ten_less(_weighted(payload, np.resize(np.array([3, 7, 1], np.uint16), payload.dtype.itemsize)))


def sscc(payload: Text) -> Text:
    """The last digit of a carton's number: weights 3 and 1 from the right (GS1)."""
    width = payload.dtype.itemsize
    return _ten_less(_weighted(payload, np.resize(np.array([3, 1], np.uint16), width)[::-1]))


def delivery_point(payload: Text) -> Text:
    """The digit behind ZIP+4 and delivery point: the sum is a multiple of ten."""
    return _ten_less(_weighted(payload, np.ones(payload.dtype.itemsize, np.uint16)))


def mod97(payload: Text) -> Text:
    """The two digits of an EID (ISO 7064 MOD 97-10)."""
    width = payload.dtype.itemsize
    weights = np.array([pow(10, width + 1 - place, 97) for place in range(width)], np.uint16)
    return digits_of((98 - _weighted(payload, weights) % 97).astype(np.int64), 2)


def _digits(payload: Text) -> NDArray[np.uint8]:
    """The digits by place (first index) and row: a place's digits lie side by side, which sums them fastest."""
    return np.ascontiguousarray(matrix(payload).T) - np.uint8(ZERO)


def _weighted(payload: Text, weights: Weights) -> NDArray[np.uint16]:
    sums: Weights = np.sum(_digits(payload) * weights[:, np.newaxis], axis=0, dtype=np.uint16)
    return sums


def _ten_less(sums: NDArray[np.uint16]) -> Text:
    digits = (10 - sums % 10) % 10 + ZERO
    return digits.astype(np.uint8).view("S1")


CHECKS: Mapping[str, Callable[[Text], Text]] = {"zip": delivery_point, "aba": aba, "luhn": luhn, "sscc": sscc}
