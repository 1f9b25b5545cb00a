"""How a generated record is made to obey a rule that it breaks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from ringback.synthetic_partners import check_digits, rules_of_numbers
from ringback.synthetic_partners.fields import TIMES, time_of

if TYPE_CHECKING:
    from ringback.synthetic_partners.rules import Rule

Record = Mapping[str, str]


def _mend_later(rule: Rule, record: dict[str, str], _: Record) -> None:
    record[rule.field] = _shifted(record[rule.field], record[rule.other], 1)


def _mend_days(rule: Rule, record: dict[str, str], _: Record) -> None:
    record[rule.field] = _shifted(record[rule.field], record[rule.other], rule.days)


def _shifted(text: str, other: str, days: int) -> str:
    """A time so many days after another one, written as `text` is: 14 digits, 8 digits, with offset, ISO 8601."""
    base = time_of(other)
    if base is None:
        return text
    shape = TIMES["ts14" if len(text) == 14 else "d8"]
    shape = "%Y%m%d%H%M%S+0000" if len(text) == 19 and "T" not in text else shape
    shape = "%Y-%m-%dT%H:%M:%S.000Z" if "T" in text else shape
    return (base + timedelta(days=days)).strftime(shape)


def _mend_differs(rule: Rule, record: dict[str, str], _: Record) -> None:
    text = record[rule.field]
    record[rule.field] = ("1" if text[0] != "1" else "2") + text[1:]


def _mend_one(rule: Rule, record: dict[str, str], _: Record) -> None:
    for name in rule.fields[1:]:
        record[name] = ""


def _mend_equals(rule: Rule, record: dict[str, str], _: Record) -> None:
    record[rule.field] = rule.value


def _mend_range(rule: Rule, record: dict[str, str], _: Record) -> None:
    text = record[rule.field]
    span = rule.most - rule.least + 1
    record[rule.field] = str(rule.least + int(text) % span).zfill(len(text))


def _mend_start(rule: Rule, record: dict[str, str], header: Record) -> None:
    start = header[rule.other]
    record[rule.field] = start + record[rule.field][len(start) :]


def _mend_digit(rule: Rule, record: dict[str, str], _: Record) -> None:
    record[rule.field] = check_digits.digit_of(rule.by, [record.get(name, "") for name in rule.fields])


def _mend_agreement(rule: Rule, record: dict[str, str], _: Record) -> None:
    record[rule.field] = dict(rule.table)[record.get(rule.other, "")][0].removesuffix("*")


def _mend_required(rule: Rule, record: dict[str, str], _: Record) -> None:
    record[rule.field or rule.fields[0]] = rule.value


def _mend_before(rule: Rule, record: dict[str, str], header: Record) -> None:
    """An hour before the file was made, by the clock on the spot."""
    limit, offset = time_of(header[rule.other]), record.get(rule.offset, "")
    if limit:
        minutes = int(f"{offset[0]}1") * (int(offset[1:3]) * 60 + int(offset[3:])) if offset else 0
        record[rule.field] = (limit + timedelta(minutes=minutes - 60)).strftime(TIMES["ts14"])


MENDS: Mapping[str, Callable[[Rule, dict[str, str], Record], None]] = {
    "not_before": _mend_later,
    "within_days": _mend_later,
    "days_after": _mend_days,
    "differs": _mend_differs,
    "exactly_one": _mend_one,
    "equals": _mend_equals,
    "range": _mend_range,
    "starts_with_header": _mend_start,
    "check_digit": _mend_digit,
    "agrees": _mend_agreement,
    "required": _mend_required,
    "at_least_one": _mend_required,
    "before_header": _mend_before,
    "short_day": rules_of_numbers.mend_short_day,
    "same": rules_of_numbers.mend_same,
    "starts_with": rules_of_numbers.mend_start,
    "bit_of": rules_of_numbers.mend_bit,
}
