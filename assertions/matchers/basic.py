"""Matchers of one value: equality, membership, order, texts, presence, type, format, schema."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from ringback.assertions.matchers.equality import as_instant, difference, equal
from ringback.assertions.matchers.formats import FORMATS
from ringback.assertions.matchers.show import show
from ringback.engine.durations import seconds
from ringback.engine.evidence import ABSENT
from ringback.engine.load_use import is_of_type
from ringback.engine.money import Money, decimal_of
from ringback.engine.protocols import Matcher, Scope, Template, Verdict

NOTHING: frozenset[str] = frozenset()
Judge = Callable[[object, object], str | None]


class Equal:
    """The value itself."""

    def __init__(self, template: Template) -> None:
        self.template = template
        self.names = template.names

    def judge(self, actual: object, scope: Scope) -> Verdict:
        """Equal, or how it differs."""
        expected = self.template.resolve(scope)
        reason = difference(expected, actual)
        return Verdict(reason is None, show(expected), show(actual), reason or "")


class Operator:
    """An operator with one argument: gt, contains, starts_with, ...; `judge` answers None or the reason."""

    def __init__(self, word: str, argument: Template, judge: Judge) -> None:
        self.word = word
        self.argument = argument
        self.names = argument.names
        self._judge = judge

    def judge(self, actual: object, scope: Scope) -> Verdict:
        """Judge by the operator; an absent value never holds."""
        argument = self.argument.resolve(scope)
        expected = f"{self.word} {show(argument)}"
        if actual is ABSENT:
            return Verdict(passed=False, expected=expected, actual="absent", reason="the path finds nothing")
        reason = self._judge(actual, argument)
        return Verdict(reason is None, expected, show(actual), reason or "")


def one_of(actual: object, choices: object) -> str | None:
    """`in`: the value equals one of the choices."""
    if not isinstance(choices, list | tuple):
        return "the choices are not a list"
    if any(equal(choice, actual) for choice in choices):
        return None
    notes = [found for choice in choices if (found := difference(choice, actual))]
    return notes[0] if len(notes) == 1 else ""


def contains(actual: object, part: object) -> str | None:
    """A text in a text, an element in a list, a key in a mapping."""
    if isinstance(actual, str):
        return (
            None
            if isinstance(part, str) and part in actual
            else ""
            if isinstance(part, str)
            else "only a text is contained in a text"
        )
    if isinstance(actual, list | tuple):
        return None if any(equal(part, item) for item in actual) else "no element is equal"
    if isinstance(actual, Mapping):
        return None if part in actual else f"its keys are {', '.join(str(key) for key in actual)}"
    return "it is neither a text, a list nor a mapping"


def starts_with(actual: object, part: object) -> str | None:
    """The beginning of a text."""
    return None if isinstance(actual, str) and isinstance(part, str) and actual.startswith(part) else ""


def ends_with(actual: object, part: object) -> str | None:
    """The end of a text."""
    return None if isinstance(actual, str) and isinstance(part, str) and actual.endswith(part) else ""


def matches(actual: object, expression: object) -> str | None:
    """A regular expression found in a text; ^ and $ tie it to the ends."""
    if not isinstance(actual, str):
        return "it is not a text"
    return None if _compiled(str(expression)).search(actual) else ""


@lru_cache(maxsize=512)
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression)


def comparable(left: object, right: object) -> tuple[Any, Any] | None:
    """Both as money, numbers, instants or dates; None when they cannot be ordered."""
    money = Money.of(right)
    if money is not None:
        other = Money.of(left) or (Money.of_cents(left) if not money.currency else None)
        return (other.amount, money.amount) if other is not None and money.comparable(other) else None
    instants = as_instant(left), as_instant(right)
    if None not in instants:
        return instants
    numbers = decimal_of(left), decimal_of(right)
    if None not in numbers:
        return numbers
    dates = [value for value in (left, right) if isinstance(value, str) and FORMATS["date"][1](value) is None]
    return (dates[0], dates[1]) if len(dates) == 2 else None


def ordering(holds: Callable[[Any, Any], bool]) -> Judge:
    """Make the judge of gt, ge, lt or le."""

    def judge(actual: object, limit: object) -> str | None:
        pair = comparable(actual, limit)
        if pair is None:
            return "these cannot be ordered: both must be numbers, money of one currency, or times"
        return None if holds(*pair) else ""

    return judge


def between(actual: object, limits: object) -> str | None:
    """Both limits belong to the range."""
    if not isinstance(limits, list | tuple) or len(limits) != 2:
        return "`between` needs two limits"
    low, high = comparable(actual, limits[0]), comparable(actual, limits[1])
    if low is None or high is None:
        return "these cannot be ordered: all must be numbers, money of one currency, or times"
    if low[0] < low[1]:
        return "it is below the range"
    return "it is above the range" if high[0] > high[1] else None


class Near:
    """{near: value, by: distance}: numbers and money by an amount, times by a duration."""

    def __init__(self, centre: Template, distance: Template) -> None:
        self.centre = centre
        self.distance = distance
        self.names = centre.names | distance.names

    def judge(self, actual: object, scope: Scope) -> Verdict:
        """Near when not further away than the distance."""
        centre, distance = self.centre.resolve(scope), self.distance.resolve(scope)
        expected = f"near {show(centre)}, by {show(distance)}"
        pair = comparable(actual, centre) if actual is not ABSENT else None
        if pair is None:
            reason = "the path finds nothing" if actual is ABSENT else "these have no distance"
            return Verdict(passed=False, expected=expected, actual=show(actual), reason=reason)
        apart = abs(pair[0] - pair[1]) if not isinstance(pair[0], str) else None
        limit = _distance(apart, distance)
        if apart is None or limit is None:
            return Verdict(
                passed=False, expected=expected, actual=show(actual), reason="the distance does not fit the values"
            )
        return Verdict(apart <= limit, expected, show(actual), "" if apart <= limit else f"it is {apart} away")


def _distance(apart: object, distance: object) -> Any:  # a number or a timedelta, like `apart`
    if isinstance(apart, timedelta):
        length = seconds(str(distance)) if isinstance(distance, str) else None
        return timedelta(seconds=length) if length is not None else None
    money = Money.of(distance)
    return money.amount if money is not None else decimal_of(distance)


class Presence:
    """`absent: true` and `present: true`."""

    names = NOTHING

    def __init__(self, *, present: bool) -> None:
        self.present = present

    def judge(self, actual: object, scope: Scope) -> Verdict:
        """Whether the path finds something; null counts as something."""
        del scope
        there = actual is not ABSENT and not (
            isinstance(actual, list) and bool(actual) and all(item is ABSENT for item in actual)
        )
        return Verdict(there is self.present, "present" if self.present else "absent", show(actual))


def of_type(actual: object, wanted: object) -> str | None:
    """A type by its name: text, number, integer, boolean, money, time, list, mapping, null."""
    if wanted == "null":
        return None if actual is None else ""
    return None if actual is not None and is_of_type(actual, str(wanted)) else ""


def of_format(actual: object, wanted: object) -> str | None:
    """A format of the business."""
    if not isinstance(actual, str):
        return "it is not a text" + (": its leading zeros would be lost" if isinstance(actual, int | Decimal) else "")
    known = FORMATS.get(str(wanted))
    return known[1](actual) if known is not None else f"there is no format {wanted!r}"


class Schema:
    """{schema: {..}} - a JSON Schema."""

    names = NOTHING

    def __init__(self, schema: Any) -> None:
        import jsonschema_rs  # only journeys that name a schema need it

        self.validator = jsonschema_rs.validator_for(schema)

    def judge(self, actual: object, scope: Scope) -> Verdict:
        """Valid, or the first three ways in which it is not."""
        del scope
        if actual is ABSENT:
            return Verdict(passed=False, expected="a valid document", actual="absent", reason="the path finds nothing")
        errors = [
            f"{'.'.join(str(part) for part in error.instance_path) or 'it'}: {error.message}"
            for error in self.validator.iter_errors(actual)
        ]
        return Verdict(not errors, "valid by the schema", show(actual), "; ".join(errors[:3]))


class All:
    """Several matchers of one value: {gt: 1, lt: 5}."""

    def __init__(self, matchers: tuple[Matcher, ...]) -> None:
        self.matchers = matchers
        self.names = NOTHING.union(*(matcher.names for matcher in matchers))

    def judge(self, actual: object, scope: Scope) -> Verdict:
        """All hold, or the first that does not."""
        verdicts = [matcher.judge(actual, scope) for matcher in self.matchers]
        expected = " and ".join(verdict.expected for verdict in verdicts)
        failed = [verdict for verdict in verdicts if not verdict.passed]
        reason = "; ".join(verdict.reason for verdict in failed if verdict.reason)
        return Verdict(not failed, expected, verdicts[0].actual, reason)


class Not:
    """{not: matcher} - what is inside does not hold."""

    def __init__(self, inner: Matcher) -> None:
        self.inner = inner
        self.names = inner.names

    def judge(self, actual: object, scope: Scope) -> Verdict:
        """Holds when the inner one does not; an absent value holds never: say `absent: true`."""
        verdict = self.inner.judge(actual, scope)
        if actual is ABSENT and not isinstance(self.inner, Presence):
            return Verdict(
                passed=False, expected=f"not {verdict.expected}", actual="absent", reason="the path finds nothing"
            )
        return Verdict(not verdict.passed, f"not {verdict.expected}", verdict.actual)
