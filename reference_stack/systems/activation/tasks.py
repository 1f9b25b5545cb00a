"""Activation (TMF640): accepts a configuration, carries it out, reads the network back and only then says completed."""

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
from ringback.reference_stack.kernel.http import Reply
from ringback.reference_stack.kernel.system import System, route
from ringback.reference_stack.schema import ACT_TASK
from ringback.reference_stack.systems.activation.commands import Command, IncompleteCommand, differences, work_of
from ringback.reference_stack.systems.reading import Document, characteristics, listed, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

BASE = "/tmf-api/ServiceActivationAndConfiguration/v4"
_MONITOR_STATES = {"accepted": "InProgress", "inProgress": "InProgress", "done": "Completed", "failed": "Failed"}
_TURN_S = 0.05


async def create(stack: Stack, request: Request) -> Response:
    """Takes a configuration in; the answer is a promise (202 and a monitor), not yet a result."""
    body = await body_of(request)
    command, parameters = text(body, "command"), characteristics(body, "serviceCharacteristic")
    try:
        work_of(command, parameters)
    except IncompleteCommand as error:
        raise invalid(str(error), "give the command and its parameters as serviceCharacteristic") from error
    item = text(body, "resourceOrderItemId")
    key = text(body, "idempotencyKey") or f"{item}:{command}"
    with stack.db.begin() as tx:
        known = tx.execute(select(ACT_TASK).where(ACT_TASK.c.idempotency_key == key)).mappings().first()
        if known is None:
            values = {
                "id": stack.ids.new("ACT"), "resource_order_item_id": item, "controller": text(body, "controller"),
                "command": command, "idempotency_key": key, "status": "accepted", "request": json.dumps(parameters),
                "requested_at": stack.clock.stamp(), "correlation_id": CORRELATION.get(),
                "ne_name": work_of(command, parameters).element,
            }  # fmt: skip
            tx.execute(insert(ACT_TASK).values(**values))
            known = tx.execute(select(ACT_TASK).where(ACT_TASK.c.id == values["id"])).mappings().one()
    document = _service(known)
    return JSONResponse(document, 202, {"Location": f"{BASE}/monitor/{known['id']}"})


def _service(row: RowMapping) -> Document:
    return {
        "id": row["id"],
        "href": f"{BASE}/service/{row['id']}",
        "state": "active" if row["status"] == "done" else "designed",
        "command": row["command"],
        "resourceOrderItemId": row["resource_order_item_id"],
        "serviceCharacteristic": listed(json.loads(row["request"] or "{}")),
        "monitor": {"id": row["id"], "href": f"{BASE}/monitor/{row['id']}"},
    }


def _monitor(row: RowMapping) -> Document:
    """The monitor of a task. It is Completed only when the network was read back."""
    state = _MONITOR_STATES[row["status"]]
    if row["status"] == "done" and not row["verified_at"]:
        state = "InProgress"
    return {
        "id": row["id"],
        "href": f"{BASE}/monitor/{row['id']}",
        "sourceHref": f"{BASE}/service/{row['id']}",
        "state": state,
        "command": row["command"],
        "resourceOrderItemId": row["resource_order_item_id"],
        "response": {"statusCode": row["http_status"], "body": row["ne_result"]},
        "verifiedAt": row["verified_at"],
    }


async def get_service(stack: Stack, request: Request) -> Response:
    """A configuration by its id."""
    return JSONResponse(_service(_task(stack, request.path_params["id"])))


async def get_monitor(stack: Stack, request: Request) -> Response:
    """How far a configuration is."""
    return JSONResponse(_monitor(_task(stack, request.path_params["id"])))


def _task(stack: Stack, identity: str) -> RowMapping:
    with stack.db.begin() as tx:
        row = tx.execute(select(ACT_TASK).where(ACT_TASK.c.id == identity)).mappings().first()
    if row is None:
        raise missing("activation task", identity)
    return row


async def work_off(stack: Stack) -> None:
    """Carries out every task that is not finished; tasks of different lines run side by side."""
    open_tasks = ACT_TASK.c.status.in_(("accepted", "inProgress")) | (
        (ACT_TASK.c.status == "done") & ACT_TASK.c.verified_at.is_(None)
    )
    with stack.db.begin() as tx:
        rows = tx.execute(select(ACT_TASK).where(open_tasks).order_by(ACT_TASK.c.requested_at)).mappings().all()
    await asyncio.gather(*(_carry_out(stack, row) for row in rows))


async def _carry_out(stack: Stack, row: RowMapping) -> None:
    """One task as far as it goes: sent, answered, read back. A network that is away is tried again."""
    work = work_of(row["command"], json.loads(row["request"]))
    CORRELATION.set(row["correlation_id"] or "")
    try:
        if row["status"] != "done":
            _change(stack, row, status="inProgress")
            if not await _send(stack, row, work):
                return
        await _verify(stack, row, work)
    except SystemDown as down:
        stack.log.info("task %s waits: %s", row["id"], down)


async def _send(stack: Stack, row: RowMapping, work: Command) -> bool:
    body = dict(work.body) or None
    reply = await stack.http.call(work.verb, "network", f"/{work.element}/{work.key}", json=body)
    if not reply.ok:
        _fail(stack, row, reply.status, f"{work.element} refused {row['command']}: {_said(reply)}")
        return False
    _change(stack, row, status="done", http_status=reply.status, ne_result="OK", acked_at=stack.clock.stamp())
    return True


async def _verify(stack: Stack, row: RowMapping, work: Command) -> None:
    """Reads the entry back: an accepted command is not a configured network."""
    reply = await stack.http.get("network", f"/{work.element}/{work.read}")
    entry = reply.json if reply.ok and isinstance(reply.json, dict) else {}
    removed = work.verb == "DELETE"
    wrong = ("there is still an entry",) if removed and entry else differences(work.expected, entry)
    if wrong:
        _fail(stack, row, reply.status, f"read back from {work.element}: {'; '.join(wrong)}")
        return
    _finish(stack, row, verified_at=stack.clock.stamp())


def _said(reply: Reply) -> str:
    return text(reply.json, "reason") or str(reply.status)


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
        document = _monitor(tx.execute(select(ACT_TASK).where(chosen)).mappings().one())
        stack.events.publish(
            tx,
            "MonitorStateChangeEvent",
            resource_type="monitor",
            resource_id=row["id"],
            document=document,
            state=text(document, "state"),
        )


async def start(stack: Stack) -> None:
    """Begins to work off what was accepted, also before a restart."""

    async def activation() -> None:
        await work_off(stack)

    stack.every(_TURN_S, activation)


SYSTEM = System(
    id="activation",
    prefix="act_",
    base=BASE,
    routes=(
        route("POST", "/service", create),
        route("GET", "/service/{id}", get_service),
        route("GET", "/monitor/{id}", get_monitor),
    ),
    start=start,
)
