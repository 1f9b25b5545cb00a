"""Judges evidence by the lines of `expect`, `until` and `fail_if`; every line is judged, a mismatch is data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ringback.engine.evidence import ABSENT, Evidence
from ringback.engine.model import Condition, Expectation
from ringback.engine.outcomes import CheckOutcome
from ringback.engine.paths import find, split_path, where_lost
from ringback.engine.protocols import Scope, Verdict
from ringback.engine.redaction import Redactor, mask_of

LONGEST_TEXT = 4000


def judged(
    check: str, lines: Iterable[Expectation], evidence: Evidence, *, scope: Scope, redactor: Redactor
) -> tuple[CheckOutcome, ...]:
    """One outcome for each line of `expect` or `until`."""
    return tuple(_judged_line(check, line, evidence, scope, redactor) for line in lines)


def forbidden(
    lines: Iterable[Expectation], evidence: Evidence, *, scope: Scope, redactor: Redactor
) -> tuple[CheckOutcome, ...]:
    """One outcome for each line of `fail_if`: what it describes must not be."""
    return tuple(_forbidden_line(line, evidence, scope, redactor) for line in lines)


def unmet(conditions: Iterable[Condition], scope: Scope) -> str:
    """Why a `when` does not hold; empty when it does."""
    for condition in conditions:
        verdict = condition.matcher.judge(condition.subject.resolve(scope), scope)
        if not verdict.passed:
            return f"{condition.text} is {verdict.actual}, not {verdict.expected}"
    return ""


def hidden(check: CheckOutcome, redactor: Redactor) -> CheckOutcome:
    """The outcome without secrets, its texts cut to a readable length."""
    texts = (check.expected, check.actual, check.message)
    expected, actual, message = (_short(redactor.redact(text)) for text in texts)
    if (expected, actual, message) == texts:
        return check
    return replace(check, expected=expected, actual=actual, message=message)


def _judged_line(check: str, line: Expectation, evidence: Evidence, scope: Scope, redactor: Redactor) -> CheckOutcome:
    found = find(evidence.values, line.path)
    verdict = line.matcher.judge(found, scope)
    if found is ABSENT and not verdict.passed:
        why = evidence.lost.get(split_path(line.path)[0]) or where_lost(evidence.values, line.path)
        verdict = replace(verdict, reason=why or verdict.reason)
    verdict = _masked(line, verdict, redactor)
    message = "" if verdict.passed else _mismatch(line.path, verdict, is_hidden=redactor.is_field(line.path))
    return _outcome(check, line, verdict, passed=verdict.passed, message=message)


def _forbidden_line(line: Expectation, evidence: Evidence, scope: Scope, redactor: Redactor) -> CheckOutcome:
    verdict = _masked(line, line.matcher.judge(find(evidence.values, line.path), scope), redactor)
    turned = replace(verdict, expected=f"not {verdict.expected}", passed=not verdict.passed)
    message = "" if turned.passed else f"{line.path} is {verdict.actual}: a bad final state, no use waiting longer"
    return _outcome("fail_if", line, turned, passed=turned.passed, message=message)


def _outcome(check: str, line: Expectation, verdict: Verdict, *, passed: bool, message: str) -> CheckOutcome:
    return CheckOutcome(
        check, passed, line.path, _short(verdict.expected), _short(verdict.actual), _short(message), line.source
    )


def _masked(line: Expectation, verdict: Verdict, redactor: Redactor) -> Verdict:
    """A verdict on a hidden field shows neither side; other texts lose the secrets in them."""
    if redactor.is_field(line.path):
        mask = mask_of(line.path)
        return Verdict(verdict.passed, mask, mask if verdict.passed else f"another value than {mask}")
    expected, actual, reason = (redactor.redact(text) for text in (verdict.expected, verdict.actual, verdict.reason))
    return Verdict(verdict.passed, expected, actual, reason)


def _mismatch(path: str, verdict: Verdict, *, is_hidden: bool) -> str:
    if is_hidden:  # "pin: expected ..." would itself look like a field and its value
        return f"{path} is not the secret value that was expected"
    reason = f" ({verdict.reason})" if verdict.reason else ""
    return f"{path}: expected {verdict.expected}, got {verdict.actual}{reason}"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]} ... ({len(text)} characters)"
