"""What kind of values a field holds, by its layout and by what is in it: code, number, time, identifier or text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ringback.synthetic_partners import check_digits
from ringback.synthetic_partners.bulk.text import Text, lengths, matrix
from ringback.synthetic_partners.fields import FieldSpec
from ringback.synthetic_partners.shape.patterns import patterns
from ringback.synthetic_partners.shape.values import KIND_FORMATS, are_numbers, seconds, time_format

MOST_CODES = 400
MOST_NUMBERS = 40  # different numbers that may still be codes
CHECKS: Mapping[str, tuple[tuple[int, ...], Callable[[str], bool]]] = {
    "luhn": ((15, 16, 18, 19, 20), check_digits.luhn_ok),
    "aba": ((9,), check_digits.aba_ok),
    "mod97": ((32,), check_digits.mod97_ok),
    "sscc": ((18,), check_digits.mod10_31_ok),
}
FORM_CHECKS: Mapping[str, str] = {"imei": "luhn", "iccid": "luhn", "eid": "mod97", "aba": "aba", "sscc": "sscc"}
_DIGIT = np.zeros(256, np.bool_)
_DIGIT[[0, *range(48, 58)]] = True


@dataclass(frozen=True, slots=True)
class Nature:
    """How a field is to be counted and written."""

    kind: str
    format: str = ""
    check: str = ""
    decimals: int = 0
    width: int = 0


def are_digits(texts: Text) -> bool:
    """Whether every text is digits alone."""
    return bool(_DIGIT[matrix(texts)].all())


def check_of(texts: Text) -> str:
    """The check digit that all of these numbers have, or none: a thousand of them do not have it by chance."""
    look = [text.decode("latin-1") for text in np.unique(texts)[:1000]]
    if len(look) < 12 or not are_digits(texts):
        return ""
    for name, (sizes, good) in CHECKS.items():
        fitting = all(len(text) in sizes for text in look)
        if fitting and sum(map(good, look)) >= 0.98 * len(look):
            return name
    return ""


def is_rising(texts: Text, file_of: NDArray[np.int64]) -> bool:
    """Whether a field numbers the records of each file: every value is there, of one length, and above the last one."""
    sizes = lengths(texts)
    if len(texts) < 20 or not sizes.all() or sizes.min() != sizes.max():
        return False
    same_file = file_of[1:] == file_of[:-1]
    return bool((texts[1:] > texts[:-1])[same_file].all())


def nature(spec: FieldSpec | None, filled: Text, distinct: int, rows: int, *, rising: bool = False) -> Nature:
    """What a field's values are.

    Args:
        spec: The field in its layout.
        filled: The chosen rows that have a value.
        distinct: How many different values all rows have.
        rows: All rows that have a value.
        rising: Whether the field numbers the records.
    """
    if not len(filled):
        return Nature("constant")
    shape = _time_shape(spec, filled)
    if shape:
        return Nature("time", format=shape)
    check = "" if rising else FORM_CHECKS.get(spec.form, "") if spec and spec.form else check_of(filled)
    if check:
        return Nature("identifier", check=check)
    has_codes = spec is not None and bool(spec.codes)
    is_number = not has_codes and not rising and distinct > 1 and _is_number(spec, filled)
    kinds = (
        ("constant", distinct == 1 and not (spec and spec.form)),
        ("running", rising),
        ("code", has_codes or (distinct <= _few(rows) and not (is_number and distinct > MOST_NUMBERS))),
        ("number", is_number),
        ("identifier", _is_identifier(filled)),
    )
    kind = next((name for name, holds in kinds if holds), "text")
    return _number(filled) if kind == "number" else Nature(kind)


def _time_shape(spec: FieldSpec | None, filled: Text) -> str:
    """The format of times that a field has by its layout, or by what is in it."""
    said = KIND_FORMATS.get(spec.kind.text, "") if spec else ""
    shape = said or ("" if spec and (spec.codes or spec.form) else time_format(filled))
    return shape if shape and np.isnan(seconds(filled, shape)).mean() <= 0.02 else ""


def _few(rows: int) -> int:
    """So many different values may be codes: each comes about five times or more."""
    return min(MOST_CODES, max(2, rows // 5))


def _is_number(spec: FieldSpec | None, filled: Text) -> bool:
    """Whether the texts are amounts or counts, not numbers of things: those have one length and are spread evenly."""
    if (spec and spec.form) or not are_numbers(filled):
        return False
    sizes = lengths(filled)
    same_size = bool(sizes.min() == sizes.max())
    if not are_digits(filled):
        return True
    leading = matrix(filled)[:, 0] == ord("0")
    if not same_size:
        return not leading[sizes > 1].any() and int(sizes.max()) <= 15
    return int(sizes[0]) <= 18 and _is_padded(filled, int(sizes[0]))


def _is_padded(filled: Text, size: int) -> bool:
    """Whether numbers of one length are filled with zeros: they differ in how many stand in front."""
    if size < 3:
        return False
    zeros = size - lengths(np.strings.lstrip(filled, b"0"))
    return bool(zeros.mean() >= 1.5) and int(zeros.max() - zeros.min()) >= 2


def _number(filled: Text) -> Nature:
    sizes = lengths(filled)
    same_size = bool(sizes.min() == sizes.max())
    point = np.strings.find(filled, b".")
    decimals = np.where(point >= 0, sizes - point - 1, 0)
    padded = same_size and are_digits(filled) and bool((matrix(filled)[:, 0] == ord("0")).any())
    return Nature("number", decimals=int(np.bincount(decimals).argmax()), width=int(sizes[0]) if padded else 0)


def _is_identifier(filled: Text) -> bool:
    """Whether few patterns, with digits in them, cover nearly all texts."""
    found, counts = np.unique(patterns(filled), return_counts=True)
    common = np.sort(counts)[::-1][:6].sum() >= 0.95 * len(filled)
    return bool(common) and any(b"9" in one for one in found[np.argsort(-counts)][:6])
