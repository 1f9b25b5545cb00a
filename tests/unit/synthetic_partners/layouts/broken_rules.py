"""How each kind of rule is broken: records that obey it, changed so that one of them does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from ringback.synthetic_partners import check_digits
from ringback.synthetic_partners.fields import TIMES, time_of
from ringback.synthetic_partners.rules import Rule
from tests.unit.synthetic_partners.layouts.wrong_texts import OTHERS

Record = Mapping[str, str]
Edits = Mapping[int, Mapping[str, str]]  # of records by place
Breaker = Callable[[Rule, Sequence[Record], int, Record], Iterator[Edits]]


def breaks(rule: Rule, records: Sequence[Record], place: int, header: Record) -> Iterator[tuple[int, Edits]]:
    """Edits that break a rule, and the place of the record that is then wrong; KeyError for an unknown kind."""
    breaker = BREAKERS[rule.kind]
    record = records[place]
    for forced in _forced(rule, record):
        altered = {**record, **forced}
        if (rule.when and not rule.when.holds(altered)) or (rule.unless and rule.unless.holds(altered)):
            continue
        changed = [*records[:place], altered, *records[place + 1 :]]
        for edits in breaker(rule, changed, place, header):
            wrong = max(edits)
            yield wrong, {**edits, place: {**forced, **edits.get(place, {})}}


def _forced(rule: Rule, record: Record) -> Iterator[dict[str, str]]:
    """Nothing, if the rule holds for the record as it is; else what makes it hold."""
    yield {}
    for value in rule.when.values if rule.when else ():
        yield {rule.when.field: value} if rule.when else {}
    if rule.unless:
        old = record.get(rule.unless.field, "")
        yield from ({rule.unless.field: text} for text in (*_near(old), "") if text not in rule.unless.values)


def _near(text: str) -> Iterator[str]:
    """Other texts of the same length."""
    for place, old in enumerate(text):
        yield from (text[:place] + one + text[place + 1 :] for one in OTHERS if one != old)


def _moved(text: str, base: str, days: int, seconds: int = 0) -> Iterator[str]:
    """A time so far from another one, as the file writes it."""
    moment = time_of(base)
    if moment:
        moved = moment + timedelta(days=days, seconds=seconds)
        yield written(moved, text)


def written(moment: datetime, like: str) -> str:
    """A naive UTC time in the way of another text."""
    if "T" in like:
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if "." not in like else moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    if len(like) == 19:
        return moment.strftime("%Y%m%d%H%M%S+0000")
    return moment.strftime(TIMES["ts14" if len(like) == 14 else "d8"])


def _one(rule: Rule, place: int, texts: Iterator[str]) -> Iterator[Edits]:
    return ({place: {rule.field: text}} for text in texts)


def _not_before(rule: Rule, records: Sequence[Record], place: int, _: Record) -> Iterator[Edits]:
    record = records[place]
    if record.get(rule.field) and record.get(rule.other):
        yield from _one(rule, place, _moved(record[rule.field], record[rule.other], -1))


def _within_days(rule: Rule, records: Sequence[Record], place: int, _: Record) -> Iterator[Edits]:
    record = records[place]
    if record.get(rule.field):
        yield from _one(rule, place, _moved(record[rule.field], record.get(rule.other, ""), rule.days + 1))


def _differs(rule: Rule, records: Sequence[Record], place: int, _: Record) -> Iterator[Edits]:
    yield {place: {rule.field: records[place].get(rule.other, "")}}
    yield {place: {rule.other: records[place].get(rule.field, "")}}


def _exactly_one(rule: Rule, records: Sequence[Record], place: int, _: Record) -> Iterator[Edits]:
    given = next((records[place][name] for name in rule.fields if records[place].get(name)), "ANY")
    yield {place: dict.fromkeys(rule.fields, given)}
    yield {place: dict.fromkeys(rule.fields, "")}


def _at_least_one(rule: Rule, records: Sequence[Record], place: int, _: Record) -> Iterator[Edits]:
    yield {place: dict.fromkeys(rule.fields, "")}


def _required(rule: Rule, records: Sequence[Record], place: int, _: Record) -> Iterator[Edits]:
    yield {place: {rule.field: ""}}


def _altered(rule: Rule, records: Sequence[Record], place: int, _: Record) -> Iterator[Edits]:
    """Any other text of the same kind: the rule names the only right one."""
    text = records[place].get(rule.field, "") or rule.value
    yield from _one(rule, place, _near(text))
    if not text:
        yield from _one(rule, place, iter(("1", "X", "260115", "20260115")))


def _range(rule: Rule, records: Sequence[Record], place: int, _: Record) -> Iterator[Edits]:
    width = len(records[place].get(rule.field, "")) or 1
    numbers = (number for number in (rule.most + 1, rule.least - 1) if number >= 0)
    yield from _one(rule, place, (f"{number:0{width}d}" for number in numbers))


def _number_of(rule: Rule, records: Sequence[Record], place: int, _: Record) -> Iterator[Edits]:
    yield {place: {rule.other: str(int(records[place].get(rule.other) or "0") + 1)}}


def _agrees(rule: Rule, records: Sequence[Record], place: int, _: Record) -> Iterator[Edits]:
    record = records[place]
    texts = {text.removesuffix("*") for _, allowed in rule.table for text in allowed}
    near = [*sorted(texts), *_near(record.get(rule.field, "")), ""]
    for key in (record.get(rule.other, ""), *(key for key, _ in rule.table)):
        for text in near:
            if rule.judge({**record, rule.other: key, rule.field: text}, {}):
                yield {place: {rule.other: key, rule.field: text}}


def _before_header(rule: Rule, records: Sequence[Record], place: int, header: Record) -> Iterator[Edits]:
    text, limit = records[place].get(rule.field, ""), header.get(rule.other, "")
    if text:
        yield from _one(rule, place, _moved(text, limit, 2))
        yield from _one(rule, place, _moved(text, limit, -rule.days - 2))


def _count_of(rule: Rule, records: Sequence[Record], place: int, _: Record) -> Iterator[Edits]:
    text = records[place].get(rule.field, "") or "0"
    yield {place: {rule.field: f"{int(text) + 1:0{len(text)}d}"}}


def _unique(rule: Rule, records: Sequence[Record], place: int, _: Record) -> Iterator[Edits]:
    if place + 1 < len(records):
        yield {place: {}, place + 1: {name: records[place].get(name, "") for name in rule.fields}}


def _rising(rule: Rule, records: Sequence[Record], place: int, _: Record) -> Iterator[Edits]:
    if place + 1 >= len(records):
        return
    first, second = records[place], records[place + 1]
    yield {
        place: {rule.field: second[rule.field]},
        place + 1: {rule.field: first[rule.field], rule.other: first[rule.other]},
    }
    same = {rule.other: first.get(rule.other, ""), rule.field: first.get(rule.field, "")}
    yield {place: {}, place + 1: same}


def _consecutive(rule: Rule, records: Sequence[Record], place: int, _: Record) -> Iterator[Edits]:
    last = len(records) - 1
    text = records[last].get(rule.field, "")
    digits = text.removesuffix("F")
    payload = f"{int(digits[:-1] if rule.by else digits) + 10:0{len(digits) - bool(rule.by)}d}"
    digit = check_digits.luhn_digit(payload) if rule.by else ""
    yield {last: {rule.field: payload + digit + text[len(digits) :]}}


BREAKERS: Mapping[str, Breaker] = {
    "not_before": _not_before,
    "within_days": _within_days,
    "days_after": _within_days,
    "differs": _differs,
    "exactly_one": _exactly_one,
    "at_least_one": _at_least_one,
    "required": _required,
    "equals": _altered,
    "range": _range,
    "starts_with_header": _altered,
    "starts_with": _altered,
    "number_of": _number_of,
    "check_digit": _altered,
    "agrees": _agrees,
    "before_header": _before_header,
    "short_day": _altered,
    "same": _altered,
    "bit_of": _altered,
    "unique": _unique,
    "count_of": _count_of,
    "rising": _rising,
    "consecutive": _consecutive,
}
