"""Walks the steps: in order, in parallel, for each item, reused; the first that does not hold blocks the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from ringback.engine.attempts import StepTry
from ringback.engine.context import Context, MissingName
from ringback.engine.evidence import Evidence, Exhibit
from ringback.engine.execution import Execution
from ringback.engine.judging import unmet
from ringback.engine.model import Step
from ringback.engine.outcomes import Fault, Status, StepOutcome
from ringback.engine.problems import BrokenTest, RingbackError
from ringback.engine.verdicts import PASSED, Verdict, of_attempts, of_breakage, of_budget, outputs_of
from ringback.engine.waiting import Interrupted

Carried = tuple[StepOutcome, Context]

_WORST_FIRST = (Fault.PRODUCT, Fault.USAGE, Fault.TEST, Fault.ENVIRONMENT)
_FINE = (Status.PASSED, Status.SKIPPED)
_NOTES_ITS_UNDO = ("driver", "probe")  # as soon as there is evidence, whatever the checks say of it


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a step before it is written down."""

    verdict: Verdict
    context: Context
    outputs: Mapping[str, object]
    tried: StepTry | None = None
    steps: tuple[StepOutcome, ...] = ()
    exhibits: tuple[Exhibit, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a step stands: the prefix of its children's names, and the step around it."""

    prefix: str = ""
    parent: str = ""

    def of(self, step: Step) -> str:
        """The step's place in the journey: "resubmit.refused"."""
        return f"{self.prefix}{step.id}"


def walk(
    execution: Execution, steps: Sequence[Step], context: Context, place: Place
) -> tuple[tuple[StepOutcome, ...], Context]:
    """Carry the steps out in order; after one that did not hold, the others are blocked."""
    outcomes: list[StepOutcome] = []
    for step in steps:
        if outcomes and outcomes[-1].status not in _FINE:
            outcomes.extend(_blocked(execution, later, place, outcomes[-1]) for later in steps[len(outcomes) :])
            break
        outcome, context = carry_out(execution, step, context, place)
        outcomes.append(outcome)
        if outcome.status is Status.PASSED and not place.prefix and execution.phase == "steps":
            execution.instruct_partners(context)
    return tuple(outcomes), context


def walk_all(
    execution: Execution, steps: Sequence[Step], context: Context, place: Place
) -> tuple[tuple[StepOutcome, ...], Context]:
    """Carry out every step, whatever became of the others: `finally` and `undo`."""
    outcomes: list[StepOutcome] = []
    for step in steps:
        outcome, context = carry_out(execution, step, context, place)
        outcomes.append(outcome)
    return tuple(outcomes), context


def carry_out(execution: Execution, step: Step, context: Context, place: Place) -> Carried:
    """One step of any kind, written down before and after."""
    began = execution.watch.now()
    _announce(execution, step, place)
    try:
        why_not = unmet(step.when, context)
        if why_not:
            result = Result(Verdict(Status.SKIPPED, message=why_not), context.without_step(step.id, "was skipped"), {})
        else:
            result = _KINDS[step.kind](execution, step, context, place)
            if result.verdict.status is Status.PASSED and step.kind not in _NOTES_ITS_UNDO:
                execution.to_undo(step, result.context)
    except RingbackError as broken:
        result = Result(_unless_pointless(execution, broken), context.without_step(step.id, "broke"), {})
    took = execution.watch.now() - began
    if result.verdict.status is Status.PASSED:
        result = replace(result, verdict=_within_budget(execution, step, took, result.verdict))
    outcome = _outcome(step, place, result, took)
    _close(execution, result, outcome)
    return outcome, result.context


def _talk(execution: Execution, step: Step, context: Context, place: Place) -> Result:
    """A driver's or a probe's step."""
    action = step.action
    if action is None:
        raise BrokenTest(f"step {step.id!r} does nothing", "give it a driver key such as `api:`", step.source)
    execution.used(action.kind, is_driver=step.kind == "driver")
    now = execution.watch.now()
    tried = StepTry(execution, step, action, place.of(step), context, now, _left(execution, step, now))
    try:
        wait = tried.carry_out()
    except (Interrupted, KeyboardInterrupt) as stopped:
        if isinstance(stopped, KeyboardInterrupt):  # the journey runs in the main thread
            execution.stop()
        return Result(of_breakage(Interrupted()), _learnt(context, step, {}, tried.evidence), {}, tried)
    evidence = tried.evidence
    values = evidence.values if evidence is not None else {}
    if execution.phase != "steps" and isinstance(tried.breakage, MissingName):
        return Result(_unless_pointless(execution, tried.breakage), context.without_step(step.id, "was skipped"), {})
    verdict = of_attempts(tried, wait)
    outputs, absent = outputs_of(step.outputs, values)
    if absent is not None and verdict.status is Status.PASSED:
        verdict = replace(of_breakage(absent), decisive=verdict.decisive)
    after = _learnt(context, step, outputs, evidence)
    if evidence is not None:
        execution.to_undo(step, after)
    exhibits = () if verdict.status is Status.PASSED else (*tried.examine(), *_crash(tried))
    return Result(verdict, after, outputs, tried, exhibits=exhibits)


def _learnt(context: Context, step: Step, outputs: Mapping[str, object], evidence: Evidence | None) -> Context:
    if evidence is None:
        return context.without_step(step.id, "saw nothing")
    return context.with_step(step.id, outputs, evidence)


def _crash(tried: StepTry) -> tuple[Exhibit, ...]:
    return (Exhibit("traceback", "text/plain", tried.crash),) if tried.crash else ()


def _use(execution: Execution, step: Step, context: Context, place: Place) -> Result:
    """Reusable steps: they see their needs, the caller sees what they give."""
    needs = {name: template.resolve(context) for name, template in (step.needs or {}).items()}
    here = place.of(step)
    outcomes, inner = walk(execution, step.steps, context.for_reuse(needs), Place(f"{here}.", here))
    verdict = _together(outcomes)
    if verdict.status is not Status.PASSED:
        return Result(verdict, context.without_step(step.id, "did not pass"), {}, steps=outcomes)
    gives = {name: template.resolve(inner) for name, template in (step.gives or {}).items()}
    return Result(verdict, context.with_step(step.id, gives, None), gives, steps=outcomes)


def _group(execution: Execution, step: Step, context: Context, place: Place) -> Result:
    """Steps under one `when`: they belong to the surrounding names."""
    outcomes, after = walk(execution, step.steps, context, Place(place.prefix, place.of(step)))
    return Result(_together(outcomes), after, {}, steps=outcomes)


def _parallel(execution: Execution, step: Step, context: Context, place: Place) -> Result:
    """Branches side by side, each in a thread; all of them end, so that all mismatches are shown together."""
    inside = Place(place.prefix, place.of(step))

    def branch(child: Step) -> Carried:
        return carry_out(execution, child, context, inside)

    with ThreadPoolExecutor(max_workers=max(1, len(step.steps)), thread_name_prefix="branch") as pool:
        carried = list(pool.map(branch, step.steps))
    outcomes = tuple(outcome for outcome, _ in carried)
    return Result(_together(outcomes), context.joined(after for _, after in carried), {}, steps=outcomes)


def _for_each(execution: Execution, step: Step, context: Context, place: Place) -> Result:
    """The steps once for each item, which they see as `$each`; `$id.0.child` is what the first round gave."""
    items = step.items.resolve(context) if step.items is not None else ()
    if not isinstance(items, list | tuple) or not items:
        raise BrokenTest(
            f"for_each of step {step.id!r} has nothing to go over: {items!r}",
            "a loop without a round would pass without having checked anything",
            step.source,
        )
    outcomes: list[StepOutcome] = []
    rounds: list[dict[str, object]] = []
    here = place.of(step)
    for number, item in enumerate(items):
        inside = Place(f"{here}[{number}].", here)
        done, after = walk(execution, step.steps, context.with_names(each=item), inside)
        outcomes.extend(done)
        rounds.append({child.id: after.names[child.id] for child in step.steps if child.id in after.names})
        if _together(tuple(done)).status is not Status.PASSED:
            break
    verdict = _together(tuple(outcomes))
    return Result(verdict, context.with_names(**{step.id: rounds}), {}, steps=tuple(outcomes))


def _clock(execution: Execution, step: Step, context: Context, _place: Place) -> Result:
    """Move the environment's clock."""
    seconds = step.advance.resolve(context) if step.advance is not None else 0
    if not isinstance(seconds, int | float) or seconds <= 0:
        raise BrokenTest(f"clock: cannot advance by {seconds!r}", "write a duration such as 4h", step.source)
    now = execution.bench.clock.advance(float(seconds))
    outputs = {"now": now, "advanced_s": float(seconds)}
    return Result(PASSED, context.with_step(step.id, outputs, None), outputs)


_KINDS: Mapping[str, Callable[[Execution, Step, Context, Place], Result]] = {
    "driver": _talk,
    "probe": _talk,
    "use": _use,
    "group": _group,
    "parallel": _parallel,
    "for_each": _for_each,
    "clock": _clock,
}


def _together(outcomes: tuple[StepOutcome, ...]) -> Verdict:
    """The verdict on steps as a whole: the product's fault before the test's before the environment's."""
    bad = [outcome for outcome in outcomes if outcome.status in (Status.FAILED, Status.ERROR)]
    if not bad:
        return PASSED
    worst = min(bad, key=lambda outcome: _WORST_FIRST.index(outcome.fault))
    return Verdict(worst.status, worst.fault, f"{worst.step}: {worst.message}", worst.hint, system=worst.system)


def _unless_pointless(execution: Execution, broken: RingbackError) -> Verdict:
    """An undo or finally step that needs what never came to be has nothing to clean up."""
    if execution.phase != "steps" and isinstance(broken, MissingName):
        return Verdict(Status.SKIPPED, message=f"nothing to do: {broken.problem.what}")
    return of_breakage(broken)


def _within_budget(execution: Execution, step: Step, took_s: float, verdict: Verdict) -> Verdict:
    if step.budget_s is not None and took_s > step.budget_s:
        return replace(of_budget(step.budget_s, took_s, "step"), decisive=verdict.decisive)
    over = execution.overrun_s()
    if over is not None and execution.journey.budget_s is not None:
        return replace(
            of_budget(execution.journey.budget_s, execution.journey.budget_s + over, "journey"),
            decisive=verdict.decisive,
        )
    return verdict


def _left(execution: Execution, step: Step, now: float) -> float | None:
    """Seconds that the budgets of step and journey leave; None without budgets."""
    limits = [] if step.budget_s is None else [step.budget_s]
    if execution.deadline is not None and execution.phase == "steps":
        limits.append(execution.deadline - now)
    return min(limits) if limits else None


def _blocked(execution: Execution, step: Step, place: Place, by: StepOutcome) -> StepOutcome:
    _announce(execution, step, place)
    verdict = Verdict(Status.BLOCKED, message=f"step {by.step!r} did not pass")
    outcome = _outcome(step, place, Result(verdict, Context({}), {}), 0.0)
    _close(execution, Result(verdict, Context({}), {}), outcome)
    return outcome


def _announce(execution: Execution, step: Step, place: Place) -> None:
    here = place.of(step)
    execution.chronicle.step_started(
        step, here, kind=_kind(step), system=_system(step), parent=place.parent, phase=execution.phase
    )
    execution.bench.observer.step_started(execution.journey.head, execution.variant, step, here)


def _close(execution: Execution, result: Result, outcome: StepOutcome) -> None:
    execution.learn(result.outputs)
    execution.chronicle.step_finished(outcome, result.outputs)
    execution.bench.observer.step_finished(execution.journey.head, execution.variant, outcome)


def _outcome(step: Step, place: Place, result: Result, took_s: float) -> StepOutcome:
    verdict = result.verdict
    return StepOutcome(
        step=place.of(step),
        name=step.name,
        status=verdict.status,
        fault=verdict.fault,
        duration_s=took_s,
        attempts=tuple(result.tried.attempts) if result.tried is not None else (),
        steps=result.steps,
        problem=verdict.problem,
        message=verdict.message,
        system=verdict.system or _system(step),
        exhibits=result.exhibits,
        hint=verdict.hint,
        kind=_kind(step),
        operation=step.action.verb if step.action is not None else "",
        handoff=step.handoff,
        owner=step.owner,
        source=step.source,
        decisive=verdict.decisive,
    )


def _kind(step: Step) -> str:
    return step.action.kind if step.action is not None else step.kind


def _system(step: Step) -> str:
    return step.system or (step.action.system if step.action is not None else "")
