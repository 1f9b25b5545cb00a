"""The nightly comparison of the number inventory with the copy of the night before: what is newer always stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, insert, select, update
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.schema import NUM_COPY, NUM_TN
from ringback.reference_stack.systems.reading import Document

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_TURN_S = 5.0
_LAST = "nightly-sync.day"


async def post_nightly_sync(stack: Stack, _request: Request) -> Response:
    """Compares with the last copy and takes a new one; the answer counts what was compared and what has changed."""
    return JSONResponse(synchronise(stack))


def synchronise(stack: Stack) -> Document:
    """One run: numbers that changed since the copy was taken keep their newer state."""
    with stack.db.begin() as tx:
        copied = {row.tn: row.status for row in tx.execute(select(NUM_COPY.c.tn, NUM_COPY.c.status))}
        present = tx.execute(select(NUM_TN.c.tn, NUM_TN.c.status)).all()
        newer = [row.tn for row in present if row.tn in copied and copied[row.tn] != row.status]
        # With D22 the last writer wins: the copy of the night before.
        written = newer if stack.defects.on("D22") else []
        for number in written:
            tx.execute(update(NUM_TN).where(NUM_TN.c.tn == number).values(status=copied[number]))
        taken = _copy(stack, tx)
    return {"state": "done", "compared": len(copied), "newer": len(newer), "written": len(written), "copied": taken}


def _copy(stack: Stack, tx: Connection) -> int:
    """Takes a copy of all numbers as they are."""
    now = stack.clock.stamp()
    rows = [{"tn": row.tn, "status": row.status, "taken_at": now} for row in tx.execute(select(NUM_TN))]
    tx.execute(delete(NUM_COPY))
    if rows:
        tx.execute(insert(NUM_COPY), rows)
    return len(rows)


def start_nightly(stack: Stack) -> None:
    """Runs it once on each day of the stack's clock."""

    async def nightly_sync() -> None:
        today = stack.clock.stamp()[:10]
        if stack.remembered(_LAST) != today:
            synchronise(stack)
            stack.remember(_LAST, today)

    stack.every(_TURN_S, nightly_sync)
