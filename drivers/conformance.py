"""The contract every driver keeps, as checks that any test suite can run, also a carrier's for its own driver.

@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_contract(check, case: DriverCase) -> None:
    check(case)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from textwrap import dedent

from ringback.engine.context import Context
from ringback.engine.environment import Environment
from ringback.engine.evidence import Evidence
from ringback.engine.names import Names
from ringback.engine.nodes import MappingNode
from ringback.engine.problems import Problem, Unavailable
from ringback.engine.protocols import Action, Call, Driver
from ringback.engine.reading import PlaceReader, Reading, StepBlock
from ringback.engine.registry import DriverSet
from ringback.engine.yaml_reader import read_yaml

THREADS = 20
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Workbench:
    """Reads single steps and carries them out with one driver, without a journey around them."""

    def __init__(self, driver: Driver, environment: Environment | None = None, project: Path | None = None) -> None:
        """`project` is where files beside the step are looked for."""
        self.driver = driver
        self._environment = environment
        self._project = project or Path.cwd()

    def read(self, text: str, probes: tuple[str, ...] = ()) -> tuple[Action, tuple[Problem, ...]]:
        """Parse the YAML of a step whose `expect` looks at `probes`; all its problems come back."""
        reading = Reading(self._project, DriverSet(), self._environment)
        node, problems = read_yaml(dedent(text), "test.journey.yaml")
        assert isinstance(node, MappingNode), f"a step is a mapping: {problems}"
        block = StepBlock(PlaceReader(reading, Names(), self._project), node, self.driver.name, probes)
        action = self.driver.parse(block)
        return action, (*problems, *reading.problems, *reading.missing_systems)

    def call(self, action: Action, **changes: object) -> Call:
        """An attempt at an action; `changes` are fields of Call."""
        scope = Context({})
        arguments = {name: template.resolve(scope) for name, template in action.arguments.items()}
        call = Call("run", "journey", "", "step", "session", 1, arguments, (), 10.0, TRACEPARENT, scope, str, _no_probe)
        return replace(call, **changes)  # type: ignore[arg-type]  # a test gives fields of Call by name

    def perform(self, text: str, **changes: object) -> Evidence:
        """Parse a step that has to be right, and carry it out once."""
        action, problems = self.read(text)
        assert problems == (), f"the step has problems: {[str(problem) for problem in problems]}"
        return self.driver.perform(action, self.call(action, **changes))


def _no_probe(driver: str, system: str, arguments: Mapping[str, object]) -> Evidence:
    raise AssertionError(f"a driver asked for {driver} {system} {arguments}: only probes ask")


@dataclass(frozen=True, slots=True)
class DriverCase:
    """What the checks need to know of one driver.

    `good` is a step that works and may be repeated, `unreachable` one whose system is not there, `mistakes` are steps
    with the text that their problem or its hint has to hold. `settled` drops from values what differs in each attempt.
    """

    driver: Driver
    environment: Environment
    good: str
    unreachable: str
    mistakes: Mapping[str, str]
    project: Path = field(default_factory=Path.cwd)
    settled: Callable[[Mapping[str, object]], object] = dict

    @property
    def bench(self) -> Workbench:
        """A bench with the driver on it."""
        return Workbench(self.driver, self.environment, self.project)


def every_key_is_explained(case: DriverCase) -> None:
    """`keys` names the driver's own key first and explains each one."""
    assert next(iter(case.driver.keys)) == case.driver.name
    assert all(words.strip() for words in case.driver.keys.values())


def a_right_step_has_no_problems(case: DriverCase) -> None:
    """A right step parses to an action of the driver, with its system, a verb and its place."""
    action, problems = case.bench.read(case.good)

    assert problems == ()
    assert action.kind == case.driver.name
    assert action.system
    assert action.verb
    assert action.source.line > 0


def each_mistake_is_told(case: DriverCase) -> None:
    """A wrong step is a problem with a place, found before anything is sent."""
    for step, said in case.mistakes.items():
        _, problems = case.bench.read(step)

        assert problems, f"nothing was said about:\n{step}"
        assert any(said in f"{problem.what} {problem.hint}" for problem in problems), f"{said!r} not in {problems}"
        assert all(problem.source.line > 0 for problem in problems), f"no place: {problems}"


def evidence_is_complete(case: DriverCase) -> None:
    """Evidence names its driver and system, sums itself up, and has values and exhibits."""
    evidence = case.bench.perform(case.good)

    assert evidence.kind == case.driver.name
    assert evidence.system == case.bench.read(case.good)[0].system
    assert evidence.summary
    assert "\n" not in evidence.summary
    assert evidence.values
    assert all(exhibit.name and "/" in exhibit.media_type for exhibit in evidence.exhibits)


def many_threads_see_the_same(case: DriverCase) -> None:
    """Twenty threads at once get what one gets."""
    bench = case.bench
    expected = case.settled(bench.perform(case.good).values)

    with ThreadPoolExecutor(THREADS) as pool:
        sessions = [f"session-{number}" for number in range(THREADS)]
        futures = [pool.submit(bench.perform, case.good, session=session, timeout_s=60.0) for session in sessions]
        seen = [case.settled(future.result().values) for future in futures]
    for session in sessions:
        case.driver.release(session, failed=False)

    assert seen == [expected] * THREADS


def an_unreachable_system_is_unavailable(case: DriverCase) -> None:
    """A system that is not there is the environment's fault: named, with what to do."""
    try:
        case.bench.perform(case.unreachable, timeout_s=5.0)
    except Unavailable as error:
        noticed = error
    else:
        raise AssertionError("an unreachable system was not noticed")
    assert noticed.system
    assert noticed.problem.hint


def a_pace_is_positive(case: DriverCase) -> None:
    """How often a step may be tried again is said for each action."""
    pace = case.driver.pace(case.bench.read(case.good)[0])

    assert 0 < pace.least_s <= pace.most_s


def an_unknown_session_may_be_released(case: DriverCase) -> None:
    """A journey that never came to this driver is released without a word."""
    assert tuple(case.driver.release("nobody", failed=True)) == ()


def closing_twice_is_closing(case: DriverCase) -> None:
    """`close` may be called again."""
    case.bench.perform(case.good)

    case.driver.close()
    case.driver.close()


CHECKS: tuple[Callable[[DriverCase], None], ...] = (
    every_key_is_explained,
    a_right_step_has_no_problems,
    each_mistake_is_told,
    evidence_is_complete,
    many_threads_see_the_same,
    an_unreachable_system_is_unavailable,
    a_pace_is_positive,
    an_unknown_session_may_be_released,
    closing_twice_is_closing,
)
