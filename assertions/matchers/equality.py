"""Equality that knows money, numbers and instants, and says how two values differ."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal

from ringback.assertions.matchers.show import show
from ringback.engine.evidence import ABSENT
from ringback.engine.money import ANY_CURRENCY, Money, decimal_of
from ringback.engine.times import parse_instant

DECIMAL_TEXT = re.compile(r"-?[0-9]+\.[0-9]+\Z")
NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def difference(expected: object, actual: object) -> str | None:
    """How `actual` differs from `expected`; None when they are equal, "" when there is no more to say."""
    if type(expected) is type(actual) and type(expected) in (str, int) and expected == actual:
        return None  # what nearly every check finds; the rules below could say nothing else
    for applies, judge in RULES:
        if applies(expected, actual):
            return judge(expected, actual)
    return _numbers(expected, actual)


def equal(expected: object, actual: object) -> bool:
    """Whether two values are equal."""
    return difference(expected, actual) is None


def _absence(expected: object, actual: object) -> str | None:
    if expected is actual:
        return None
    return "the path finds nothing" if actual is ABSENT else ""


def _exact(expected: object, actual: object) -> str | None:
    if type(expected) is type(actual) and expected == actual:
        return None
    if isinstance(actual, str) and show(expected) == actual.lower():
        return "it is a text"
    return ""


def _money(wanted: object, actual: object) -> str | None:
    """Money against money, or against cents where the source has no currency."""
    expected, found = Money.of(wanted), Money.of(actual)
    if expected is None:
        return "it is money"
    if found is None and expected.currency == ANY_CURRENCY:
        found = Money.of_cents(actual)
    if found is None:
        return (
            "it has no currency; if it counts cents, write {cents: ..}"
            if decimal_of(actual) is not None
            else "it is not money"
        )
    if not expected.comparable(found):
        return f"the currency is {found.currency or 'not named'}, not {expected.currency or 'one with two decimals'}"
    if expected.amount == found.amount:
        return None
    over = found.amount - expected.amount
    return f"{Money(abs(over), expected.currency or found.currency)} too {'much' if over > 0 else 'little'}"


def as_instant(value: object) -> datetime | None:
    """An aware time; a database's time without zone is UTC."""
    moment = value if isinstance(value, datetime) else parse_instant(value) if isinstance(value, str) else None
    if moment is None:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _instants(expected: object, actual: object) -> str | None:
    left, right = as_instant(expected), as_instant(actual)
    if left is None or right is None:
        return "it is not a time with a zone"
    if left == right:
        return None
    apart = (right - left).total_seconds()
    return f"{abs(apart):g} s {'later' if apart > 0 else 'earlier'}"


def _mappings(expected: object, actual: object) -> str | None:
    if not isinstance(expected, Mapping):
        return "it is a mapping"
    if not isinstance(actual, Mapping):
        return "it is not a mapping"
    missing = [str(key) for key in expected if key not in actual]
    extra = [str(key) for key in actual if key not in expected]
    notes = [f"{name} {', '.join(keys)}" for name, keys in (("missing", missing), ("not expected:", extra)) if keys]
    for key, value in expected.items():
        if key in actual and (found := difference(value, actual[key])) is not None:
            notes.append(f"{key}: {against(value, actual[key], found)}")
    return "; ".join(notes) or None


def _lists(expected: object, actual: object) -> str | None:
    if not isinstance(expected, list | tuple):
        return "it is a list"
    if not isinstance(actual, list | tuple):
        return "it is not a list"
    if len(expected) != len(actual):
        return f"it has {count(len(actual), 'element')}, not {len(expected)}"
    notes = [
        f"element {position}: {against(value, other, found)}"
        for position, (value, other) in enumerate(zip(expected, actual, strict=True))
        if (found := difference(value, other)) is not None
    ]
    return "; ".join(notes) or None


def against(expected: object, actual: object, reason: str) -> str:
    """Say `expected A, got B: reason`."""
    return f"expected {show(expected)}, got {show(actual)}" + (f": {reason}" if reason else "")


def _numbers(expected: object, actual: object) -> str | None:
    """At least one is a number. A text with decimals counts as one; a text of digits never equals a number."""
    for text, number in ((expected, actual), (actual, expected)):
        if isinstance(text, str) and not DECIMAL_TEXT.match(text):
            return _text_and_number(text, number, expected_is_text=text is expected)
    left, right = decimal_of(expected), decimal_of(actual)
    if left is None or right is None:
        return f"it is {kind_name(actual)}"
    return None if left == right else ""


def _text_and_number(text: str, number: object, *, expected_is_text: bool) -> str:
    if not isinstance(number, int | float | Decimal):
        return f"it is {kind_name(number if expected_is_text else text)}"
    zeros = _lost_zeros(text, str(number))
    if expected_is_text and zeros:
        return zeros
    if decimal_of(text) == decimal_of(number):
        return (
            "it is a number, not a text" if expected_is_text else "it is a text, not a number; quote the expected value"
        )
    return "it is a number, not a text" if expected_is_text else "it is a text, not a number"


def kind_name(value: object) -> str:
    """What a value is, in words."""
    if isinstance(value, str):
        return "a text"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    return "money" if isinstance(value, Money) else "a number"


def _texts(expected: object, actual: object) -> str | None:
    if expected == actual or not isinstance(expected, str) or not isinstance(actual, str):
        return None
    left, right = parse_instant(expected), parse_instant(actual)
    if left is not None and right is not None:
        return _instants(left, right)
    return (
        _lost_zeros(expected, actual)
        or _blanks(expected, actual)
        or _case(expected, actual)
        or _first(expected, actual)
    )


def _lost_zeros(expected: str, actual: str) -> str:
    if not (expected.isdigit() and actual.isdigit()):
        return ""
    for longer, shorter, word in ((expected, actual, "missing"), (actual, expected, "too many")):
        lost = len(longer) - len(shorter)
        if lost > 0 and longer == "0" * lost + shorter:
            verb = "is" if lost == 1 else "are"
            return f"{count(lost, 'leading zero')} {verb} {word}"
    return ""


def _blanks(expected: str, actual: str) -> str:
    if expected.split() == actual.split():
        if expected.strip() == actual.strip():
            return (
                "it has blanks at its start or end"
                if actual != actual.strip()
                else "blanks at its start or end are missing"
            )
        return "only the blanks differ"
    return ""


def _case(expected: str, actual: str) -> str:
    return "only capital and small letters differ" if expected.casefold() == actual.casefold() else ""


def _first(expected: str, actual: str) -> str:
    """Where two long texts part; short ones can be compared by eye."""
    if min(len(expected), len(actual)) < 12:
        return ""
    at = next((i for i, (left, right) in enumerate(zip(expected, actual, strict=False)) if left != right), None)
    if at is None:
        return "it goes on" if len(actual) > len(expected) else f"it ends after {len(actual)} characters"
    return f"they part at character {at + 1}: {expected[at : at + 12]!r} and {actual[at : at + 12]!r}"


def count(number: int, noun: str) -> str:
    """`two leading zeros`, `one element`, `12 elements`."""
    word = NUMBERS[number] if number < len(NUMBERS) else str(number)
    return f"{word} {noun}" if number == 1 else f"{word} {noun}s"


def _either(test: Callable[[object], bool]) -> Callable[[object, object], bool]:
    return lambda expected, actual: test(expected) or test(actual)


# The first rule that applies decides; numbers are left for the end.
RULES: tuple[tuple[Callable[[object, object], bool], Callable[[object, object], str | None]], ...] = (
    (_either(lambda value: value is ABSENT), _absence),
    (_either(lambda value: value is None or isinstance(value, bool)), _exact),
    (lambda expected, _actual: Money.of(expected) is not None, _money),
    (_either(lambda value: isinstance(value, datetime)), _instants),
    (_either(lambda value: isinstance(value, Mapping)), _mappings),
    (_either(lambda value: isinstance(value, list | tuple)), _lists),
    (lambda expected, actual: isinstance(expected, str) and isinstance(actual, str), _texts),
)
