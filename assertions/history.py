"""`history`: an entity went through legal states only, in order, and stayed in none for too long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from ringback.assertions.ledgers import Row, read_ledger, renamed
from ringback.assertions.machines import Machine, machine, machine_names
from ringback.assertions.settings import Setting, literal, read_settings, text_argument, text_list
from ringback.engine.durations import EXAMPLES, seconds
from ringback.engine.environment import Environment
from ringback.engine.evidence import Evidence
from ringback.engine.outcomes import CheckOutcome
from ringback.engine.problems import BrokenTest
from ringback.engine.protocols import LOCAL, Action, Block, Call, Pace
from ringback.engine.services import Services

_SETTINGS = {
    "of": Setting("the id of the order or other entity: `of: $order.id`", required=True),
    "machine": Setting("its life cycle: `machine: product-order`", required=True),
    "no_state_longer_than": Setting("the longest stay in any state but the last: `30s`"),
    "through": Setting("states that must have been passed, in this order: `[acknowledged, inProgress, completed]`"),
}


@dataclass(frozen=True, slots=True)
class Stay:
    """One row of the history: from which state to which, and when."""

    old: str | None
    new: str
    at: datetime


class HistoryProbe:
    """Reads the environment's `state-history` ledger and compares it with a state machine."""

    name = "history"
    keys: Mapping[str, str] = {"history": "state history of one entity against its life cycle"}

    def __init__(self, environment: Environment | None, services: Services | None) -> None:
        self._ledgers = environment.ledgers if environment else {}
        self._project = services.project if services else None

    def parse(self, block: Block) -> Action:
        """Names of machines are known at load time, so a misspelt one dies here."""
        settings = read_settings(block, _SETTINGS)
        name = literal(block, "machine", "")
        if name and name not in machine_names(self._project):
            known = ", ".join(machine_names(self._project))
            block.problem(block.step.key_source(block.key), f"no state machine is called {name!r}", f"known: {known}")
        return Action(
            kind=self.name,
            system="state-history",
            verb=f"history {name}",
            arguments=settings,
            source=block.step.key_source(block.key),
        )

    def perform(self, action: Action, call: Call) -> Evidence:
        """All transitions of the entity in the order they happened."""
        life = machine(text_argument(call, "machine"), self._project)
        entity_id = text_argument(call, "of")
        rows, seen = read_ledger(self._ledgers, "state-history", call, {"entity": life.entity, "id": entity_id})
        states = [str(row["to_state"]) for row in rows]
        return Evidence(
            kind=self.name,
            system=seen.system,
            summary=f"{life.entity} {entity_id}: {' > '.join(states) or 'no history'}",
            values={"states": states, "count": len(rows), "rows": list(rows)},
            exhibits=renamed(seen.exhibits, "history"),
        )

    def judge(self, action: Action, evidence: Evidence, call: Call) -> tuple[CheckOutcome, ...]:
        """There is a history; each transition is legal and follows the one before; no stay is too long."""
        life = machine(text_argument(call, "machine"), self._project)
        stays = tuple(_stay(row) for row in _rows(evidence))
        limit = call.arguments.get("no_state_longer_than")
        limit_s = _limit_s(limit)
        outcomes = (
            _there_is_one(stays, action),
            *_transitions(life, stays, action),
            *_lengths(stays, limit_s, action),
            *_passed_through(stays, text_list(call.arguments.get("through")), action),
        )
        return tuple(outcomes)

    def pace(self, action: Action) -> Pace:
        """A database read."""
        return LOCAL


def _limit_s(limit: object) -> float | None:
    if limit is None:
        return None
    limit_s = seconds(str(limit))
    if limit_s is None:
        raise BrokenTest(f"no_state_longer_than: {limit!r} is no duration", EXAMPLES)
    return limit_s


def _rows(evidence: Evidence) -> tuple[Row, ...]:
    rows = evidence.values["rows"]
    return tuple(rows) if isinstance(rows, list) else ()


def _stay(row: Row) -> Stay:
    old = row.get("from_state")
    at = datetime.fromisoformat(str(row["at"]))
    return Stay(None if old in (None, "") else str(old), str(row["to_state"]), at)


def _there_is_one(stays: tuple[Stay, ...], action: Action) -> CheckOutcome:
    return CheckOutcome(
        check="history",
        passed=bool(stays),
        path="count",
        expected="at least one state",
        actual=f"{len(stays)} states",
        message="" if stays else "no state was ever recorded for this id",
        source=action.source,
    )


def _transitions(life: Machine, stays: tuple[Stay, ...], action: Action) -> Iterator[CheckOutcome]:
    previous: str | None = None
    for stay in stays:
        legal = life.allows(stay.old, stay.new)
        follows = stay.old == previous
        allowed = sorted(life.initial if stay.old is None else life.transitions.get(stay.old, ()))
        message = "" if legal else f"{life.name} does not allow this step"
        if legal and not follows:
            message = f"the state before was {previous or 'none'}, yet the step starts from {stay.old or 'none'}"
        yield CheckOutcome(
            check="history",
            passed=legal and follows,
            path=f"{stay.old or '(new)'} > {stay.new}",
            expected=f"{stay.old or '(new)'} > {' or '.join(allowed) or 'nothing: it is final'}",
            actual=f"{stay.old or '(new)'} > {stay.new}",
            message=message,
            source=action.source,
        )
        previous = stay.new


def _lengths(stays: tuple[Stay, ...], limit_s: float | None, action: Action) -> Iterator[CheckOutcome]:
    if limit_s is None:
        return
    for stay, following in pairwise(stays):
        length_s = (following.at - stay.at).total_seconds()
        yield CheckOutcome(
            check="history",
            passed=length_s <= limit_s,
            path=f"time in {stay.new}",
            expected=f"at most {limit_s:g} s",
            actual=f"{length_s:.3f} s",
            message="" if length_s <= limit_s else f"it stayed in {stay.new} too long",
            source=action.source,
        )


def _passed_through(stays: tuple[Stay, ...], wanted: tuple[str, ...], action: Action) -> Iterator[CheckOutcome]:
    if not wanted:
        return
    seen = iter(stay.new for stay in stays)
    missing = next((state for state in wanted if state not in seen), None)
    yield CheckOutcome(
        check="history",
        passed=missing is None,
        path="through",
        expected=" > ".join(wanted),
        actual=" > ".join(stay.new for stay in stays),
        message="" if missing is None else f"{missing} was not passed in this order",
        source=action.source,
    )
