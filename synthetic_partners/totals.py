"""What the computed fields of a file must hold: line numbers, counts, sums, the first and the last time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ringback.synthetic_partners.fields import Computed, is_number, time_of

Values = Mapping[str, str]
TOTALS = frozenset(["sum", "hash", "earliest", "latest"])  # what follows from all records of a file


def computed_value(rule: Computed, header: Values, records: Sequence[Values], line: int) -> str:
    """What a computed field must hold."""
    if rule.what == "line":
        return str(line)
    if rule.what == "count":
        return str(len(records))
    if rule.what == "header":
        return header.get(rule.of, "")
    if rule.what == "short_day":
        return ""
    if rule.what in ("earliest", "latest"):
        return _extreme(rule, records)
    return str(total(rule, records))


def _extreme(rule: Computed, records: Sequence[Values]) -> str:
    """The first or last time of a column as its record writes it; of one moment, the first or last as text."""
    texts = ("".join(record.get(name, "") for name in rule.fields) for record in records)
    times = sorted((moment, text) for text in texts if (moment := time_of(text)))
    return times[0 if rule.what == "earliest" else -1][1] if times else ""


def short_day(rule: Computed, values: Values) -> str:
    """The day of another field of the same line as MMDDYY; nothing when the rule asks for something else."""
    day = values.get(rule.of, "") if rule.what == "short_day" else ""
    return day[4:] + day[2:4]


def total(rule: Computed, records: Sequence[Values]) -> int:
    """The control total of a column or of several: the sum of the values, or of their digits alone."""
    chosen = [record for record in records if rule.only.holds(record)] if rule.only else records
    texts = (record.get(name, "") for record in chosen for name in rule.fields)
    return sum(int(digits) for text in texts if (digits := "".join(filter(_is_digit, text))))


def _is_digit(character: str) -> bool:
    return character in "0123456789"


def is_same(text: str, expected: str) -> bool:
    """Whether two values are the same; numbers are, whatever zeros stand before them."""
    return int(text) == int(expected) if is_number(text) and is_number(expected) else text == expected
