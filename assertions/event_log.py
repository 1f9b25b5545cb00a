"""`events`: every transition told once, in order, delivered once, and nobody's secret inside.

A first form: it judges the events of one correlation id as a whole.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from ringback.assertions.ledgers import Row, read_ledger, renamed
from ringback.assertions.settings import Setting, read_settings, text_argument, text_list
from ringback.engine.environment import Environment
from ringback.engine.evidence import Evidence
from ringback.engine.outcomes import CheckOutcome
from ringback.engine.protocols import LOCAL, Action, Block, Call, Pace
from ringback.engine.services import Services

_SETTINGS = {
    "of": Setting("the correlation id: `of: $order.correlation`", required=True),
    "in_order": Setting("event types of which the first of each must have come in this order"),
    "contain": Setting("event types that must be there"),
    "without": Setting("values that no payload may hold: `[$inputs.pin]`"),
}


class EventLogProbe:
    """Reads the environment's `events` and `deliveries` ledgers."""

    name = "events"
    keys: Mapping[str, str] = {"events": "the events of one correlation id: once, in order, delivered"}

    def __init__(self, environment: Environment | None, services: Services | None) -> None:
        self._ledgers = environment.ledgers if environment else {}

    def parse(self, block: Block) -> Action:
        """All settings may hold expressions."""
        return Action(
            kind=self.name,
            system="event-log",
            verb="events",
            arguments=read_settings(block, _SETTINGS),
            source=block.step.key_source(block.key),
        )

    def perform(self, action: Action, call: Call) -> Evidence:
        """All events of the correlation id and their deliveries."""
        correlation = text_argument(call, "of")
        params = {"correlation": correlation}
        events, seen_events = read_ledger(self._ledgers, "events", call, params)
        deliveries, seen_deliveries = read_ledger(self._ledgers, "deliveries", call, params)
        return Evidence(
            kind=self.name,
            system=seen_events.system,
            summary=f"{len(events)} events, {len(deliveries)} deliveries of {correlation}",
            values={
                "count": len(events),
                "types": [str(row["event_type"]) for row in events],
                "events": list(events),
                "deliveries": list(deliveries),
            },
            exhibits=(*renamed(seen_events.exhibits, "events"), *renamed(seen_deliveries.exhibits, "deliveries")),
        )

    def judge(self, action: Action, evidence: Evidence, call: Call) -> tuple[CheckOutcome, ...]:
        """Sequence, delivery, order, presence, absence: one outcome each, naming the rows that break it."""
        events = _rows(evidence, "events")
        deliveries = _rows(evidence, "deliveries")
        judged = {
            "some events": _none_at_all(events),
            "event ids are unique": _repeated(events),
            "sequence without gaps": _gaps(events),
            "each delivered once": _undelivered(events, deliveries),
            "in order": _misplaced(events, text_list(call.arguments.get("in_order"))),
            "contain": _missing(events, text_list(call.arguments.get("contain"))),
            "without": _leaks(events, text_list(call.arguments.get("without"))),
        }
        return tuple(
            CheckOutcome(
                check="events",
                passed=not faults,
                path=path,
                expected="nothing to complain of",
                actual="; ".join(faults) if faults else "nothing",
                message=f"{path}: {'; '.join(faults)}" if faults else "",
                source=action.source,
            )
            for path, faults in ((path, list(faults)) for path, faults in judged.items())
        )

    def pace(self, action: Action) -> Pace:
        """A database read."""
        return LOCAL


def _rows(evidence: Evidence, name: str) -> Sequence[Row]:
    rows = evidence.values[name]
    return rows if isinstance(rows, list) else ()


def _none_at_all(events: Sequence[Row]) -> Iterator[str]:
    if not events:
        yield "no event carries this correlation id"


def _repeated(events: Sequence[Row]) -> Iterator[str]:
    for event_id, times in Counter(str(row["event_id"]) for row in events).items():
        if times > 1:
            yield f"event {event_id} is there {times} times"


def _gaps(events: Sequence[Row]) -> Iterator[str]:
    by_resource: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in events:
        by_resource[(str(row["resource_type"]), str(row["resource_id"]))].append(int(str(row["seq"])))
    for (kind, resource_id), numbers in by_resource.items():
        expected = list(range(min(numbers), min(numbers) + len(numbers)))
        if sorted(numbers) != expected:
            yield f"{kind} {resource_id} has sequence numbers {sorted(numbers)}"


def _undelivered(events: Sequence[Row], deliveries: Sequence[Row]) -> Iterator[str]:
    type_of = {str(row["event_id"]): str(row["event_type"]) for row in events}
    for row in deliveries:
        if row["status"] != "delivered":
            yield f"{type_of.get(str(row['event_id']), '?')} to {row['subscriber']} is {row['status']}"


def _misplaced(events: Sequence[Row], wanted: Sequence[str]) -> Iterator[str]:
    seen = iter([str(row["event_type"]) for row in events])
    for event_type in wanted:
        if event_type not in seen:
            yield f"{event_type} did not come after {wanted[max(0, wanted.index(event_type) - 1)]}"
            return


def _missing(events: Sequence[Row], wanted: Sequence[str]) -> Iterator[str]:
    there = {str(row["event_type"]) for row in events}
    for event_type in wanted:
        if event_type not in there:
            yield f"{event_type} is missing"


def _leaks(events: Sequence[Row], secrets: Sequence[str]) -> Iterator[str]:
    """Names the event and the field's place, never the value."""
    for row in events:
        payload = str(row["payload"])
        if any(f'"{secret}"' in payload for secret in secrets if secret):
            yield f"{row['event_type']} {row['event_id']} carries a value that must not travel in events"
