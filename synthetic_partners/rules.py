"""Rules between fields: of one record, and of a whole file. Each can judge a record and mend a generated one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from ringback.synthetic_partners import check_digits, rule_mends, rules_of_numbers
from ringback.synthetic_partners.fields import When, is_number, time_of

Record = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule that a record breaks."""

    field: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a layout file, whatever its kind; unused parts are empty."""

    kind: str
    field: str = ""
    other: str = ""
    fields: tuple[str, ...] = ()
    days: int = 0
    least: int = 0
    most: int = 0
    value: str = ""
    when: When | None = None
    unless: When | None = None
    code: str = "R102"
    by: str = ""  # the name of a check digit
    offset: str = ""  # the field that says how far a local time is from UTC
    table: tuple[tuple[str, tuple[str, ...]], ...] = ()  # value of `other` -> what `field` may hold

    def judge(self, record: Record, header: Record) -> Breach | None:
        """The breach of this rule by one record; rules of whole files never breach here."""
        if self.when and not self.when.holds(record):
            return None
        if self.unless and self.unless.holds(record):
            return None
        judge = RECORD_RULES.get(self.kind)
        said = judge(self, record, header) if judge else ""
        return Breach(self.field or self.fields[0], self.code, said) if said else None

    def mend(self, record: dict[str, str], header: Record) -> None:
        """Make a generated record obey the rule."""
        mend = rule_mends.MENDS.get(self.kind)
        if mend and self.judge(record, header):
            mend(self, record, header)

    def judge_file(self, records: Sequence[Record]) -> list[tuple[int, Breach]]:
        """The breaches of a rule of whole files: (index of the record, breach)."""
        judge = FILE_RULES.get(self.kind)
        return judge(self, records) if judge else []


def _not_before(rule: Rule, record: Record, _: Record) -> str:
    later, earlier = time_of(record.get(rule.field, "")), time_of(record.get(rule.other, ""))
    return f"{rule.field} is before {rule.other}" if later and earlier and later < earlier else ""


def _within_days(rule: Rule, record: Record, _: Record) -> str:
    later, earlier = time_of(record.get(rule.field, "")), time_of(record.get(rule.other, ""))
    late = later and earlier and later - earlier > timedelta(days=rule.days)
    return f"{rule.field} is more than {rule.days} days after {rule.other}" if late else ""


def _days_after(rule: Rule, record: Record, _: Record) -> str:
    later, earlier = time_of(record.get(rule.field, "")), time_of(record.get(rule.other, ""))
    wrong = later and earlier and later.date() != (earlier + timedelta(days=rule.days)).date()
    return f"{rule.field} is not {rule.other} + {rule.days} days" if wrong else ""


def _differs(rule: Rule, record: Record, _: Record) -> str:
    same = record.get(rule.field, "") == record.get(rule.other, "") != ""
    return f"{rule.field} equals {rule.other}" if same else ""


def _exactly_one(rule: Rule, record: Record, _: Record) -> str:
    given = [name for name in rule.fields if record.get(name)]
    return "" if len(given) == 1 else f"needs exactly one of {', '.join(rule.fields)}, has {len(given)}"


def _equals(rule: Rule, record: Record, _: Record) -> str:
    text = record.get(rule.field, "")
    return "" if text in ("", rule.value) else f"{rule.field} is {text!r}, not {rule.value!r}"


def _range(rule: Rule, record: Record, _: Record) -> str:
    text = record.get(rule.field, "")
    inside = not is_number(text) or rule.least <= int(text) <= rule.most
    return "" if inside else f"{rule.field} {text!r} is not between {rule.least} and {rule.most}"


def _starts_with_header(rule: Rule, record: Record, header: Record) -> str:
    start = header.get(rule.other, "")
    text = record.get(rule.field, "")
    return "" if not start or not text or text.startswith(start) else f"{rule.field} does not start with {start}"


def _number_of(rule: Rule, record: Record, _: Record) -> str:
    given, declared = len(record.get(rule.field, "").split()), record.get(rule.other, "")
    wrong = is_number(declared) and int(declared) != given
    return f"{rule.other} is {declared}, but there are {given} {rule.field}" if wrong else ""


def _check_digit(rule: Rule, record: Record, _: Record) -> str:
    digit, right = (
        record.get(rule.field, ""),
        check_digits.digit_of(rule.by, [record.get(name, "") for name in rule.fields]),
    )
    if not digit or right in ("", digit):
        return ""
    return f"{rule.field} is {digit!r}, {' and '.join(rule.fields)} give {right}"


def _agrees(rule: Rule, record: Record, _: Record) -> str:
    text, other = record.get(rule.field, ""), record.get(rule.other, "")
    allowed = dict(rule.table).get(other)
    if allowed is None or any(_fits(text, one) for one in allowed):
        return ""
    return f"{rule.field} {text!r} does not go with {rule.other} {other!r}"


def _fits(text: str, pattern: str) -> bool:
    """Whether a text is the pattern, or begins as one that ends in a star says."""
    return text.startswith(pattern[:-1]) if pattern.endswith("*") else text == pattern


def _required(rule: Rule, record: Record, _: Record) -> str:
    return "" if record.get(rule.field) else f"{rule.field} is empty"


def _at_least_one(rule: Rule, record: Record, _: Record) -> str:
    return "" if any(record.get(name) for name in rule.fields) else f"needs at least one of {', '.join(rule.fields)}"


def _before_header(rule: Rule, record: Record, header: Record) -> str:
    """Of a time with its offset: not older than the days before the header's time, and not after it."""
    moment = time_of(record.get(rule.field, "") + record.get(rule.offset, ""))
    limit = time_of(header.get(rule.other, ""))
    if not moment or not limit or limit - timedelta(days=rule.days) <= moment <= limit + timedelta(minutes=rule.most):
        return ""
    return f"{rule.field} is not within {rule.days} days before the file's {rule.other}"


RECORD_RULES: Mapping[str, Callable[[Rule, Record, Record], str]] = {
    "not_before": _not_before,
    "within_days": _within_days,
    "days_after": _days_after,
    "differs": _differs,
    "exactly_one": _exactly_one,
    "equals": _equals,
    "range": _range,
    "starts_with_header": _starts_with_header,
    "number_of": _number_of,
    "check_digit": _check_digit,
    "agrees": _agrees,
    "required": _required,
    "at_least_one": _at_least_one,
    "before_header": _before_header,
    "short_day": rules_of_numbers.short_day,
    "same": rules_of_numbers.same,
    "starts_with": rules_of_numbers.starts_with,
    "bit_of": rules_of_numbers.bit_of,
}


def _unique(rule: Rule, records: Sequence[Record]) -> list[tuple[int, Breach]]:
    seen: set[tuple[str, ...]] = set()
    breaches = []
    for index, record in enumerate(records):
        key = tuple(record.get(name, "") for name in rule.fields)
        if key in seen:
            breaches.append((index, Breach(rule.fields[0], "R106", f"{' '.join(key)} is in the file twice")))
        seen.add(key)
    return breaches


def _count_of(rule: Rule, records: Sequence[Record]) -> list[tuple[int, Breach]]:
    counts = Counter(record.get(rule.other, "") for record in records)
    judged = (
        (index, miscount(rule, record, counts[record.get(rule.other, "")])) for index, record in enumerate(records)
    )
    return [(index, breach) for index, breach in judged if breach]


def miscount(rule: Rule, record: Record, actual: int) -> Breach | None:
    """The breach of a record of a file that has `actual` records like it."""
    declared = record.get(rule.field, "")
    if not is_number(declared) or int(declared) == actual:
        return None
    said = f"{rule.field} says {int(declared)}, the file has {actual} with this {rule.other}"
    return Breach(rule.field, rule.code, said)


def _rising(rule: Rule, records: Sequence[Record]) -> list[tuple[int, Breach]]:
    latest: dict[str, int] = {}
    breaches = []
    for index, record in enumerate(records):
        text, owner = record.get(rule.field, ""), record.get(rule.other, "")
        if not is_number(text):
            continue
        if int(text) <= latest.get(owner, -1):
            said = f"{rule.field} {text} comes after {latest[owner]} of {rule.other} {owner!r}"
            breaches.append((index, Breach(rule.field, rule.code, said)))
        latest[owner] = max(int(text), latest.get(owner, -1))
    return breaches


def _consecutive(rule: Rule, records: Sequence[Record]) -> list[tuple[int, Breach]]:
    said = rules_of_numbers.consecutive(rule, records)
    return [(index, Breach(rule.field, rule.code, message)) for index, message in said]


FILE_RULES: Mapping[str, Callable[[Rule, Sequence[Record]], list[tuple[int, Breach]]]] = {
    "unique": _unique,
    "count_of": _count_of,
    "rising": _rising,
    "consecutive": _consecutive,
}


CODES_OF_RULES = {
    "check_digit": "R103",
    "required": "R101",
    "at_least_one": "R101",
    "before_header": "R109",
    "rising": "R108",
}
KINDS = frozenset({*RECORD_RULES, *FILE_RULES})
