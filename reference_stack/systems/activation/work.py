"""Works tasks off: each is given to its controller, which says later how it went; then the network is read back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import RowMapping, select, update

from ringback.reference_stack.clock import text_of
from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.kernel.errors import SystemDown
from ringback.reference_stack.schema import ACT_TASK
from ringback.reference_stack.systems.activation.commands import Command, differences, work_of
from ringback.reference_stack.systems.activation.controllers import CONTROLLERS, Outcome, Task
from ringback.reference_stack.systems.activation.tasks import monitor_of
from ringback.reference_stack.systems.fallout_report import report
from ringback.reference_stack.systems.reading import text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_TURN_S = 0.05
_ASKED_AT_ONCE = 100
_REFUSED = 409  # what a controller accepted and the network then refused
_SLOW = timedelta(minutes=2)


async def start(stack: Stack) -> None:
    """Begins to work off what was accepted, also before a restart."""
    reported: set[str] = set()

    async def activation() -> None:
        rows = _open(stack)
        await asyncio.gather(*(_give(stack, row) for row in rows if row["status"] == "accepted"))
        await _hear(stack, [row for row in rows if row["status"] == "inProgress"])
        await asyncio.gather(*(_verify(stack, row) for row in rows if row["status"] == "done"))
        await _complain(stack, rows, reported)

    stack.every(_TURN_S, activation)


def _open(stack: Stack) -> Sequence[RowMapping]:
    """Every task that is not finished: not given, not answered or not read back."""
    unfinished = ACT_TASK.c.status.in_(("accepted", "inProgress")) | (
        (ACT_TASK.c.status == "done") & ACT_TASK.c.verified_at.is_(None)
    )
    with stack.db.begin() as tx:
        return tx.execute(select(ACT_TASK).where(unfinished).order_by(ACT_TASK.c.requested_at)).mappings().all()


def _work(row: RowMapping) -> Command:
    return work_of(row["command"], json.loads(row["request"]))


async def _give(stack: Stack, row: RowMapping) -> None:
    """Gives a task to its controller; a controller that is away is tried again."""
    work = _work(row)
    CORRELATION.set(row["correlation_id"] or "")
    if work.verb in ("GET", "ABSENT"):  # nothing to do, only to look
        _change(stack, row, status="done", http_status=200, ne_result="OK", acked_at=stack.clock.stamp())
        return
    try:
        given = await CONTROLLERS[row["controller"]].give(stack, Task(row["idempotency_key"], work))
    except SystemDown as down:
        stack.log.info("task %s waits: %s", row["id"], down)
        return
    if given.refusal:
        _fail(stack, row, given.status, f"{row['controller']} refused {row['command']}: {given.refusal}")
    else:
        _change(stack, row, status="inProgress", http_status=given.status, controller_ref=given.reference)


async def _hear(stack: Stack, rows: Sequence[RowMapping]) -> None:
    """Asks each controller once for all that it has been given."""
    for name, controller in CONTROLLERS.items():
        mine = {str(row["controller_ref"]): row for row in rows if row["controller"] == name}
        references = list(mine)[:_ASKED_AT_ONCE]
        try:
            outcomes = await controller.outcomes(stack, references) if references else {}
        except SystemDown as down:
            stack.log.info("%d tasks wait: %s", len(references), down)
            continue
        for reference, outcome in outcomes.items():
            _take(stack, mine[reference], outcome)


def _take(stack: Stack, row: RowMapping, outcome: Outcome) -> None:
    """What the controller says: done is not yet verified."""
    CORRELATION.set(row["correlation_id"] or "")
    if outcome.done:
        _change(stack, row, status="done", ne_result="OK", acked_at=stack.clock.stamp())
    else:
        said = f"{row['ne_name']} refused {row['command']}: {outcome.said}"
        _fail(stack, row, _REFUSED, said)


async def _verify(stack: Stack, row: RowMapping) -> None:
    """Reads the entry back: an accepted command is not a configured network."""
    work = _work(row)
    CORRELATION.set(row["correlation_id"] or "")
    try:
        reply = await stack.http.get("network", f"/{work.element}/{work.read}")
    except SystemDown as down:
        stack.log.info("task %s waits: %s", row["id"], down)
        return
    entry = reply.json if reply.ok and isinstance(reply.json, dict) else {}
    removed = work.verb in ("DELETE", "ABSENT")
    wrong = ("there is still an entry",) if removed and entry else differences(work.expected, entry)
    if wrong:
        _fail(stack, row, reply.status, f"read back from {work.element}: {'; '.join(wrong)}")
        return
    _finish(stack, row, verified_at=stack.clock.stamp())


async def _complain(stack: Stack, rows: Iterable[RowMapping], reported: set[str]) -> None:
    """A task that is not finished after two minutes of the stack's clock needs a person."""
    limit = text_of(stack.clock.now() - _SLOW)
    for row in rows:
        if row["requested_at"] < limit and row["order_id"] and row["id"] not in reported:
            reported.add(row["id"])
            said = f"{row['command']} waits for {row['controller']} since {row['requested_at']}"
            await report(stack, system="activation", order=row["order_id"], code="ACT-SLOW", detail=said)


def _fail(stack: Stack, row: RowMapping, status: int, why: str) -> None:
    _finish(stack, row, status="failed", http_status=status, ne_result=why)


def _change(stack: Stack, row: RowMapping, **values: object) -> None:
    with stack.db.begin() as tx:
        tx.execute(update(ACT_TASK).where(ACT_TASK.c.id == row["id"]).values(**values))


def _finish(stack: Stack, row: RowMapping, **values: object) -> None:
    """The last change of a task, together with the event that tells of it."""
    chosen = ACT_TASK.c.id == row["id"]
    with stack.db.begin() as tx:
        tx.execute(update(ACT_TASK).where(chosen).values(**values))
        document = monitor_of(tx.execute(select(ACT_TASK).where(chosen)).mappings().one())
        stack.events.publish(
            tx,
            "MonitorStateChangeEvent",
            resource_type="monitor",
            resource_id=row["id"],
            document=document,
            state=text(document, "state"),
        )
