"""Carries out one step that talks to a system: perform, judge, wait, until it is decided; every attempt is kept."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ringback.engine.context import Context
from ringback.engine.evidence import Evidence, Exhibit
from ringback.engine.execution import Execution
from ringback.engine.identity import traceparent
from ringback.engine.judging import forbidden, hidden, judged
from ringback.engine.model import Step
from ringback.engine.outcomes import Attempt, CheckOutcome
from ringback.engine.problems import Problem, RingbackError, Unavailable
from ringback.engine.protocols import Action, Call, Driver, Pace, Probe
from ringback.engine.waiting import Look, Wait, look_until_over

UNTIL_WITHOUT_WITHIN_S = 30.0
SINGLE_ATTEMPT_S = 30.0
LOCAL_EVERY = Pace(0.005, 0.02, 0.02)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the checks say of one look: whether to stop looking, and whether the step holds."""

    checks: tuple[CheckOutcome, ...]
    over: bool
    holds: bool
    nearness: int


@dataclass(slots=True)
class StepTry:
    """The attempts of one step; collects them while the wait goes on."""

    execution: Execution
    step: Step
    action: Action
    place: str
    context: Context
    began: float
    limit_s: float | None  # what is left of the budgets
    attempts: list[Attempt] = field(default_factory=list)
    last: Judgement | None = None
    breakage: RingbackError | None = None
    crash: str = ""
    _call: Call | None = None
    _first_seen: int = 1  # the attempt that wrote the current evidence down

    def carry_out(self) -> Wait:
        """Look until the step is decided; what happened is in `attempts`, `last` and `breakage`."""
        waiting = self.step.waiting
        every = waiting.every_s
        pace = self._tool().pace(self.action) if self.waits else LOCAL_EVERY
        return look_until_over(
            self._look, within_s=self._within_s(), pace=pace, every_s=every, watch=self.execution.watch
        )

    @property
    def waits(self) -> bool:
        """Whether the step may look more than once."""
        waiting = self.step.waiting
        return self.action.repeatable and (bool(waiting.until) or waiting.within_s is not None)

    @property
    def evidence(self) -> Evidence | None:
        """What the last successful look saw."""
        return next((tried.evidence for tried in reversed(self.attempts) if tried.evidence is not None), None)

    def examine(self) -> tuple[Exhibit, ...]:
        """More evidence about a step that failed; a driver that cannot give any says why."""
        if self.step.kind != "driver" or self._call is None:
            return ()
        try:
            return self.execution.bench.tools.driver(self.action.kind).examine(self.action, self._call)
        except RingbackError as problem:
            return (Exhibit("no further evidence", "text/plain", str(problem)),)

    def _within_s(self) -> float:
        waiting = self.step.waiting
        if not self.waits:
            return SINGLE_ATTEMPT_S if self.limit_s is None else min(SINGLE_ATTEMPT_S, self.limit_s)
        within = waiting.within_s if waiting.within_s is not None else UNTIL_WITHOUT_WITHIN_S
        return within if self.limit_s is None else min(within, self.limit_s)

    def _tool(self) -> Driver | Probe:
        tools = self.execution.bench.tools
        return tools.driver(self.action.kind) if self.step.kind == "driver" else tools.probe(self.action.kind)

    def _look(self, number: int, timeout_s: float) -> Look:
        """One attempt: do it, judge it, write it down."""
        now = self.execution.watch.now
        started = now()
        evidence, judgement, problem = self._try(number, timeout_s)
        attempt = Attempt(
            number, started - self.began, now() - started, evidence, judgement.checks if judgement else (), problem
        )
        self._write_down(attempt)
        self.last = judgement
        if judgement is None:
            return Look(over=not self._may_look_again(), nearness=-1)
        return Look(over=judgement.over or not self.waits, nearness=judgement.nearness)

    def _try(self, number: int, timeout_s: float) -> tuple[Evidence | None, Judgement | None, Problem | None]:
        evidence = None
        self.breakage = None
        try:
            call = self._call = self._make_call(number, timeout_s)
            evidence = self._tool().perform(self.action, call)
            return evidence, self._judge(evidence, call), None
        except RingbackError as broken:
            self.breakage = broken
            return evidence, None, self._hide(broken.problem)
        except Exception as crash:  # noqa: BLE001  # the step boundary: a broken tool must not take the evidence along
            self.crash = self.execution.bench.redactor.redact(traceback.format_exc())
            what = f"the {self.action.kind} tool broke: {type(crash).__name__}: {crash}"
            self.breakage = RingbackError(what, "this is a fault of the tool; the traceback is in the evidence")
            return evidence, None, self._hide(self.breakage.problem)

    def _hide(self, problem: Problem) -> Problem:
        redact = self.execution.bench.redactor.redact
        source = problem.source if problem.source.file else self.step.source
        return Problem(source, redact(problem.what), redact(problem.hint))

    def _may_look_again(self) -> bool:
        return self.waits and isinstance(self.breakage, Unavailable)

    def _make_call(self, number: int, timeout_s: float) -> Call:
        execution, scope = self.execution, self.context
        arguments = {name: template.resolve(scope) for name, template in self.action.arguments.items()}
        return Call(
            run=execution.bench.run_id,
            journey=execution.journey.head.id,
            variant=execution.variant.id,
            step=self.place,
            session=execution.session,
            attempt=number,
            arguments=arguments,
            probes=_paths_of(self.step),
            timeout_s=timeout_s,
            traceparent=traceparent(execution.bench.run_id, execution.session, self.place, number),
            scope=scope,
            redact=execution.bench.redactor.redact,
            perform=self._perform_for_probe,
        )

    def _perform_for_probe(self, driver: str, system: str, arguments: Mapping[str, object]) -> Evidence:
        """How a probe reaches a system: the same driver, the arguments already resolved."""
        call = self._call or self._make_call(1, SINGLE_ATTEMPT_S)
        action = Action(driver, system, f"{driver} {system}", {}, self.step.source)
        self.execution.drivers.add(driver)
        tool = self.execution.bench.tools.driver(driver)
        return tool.perform(action, replace(call, arguments=arguments, probes=()))

    def _judge(self, evidence: Evidence, call: Call) -> Judgement:
        """`fail_if` ends the wait, `until` keeps it up, then everything else is judged together."""
        waiting, redactor, scope = self.step.waiting, self.execution.bench.redactor, self.context
        bad = forbidden(waiting.fail_if, evidence, scope=scope, redactor=redactor)
        goals = judged("until", waiting.until, evidence, scope=scope, redactor=redactor)
        if not all(check.passed for check in bad):
            return Judgement((*bad, *goals), over=True, holds=False, nearness=_passed(goals))
        if not all(check.passed for check in goals):
            return Judgement((*bad, *goals), over=False, holds=False, nearness=_passed(goals))
        rest = (
            *judged("expect", self.step.expect, evidence, scope=scope, redactor=redactor),
            *(hidden(check, redactor) for check in self._tool_checks(evidence, call)),
        )
        holds = all(check.passed for check in rest)
        retries = not waiting.until and waiting.within_s is not None
        return Judgement(
            (*bad, *goals, *rest), over=holds or not retries, holds=holds, nearness=len(goals) + _passed(rest)
        )

    def _tool_checks(self, evidence: Evidence, call: Call) -> tuple[CheckOutcome, ...]:
        tools = self.execution.bench.tools
        own: tuple[CheckOutcome, ...] = ()
        if self.step.kind == "probe":
            own = tools.probe(self.action.kind).judge(self.action, evidence, call)
        implicit = (tools.check(name).judge(evidence, call) for name in self.action.implicit)
        return (*own, *(check for checks in implicit for check in checks))

    def _write_down(self, attempt: Attempt) -> None:
        """Keep the attempt; what looks like the one before shares its evidence, in memory and in the record."""
        same_as = None
        before = self.attempts[-1] if self.attempts else None
        if _same_evidence(before, attempt) and before is not None:
            attempt = replace(attempt, evidence=before.evidence)
            same_as = self._first_seen
        else:
            self._first_seen = attempt.number
        self.execution.chronicle.attempt(self.place, attempt, same_as)
        self.attempts.append(attempt)


def values_seen(attempts: list[Attempt], path: str) -> tuple[tuple[str, float], ...]:
    """The different values that a path had, in order, each with the time at which it was first seen."""
    seen: list[tuple[str, float]] = []
    for attempt in attempts:
        for check in attempt.checks:
            if check.path == path and (not seen or seen[-1][0] != check.actual):
                seen.append((check.actual, attempt.at_s))
    return tuple(seen)


def _same_evidence(before: Attempt | None, now: Attempt) -> bool:
    if before is None or before.evidence is None or now.evidence is None:
        return False
    return before.evidence.values == now.evidence.values


def _passed(checks: tuple[CheckOutcome, ...]) -> int:
    return sum(check.passed for check in checks)


def _paths_of(step: Step) -> tuple[str, ...]:
    lines = (*step.expect, *step.waiting.until, *step.waiting.fail_if)
    return tuple(dict.fromkeys([*(line.path for line in lines), *(output.path for output in step.outputs)]))
