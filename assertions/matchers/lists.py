"""Matchers of many values: each, any, none, unordered, subset, length."""

from __future__ import annotations

from collections.abc import Mapping

from ringback.assertions.matchers.equality import against, count, difference, equal
from ringback.assertions.matchers.show import show
from ringback.engine.evidence import ABSENT
from ringback.engine.protocols import Matcher, Scope, Template, Verdict

SHOWN = 3


class Each:
    """Every element holds, and there is one at least."""

    def __init__(self, inner: Matcher) -> None:
        self.inner = inner
        self.names = inner.names

    def judge(self, actual: object, scope: Scope) -> Verdict:
        """The reason names the elements that do not hold."""
        if not isinstance(actual, list | tuple):
            return not_a_list(f"each {_said(self.inner, scope)}", actual)
        verdicts = [self.inner.judge(item, scope) for item in actual]
        if not verdicts:
            return Verdict(passed=False, expected="each element", actual="[]", reason="there is no element")
        wrong = [(number, verdict) for number, verdict in enumerate(verdicts) if not verdict.passed]
        notes = [f"element {number}: got {verdict.actual}{_because(verdict)}" for number, verdict in wrong[:SHOWN]]
        more = f"; and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
        return Verdict(not wrong, f"each {verdicts[0].expected}", show(actual), "; ".join(notes) + more)


class Some:
    """{any: matcher} one element holds at least; {none: matcher} no element does."""

    def __init__(self, inner: Matcher, *, none: bool) -> None:
        self.inner = inner
        self.none = none
        self.names = inner.names

    def judge(self, actual: object, scope: Scope) -> Verdict:
        """The reason names the element that should not hold, or says that none does."""
        word = "none" if self.none else "any"
        if not isinstance(actual, list | tuple):
            return not_a_list(f"{word} {_said(self.inner, scope)}", actual)
        verdicts = [self.inner.judge(item, scope) for item in actual]
        expected = f"{word} {verdicts[0].expected}" if verdicts else f"{word} element"
        holding = [number for number, verdict in enumerate(verdicts) if verdict.passed]
        if self.none:
            reason = f"element {holding[0]} does" if holding else ""
            return Verdict(not holding, expected, show(actual), reason)
        return Verdict(
            bool(holding), expected, show(actual), "" if holding else f"none of {count(len(verdicts), 'element')} does"
        )


class Unordered:
    """{unordered: [..]}: the same elements in any order."""

    def __init__(self, template: Template) -> None:
        self.template = template
        self.names = template.names

    def judge(self, actual: object, scope: Scope) -> Verdict:
        """The reason names what is missing and what is too much."""
        expected = self.template.resolve(scope)
        if not isinstance(actual, list | tuple) or not isinstance(expected, list):
            return not_a_list(f"in any order {show(expected)}", actual)
        rest = list(actual)
        missing: list[object] = []
        for wanted in expected:
            position = next((index for index, item in enumerate(rest) if equal(wanted, item)), None)
            if position is None:
                missing.append(wanted)
            else:
                del rest[position]
        notes = [f"missing {show(missing)}"] if missing else []
        notes += [f"not expected {show(rest)}"] if rest else []
        return Verdict(not notes, f"in any order {show(expected)}", show(actual), "; ".join(notes))


class Subset:
    """{subset: {..}}: a mapping has at least these keys with these values; a list has at least these elements."""

    def __init__(self, template: Template) -> None:
        self.template = template
        self.names = template.names

    def judge(self, actual: object, scope: Scope) -> Verdict:
        """The reason names each part that is missing or different."""
        expected = self.template.resolve(scope)
        notes = missing_parts(expected, actual)
        return Verdict(not notes, f"at least {show(expected)}", show(actual), "; ".join(notes))


def missing_parts(expected: object, actual: object) -> list[str]:
    """What of `expected` is not in `actual`, mappings within mappings too."""
    if isinstance(expected, Mapping):
        if not isinstance(actual, Mapping):
            return ["it is not a mapping"]
        notes: list[str] = []
        for key, value in expected.items():
            inner = actual.get(key, ABSENT)
            if inner is ABSENT:
                notes.append(f"{key} is missing")
            elif isinstance(value, Mapping):
                notes += [f"{key}.{note}" for note in missing_parts(value, inner)]
            elif (found := difference(value, inner)) is not None:
                notes.append(f"{key}: {against(value, inner, found)}")
        return notes
    if isinstance(expected, list):
        if not isinstance(actual, list | tuple):
            return ["it is not a list"]
        return [
            f"missing {show(item)}" for item in expected if not any(not missing_parts(item, other) for other in actual)
        ]
    found = difference(expected, actual)
    return [] if found is None else [against(expected, actual, found)]


class Length:
    """{length: matcher}: how many elements or characters."""

    def __init__(self, inner: Matcher) -> None:
        self.inner = inner
        self.names = inner.names

    def judge(self, actual: object, scope: Scope) -> Verdict:
        """The inner matcher judges the number."""
        if not isinstance(actual, list | tuple | str | Mapping):
            return not_a_list(f"length {_said(self.inner, scope)}", actual)
        verdict = self.inner.judge(len(actual), scope)
        return Verdict(verdict.passed, f"length {verdict.expected}", verdict.actual, verdict.reason)


def not_a_list(expected: str, actual: object) -> Verdict:
    """The verdict on a value that has no elements."""
    reason = "the path finds nothing" if actual is ABSENT else "it has no elements"
    return Verdict(passed=False, expected=expected, actual=show(actual), reason=reason)


def _said(inner: Matcher, scope: Scope) -> str:
    """What a matcher expects, told without a value to judge."""
    return inner.judge(ABSENT, scope).expected


def _because(verdict: Verdict) -> str:
    return f" ({verdict.reason})" if verdict.reason else ""
