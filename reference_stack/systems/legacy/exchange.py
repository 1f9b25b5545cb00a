"""The facade's side of the old exchange's line: it sends the tickets, one command per connection at a time."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from sqlalchemy import RowMapping, select, update

from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.kernel.errors import SystemDown
from ringback.reference_stack.schema import LEG_TICKET
from ringback.reference_stack.systems.reading import text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_TURN_S = 0.05
_LINES_AT_ONCE = 16
_ANSWER_S = 10.0
_GONE = "ERR 14"  # what is to be removed is not there


async def start(stack: Stack) -> None:
    """Begins to send tickets; what was cut off by a restart is looked up in the network first."""
    busy: set[int] = set()

    async def old_exchange() -> None:
        free = _LINES_AT_ONCE - len(busy)
        for row in _next(stack, busy)[:free]:
            busy.add(row["id"])
            stack.spawn(_serve(stack, row, busy))

    stack.every(_TURN_S, old_exchange)


def _next(stack: Stack, busy: set[int]) -> list[RowMapping]:
    """The oldest open ticket of each line; those that are under way are left alone."""
    waiting = select(LEG_TICKET).where(LEG_TICKET.c.state.in_(("queued", "sent"))).order_by(LEG_TICKET.c.id)
    with stack.db.begin() as tx:
        rows = tx.execute(waiting).mappings().all()
    first: dict[str, RowMapping] = {}
    for row in rows:
        first.setdefault(row["line"], row)
    return [row for row in first.values() if row["id"] not in busy]


async def _serve(stack: Stack, row: RowMapping, busy: set[int]) -> None:
    """One ticket; a line that is down leaves it open for the next turn."""
    CORRELATION.set(row["correlation_id"] or "")
    try:
        await _send(stack, row)
    except (SystemDown, OSError, TimeoutError) as fault:
        stack.log.info("ticket %s waits: %r", row["id"], fault)
    finally:
        busy.discard(row["id"])


async def _send(stack: Stack, row: RowMapping) -> None:
    """Sends the command, unless it was sent before its answer was lost and the network shows that it was done."""
    if row["state"] == "sent" and await _is_done(stack, row):
        _close(stack, row, "OK")
        return
    _change(stack, row, state="sent", sent_at=stack.clock.stamp())
    answer = await _say(stack, row["command"])
    _close(stack, row, answer)


async def _say(stack: Stack, command: str) -> str:
    """One command and its answer over the exchange's line."""
    address = (await stack.http.get("network", "/old-exchange")).document()
    reader, writer = await asyncio.open_connection(text(address, "host"), int(text(address, "port")))
    try:
        writer.write(f"{command}\r\n".encode("ascii"))
        await writer.drain()
        answer = await asyncio.wait_for(reader.readline(), _ANSWER_S)
    finally:
        writer.close()
    if not answer:
        raise ConnectionResetError("the exchange hung up without an answer")
    return answer.decode("ascii").strip()


async def _is_done(stack: Stack, row: RowMapping) -> bool:
    """Whether the network is already as the command would leave it."""
    reply = await stack.http.get("network", f"/{row['device']}/{row['entry']}")
    entry = reply.json if reply.ok and isinstance(reply.json, dict) else None
    if row["command"].startswith("DEL"):
        return entry is None
    expected = json.loads(row["expected"])
    return entry is not None and all(str(entry.get(name)) == str(value) for name, value in expected.items())


def _close(stack: Stack, row: RowMapping, answer: str) -> None:
    """The exchange's answer ends the ticket."""
    removed_before = row["command"].startswith("DEL") and answer.startswith(_GONE)
    done = answer.startswith("OK") or removed_before
    number = answer.removeprefix("OK").strip() if answer.startswith("OK") else ""
    values = {"state": "done" if done else "failed", "answer": answer, "ticket_no": number or None}
    _change(stack, row, **values, ended_at=stack.clock.stamp())


def _change(stack: Stack, row: RowMapping, **values: object) -> None:
    with stack.db.begin() as tx:
        tx.execute(update(LEG_TICKET).where(LEG_TICKET.c.id == row["id"]).values(**values))
