"""Which values of a column are plainly good. What is not said to be good is judged one by one, exactly."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ringback.synthetic_partners.bulk.good_forms import GOOD_FORMS
from ringback.synthetic_partners.bulk.numbers import are_digits, are_times, every
from ringback.synthetic_partners.bulk.table import SPACE, Column, Table, Truths
from ringback.synthetic_partners.fields import TIMES, FieldSpec, When

REMEMBERED = 100_000  # judged values of one field; more would only fill memory
_LETTER = np.zeros(256, dtype=bool)
_LETTER[[0, *range(65, 91), *range(97, 123)]] = True  # zero is what stands behind a value
_CLASS = re.compile(r"(\[[^\]\\^]+\]|\\d|[A-Za-z0-9 _:-])(?:\{(\d+)\})?")


@dataclass(slots=True)
class GoodField:
    """One field of a layout, ready to be judged in columns."""

    spec: FieldSpec
    is_free: bool = False  # any printable text will do that has its room
    classes: list[Truths] | None = None  # of a pattern that says which character stands where
    verdicts: dict[bytes, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        spec = self.spec
        limits = (
            spec.literal is not None,
            spec.codes,
            spec.pattern,
            spec.form,
            spec.required_when,
            spec.required_unless,
        )
        self.is_free = spec.kind.text.startswith(("an", "u")) and spec.kind.least <= 1 and not any(limits)
        if self.spec.pattern:
            self.classes = classes_of(self.spec.pattern)

    def good(self, table: Table) -> Truths:
        """Which rows need no closer look at this field."""
        if self.is_free:
            odd = table.begins_with_space(self.spec.name)
            if self.spec.required or not odd.any():
                return ~odd
        column = table.column(self.spec.name)
        is_there = column.sizes > 0
        if is_there.all():
            return self._flawless(column)
        good = ~self._needed(table)
        rows = np.flatnonzero(is_there)
        if len(rows):
            good[rows] = self._flawless(column.rows(rows))
        return good

    def _needed(self, table: Table) -> Truths:
        spec = self.spec
        if spec.required_when:
            return holds(spec.required_when, table)
        if spec.required_unless:
            return ~holds(spec.required_unless, table)
        return np.full(len(table.rows), spec.required)

    def _flawless(self, column: Column) -> Truths:
        spec = self.spec
        if spec.literal is not None:
            return equal_to(column, spec.literal)
        if spec.codes:
            return one_of(column, spec.codes)
        if spec.kind.alphabet not in _ALPHABETS or (spec.form and spec.form not in GOOD_FORMS):
            return self._one_by_one(column)
        good = _ALPHABETS[spec.kind.alphabet](column)
        if spec.kind.least > 1 or column.width > spec.kind.most:
            good &= (column.sizes >= spec.kind.least) & (column.sizes <= spec.kind.most)
        if spec.pattern:
            good &= _in_classes(column, self.classes) if self.classes is not None else self._one_by_one(column)
        if spec.kind.text in TIMES:
            good &= are_times(column, spec.kind.text)
        return np.asarray(good & GOOD_FORMS[spec.form](column)) if spec.form else good

    def _one_by_one(self, column: Column) -> Truths:
        """Each different value once, by the field's own judgement."""
        texts, back = np.unique(column.texts(), return_inverse=True)
        return np.array([self._verdict(text) for text in texts.tolist()], dtype=bool)[back.reshape(-1)]

    def _verdict(self, text: bytes) -> bool:
        known = self.verdicts.get(text)
        if known is None:
            shown = text.decode("latin-1")
            known = bool(shown.strip()) and self.spec.flaw(shown) is None
            if len(self.verdicts) < REMEMBERED:
                self.verdicts[text] = known
        return known


def _printable(column: Column) -> Truths:
    """All bytes of a plain line are printable; but a value of spaces alone is an empty one."""
    return np.asarray(column.cells[:, 0] != SPACE)


def _letters(column: Column) -> Truths:
    return every(_LETTER[column.cells])


_ALPHABETS: dict[str, Callable[[Column], Truths]] = {"n": are_digits, "a": _letters, "an": _printable, "u": _printable}


def equal_to(column: Column, text: str) -> Truths:
    """Which values are this text."""
    wanted = np.frombuffer(text.encode("latin-1", "replace"), dtype=np.uint8)
    if len(wanted) > column.width:
        return np.zeros(len(column.sizes), dtype=bool)
    good: Truths = column.sizes == len(wanted)
    for place, byte in enumerate(wanted):
        good &= column.cells[:, place] == byte
    return good


def one_of(column: Column, texts: tuple[str, ...]) -> Truths:
    """Which values are one of these."""
    good = np.zeros(len(column.sizes), dtype=bool)
    if column.width == 1:
        known = np.zeros(256, dtype=bool)
        known[[ord(text) if text else 0 for text in texts if len(text) < 2 and text.isascii()]] = True
        return np.asarray(known[column.cells[:, 0]])
    for text in texts:
        good |= equal_to(column, text)
        if good.all():
            break
    return good


def holds(when: When, table: Table) -> Truths:
    """Which records meet a condition."""
    if not any(spec.name == when.field for spec in table.fields):
        return np.full(len(table.rows), "" in when.values)
    return one_of(table.column(when.field), when.values)


def classes_of(pattern: str) -> list[Truths] | None:
    """Which bytes each place may hold, of a pattern like `[0-9A-Z]{4}[0-9]{12}`; None when it says more than that."""
    classes: list[Truths] = []
    at = 0
    while at < len(pattern):
        found = _CLASS.match(pattern, at)
        if not found:
            return None
        one = re.compile(found.group(1))
        allowed = np.array([bool(byte and one.fullmatch(chr(byte))) and byte < 128 for byte in range(256)])
        classes.extend([allowed] * int(found.group(2) or 1))
        at = found.end()
    return classes


def _in_classes(column: Column, classes: list[Truths]) -> Truths:
    good: Truths = column.sizes == len(classes)
    if column.width != len(classes):
        return np.zeros_like(good)
    for place, allowed in enumerate(classes):
        good &= allowed[column.cells[:, place]]
    return good
