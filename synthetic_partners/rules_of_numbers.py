"""Rules about how numbers follow from each other: in one record, and from one record of a file to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ringback.synthetic_partners.fields import is_number

if TYPE_CHECKING:
    from ringback.synthetic_partners.rules import Rule

Record = Mapping[str, str]
Said = tuple[int, str]  # the index of a record, and what is wrong with it
FILLER = "F"  # behind an ICCID of 19 digits, so that its length is even


def short_day(rule: Rule, record: Record, _: Record) -> str:
    """`field` (MMDDYY) must be the day of `other` (CCYYMMDD)."""
    short, long = record.get(rule.field, ""), record.get(rule.other, "")
    if not short or len(long) != len("CCYYMMDD") or short == long[4:] + long[2:4]:
        return ""
    return f"{rule.field} {short!r} is not the day {long} of {rule.other} (as MMDDYY)"


def same(rule: Rule, record: Record, _: Record) -> str:
    """`field` must be what `other` is."""
    text, other = record.get(rule.field, ""), record.get(rule.other, "")
    return f"{rule.field} is {text!r}, {rule.other} {other!r}" if text and text != other else ""


def starts_with(rule: Rule, record: Record, _: Record) -> str:
    """`field` must begin with what `other` is."""
    text, start = record.get(rule.field, ""), record.get(rule.other, "")
    return "" if not text or text.startswith(start) else f"{rule.field} {text!r} does not begin with {start!r}"


def bit_of(rule: Rule, record: Record, _: Record) -> str:
    """`field` (hexadecimal) must have the one bit that the last digit of `other` names (3GPP TS 22.011, 4.2)."""
    text, wanted = record.get(rule.field, ""), _bit(rule, record)
    return (
        f"{rule.field} is {text!r}, the last digit of {rule.other} asks for {wanted}"
        if text and text != wanted != ""
        else ""
    )


def _bit(rule: Rule, record: Record) -> str:
    last = record.get(rule.other, "")[-1:]
    return f"{1 << int(last):04X}" if is_number(last) else ""


def consecutive(rule: Rule, records: Sequence[Record]) -> list[Said]:
    """`field` must rise by one from record to record, its check digit (`by`) left out; equal ones are no gap."""
    said = []
    before = ""
    for index, record in enumerate(records):
        now = _payload(rule, record)
        if now and before and int(now) not in (int(before), int(before) + 1):
            said.append((index, f"{rule.field} {record[rule.field]} does not follow the one before it"))
        before = now or before
    return said


def _payload(rule: Rule, record: Record) -> str:
    text = record.get(rule.field, "").removesuffix(FILLER)
    text = text[:-1] if rule.by else text
    return text if is_number(text) else ""


def mend_short_day(rule: Rule, record: dict[str, str], _: Record) -> None:
    """Write the day in the short way, too."""
    day = record[rule.other]
    record[rule.field] = day[4:] + day[2:4]


def mend_same(rule: Rule, record: dict[str, str], _: Record) -> None:
    """Take the other's value."""
    record[rule.field] = record[rule.other]


def mend_start(rule: Rule, record: dict[str, str], _: Record) -> None:
    """Begin as the other does."""
    start = record[rule.other]
    record[rule.field] = start + record[rule.field][len(start) :]


def mend_bit(rule: Rule, record: dict[str, str], _: Record) -> None:
    """Set the bit."""
    record[rule.field] = _bit(rule, record)
