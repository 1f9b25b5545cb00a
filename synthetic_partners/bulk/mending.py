"""Rules between fields, mended in a whole chunk of drawn columns at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass

import numpy as np

from ringback.synthetic_partners.bulk import checks, times
from ringback.synthetic_partners.bulk.text import (
    ZERO,
    Mask,
    Numbers,
    Text,
    encoded,
    joined,
    lengths,
    matrix,
    numbers_of,
    one_of,
    plain_numbers,
    present,
    text_of,
)
from ringback.synthetic_partners.fields import FieldSpec, time_of
from ringback.synthetic_partners.rule_mends import MENDS
from ringback.synthetic_partners.rules import Rule


@dataclass(frozen=True, slots=True)
class Drawn:
    """The columns of a chunk while its rules are mended."""

    columns: MutableMapping[str, Text]
    specs: Mapping[str, FieldSpec]
    header: Mapping[str, str]
    encoding: str = "ascii"

    def put(self, name: str, where: Mask, text: Text | bytes) -> None:
        """Other values in some rows."""
        if where.any():
            self.columns[name] = np.where(where, text, self.columns[name])


def mend(rule: Rule, drawn: Drawn) -> None:
    """Make the rows obey a rule of records; one that has no vectorised way is mended row by row."""
    if rule.kind not in MENDS:
        return  # of whole files: the columns see to it
    names = [name for name in (rule.field, rule.other, rule.offset, *rule.fields) if name]
    if not all(name in drawn.columns for name in names if name not in drawn.header or name in drawn.specs):
        return
    way = _MENDS.get(rule.kind)
    if way is None or not way(rule, drawn, rows_of(rule, drawn.columns)):
        _row_wise(rule, drawn)


def rows_of(rule: Rule, columns: Mapping[str, Text]) -> Mask:
    """The rows that the rule is about."""
    rows = len(next(iter(columns.values())))
    where = np.ones(rows, np.bool_)
    if rule.when:
        where &= one_of(columns[rule.when.field], rule.when.values)
    if rule.unless:
        where &= ~one_of(columns[rule.unless.field], rule.unless.values)
    return where


def _row_wise(rule: Rule, drawn: Drawn) -> None:
    """One row after the other by the rule's own mend; only columns that came out differently are replaced."""
    names = list(drawn.columns)
    before = [[text.decode(drawn.encoding) for text in drawn.columns[name].tolist()] for name in names]
    after: list[list[str]] = [[] for _ in names]
    for values in zip(*before, strict=True):
        record = dict(zip(names, values, strict=True))
        rule.mend(record, drawn.header)
        for place, name in enumerate(names):
            after[place].append(record[name])
    for name, old, new in zip(names, before, after, strict=True):
        if old != new:
            drawn.columns[name] = encoded(new, drawn.encoding)


def _times(rule: Rule, drawn: Drawn) -> tuple[Numbers, Numbers, Mask] | None:
    """What both fields say and where both are there; None for other things than fields."""
    if rule.field not in drawn.specs or rule.other not in drawn.specs:
        return None
    later, one = times.read(drawn.columns[rule.field], _kind(rule.field, drawn))
    earlier, two = times.read(drawn.columns[rule.other], _kind(rule.other, drawn))
    return later, earlier, one & two


def _kind(name: str, drawn: Drawn) -> str:
    return drawn.specs[name].kind.text


def _shift(rule: Rule, drawn: Drawn, where: Mask, moments: Numbers) -> None:
    if where.any():
        kind = _kind(rule.field, drawn)
        drawn.put(rule.field, where, times.written(moments, "iso_ms" if kind == "iso" else kind))


def _not_before(rule: Rule, drawn: Drawn, where: Mask) -> bool:
    found = _times(rule, drawn)
    if found is not None:
        later, earlier, there = found
        _shift(rule, drawn, where & there & (later < earlier), earlier + times.DAY_S)
    return found is not None


def _within_days(rule: Rule, drawn: Drawn, where: Mask) -> bool:
    found = _times(rule, drawn)
    if found is not None:
        later, earlier, there = found
        _shift(rule, drawn, where & there & (later - earlier > rule.days * times.DAY_S), earlier + times.DAY_S)
    return found is not None


def _days_after(rule: Rule, drawn: Drawn, where: Mask) -> bool:
    found = _times(rule, drawn)
    if found is not None:
        later, earlier, there = found
        wrong = later // times.DAY_S != earlier // times.DAY_S + rule.days
        _shift(rule, drawn, where & there & wrong, earlier + rule.days * times.DAY_S)
    return found is not None


def _differs(rule: Rule, drawn: Drawn, where: Mask) -> bool:
    text = drawn.columns[rule.field]
    same = where & present(text) & (text == drawn.columns[rule.other])
    if same.any():
        other = matrix(text).copy()
        other[:, 0] = np.where(other[:, 0] == ord("1"), ord("2"), ord("1"))
        drawn.put(rule.field, same, text_of(other))
    return True


def _exactly_one(rule: Rule, drawn: Drawn, where: Mask) -> bool:
    seen = np.zeros(len(where), np.bool_)
    for name in rule.fields:
        there = present(drawn.columns[name])
        drawn.put(name, where & there & seen, b"")
        seen |= there
    return True


def _equals(rule: Rule, drawn: Drawn, where: Mask) -> bool:
    text, value = drawn.columns[rule.field], rule.value.encode()
    drawn.put(rule.field, where & present(text) & (text != value), value)
    return True


def _range(rule: Rule, drawn: Drawn, where: Mask) -> bool:
    text, kind = drawn.columns[rule.field], drawn.specs[rule.field].kind
    if not kind.numeric or text.dtype.itemsize > 18:
        return False
    numbers = numbers_of(text)
    wrong = where & present(text) & ((numbers < rule.least) | (numbers > rule.most))
    if wrong.any():
        inside = rule.least + numbers % (rule.most - rule.least + 1)
        drawn.put(rule.field, wrong, _digits(inside, kind.least))
    return True


def _digits(numbers: Numbers, least: int) -> Text:
    plain = plain_numbers(numbers)
    return np.strings.zfill(plain, least) if least > 1 else plain


def _starts_with_header(rule: Rule, drawn: Drawn, where: Mask) -> bool:
    start = drawn.header.get(rule.other, "").encode()
    text = drawn.columns[rule.field]
    if start and len(start) < text.dtype.itemsize:
        wrong = where & present(text) & ~np.strings.startswith(text, start)
        if wrong.any():
            other = matrix(text).copy()
            other[:, : len(start)] = np.frombuffer(start, np.uint8)
            drawn.put(rule.field, wrong, text_of(other))
    return True


_CHECKED = {"zip": 11, "aba": 8, "sscc": 17}


def _check_digit(rule: Rule, drawn: Drawn, where: Mask) -> bool:
    whole = joined(*(drawn.columns[name] for name in rule.fields))
    count = _CHECKED.get(rule.by, whole.dtype.itemsize)
    full = lengths(whole) == count
    if rule.by not in checks.CHECKS or not (full | (lengths(whole) == 0) | (rule.by in _CHECKED)).all():
        return False
    payload = text_of(np.where(full[:, np.newaxis], matrix(whole)[:, :count], ZERO).astype(np.uint8))
    digit, right = drawn.columns[rule.field], checks.CHECKS[rule.by](payload)
    drawn.put(rule.field, where & full & present(digit) & (digit != right), right)
    return True


def _agrees(rule: Rule, drawn: Drawn, where: Mask) -> bool:
    other = drawn.columns[rule.other]
    for value, allowed in rule.table:
        here = where & (other == value.encode())
        if here.any():
            drawn.put(
                rule.field, here & ~_fits(drawn.columns[rule.field], allowed), allowed[0].removesuffix("*").encode()
            )
    return True


def _fits(text: Text, patterns: Sequence[str]) -> Mask:
    fits = np.zeros(len(text), np.bool_)
    for pattern in patterns:
        start = pattern.removesuffix("*").encode()
        fits |= np.strings.startswith(text, start) if pattern.endswith("*") else text == start
    return fits


def _required(rule: Rule, drawn: Drawn, where: Mask) -> bool:
    drawn.put(rule.field, where & ~present(drawn.columns[rule.field]), rule.value.encode())
    return True


def _at_least_one(rule: Rule, drawn: Drawn, where: Mask) -> bool:
    none = where.copy()
    for name in rule.fields:
        none &= ~present(drawn.columns[name])
    drawn.put(rule.field or rule.fields[0], none, rule.value.encode())
    return True


def _before_header(rule: Rule, drawn: Drawn, where: Mask) -> bool:
    limit, text = time_of(drawn.header.get(rule.other, "")), drawn.columns[rule.field]
    if limit is None or _kind(rule.field, drawn) != "ts14":
        return limit is None
    offset = _offset_seconds(drawn.columns[rule.offset]) if rule.offset else np.zeros(len(text), np.int64)
    if offset is None:
        return False
    local, there = times.read(text, "ts14")
    latest = times.seconds(limit)
    early = local - offset < latest - rule.days * times.DAY_S
    wrong = where & there & (early | (local - offset > latest + rule.most * 60))
    _shift(rule, drawn, wrong, latest - 3600 + offset)  # an hour before the file was made, by the clock on the spot
    return True


def _offset_seconds(text: Text) -> Numbers | None:
    """What a column of offsets (+hhmm, -hhmm) is in seconds; None for another way of writing."""
    signs = matrix(text)
    if signs.shape[1] != 5 or not np.isin(signs[:, 0], (ord("+"), ord("-"))).all() or not signs.all():
        return None
    hhmm = numbers_of(text_of(signs[:, 1:]))
    seconds: Numbers = np.where(signs[:, 0] == ord("-"), -60, 60) * (hhmm // 100 * 60 + hhmm % 100)
    return seconds


def _same(rule: Rule, drawn: Drawn, where: Mask) -> bool:
    drawn.put(rule.field, where & (drawn.columns[rule.field] != drawn.columns[rule.other]), drawn.columns[rule.other])
    return True


_MENDS: Mapping[str, Callable[[Rule, Drawn, Mask], bool]] = {
    "not_before": _not_before,
    "within_days": _within_days,
    "days_after": _days_after,
    "differs": _differs,
    "exactly_one": _exactly_one,
    "equals": _equals,
    "range": _range,
    "starts_with_header": _starts_with_header,
    "check_digit": _check_digit,
    "agrees": _agrees,
    "required": _required,
    "at_least_one": _at_least_one,
    "same": _same,
    "before_header": _before_header,
}
