"""The runner: order, reuse, parallel, undo and finally, budgets, waiting, faults, and the record of it all."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from ringback.drivers.memory import MemoryDriver
from ringback.engine.context import Context
from ringback.engine.evidence import Exhibit
from ringback.engine.model import (
    BehaviourSpec,
    Condition,
    Expectation,
    Gate,
    Input,
    Journey,
    JourneyHead,
    Output,
    Step,
    Variant,
    Waiting,
)
from ringback.engine.outcomes import Fault, JourneyOutcome, Status
from ringback.engine.paths import find
from ringback.engine.problems import Unavailable
from ringback.engine.protocols import Action, Behaviour, Check, Driver, Probe, Scope, Verdict
from ringback.engine.redaction import Redactor
from ringback.engine.runner import carry_out_journey
from ringback.engine.source import Source
from ringback.engine.waiting import Watch
from ringback.engine.workbench import Workbench

HERE = Source("journeys/j.journey.yaml", 7, 3)


@dataclass
class Plain:
    """A template: a plain value, or `$name.path` as a whole or anywhere in a list or mapping."""

    written: object
    source: Source = HERE
    names: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.names = frozenset(_names(self.written))

    def resolve(self, scope: Scope) -> object:
        return _resolve(self.written, scope)


def _names(value: object) -> list[str]:
    if isinstance(value, str) and value.startswith("$"):
        return [value[1:].split(".")[0]]
    if isinstance(value, Mapping):
        return [name for held in value.values() for name in _names(held)]
    return [name for held in value for name in _names(held)] if isinstance(value, list) else []


def _resolve(value: object, scope: Scope) -> object:
    if isinstance(value, str) and value.startswith("$"):
        root, _, path = value[1:].partition(".")
        return find(scope.lookup(root), path) if path else scope.lookup(root)
    if isinstance(value, Mapping):
        return {key: _resolve(held, scope) for key, held in value.items()}
    return [_resolve(held, scope) for held in value] if isinstance(value, list) else value


@dataclass
class Equal:
    """The simplest matcher."""

    expected: object
    names: frozenset[str] = frozenset()

    def judge(self, actual: object, scope: Scope) -> Verdict:
        expected = _resolve(self.expected, scope)
        return Verdict(actual == expected, repr(expected), repr(actual))


class Notebook:
    """A recorder that keeps everything in memory."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Mapping[str, object]]] = []

    def record(self, event: str, fields: Mapping[str, object]) -> None:
        self.events.append((event, dict(fields)))

    def keep(self, exhibit: Exhibit) -> Mapping[str, object]:
        return {"name": exhibit.name, "media_type": exhibit.media_type, "text": str(exhibit.content)}

    def of(self, event: str) -> list[Mapping[str, object]]:
        return [fields for name, fields in self.events if name == event]


@dataclass
class OneDriver:
    """A registry with the memory driver only."""

    memory: MemoryDriver = field(default_factory=MemoryDriver)

    def driver(self, name: str) -> Driver:
        return {"memory": self.memory}[name]

    def probe(self, name: str) -> Probe:
        raise AssertionError(name)

    def check(self, name: str) -> Check:
        raise AssertionError(name)


@dataclass
class GivenInputs:
    """Inputs out of their templates; remembers what was given back."""

    returned: list[str] = field(default_factory=list)

    def resolve(self, inputs: tuple[Input, ...], context: Context, session: str) -> Mapping[str, object]:
        return {entry.name: entry.value.resolve(context) for entry in inputs if entry.value is not None}

    def give_back(self, session: str) -> None:
        self.returned.append(session)


@dataclass
class Desk:
    """A partner desk that writes down what it is told."""

    told: list[Behaviour] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    ill: dict[str, str] = field(default_factory=dict)

    def instruct(self, session: str, behaviours: Sequence[Behaviour]) -> None:
        self.told.extend(behaviours)

    def withdraw(self, session: str) -> None:
        self.withdrawn.append(session)

    def ailments(self, partners: object) -> Mapping[str, str]:
        return self.ill


@dataclass
class Stage:
    """A workbench with everything in memory."""

    notebook: Notebook = field(default_factory=Notebook)
    tools: OneDriver = field(default_factory=OneDriver)
    inputs: GivenInputs = field(default_factory=GivenInputs)
    desk: Desk = field(default_factory=Desk)
    redactor: Redactor = field(default_factory=Redactor)
    watch: Watch = field(default_factory=Watch)

    def run(self, *steps: Step, **more: Any) -> JourneyOutcome:
        head = JourneyHead("j", "journeys/j.journey.yaml", 1, "J", "om", 1, None, Gate(), (), (), (), (), "d")
        journey = Journey(head, (), (), steps, (), None, HERE)
        bench = Workbench("r1", self.tools, self.notebook, self.redactor, self.inputs, {}, self.desk, watch=self.watch)
        return carry_out_journey(bench, replace(journey, **more), Variant("v", {"donor": "north-tel"}))

    def steps_done(self) -> list[str]:
        return [seen.step for seen in self.tools.memory.seen]


def answers(id_: str, *given: object, expect: Mapping[str, object] | None = None, **more: Any) -> Step:
    """A step of the memory driver that answers `given`, one entry for each attempt."""
    action = Action("memory", "crm", "answer", {"answers": Plain(list(given) or [{}])}, HERE)
    lines = tuple(Expectation(path, Equal(value), HERE) for path, value in (expect or {}).items())
    return replace(Step(id_, f"Step {id_}", "driver", HERE, action=action, expect=lines), **more)


def until(path: str, value: object, within_s: float = 5.0, **fail_if: object) -> Waiting:
    """Waiting for one value; `fail_if` names bad ones."""
    bad = tuple(Expectation(name, Equal(wrong), HERE) for name, wrong in fail_if.items())
    return Waiting((Expectation(path, Equal(value), HERE),), bad, within_s, None)


@pytest.fixture
def stage() -> Stage:
    """A workbench in memory."""
    return Stage()


def test_a_step_gives_its_outputs_and_evidence_to_the_next(stage: Stage) -> None:
    """`$order.id` is an output, `$order.body.state` comes from the evidence."""
    order = answers("order", {"body": {"id": "PO-1", "state": "done"}}, outputs=(Output("id", "body.id", HERE),))
    same = answers("same", {"id": "PO-1", "state": "done"}, expect={"id": "$order.id", "state": "$order.body.state"})

    outcome = stage.run(order, same)

    assert (outcome.status, outcome.fault) == (Status.PASSED, Fault.NONE)


def test_all_mismatches_of_a_step_are_shown_together_and_block_what_follows(stage: Stage) -> None:
    """A check that does not hold is the product's fault; later steps are blocked, not carried out."""
    outcome = stage.run(answers("a", {"x": 1, "y": 2}, expect={"x": 7, "y": 8}), answers("b"))

    assert (outcome.status, outcome.fault) == (Status.FAILED, Fault.PRODUCT)
    assert outcome.failure is not None
    assert [(check.path, check.expected, check.actual) for check in outcome.failure.mismatches] == [
        ("x", "7", "1"),
        ("y", "8", "2"),
    ]
    assert [step.status for step in outcome.steps] == [Status.FAILED, Status.BLOCKED]
    assert stage.steps_done() == ["a"]


@pytest.mark.parametrize(
    ("seen", "waiting", "hinted"),
    [({"count": 0}, Waiting(), True), ({"count": 3}, Waiting(), False), ({"count": 0}, until("count", 1, 0.05), False)],
)
def test_a_step_that_found_nothing_at_its_only_look_is_told_of_within(
    stage: Stage, seen: Mapping[str, object], waiting: Waiting, hinted: bool
) -> None:
    """A file or a row often comes a moment later; whoever waited, or saw another value, needs no such hint."""
    outcome = stage.run(answers("c", seen, expect={"count": 1}, waiting=waiting))

    assert outcome.failure is not None
    assert ("add `within: 10s`" in outcome.failure.hint) is hinted


def test_until_looks_again_and_keeps_every_attempt(stage: Stage) -> None:
    """The wait ends with the look that sees the goal; equal looks are recorded once."""
    states = [{"state": "new"}, {"state": "new"}, {"state": "done"}]

    outcome = stage.run(answers("order", *states, waiting=until("state", "done")))

    assert outcome.status is Status.PASSED
    assert len(outcome.steps[0].attempts) == 3
    assert [event["same_as"] for event in stage.notebook.of("attempt")] == [None, 1, None]


def test_a_bad_final_state_fails_at_once(stage: Stage) -> None:
    """`fail_if` does not wait for the deadline."""
    waiting = until("state", "done", within_s=60, state="rejected")

    outcome = stage.run(answers("order", {"state": "new"}, {"state": "rejected"}, waiting=waiting))

    assert (outcome.status, len(outcome.steps[0].attempts)) == (Status.FAILED, 2)
    assert outcome.failure is not None
    assert "bad final state" in outcome.failure.message


def test_a_deadline_shows_the_closest_value_seen(stage: Stage) -> None:
    """The product failed: the message says how often it was looked and what was seen."""
    outcome = stage.run(answers("order", {"state": "new"}, {"state": "held"}, waiting=until("state", "done", 0.05)))

    assert (outcome.status, outcome.fault) == (Status.FAILED, Fault.PRODUCT)
    assert outcome.failure is not None
    assert "state: expected 'done', got 'held'" in outcome.failure.message
    assert "seen: 'new'" in outcome.failure.message


def test_long_values_of_a_wait_are_told_by_their_beginning(stage: Stage) -> None:
    """A page's table that changed five times must not fill the terminal; each attempt has it whole."""
    first, last = {"rows": "a" * 500}, {"rows": "b" * 500}

    outcome = stage.run(answers("order", first, last, waiting=until("rows", "done", 0.05)))

    assert outcome.failure is not None
    story = outcome.failure.message.partition("; seen: ")[2]
    assert story.startswith("'" + "a" * 59 + "... (0.0 s), '" + "b" * 59)


def test_a_deadline_with_an_ailing_partner_is_the_environments_fault(stage: Stage) -> None:
    """The partner could not answer, so nothing is said about the product."""
    stage.desk.ill = {"clearing-house": "cannot log in"}
    spec = BehaviourSpec("clearing-house", "port_request", Plain({"tn": "1"}), Plain("confirm"), {}, HERE)

    outcome = stage.run(answers("o", {"state": "new"}, waiting=until("state", "done", 0.03)), partners=(spec,))

    assert (outcome.status, outcome.fault) == (Status.ERROR, Fault.ENVIRONMENT)
    assert outcome.failure is not None
    assert "cannot log in" in outcome.failure.message


def test_within_alone_retries_expect_and_survives_an_unreachable_moment(stage: Stage) -> None:
    """A system that does not answer during a wait is asked again."""
    step = answers("o", "unavailable", {"x": 1}, {"x": 2}, expect={"x": 2}, waiting=Waiting(within_s=5))

    outcome = stage.run(step)

    assert outcome.status is Status.PASSED
    assert [attempt.problem is None for attempt in outcome.steps[0].attempts] == [False, True, True]


def test_a_system_that_stays_unreachable_is_the_environments_fault(stage: Stage) -> None:
    """At the deadline and without a wait alike; the evidence so far is kept."""
    outcome = stage.run(answers("a"), answers("o", "unavailable", waiting=until("x", 1, 0.03)))

    assert (outcome.status, outcome.fault) == (Status.ERROR, Fault.ENVIRONMENT)
    assert [step.status for step in outcome.steps] == [Status.PASSED, Status.ERROR]


def test_an_output_that_is_not_there_is_the_tests_fault(stage: Stage) -> None:
    """The step held, but the journey expects something that its evidence does not have."""
    outcome = stage.run(answers("order", {"body": {}}, outputs=(Output("id", "body.id", HERE),)))

    assert (outcome.status, outcome.fault) == (Status.ERROR, Fault.TEST)
    assert outcome.failure is not None
    assert "id (body.id)" in outcome.failure.message


def test_undo_runs_last_in_first_out_when_the_journey_did_not_pass(stage: Stage) -> None:
    """Undo knows what its step gave; finally runs after it."""
    first = answers("first", {"id": 1}, undo=(answers("undo_first", {"id": "$first.id"}, expect={"id": 1}),))
    second = answers("second", {"id": 2}, undo=(answers("undo_second"),))
    wrong = answers("wrong", {"x": 1}, expect={"x": 2})

    outcome = stage.run(first, second, wrong, finally_=(answers("last"),))

    assert stage.steps_done() == ["first", "second", "wrong", "undo_second", "undo_first", "last"]
    assert [step.status for step in outcome.undone] == [Status.PASSED, Status.PASSED]
    phases = [event["phase"] for event in stage.notebook.of("step.started")]
    assert phases == ["steps", "steps", "steps", "undo", "undo", "finally"]


def test_steps_around_others_are_undone_like_any_step(stage: Stage) -> None:
    """A group, parallel branches and a loop that have passed are taken back as a whole, before what came earlier."""
    group = Step("group", "G", "group", HERE, steps=(answers("inside"),), undo=(answers("undo_group"),))
    branches = Step("both", "B", "parallel", HERE, steps=(answers("branch"),), undo=(answers("undo_both"),))
    loop = Step(
        "loop", "L", "for_each", HERE, items=Plain(["a"]), steps=(answers("round"),), undo=(answers("undo_loop"),)
    )
    wrong = answers("wrong", {"x": 1}, expect={"x": 2})

    stage.run(group, branches, loop, wrong)

    assert stage.steps_done()[-3:] == ["undo_loop", "undo_both", "undo_group"]


def test_a_passed_journey_undoes_nothing_but_runs_finally(stage: Stage) -> None:
    """And a failing finally makes it red."""
    done = answers("done", undo=(answers("undone"),))

    outcome = stage.run(done, finally_=(answers("last", {"x": 1}, expect={"x": 2}),))

    assert stage.steps_done() == ["done", "last"]
    assert outcome.status is Status.FAILED


def test_a_finally_step_without_its_names_is_skipped(stage: Stage) -> None:
    """What never came to be needs no cleaning up."""
    outcome = stage.run(
        answers("wrong", {"x": 1}, expect={"x": 2}),
        answers("order"),
        finally_=(answers("cancel", {"id": "$order.id"}),),
    )

    assert outcome.finally_[0].status is Status.SKIPPED
    assert outcome.failure is not None
    assert outcome.failure.step == "wrong"


def test_an_interrupted_journey_is_undone(stage: Stage) -> None:
    """Stopping the run ends a wait at once; undo and finally still run."""
    threading.Timer(0.05, stage.watch.stop.set).start()
    made = answers("made", undo=(answers("unmade"),))

    outcome = stage.run(made, answers("o", {"x": 0}, waiting=until("x", 1, 60)), finally_=(answers("last"),))

    assert (outcome.status, outcome.fault) == (Status.ERROR, Fault.ENVIRONMENT)
    assert stage.steps_done()[-2:] == ["unmade", "last"]


def test_a_step_whose_when_does_not_hold_is_skipped(stage: Stage) -> None:
    """The others go on."""
    condition = Condition(Plain("$matrix.donor"), "$matrix.donor", Equal("west-mobile"), HERE)

    outcome = stage.run(answers("only_west", when=(condition,)), answers("always"))

    assert [step.status for step in outcome.steps] == [Status.SKIPPED, Status.PASSED]
    assert outcome.status is Status.PASSED


def test_parallel_branches_run_at_once_and_all_end(stage: Stage) -> None:
    """Both branches are carried out although one fails; the time is that of the longest."""
    slow = [answers(f"b{n}", {"x": 0}, expect={"x": 1}, waiting=Waiting(within_s=0.15)) for n in range(3)]
    began = time.monotonic()

    outcome = stage.run(Step("p", "P", "parallel", HERE, steps=(*slow, answers("fine"))))

    assert time.monotonic() - began < 0.4
    assert [step.status for step in outcome.steps[0].steps] == [Status.FAILED] * 3 + [Status.PASSED]
    assert outcome.failure is not None
    assert outcome.failure.step == "b0"


def test_parallel_branches_give_their_names_to_what_follows(stage: Stage) -> None:
    """`$charge.amount` is known after the parallel block."""
    both = Step("p", "P", "parallel", HERE, steps=(answers("charge", {"amount": 36}), answers("network")))

    outcome = stage.run(both, answers("agree", {"x": 36}, expect={"x": "$charge.amount"}))

    assert outcome.status is Status.PASSED


def test_reused_steps_see_their_needs_and_give_what_they_promise(stage: Stage) -> None:
    """Their places carry the caller's id; nothing else of the caller is visible inside."""
    inside = answers("refused", {"reason": "PIN", "order": "$needs.order"}, expect={"order": "PO-1"})
    use = Step(
        "resubmit",
        "R",
        "use",
        HERE,
        steps=(inside,),
        needs={"order": Plain("$order.id")},
        gives={"reason": Plain("$refused.reason")},
    )

    outcome = stage.run(
        answers("order", {"id": "PO-1"}), use, answers("x", {"why": "PIN"}, expect={"why": "$resubmit.reason"})
    )

    assert outcome.status is Status.PASSED
    assert stage.steps_done() == ["order", "resubmit.refused", "x"]


def test_for_each_runs_its_steps_for_every_item(stage: Stage) -> None:
    """`$each` is the item, `$loop.1.look` what the second round saw."""
    loop = Step("loop", "L", "for_each", HERE, items=Plain(["a", "b"]), steps=(answers("look", {"item": "$each"}),))

    outcome = stage.run(loop, answers("x", {"item": "b"}, expect={"item": "$loop.1.look.item"}))

    assert outcome.status is Status.PASSED
    assert stage.steps_done() == ["loop[0].look", "loop[1].look", "x"]


def test_a_loop_without_a_round_is_an_error_of_the_test(stage: Stage) -> None:
    """It would pass without having checked anything."""
    outcome = stage.run(Step("loop", "L", "for_each", HERE, items=Plain([]), steps=(answers("look"),)))

    assert (outcome.status, outcome.fault) == (Status.ERROR, Fault.TEST)


def test_a_step_over_its_budget_fails(stage: Stage) -> None:
    """The check held, but too late; a journey's budget counts alike."""
    late = [{"x": 0}] * 6 + [{"x": 1}]

    by_step = stage.run(answers("o", *late, expect={"x": 1}, waiting=Waiting(within_s=9), budget_s=0.01))
    by_journey = stage.run(answers("o", *late, expect={"x": 1}, waiting=Waiting(within_s=9)), budget_s=0.01)

    assert (by_step.status, by_journey.status) == (Status.FAILED, Status.FAILED)


def test_a_behaviour_is_registered_as_soon_as_its_names_are_known(stage: Stage) -> None:
    """One needs only the matrix, the other the order that a step gives."""
    known = BehaviourSpec("ch", "port_request", Plain({"d": "$matrix.donor"}), Plain("confirm"), {}, HERE)
    later = BehaviourSpec("dl", "purchase_order", Plain({"order": "$order.id"}), Plain("ship"), {}, HERE)
    told_at: list[int] = []

    class Watching(MemoryDriver):
        def perform(self, action: Action, call: object) -> object:  # type: ignore[override]  # only counts
            told_at.append(len(stage.desk.told))
            return super().perform(action, call)  # type: ignore[arg-type]  # handed on

    stage.tools.memory = Watching()
    outcome = stage.run(answers("order", {"id": "PO-1"}), answers("next"), partners=(known, later))

    assert outcome.status is Status.PASSED
    assert told_at == [1, 2]
    assert stage.desk.told[1].where == {"order": "PO-1"}
    assert stage.desk.withdrawn == stage.inputs.returned


def test_a_secret_reaches_neither_the_record_nor_the_outcome(stage: Stage) -> None:
    """Values are judged as they are and written down masked; a PIN goes by its field."""
    stage.redactor.add("canary-0123456789", "TOKEN")
    stage.redactor.add_field("pin")
    step = answers("o", {"pin": "0042", "token": "canary-0123456789"}, expect={"pin": "0043", "token": "x"})

    outcome = stage.run(step)

    texts = repr(stage.notebook.events) + repr(outcome.failure.message if outcome.failure else "")
    texts += repr(list(outcome.failure.mismatches) if outcome.failure else "")
    assert "canary-0123456789" not in texts
    assert "0042" not in texts
    assert "0043" not in texts


def test_the_record_names_the_failure_in_one_flat_object(stage: Stage) -> None:
    """Fallouts and gates read it without walking the tree."""
    stage.run(answers("o", {"state": "held"}, expect={"state": "done"}, handoff="order-to-build"))

    (finished,) = stage.notebook.of("journey.finished")
    failure = finished["failure"]
    assert isinstance(failure, Mapping)
    wanted = ("step", "system", "owner", "handoff", "check", "path", "expected", "actual")
    assert [failure[key] for key in wanted] == [
        "o",
        "crm",
        "om",
        "order-to-build",
        "expect",
        "state",
        "'done'",
        "'held'",
    ]
    assert finished["interfaces"] == {"memory": 1}


def test_a_driver_that_breaks_is_an_error_with_its_traceback(stage: Stage) -> None:
    """A fault of the tool is never reported as the product's."""

    class Broken(MemoryDriver):
        def perform(self, action: Action, call: object) -> object:  # type: ignore[override]  # breaks before
            raise KeyError("oops")

    stage.tools.memory = Broken()
    outcome = stage.run(answers("o"))

    assert (outcome.status, outcome.fault) == (Status.ERROR, Fault.ENVIRONMENT)
    assert outcome.failure is not None
    assert any(exhibit.name == "traceback" for exhibit in outcome.failure.exhibits)


def test_inputs_that_cannot_be_had_are_recorded_as_a_journey_that_did_not_begin(stage: Stage) -> None:
    """The record has the journey, its fault and what to do."""

    class Empty(GivenInputs):
        def resolve(self, inputs: tuple[Input, ...], context: Context, session: str) -> Mapping[str, object]:
            raise Unavailable("leases", "all in use", "wait")

    stage.inputs = Empty()
    outcome = stage.run(answers("o"))

    (finished,) = stage.notebook.of("journey.finished")
    assert (outcome.status, outcome.fault, finished["fault"]) == (Status.ERROR, Fault.ENVIRONMENT, "environment")
