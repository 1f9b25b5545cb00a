"""Occurrences of operations: each goes its way from STARTING to COMPLETED, or is rolled back."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from sqlalchemy import RowMapping, select, update
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.kernel.errors import SystemDown, missing
from ringback.reference_stack.schema import MANO_NS_INSTANCE, MANO_OPERATION
from ringback.reference_stack.systems.mano.instances import INSTANTIATED, NOT_INSTANTIATED
from ringback.reference_stack.systems.reading import text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_TURN_S = 0.1
FINAL = ("COMPLETED", "FAILED", "ROLLED_BACK")
_REACHED = {"INSTANTIATE": INSTANTIATED, "UPDATE": INSTANTIATED, "TERMINATE": NOT_INSTANTIATED}


def _shape(row: RowMapping) -> dict[str, object]:
    document = {
        "id": row["id"],
        "operationState": row["state"],
        "stateEnteredTime": row["entered_at"],
        "nsInstanceId": row["ns_instance_id"],
        "lcmOperationType": row["operation"],
        "startTime": row["starts_at"],
        "isAutomaticInvocation": False,
    }
    return document | ({"error": {"status": 500, "detail": row["result"]}} if row["state"] in FINAL[1:] else {})


async def occurrences(stack: Stack, request: Request) -> Response:
    """Occurrences: those that ``filter=(in,id,...)`` names, or all that are not final."""
    words = request.query_params.get("filter", "").strip("()").split(",")
    wanted = words[2:] if words[:2] == ["in", "id"] else []
    chosen = MANO_OPERATION.c.id.in_(wanted) if wanted else MANO_OPERATION.c.state.not_in(FINAL)
    with stack.db.begin() as tx:
        rows = tx.execute(select(MANO_OPERATION).where(chosen).order_by(MANO_OPERATION.c.id)).mappings().all()
    return JSONResponse([_shape(row) for row in rows])


async def occurrence(stack: Stack, request: Request) -> Response:
    """One occurrence by its id."""
    identity = request.path_params["id"]
    with stack.db.begin() as tx:
        row = tx.execute(select(MANO_OPERATION).where(MANO_OPERATION.c.id == identity)).mappings().first()
    if row is None:
        raise missing("NS LCM operation occurrence", identity)
    return JSONResponse(_shape(row))


async def start(stack: Stack) -> None:
    """Begins to carry out operations, also those of before a restart."""

    async def life_cycle_operations() -> None:
        due = MANO_OPERATION.c.state.not_in(FINAL) & (MANO_OPERATION.c.starts_at <= stack.clock.stamp())
        with stack.db.begin() as tx:
            rows = tx.execute(select(MANO_OPERATION).where(due).order_by(MANO_OPERATION.c.id)).mappings().all()
        await asyncio.gather(*(_step(stack, row) for row in rows))

    stack.every(_TURN_S, life_cycle_operations)


async def _step(stack: Stack, row: RowMapping) -> None:
    """One step on the way of an operation; an element that is away makes it wait where it is."""
    CORRELATION.set(row["correlation_id"] or "")
    if row["state"] == "STARTING":
        _enter(stack, row, "PROCESSING")
        return
    try:
        if row["state"] == "PROCESSING":
            await _process(stack, row)
        else:
            _roll_back(stack, row)
    except SystemDown as down:
        stack.log.info("operation %s waits: %s", row["id"], down)


async def _process(stack: Stack, row: RowMapping) -> None:
    """Makes the element do it. A new instance that fails is rolled back, a change that fails has changed nothing."""
    body = json.loads(row["body"]) or None
    reply = await stack.http.call(row["method"], "network", f"/{row['device']}/{row['entry']}", json=body)
    if reply.ok:
        _enter(stack, row, "COMPLETED", "OK")
        return
    state = "FAILED_TEMP" if row["operation"] == "INSTANTIATE" else "FAILED"
    _enter(stack, row, state, text(reply.json, "reason") or str(reply.status))


def _roll_back(stack: Stack, row: RowMapping) -> None:
    """Nothing of a failed instance was built: the element refused it whole."""
    following = {"FAILED_TEMP": "ROLLING_BACK", "ROLLING_BACK": "ROLLED_BACK"}
    _enter(stack, row, following[row["state"]], row["result"])


def _enter(stack: Stack, row: RowMapping, state: str, result: str | None = None) -> None:
    mine = update(MANO_OPERATION).where(MANO_OPERATION.c.id == row["id"])
    instance = update(MANO_NS_INSTANCE).where(MANO_NS_INSTANCE.c.id == row["ns_instance_id"])
    with stack.db.begin() as tx:
        tx.execute(mine.values(state=state, result=result, entered_at=stack.clock.stamp()))
        if state == "COMPLETED" and not row["update_type"]:
            tx.execute(instance.values(state=_REACHED[row["operation"]]))
