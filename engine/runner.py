"""Carries out one journey: inputs, partners, steps, then undo where it did not pass, and finally always."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from ringback.engine.chronicle import Chronicle
from ringback.engine.context import Context, RunFacts
from ringback.engine.evidence import Exhibit
from ringback.engine.execution import Execution
from ringback.engine.model import Journey, JourneyHead, Variant
from ringback.engine.outcomes import Fault, JourneyOutcome, Status, StepOutcome
from ringback.engine.problems import Problem, RingbackError
from ringback.engine.source import Source
from ringback.engine.steps import Place, walk, walk_all
from ringback.engine.verdicts import Verdict, of_breakage
from ringback.engine.waiting import Interrupted, Watch
from ringback.engine.workbench import Workbench


@dataclass(frozen=True, slots=True)
class Run:
    """What came of the steps proper."""

    verdict: Verdict
    steps: tuple[StepOutcome, ...]
    context: Context


def carry_out_journey(bench: Workbench, journey: Journey, variant: Variant) -> JourneyOutcome:
    """One execution of one variant; what it did is undone when it did not pass, also on Ctrl-C.

    Raises KeyboardInterrupt again after undo, finally and the record are done.
    """
    execution = _begin(bench, journey, variant)
    began = execution.watch.now()
    run = _run_steps(execution, journey)
    execution.watch = Watch(now=bench.watch.now)  # what follows must run even when the run was stopped
    undone = _undo(execution) if run.verdict.status is not Status.PASSED else ()
    execution.phase = "finally"
    finals, _ = walk_all(execution, journey.finally_, run.context, Place())
    verdict = _overall(run, finals)
    outcome = JourneyOutcome(
        journey=journey.head.id,
        variant=variant.id,
        status=verdict.status,
        fault=verdict.fault,
        duration_s=execution.watch.now() - began,
        steps=run.steps,
        failure=first_failure((*run.steps, *finals)),
        problem=verdict.problem,
        undone=undone,
        finally_=finals,
        session=execution.session,
    )
    _end(execution, outcome)
    if execution.ctrl_c:
        raise KeyboardInterrupt
    return outcome


def not_carried_out(bench: Workbench, head: JourneyHead, variant: Variant, broken: RingbackError) -> JourneyOutcome:
    """A journey that could not even begin, written down like one that did."""
    nothing = Journey(head, (), (), (), (), None, Source(head.file, head.line, 1))
    execution = _begin(bench, nothing, variant)
    verdict = of_breakage(broken)
    outcome = JourneyOutcome(
        head.id,
        variant.id,
        verdict.status,
        verdict.fault,
        0.0,
        (),
        problem=verdict.problem,
        session=execution.session,
    )
    _end(execution, outcome)
    return outcome


def first_failure(steps: Iterable[StepOutcome]) -> StepOutcome | None:
    """The first step that failed or broke, deepest inside; a product failure of a group before its other failures."""
    for step in steps:
        if step.status in (Status.FAILED, Status.ERROR):
            same_fault = [inner for inner in step.steps if inner.fault is step.fault]
            return first_failure(same_fault) or step
    return None


def _begin(bench: Workbench, journey: Journey, variant: Variant) -> Execution:
    session = bench.new_session()
    chronicle = Chronicle(bench.recorder, bench.redactor, session)
    chronicle.journey_started(journey.head, variant)
    bench.observer.journey_started(journey.head, variant, session)
    return Execution(bench, journey, variant, session, chronicle, bench.watch)


def _run_steps(execution: Execution, journey: Journey) -> Run:
    context = _first_context(execution)
    steps: tuple[StepOutcome, ...] = ()
    try:
        context = _with_inputs(execution, journey, context)
        if journey.budget_s is not None:
            execution.deadline = execution.watch.now() + journey.budget_s
        steps, context = walk(execution, journey.steps, context, Place())
        verdict = _verdict_on(execution, steps)
    except KeyboardInterrupt:
        execution.stop()
        verdict = of_breakage(Interrupted())
    except RingbackError as broken:
        verdict = of_breakage(broken)
    return Run(verdict, steps, context)


def _first_context(execution: Execution) -> Context:
    bench = execution.bench
    return Context(
        {
            "run": RunFacts(bench.run_id, execution.session, bench.clock.now),
            "env": bench.environment,
            "matrix": dict(execution.variant.values),
        }
    )


def _with_inputs(execution: Execution, journey: Journey, context: Context) -> Context:
    inputs = execution.bench.inputs.resolve(journey.inputs, context, execution.session)
    execution.learn(inputs)
    context = context.with_names(inputs=inputs)
    execution.waiting_behaviours = list(journey.partners)
    execution.instruct_partners(context)
    return context


def _verdict_on(execution: Execution, steps: tuple[StepOutcome, ...]) -> Verdict:
    failure = first_failure(steps)
    if failure is not None:
        return Verdict(failure.status, failure.fault, failure.message, failure.hint, failure.problem)
    if execution.waiting_behaviours:
        spec = execution.waiting_behaviours[0]
        what = f"the behaviour of partner {spec.partner!r} was never used: the steps it names were skipped"
        return Verdict(Status.ERROR, Fault.TEST, what, problem=Problem(spec.source, what))
    return Verdict(Status.PASSED)


def _undo(execution: Execution) -> tuple[StepOutcome, ...]:
    """Last in, first out; one that fails does not stop the others."""
    execution.phase = "undo"
    undone: list[StepOutcome] = []
    while execution.undo:
        step, context = execution.undo.pop()
        outcomes, _ = walk_all(execution, step.undo, context, Place("", step.id))
        undone.extend(outcomes)
    return tuple(undone)


def _overall(run: Run, finals: tuple[StepOutcome, ...]) -> Verdict:
    """A journey that passed is still red when its `finally` is."""
    failure = first_failure(finals)
    if run.verdict.status is not Status.PASSED or failure is None:
        return run.verdict
    return Verdict(failure.status, failure.fault, failure.message, failure.hint, failure.problem)


def _end(execution: Execution, outcome: JourneyOutcome) -> None:
    """Give back what the session holds, then write the last event."""
    bench = execution.bench
    exhibits = _release_drivers(execution, failed=outcome.status is not Status.PASSED)
    exhibits += _quietly("partners", lambda: bench.partners.withdraw(execution.session))
    exhibits += _quietly("leases", lambda: bench.inputs.give_back(execution.session))
    head = execution.journey.head
    hidden = _hidden_problem(outcome, execution)
    execution.chronicle.journey_finished(
        hidden,
        head,
        known_values=[*execution.known, execution.session],
        interfaces=execution.interfaces,
        exhibits=exhibits,
    )
    bench.observer.journey_finished(head, hidden)


def _hidden_problem(outcome: JourneyOutcome, execution: Execution) -> JourneyOutcome:
    problem = outcome.problem
    if problem is None:
        return outcome
    redact = execution.bench.redactor.redact
    return replace(outcome, problem=Problem(problem.source, redact(problem.what), redact(problem.hint)))


def _release_drivers(execution: Execution, *, failed: bool) -> tuple[Exhibit, ...]:
    exhibits: tuple[Exhibit, ...] = ()
    for name in sorted(execution.drivers):
        try:
            exhibits += execution.bench.tools.driver(name).release(execution.session, failed=failed)
        except RingbackError as problem:
            exhibits += (Exhibit(f"{name}: not released", "text/plain", str(problem)),)
    return exhibits


def _quietly(what: str, give_back: Callable[[], None]) -> tuple[Exhibit, ...]:
    """Giving back must not change the outcome; a failure of it stays visible as an exhibit."""
    try:
        give_back()
    except RingbackError as problem:
        return (Exhibit(f"{what}: not given back", "text/plain", str(problem)),)
    return ()
