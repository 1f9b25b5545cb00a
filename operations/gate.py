"""The gate: a pure function of policy, required journeys, evidence and the clock.

Missing evidence is inconclusive and never a pass: skipped, broken, blocked, too old, or from another environment all
count as not run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from ringback.engine.model import Gate, JourneyHead
from ringback.operations.policy import GatePolicy, PolicyRule, Selection


class Verdict(StrEnum):
    """In the order of weight; the exit code of `ringback gate check` is in the comment."""

    PASS = "pass"  # noqa: S105 - the verdict, not a password; 0
    INCONCLUSIVE = "inconclusive"  # 3
    FAIL = "fail"  # 1


EXIT_CODES: Mapping[Verdict, int] = {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.INCONCLUSIVE: 3}
_WEIGHT = {Verdict.PASS: 0, Verdict.INCONCLUSIVE: 1, Verdict.FAIL: 2}


@dataclass(frozen=True, slots=True)
class Result:
    """One stored result of a journey's variant on the candidate."""

    run: str
    journey: str
    variant: str
    status: str
    environment: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OpenFallout:
    """A fallout that is not closed, as far as the gate needs it."""

    key: str
    severity: str
    title: str


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What a rule saw: `observed` beside `limit`, a sentence, and what caused it."""

    rule: str
    verdict: Verdict
    level: str
    observed: str
    limit: str
    sentence: str
    causes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """The gate's verdict on a candidate."""

    gate: str
    release: str
    verdict: Verdict
    rules: tuple[RuleResult, ...]
    policy_digest: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that a decision depends on beside the policy and the clock."""

    release: str
    journeys: tuple[JourneyHead, ...]
    results: tuple[Result, ...]
    fallouts: tuple[OpenFallout, ...]


def judge(policy: GatePolicy, inputs: Inputs, now: datetime) -> Decision:
    """Judge a candidate; the verdict is the heaviest of the blocking rules'."""
    inputs = replace(inputs, journeys=tuple(_of_today(head, now) for head in inputs.journeys))
    latest = _latest(policy, inputs.results, now)
    judges: Mapping[str, Callable[[PolicyRule, Inputs, _Evidence], RuleResult]] = {
        "journeys_ran": _journeys_ran,
        "journeys_passed": _journeys_passed,
        "open_fallouts": _open_fallouts,
    }
    rules = tuple(judges[rule.type](rule, inputs, latest) for rule in policy.rules)
    blocking = [result.verdict for result in rules if result.level == "block"]
    verdict = max(blocking, key=_WEIGHT.__getitem__, default=Verdict.INCONCLUSIVE)
    return Decision(policy.gate, inputs.release, verdict, rules, policy.digest, now)


_Evidence = Mapping[tuple[str, str], Result]


def _of_today(head: JourneyHead, now: datetime) -> JourneyHead:
    """A quarantine ends by itself: from its date on the journey blocks again."""
    ended = head.gate.mode == "quarantined" and date.fromisoformat(head.gate.ends) <= now.date()
    return replace(head, gate=Gate()) if ended else head


def _latest(policy: GatePolicy, results: Iterable[Result], now: datetime) -> _Evidence:
    """Per variant the newest result that counts: young enough and of an admitted environment."""
    oldest = now - timedelta(seconds=policy.max_age_s)
    counted: dict[tuple[str, str], Result] = {}
    for result in sorted(results, key=lambda item: item.at):
        if result.at >= oldest and (not policy.environments or result.environment in policy.environments):
            counted[(result.journey, result.variant)] = result
    return counted


def _required(select: Selection, journeys: Iterable[JourneyHead]) -> list[tuple[str, str]]:
    """The variants a rule asks for; quarantined and advisory journeys never block."""
    wanted = []
    for head in journeys:
        if head.gate.mode != "blocking":
            continue
        if select.rank_at_most is not None and (head.rank is None or head.rank > select.rank_at_most):
            continue
        if select.journeys and head.id not in select.journeys:
            continue
        if select.tags and not set(select.tags) & set(head.tags):
            continue
        wanted += [(head.id, variant.id) for variant in head.variants] or [(head.id, "")]
    return wanted


def _journeys_ran(rule: PolicyRule, inputs: Inputs, latest: _Evidence) -> RuleResult:
    wanted = _required(rule.select, inputs.journeys)
    unknown = _unknown(rule.select, inputs.journeys)
    missing = [key for key in wanted if key not in latest or latest[key].status not in ("passed", "failed")]
    causes = (*unknown, *(f"{_title(key)}: {_why(key, latest)}" for key in missing))
    good = bool(wanted) and not causes
    sentence = "every required variant has evidence on this candidate"
    if not wanted:
        sentence = "no journey is selected, so nothing was shown"
    elif causes:
        sentence = f"{len(causes)} of {len(wanted)} required variants have no evidence on this candidate"
    return RuleResult(
        rule.id,
        Verdict.PASS if good else Verdict.INCONCLUSIVE,
        rule.level,
        f"{len(wanted) - len(missing)} of {len(wanted)}",
        "all",
        sentence,
        tuple(causes),
    )


def _journeys_passed(rule: PolicyRule, inputs: Inputs, latest: _Evidence) -> RuleResult:
    wanted = _required(rule.select, inputs.journeys)
    failed = [key for key in wanted if key in latest and latest[key].status == "failed"]
    passed = [key for key in wanted if key in latest and latest[key].status == "passed"]
    verdict = (
        Verdict.FAIL if failed else Verdict.PASS if wanted and len(passed) == len(wanted) else Verdict.INCONCLUSIVE
    )
    sentence = {
        Verdict.PASS: "every required variant passed",
        Verdict.FAIL: f"{counted(len(failed), 'required variant')} failed on this candidate",
        Verdict.INCONCLUSIVE: f"only {len(passed)} of {len(wanted)} required variants passed, none failed",
    }[verdict]
    causes = tuple(f"{_title(key)}: failed in run {latest[key].run}" for key in failed)
    return RuleResult(rule.id, verdict, rule.level, f"{len(passed)} of {len(wanted)}", "all", sentence, causes)


def _open_fallouts(rule: PolicyRule, inputs: Inputs, latest: _Evidence) -> RuleResult:  # noqa: ARG001 - one shape
    found = [item for item in inputs.fallouts if not rule.severity or item.severity in rule.severity]
    return RuleResult(
        rule.id,
        Verdict.FAIL if found else Verdict.PASS,
        rule.level,
        str(len(found)),
        "0",
        f"{counted(len(found), 'fallout')} open" if found else "no fallout is open",
        tuple(f"{item.key} ({item.severity}): {item.title}" for item in found),
    )


def _unknown(select: Selection, journeys: Iterable[JourneyHead]) -> tuple[str, ...]:
    known = {head.id for head in journeys}
    return tuple(f"{name}: no such journey" for name in select.journeys if name not in known)


def _why(key: tuple[str, str], latest: _Evidence) -> str:
    return "did not run" if key not in latest else f"ended as {latest[key].status}, which is no evidence"


def counted(number: int, noun: str) -> str:
    """A number with its noun: 1 fallout, 2 fallouts."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _title(key: tuple[str, str]) -> str:
    return f"{key[0]}[{key[1]}]" if key[1] else key[0]
