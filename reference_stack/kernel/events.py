"""The event bus: an outbox in the publisher's own transaction, and a worker that delivers over HTTP, once and in order.

Deliveries of one resource to one subscriber form a lane: within a lane an event waits for the one before it, so that
a subscriber sees each resource's events by rising ``seq``. An event that was not taken is sent again (at least once).
A subscriber outside the stack that takes nothing for long is parked: its events wait until it is resumed.
Everything is read from the tables, so a restart loses nothing.
"""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, bindparam, func, insert, select, update

from ringback.reference_stack.kernel.context import CORRELATION, SYSTEM
from ringback.reference_stack.kernel.errors import SystemDown
from ringback.reference_stack.kernel.hub import (
    POSTED,
    TOPICS,
    forget_all,
    listener_path,
    park,
    resume,
    subscriptions,
    topic_subscriptions,
    topics_with_subscribers,
)
from ringback.reference_stack.kernel.statements import new_row
from ringback.reference_stack.schema import EVT_DELIVERY, EVT_EVENT, EVT_HUB, STK_DROP

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_DELIVERED = (200, 201, 202, 204)
_LANES_AT_ONCE = 32
_LONGEST_PAUSE_S = 2.0
_OUTSIDE_ATTEMPTS = 6  # then a subscriber outside the stack is parked
_OUTSIDE_PAUSE_S = 0.5  # before the second attempt, doubled for each further one; at the stack's pace
_SECRET_NAMES = frozenset({"pin", "idLast4", "id_last4", "ki", "opc"})

_PENDING = (
    select(
        EVT_DELIVERY.c.subscriber,
        EVT_DELIVERY.c.attempts,
        EVT_EVENT.c.event_id,
        EVT_EVENT.c.event_type,
        EVT_EVENT.c.resource_type,
        EVT_EVENT.c.resource_id,
        EVT_EVENT.c.payload,
    )
    .join(EVT_EVENT, EVT_EVENT.c.event_id == EVT_DELIVERY.c.event_id)
    .where(EVT_DELIVERY.c.status == "pending")
    .order_by(EVT_EVENT.c.event_time, EVT_EVENT.c.seq)
)
_RECORD = (
    update(EVT_DELIVERY)
    .where(EVT_DELIVERY.c.event_id == bindparam("event"), EVT_DELIVERY.c.subscriber == bindparam("to"))
    .values(
        status=bindparam("new_status"),
        attempts=bindparam("new_attempts"),
        delivered_at=bindparam("new_delivered_at"),
        last_error=bindparam("new_last_error"),
    )
)
_LATEST = select(func.max(EVT_EVENT.c.seq)).where(
    EVT_EVENT.c.resource_type == bindparam("resource_type"), EVT_EVENT.c.resource_id == bindparam("resource_id")
)

Lane = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event that one subscriber has not got yet."""

    event_id: str
    subscriber: str
    event_type: str
    payload: str
    attempts: int


class Events:
    """Publishes and delivers events.

    Args:
        stack: the stack whose systems listen.
    """

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._wake = asyncio.Event()
        self._busy: set[Lane] = set()
        self._retry_at: dict[Lane, float] = {}
        self._slots = asyncio.Semaphore(_LANES_AT_ONCE)
        self._bases: dict[str, str] = {}
        self._topics: tuple[str, ...] | None = None
        self._may_lose = True  # until the table says otherwise: a wish outlives a restart

    def publish(  # noqa: PLR0913  # these are the parts of an event, all named
        self,
        tx: Connection,
        event_type: str,
        *,
        resource_type: str,
        resource_id: str,
        document: dict[str, object],
        correlation: str | None = None,
        state: str | None = None,
        domain: str | None = None,
        outside_only: bool = False,
    ) -> str:
        """Writes the event and one delivery per subscriber into the caller's transaction.

        With `outside_only` no system of the stack hears of it.

        Returns:
            The event id. ``seq`` rises by one per resource; ``correlation`` defaults to that of the current context.
        """
        seq = (tx.execute(_LATEST, {"resource_type": resource_type, "resource_id": resource_id}).scalar() or 0) + 1
        envelope: dict[str, object] = {
            "eventId": self._stack.ids.new("EV"),
            "eventTime": self._stack.clock.stamp(),
            "eventType": event_type,
            "correlationId": correlation or CORRELATION.get(),
            "domain": domain or SYSTEM.get(),
            "title": _title(event_type),
            "description": f"{resource_type} {resource_id}",
            "priority": "1",
            "event": {resource_type: document if self._stack.defects.on("D74") else without_secrets(document)},
        }
        envelope["timeOcurred"] = envelope["eventTime"]
        tx.execute(
            new_row(EVT_EVENT),
            {
                "event_id": envelope["eventId"],
                "event_type": event_type,
                "event_time": envelope["eventTime"],
                "correlation_id": envelope["correlationId"],
                "domain": envelope["domain"],
                "resource_type": resource_type,
                "resource_id": resource_id,
                "seq": seq,
                "state": state,
                "payload": json.dumps(envelope),
            },
        )
        rows = [
            {"event_id": envelope["eventId"], "subscriber": subscriber, "status": status, "attempts": 0}
            for subscriber, status in self._subscribers(
                tx, resource_type, envelope, outside_only, TOPICS + resource_id if resource_type == POSTED else None
            )
        ]
        if rows:
            tx.execute(new_row(EVT_DELIVERY), rows)
        self._wake.set()
        return str(envelope["eventId"])

    def _subscribers(
        self,
        tx: Connection,
        resource_type: str,
        envelope: dict[str, object],
        outside_only: bool,
        posted_to: str | None,
    ) -> list[tuple[str, str]]:
        """The systems that listen to an event, and who subscribed to the API of its resource, each with a status."""
        all_systems = () if outside_only else self._stack.systems.values()
        systems = [system for system in all_systems if envelope["eventType"] in system.listeners]
        outside = subscriptions(tx, self._base_of(resource_type), envelope)
        topics = self._topics if self._topics is not None else topics_with_subscribers(tx)
        self._topics = topics
        if topics:
            outside += topic_subscriptions(tx, topics, posted_to, envelope)
        return [(system.id, "pending") for system in systems] + outside

    def topics_changed(self) -> None:
        """Somebody subscribed to a topic, or ended that."""
        self._topics = None

    def _base_of(self, resource_type: str) -> str | None:
        """The API of a resource; None for what has no TM Forum API, which only systems hear of."""
        if not self._bases:
            resources = [resource for system in self._stack.systems.values() for resource in system.resources]
            self._bases = {resource.name: resource.base for resource in resources}
        return self._bases.get(resource_type)

    async def deliver(self) -> None:
        """Delivers for as long as the stack runs."""
        with self._stack.db.begin() as tx:
            if self._stack.defects.on("D77"):
                forget_all(tx)
            self._may_lose = tx.execute(select(STK_DROP.c.id).where(STK_DROP.c.remaining > 0)).first() is not None
        while True:
            self._wake.clear()
            for lane, deliveries in self._waiting().items():
                self._busy.add(lane)
                self._stack.spawn(self._run(lane, deliveries))
            try:
                await asyncio.wait_for(self._wake.wait(), timeout=0.25)
            except TimeoutError:
                continue

    def _waiting(self) -> dict[Lane, list[Delivery]]:
        """What is to be delivered now, by lane, oldest first."""
        lanes: dict[Lane, list[Delivery]] = {}
        now = asyncio.get_running_loop().time()
        with self._stack.db.begin() as tx:
            for row in tx.execute(_PENDING):
                lane = (row.subscriber, row.resource_type, row.resource_id)
                if lane not in self._busy and self._retry_at.get(lane, 0.0) <= now:
                    found = Delivery(row.event_id, row.subscriber, row.event_type, row.payload, row.attempts)
                    lanes.setdefault(lane, []).append(found)
        return lanes

    async def _run(self, lane: Lane, deliveries: list[Delivery]) -> None:
        """Works through one lane; stops at the first event that the subscriber does not take."""
        try:
            for delivery in deliveries:
                async with self._slots:
                    if not await self._attempt(lane, delivery):
                        break
        finally:
            self._busy.discard(lane)
            self._wake.set()

    async def _attempt(self, lane: Lane, delivery: Delivery) -> bool:
        if self._is_dropped(delivery):
            self._record(delivery, "dropped", delivery.attempts, "lost on purpose by /admin/drop-delivery")
            return True
        try:
            status = await self._send(delivery.subscriber, delivery.event_type, json.loads(delivery.payload))
            error = None if status in _DELIVERED else f"the listener answered {status}"
        except SystemDown as down:
            error = str(down)
        attempts = delivery.attempts + 1
        self._record(delivery, "pending" if error else "delivered", attempts, error)
        if not error:
            self._retry_at.pop(lane, None)
            return True
        self._retry_at[lane] = asyncio.get_running_loop().time() + self._pause_s(delivery.subscriber, attempts)
        if attempts >= _OUTSIDE_ATTEMPTS and self._is_outside(delivery.subscriber):
            await self._park(delivery.subscriber, error)
        return False

    def _is_outside(self, subscriber: str) -> bool:
        return subscriber not in self._stack.systems

    def _pause_s(self, subscriber: str, attempts: int) -> float:
        """How long an event rests after so many attempts."""
        if self._is_outside(subscriber):
            return self._stack.pace(_OUTSIDE_PAUSE_S * 2.0 ** (attempts - 1))
        return min(_LONGEST_PAUSE_S, 0.05 * 2.0 ** min(attempts, 10))

    async def _park(self, subscription: str, error: str) -> None:
        """Lets a subscription rest with all its events, and tells people once."""
        with self._stack.db.begin() as tx:
            is_new = park(tx, subscription, self._stack.clock.stamp())
        if is_new:
            said = f"{subscription} did not take an event in {_OUTSIDE_ATTEMPTS} attempts: {error}"
            case = {"system": "events", "code": f"EVENT-PARKED-{subscription}", "rootCause": said}
            await self._stack.http.post("fallout", "/cases", json=case)

    def resume(self, subscription: str) -> bool:
        """Sends a parked subscription its events again; returns whether it was parked."""
        with self._stack.db.begin() as tx:
            was_parked = resume(tx, subscription)
        self._retry_at.clear()
        self._wake.set()
        return was_parked

    async def _send(self, subscriber: str, event_type: str, envelope: dict[str, object]) -> int:
        if subscriber in self._stack.systems:
            correlation = str(envelope["correlationId"])
            path = f"/{subscriber}/listener/{event_type}"
            return (await self._stack.http.post(subscriber, path, json=envelope, correlation=correlation)).status
        with self._stack.db.begin() as tx:
            callback = tx.execute(select(EVT_HUB.c.callback).where(EVT_HUB.c.id == subscriber)).scalar()
        if callback is None:
            return 204  # the subscription has ended; its last events have nowhere to go
        return await self._stack.http.post_to(callback.rstrip("/") + listener_path(event_type), envelope)

    def lose(self, event_type: str, subscriber: str, count: int, correlation: str | None = None) -> None:
        """The next deliveries of this kind to this subscriber are lost for ever; of one correlation id, if given."""
        wish = {"event_type": event_type, "subscriber": subscriber, "correlation_id": correlation, "remaining": count}
        with self._stack.db.begin() as tx:
            tx.execute(insert(STK_DROP).values(wish))
        self._may_lose = True

    def _is_dropped(self, delivery: Delivery) -> bool:
        """Whether a test asked for this delivery to be lost; uses that wish up."""
        if not self._may_lose:
            return False
        whose = STK_DROP.c.correlation_id
        kind = (STK_DROP.c.event_type == delivery.event_type) & (STK_DROP.c.subscriber == delivery.subscriber)
        kind &= whose.is_(None) | (whose == str(json.loads(delivery.payload)["correlationId"]))
        with self._stack.db.begin() as tx:
            wish = tx.execute(select(STK_DROP).where(kind, STK_DROP.c.remaining > 0)).first()
            if wish is not None:
                tx.execute(update(STK_DROP).where(STK_DROP.c.id == wish.id).values(remaining=wish.remaining - 1))
        return wish is not None

    def _record(self, delivery: Delivery, status: str, attempts: int, error: str | None) -> None:
        """Notes one attempt."""
        values = {
            "event": delivery.event_id,
            "to": delivery.subscriber,
            "new_status": status,
            "new_attempts": attempts,
            "new_delivered_at": self._stack.clock.stamp() if status == "delivered" else None,
            "new_last_error": error,
        }
        with self._stack.db.begin() as tx:
            tx.execute(_RECORD, values)


def without_secrets(value: object) -> object:
    """The value without what must not travel in events: PINs, the last four of an identity, SIM keys."""
    if isinstance(value, list):
        kept = [one for one in value if not (isinstance(one, dict) and one.get("name") in _SECRET_NAMES)]
        return [without_secrets(one) for one in kept]
    if isinstance(value, dict):
        return {name: without_secrets(one) for name, one in value.items() if name not in _SECRET_NAMES}
    return value


def _title(event_type: str) -> str:
    """``ProductOrderCreateEvent`` -> ``Product order create``."""
    words = re.findall(r"[A-Z][a-z]*", event_type.removesuffix("Event"))
    return " ".join(words).capitalize()
