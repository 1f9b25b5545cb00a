"""The controller of physical and packet devices: RESTCONF in front, a commit queue behind.

An accepted commit is a place in the queue (201 and a queue id), not a configured device; ``dry-run=native`` tells what
a commit would change. Commits of one entry are carried out in the order in which they came.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from sqlalchemy import RowMapping, insert, select, update
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.kernel.bodies import body_of
from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.kernel.errors import SystemDown, invalid, missing
from ringback.reference_stack.kernel.system import System, route
from ringback.reference_stack.schema import NSO_QUEUE_ITEM
from ringback.reference_stack.systems.reading import text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_QUEUE = "/nso/restconf/data/commit-queue/queue-item"
_TURN_S = 0.05
_AT_ONCE = 32


async def commit(stack: Stack, request: Request) -> Response:
    """Puts a change of one device entry into the commit queue; the same label again is the same place in it."""
    if request.query_params.get("dry-run") == "native":
        return await _dry_run(stack, request)
    if request.query_params.get("commit-queue") != "async":
        raise invalid("only commit-queue=async is served here", "or dry-run=native, to see what would change")
    item = {
        "label": request.query_params.get("label") or stack.ids.new("COMMIT"),
        "state": "waiting",
        "method": request.method,
        "device": request.path_params["device"],
        "entry": request.path_params["entry"],
        "body": json.dumps(await _body(request)),
        "created_at": stack.clock.stamp(),
        "correlation_id": CORRELATION.get(),
    }
    mine = select(NSO_QUEUE_ITEM).where(NSO_QUEUE_ITEM.c.label == item["label"])
    with stack.db.begin() as tx:
        known = tx.execute(mine).mappings().first()
        if known is None:
            tx.execute(insert(NSO_QUEUE_ITEM).values(**item))
            known = tx.execute(mine).mappings().one()
    return JSONResponse(_shape(known), 201, {"Location": f"{_QUEUE}={known['id']}"})


async def _body(request: Request) -> dict[str, object]:
    return {} if request.method == "DELETE" else await body_of(request)


async def _dry_run(stack: Stack, request: Request) -> Response:
    """What a commit would change on the device, attribute by attribute; nothing is changed."""
    device, entry = request.path_params["device"], request.path_params["entry"]
    reply = await stack.http.get("network", f"/{device}/{entry}")
    now = reply.json if reply.ok and isinstance(reply.json, dict) else {}
    changes = [
        f"{name}: {now.get(name)} -> {wanted}"
        for name, wanted in (await _body(request)).items()
        if str(now.get(name)) != str(wanted)
    ]
    return JSONResponse({"dry-run-result": {"native": {"device": [{"name": device, "data": changes}]}}})


def _shape(row: RowMapping) -> dict[str, object]:
    return {
        "id": str(row["id"]),
        "label": row["label"],
        "status": row["state"],
        "device": row["device"],
        "entry": row["entry"],
        "result": row["result"],
    }


async def queue_items(stack: Stack, request: Request) -> Response:
    """Places in the queue: those that ``id`` lists, or all that are not finished."""
    wanted = [int(part) for part in request.query_params.get("id", "").split(",") if part.isdigit()]
    chosen = NSO_QUEUE_ITEM.c.id.in_(wanted) if wanted else NSO_QUEUE_ITEM.c.state == "waiting"
    with stack.db.begin() as tx:
        rows = tx.execute(select(NSO_QUEUE_ITEM).where(chosen).order_by(NSO_QUEUE_ITEM.c.id)).mappings().all()
    return JSONResponse([_shape(row) for row in rows])


async def queue_item(stack: Stack, request: Request) -> Response:
    """One place in the queue: waiting, completed or failed."""
    number = request.path_params["id"]
    with stack.db.begin() as tx:
        mine = select(NSO_QUEUE_ITEM).where(NSO_QUEUE_ITEM.c.id == int(number)) if number.isdigit() else None
        row = tx.execute(mine).mappings().first() if mine is not None else None
    if row is None:
        raise missing("queue item", number)
    return JSONResponse(_shape(row))


async def _work_off(stack: Stack) -> None:
    """Carries out the first waiting commit of each entry; entries do not wait for each other."""
    waiting = select(NSO_QUEUE_ITEM).where(NSO_QUEUE_ITEM.c.state == "waiting").order_by(NSO_QUEUE_ITEM.c.id)
    with stack.db.begin() as tx:
        rows = tx.execute(waiting).mappings().all()
    first: dict[tuple[str, str], RowMapping] = {}
    for row in rows:
        first.setdefault((row["device"], row["entry"]), row)
    await asyncio.gather(*(_carry_out(stack, row) for row in list(first.values())[:_AT_ONCE]))


async def _carry_out(stack: Stack, row: RowMapping) -> None:
    """One commit; a device that is away leaves it in the queue."""
    CORRELATION.set(row["correlation_id"] or "")
    body = json.loads(row["body"]) or None
    try:
        reply = await stack.http.call(row["method"], "network", f"/{row['device']}/{row['entry']}", json=body)
    except SystemDown as down:
        stack.log.info("commit %s waits: %s", row["id"], down)
        return
    result = "OK" if reply.ok else text(reply.json, "reason") or str(reply.status)
    values = {"state": "completed" if reply.ok else "failed", "result": result, "ended_at": stack.clock.stamp()}
    with stack.db.begin() as tx:
        tx.execute(update(NSO_QUEUE_ITEM).where(NSO_QUEUE_ITEM.c.id == row["id"]).values(**values))


async def start(stack: Stack) -> None:
    """Begins to work off the commit queue, also what was in it before a restart."""

    async def commit_queue() -> None:
        await _work_off(stack)

    stack.every(_TURN_S, commit_queue)


_DATA = "/restconf/data/devices/device={device}/config/{entry:path}"
SYSTEM = System(
    id="nso",
    prefix="nso_",
    base="/nso",
    routes=(
        route("GET", "/restconf/data/commit-queue/queue-item", queue_items),
        route("GET", "/restconf/data/commit-queue/queue-item={id}", queue_item),
        *(route(method, _DATA, commit) for method in ("PUT", "PATCH", "DELETE")),
    ),
    start=start,
)
