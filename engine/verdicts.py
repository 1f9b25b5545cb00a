"""Turns the attempts of a step into its outcome: whose fault, and one message that says what to do next."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ringback.engine.attempts import StepTry, values_seen
from ringback.engine.evidence import ABSENT
from ringback.engine.model import Output
from ringback.engine.outcomes import CheckOutcome, Fault, Status
from ringback.engine.paths import find
from ringback.engine.problems import BrokenTest, NotOffered, Problem, RingbackError, Unavailable, UsageError
from ringback.engine.waiting import Wait

LONGEST_SEEN = 60
LOOKED_ONCE = "the step looked once; if this takes a moment, add `within: 10s`"


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a step ended and why; `decisive` is the attempt whose checks say it."""

    status: Status
    fault: Fault = Fault.NONE
    message: str = ""
    hint: str = ""
    problem: Problem | None = None
    decisive: int = 0
    system: str = ""


PASSED = Verdict(Status.PASSED)


def fault_of(broken: RingbackError) -> Fault:
    """Whose fault an exception is."""
    if isinstance(broken, UsageError):
        return Fault.USAGE
    if isinstance(broken, BrokenTest):
        return Fault.TEST
    return Fault.PRODUCT if isinstance(broken, NotOffered) else Fault.ENVIRONMENT


def of_breakage(broken: RingbackError, problem: Problem | None = None) -> Verdict:
    """A step or journey that could not be carried out."""
    problem = problem or broken.problem
    system = broken.system if isinstance(broken, Unavailable) else ""
    fault = fault_of(broken)
    status = Status.FAILED if fault is Fault.PRODUCT else Status.ERROR
    return Verdict(status, fault, problem.what, problem.hint, problem, system=system)


def of_attempts(tried: StepTry, wait: Wait) -> Verdict:
    """The verdict on a step that talked to a system."""
    last = tried.attempts[-1]
    if tried.breakage is not None:
        found = of_breakage(tried.breakage, last.problem)
        seen = f" (tried {wait.attempts} times in {wait.waited_s:.1f} s)" if wait.attempts > 1 else ""
        return _with(found, decisive=last.number, message=found.message + seen)
    if wait.in_time and tried.last is not None and tried.last.holds:
        return Verdict(Status.PASSED, decisive=last.number)
    if tried.waits and not wait.in_time:
        return _missed_deadline(tried, wait)
    found = _mismatch(last.checks, last.number)
    return replace(found, hint=LOOKED_ONCE) if _may_have_been_early(tried, last.checks) else found


def _may_have_been_early(tried: StepTry, checks: tuple[CheckOutcome, ...]) -> bool:
    """Whether nothing was there, in a step that could have looked again but was not told to."""
    first = next((check for check in checks if not check.passed), None)
    if first is None or tried.waits or not tried.action.repeatable or tried.step.kind != "driver":
        return False
    return first.actual in ("0", "absent") and "did you mean" not in first.message


def of_budget(budget_s: float, took_s: float, whose: str) -> Verdict:
    """A step or journey that held, but took longer than its budget."""
    message = f"the {whose}'s budget of {budget_s:g} s has passed: {took_s:.1f} s"
    return Verdict(Status.FAILED, Fault.PRODUCT, message, "see the attempts for where the time went")


def outputs_of(outputs: tuple[Output, ...], values: object) -> tuple[dict[str, object], BrokenTest | None]:
    """What a step gives, and what is wrong when a path finds nothing."""
    found = {output.name: find(values, output.path) for output in outputs}
    absent = [output for output in outputs if found[output.name] is ABSENT]
    given = {name: value for name, value in found.items() if value is not ABSENT}
    if not absent:
        return given, None
    first = absent[0]
    names = ", ".join(f"{output.name} ({output.path})" for output in absent)
    known = ", ".join(list(values)[:20]) if isinstance(values, dict) else ""
    hint = f"the evidence has: {known}" if known else "look at the step's evidence for the right path"
    return given, BrokenTest(f"nothing found for the output {names}", hint, first.source)


def _missed_deadline(tried: StepTry, wait: Wait) -> Verdict:
    """A deadline is a failure of the product - unless a partner who should have answered is ailing."""
    ailing = tried.execution.ailing_partners()
    if ailing:
        said = "; ".join(f"{partner}: {reason}" for partner, reason in ailing.items())
        broken = Unavailable(next(iter(ailing)), f"a partner of this journey cannot do its work ({said})")
        return _with(of_breakage(broken), decisive=wait.nearest)
    nearest = tried.attempts[wait.nearest - 1]
    found = _mismatch(nearest.checks, nearest.number)
    story = _story(tried, nearest.checks)
    message = (
        f"not within {wait.waited_s:.1f} s ({wait.attempts} looks; closest at {nearest.at_s:.1f} s): "
        f"{found.message}{story}"
    )
    return _with(found, decisive=nearest.number, message=message)


def _story(tried: StepTry, checks: tuple[CheckOutcome, ...]) -> str:
    first = next((check for check in checks if not check.passed), None)
    if first is None:
        return ""
    seen = values_seen(tried.attempts, first.path)
    if len(seen) < 2:  # one value is what the message says already
        return ""
    return "; seen: " + ", ".join(f"{_brief(value)} ({at_s:.1f} s)" for value, at_s in seen[-6:])


def _brief(value: str) -> str:
    """Enough of a value to follow it; the whole of each is with its attempt."""
    return value if len(value) <= LONGEST_SEEN else f"{value[:LONGEST_SEEN]}..."


def _mismatch(checks: tuple[CheckOutcome, ...], number: int) -> Verdict:
    failed = [check for check in checks if not check.passed]
    if not failed:
        return Verdict(Status.FAILED, Fault.PRODUCT, "no check held", decisive=number)
    more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
    first = failed[0]
    return Verdict(Status.FAILED, Fault.PRODUCT, (first.message or f"{first.check} failed") + more, decisive=number)


def _with(verdict: Verdict, *, decisive: int, message: str = "") -> Verdict:
    return Verdict(
        verdict.status,
        verdict.fault,
        message or verdict.message,
        verdict.hint,
        verdict.problem,
        decisive,
        verdict.system,
    )
