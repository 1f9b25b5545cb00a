"""Which records plainly keep a rule between fields, all rows at once; the rest is judged one by one, exactly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields as parts_of

import numpy as np

from ringback.synthetic_partners.bulk.good_fields import equal_to, holds
from ringback.synthetic_partners.bulk.numbers import MOST_DIGITS, are_digits, moments, numbers
from ringback.synthetic_partners.bulk.table import Column, Table, Truths
from ringback.synthetic_partners.rules import FILE_RULES, Rule

DAY_S = 86400
Header = Mapping[str, str]


def keep_rule(rule: Rule, table: Table, header: Header) -> Truths:
    """Which rows need no closer look at this rule."""
    if rule.kind in FILE_RULES:
        return np.ones(len(table.rows), dtype=bool)
    judge = GOOD_RULES.get(rule.kind)
    good = _one_by_one(rule, table, header) if judge is None else judge(rule, table, header)
    if rule.when:
        good |= ~holds(rule.when, table)
    if rule.unless:
        good |= holds(rule.unless, table)
    return good


def names_in(rule: Rule, names: frozenset[str]) -> tuple[str, ...]:
    """The fields of a record that a rule may look at, whatever its parts are called."""
    said: set[object] = set()
    for part in parts_of(rule):
        value = getattr(rule, part.name)
        said.update(value if isinstance(value, tuple) else (getattr(value, "field", value),))
    return tuple(sorted(name for name in names if name in said))


def _one_by_one(rule: Rule, table: Table, header: Header) -> Truths:
    """By the rule's own judgement, once for each different combination of the values it looks at."""
    names = names_in(rule, frozenset(spec.name for spec in table.fields))
    texts = [table.column(name).texts().tolist() for name in names]
    known: dict[tuple[bytes, ...], bool] = {}
    good = np.empty(len(table.rows), dtype=bool)
    for row, values in enumerate(zip(*texts, strict=True)):
        if values not in known:
            record = {name: value.decode("latin-1") for name, value in zip(names, values, strict=True)}
            known[values] = rule.judge(record, header) is None
        good[row] = known[values]
    return good


def _pair(rule: Rule, table: Table) -> tuple[Column, Column]:
    return table.column(rule.field), table.column(rule.other)


def _not_before(rule: Rule, table: Table, _: Header) -> Truths:
    field, other = _pair(rule, table)
    (later, good), (earlier, fine) = moments(field), moments(other)
    return np.asarray((field.sizes == 0) | (other.sizes == 0) | (good & fine & (later >= earlier)))


def _within_days(rule: Rule, table: Table, _: Header) -> Truths:
    field, other = _pair(rule, table)
    (later, good), (earlier, fine) = moments(field), moments(other)
    near = good & fine & (later - earlier <= rule.days * DAY_S)
    return np.asarray((field.sizes == 0) | (other.sizes == 0) | near)


def _days_after(rule: Rule, table: Table, _: Header) -> Truths:
    field, other = _pair(rule, table)
    (later, good), (earlier, fine) = moments(field), moments(other)
    right = good & fine & (later // DAY_S == earlier // DAY_S + rule.days)
    return np.asarray((field.sizes == 0) | (other.sizes == 0) | right)


def _differs(rule: Rule, table: Table, _: Header) -> Truths:
    field, other = _pair(rule, table)
    return np.asarray((field.texts() != other.texts()) | (field.sizes == 0))


def _exactly_one(rule: Rule, table: Table, _: Header) -> Truths:
    given = sum((table.column(name).sizes > 0).astype(np.int8) for name in rule.fields)
    return np.asarray(given == 1)


def _equals(rule: Rule, table: Table, _: Header) -> Truths:
    field = table.column(rule.field)
    return np.asarray((field.sizes == 0) | equal_to(field, rule.value))


def _range(rule: Rule, table: Table, _: Header) -> Truths:
    field = table.column(rule.field)
    value = numbers(field)
    inside = (value >= rule.least) & (value <= rule.most) & (field.sizes <= MOST_DIGITS) & are_digits(field)
    return np.asarray((field.sizes == 0) | inside)


def _starts_with_header(rule: Rule, table: Table, header: Header) -> Truths:
    field = table.column(rule.field)
    start = header.get(rule.other, "").encode("latin-1", "replace")
    good = field.sizes >= len(start)
    if len(start) <= field.width:
        for place, byte in enumerate(start):
            good &= field.cells[:, place] == byte
    return np.asarray(good | (field.sizes == 0))


GOOD_RULES: Mapping[str, Callable[[Rule, Table, Header], Truths]] = {
    "not_before": _not_before,
    "within_days": _within_days,
    "days_after": _days_after,
    "differs": _differs,
    "exactly_one": _exactly_one,
    "equals": _equals,
    "range": _range,
    "starts_with_header": _starts_with_header,
}
