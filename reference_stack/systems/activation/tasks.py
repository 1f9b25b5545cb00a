"""The front of activation (TMF640): accepts a configuration as a promise, and shows how far it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import RowMapping, insert, select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.kernel.bodies import body_of
from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.kernel.errors import invalid, missing
from ringback.reference_stack.schema import ACT_TASK
from ringback.reference_stack.systems.activation.commands import IncompleteCommand, work_of
from ringback.reference_stack.systems.activation.controllers import controller_of
from ringback.reference_stack.systems.reading import Document, characteristics, listed, party, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

BASE = "/tmf-api/ServiceActivationAndConfiguration/v4"
_MONITOR_STATES = {"accepted": "InProgress", "inProgress": "InProgress", "done": "Completed", "failed": "Failed"}


async def create(stack: Stack, request: Request) -> Response:
    """Takes a configuration in; the answer is a promise (202 and a monitor), not yet a result."""
    body = await body_of(request)
    command, parameters = text(body, "command"), characteristics(body, "serviceCharacteristic")
    if stack.defects.on("D34"):
        parameters |= await _from_crm(stack, party(body))
    try:
        work = work_of(command, parameters)
    except IncompleteCommand as error:
        raise invalid(str(error), "give the command and its parameters as serviceCharacteristic") from error
    item = text(body, "resourceOrderItemId")
    key = text(body, "idempotencyKey") or f"{item}:{command}"
    controller = controller_of(text(body, "controller"), work)
    if stack.defects.on("D43") and text(body, "changeKind") == "plan":
        controller = "mano"
    with stack.db.begin() as tx:
        known = tx.execute(select(ACT_TASK).where(ACT_TASK.c.idempotency_key == key)).mappings().first()
        if known is None:
            values = {
                "id": stack.ids.new("ACT"), "resource_order_item_id": item, "controller": controller,
                "command": command, "idempotency_key": key, "status": "accepted", "request": json.dumps(parameters),
                "requested_at": stack.clock.stamp(), "correlation_id": CORRELATION.get(),
                "ne_name": work.element, "order_id": text(body, "productOrder.id") or None,
            }  # fmt: skip
            tx.execute(insert(ACT_TASK).values(**values))
            known = tx.execute(select(ACT_TASK).where(ACT_TASK.c.id == values["id"])).mappings().one()
    document = _service(known)
    return JSONResponse(document, 202, {"Location": f"{BASE}/monitor/{known['id']}"})


async def _from_crm(stack: Stack, customer: str) -> dict[str, str]:
    """What CRM keeps about the customer's line in an object of its own (only with D34)."""
    reply = await stack.http.get("crm", f"/crm/v1/customers/{customer}/line-data")
    return {name: text(reply.json, name) for name in ("vlan", "ip") if reply.ok and text(reply.json, name)}


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


def monitor_of(row: RowMapping) -> Document:
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
    return JSONResponse(monitor_of(_task(stack, request.path_params["id"])))


def _task(stack: Stack, identity: str) -> RowMapping:
    with stack.db.begin() as tx:
        row = tx.execute(select(ACT_TASK).where(ACT_TASK.c.id == identity)).mappings().first()
    if row is None:
        raise missing("activation task", identity)
    return row
