"""Instances of network services: created as a name, brought to life and ended by operations."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, insert, select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.clock import text_of
from ringback.reference_stack.kernel.bodies import body_of
from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.kernel.errors import conflict, invalid, missing
from ringback.reference_stack.schema import MANO_NS_INSTANCE, MANO_OPERATION
from ringback.reference_stack.systems.reading import at, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_HERE = "/mano/nslcm/v1"
# A change of a physical function has no virtual function to act on: it waits for the lock of the whole service.
PNF_LOCK = timedelta(minutes=40)
NOT_INSTANTIATED, INSTANTIATED = "NOT_INSTANTIATED", "INSTANTIATED"


@dataclass(frozen=True, slots=True)
class Kind:
    """An operation: the state in which the instance must be, and what it makes the network element do."""

    needs: str
    method: str


OPERATIONS: Mapping[str, Kind] = {
    "instantiate": Kind(NOT_INSTANTIATED, "PUT"),
    "update": Kind(INSTANTIATED, "PATCH"),
    "terminate": Kind(INSTANTIATED, "DELETE"),
}


async def create(stack: Stack, request: Request) -> Response:
    """Makes an instance that is only a name yet; the same name again is the same instance."""
    body = await body_of(request)
    name, descriptor = text(body, "nsName"), text(body, "nsdId")
    if not name or not descriptor:
        raise invalid("an instance needs nsdId and nsName")
    with stack.db.begin() as tx:
        row = _named(tx, name)
        if row is None:
            values = {"id": stack.ids.new("NS"), "ns_name": name, "nsd_id": descriptor, "state": NOT_INSTANTIATED}
            tx.execute(insert(MANO_NS_INSTANCE).values(**values, created_at=stack.clock.stamp()))
            row = _named(tx, name)
    document = _shape(row) if row is not None else {}
    return JSONResponse(document, 201, {"Location": f"{_HERE}/ns_instances/{document['id']}"})


def _named(tx: Connection, name: str) -> RowMapping | None:
    return tx.execute(select(MANO_NS_INSTANCE).where(MANO_NS_INSTANCE.c.ns_name == name)).mappings().first()


def _shape(row: RowMapping) -> dict[str, object]:
    return {"id": row["id"], "nsInstanceName": row["ns_name"], "nsdId": row["nsd_id"], "nsState": row["state"]}


async def instance(stack: Stack, request: Request) -> Response:
    """An instance by its id."""
    return JSONResponse(_shape(_by_id(stack, request.path_params["id"])))


def _by_id(stack: Stack, identity: str) -> RowMapping:
    with stack.db.begin() as tx:
        row = tx.execute(select(MANO_NS_INSTANCE).where(MANO_NS_INSTANCE.c.id == identity)).mappings().first()
    if row is None:
        raise missing("NS instance", identity)
    return row


async def operate(stack: Stack, request: Request) -> Response:
    """Accepts an operation on an instance: 202 and where its occurrence is; the same request again is the same one."""
    row, body = _by_id(stack, request.path_params["id"]), await body_of(request)
    kind = OPERATIONS.get(request.path_params["operation"])
    if kind is None:
        raise missing("operation", request.path_params["operation"])
    identity = _accepted(stack, text(body, "requestId"))
    if not identity:
        physical = text(body, "updateType").endswith("_PNF")
        if row["state"] != kind.needs and not physical:
            raise conflict(f"instance {row['id']} is {row['state']}", f"this operation needs {kind.needs}")
        identity = _accept(stack, row, request.path_params["operation"], body)
    return Response(status_code=202, headers={"Location": f"{_HERE}/ns_lcm_op_occs/{identity}"})


def _accepted(stack: Stack, request_id: str) -> str:
    with stack.db.begin() as tx:
        mine = select(MANO_OPERATION.c.id).where(MANO_OPERATION.c.request_id == request_id)
        return str(tx.execute(mine).scalar() or "")


def _accept(stack: Stack, row: RowMapping, operation: str, body: dict[str, object]) -> str:
    """Writes the operation down as STARTING."""
    identity, now = stack.ids.new("OPOCC"), stack.clock.now()
    update_type = text(body, "updateType")
    lock = PNF_LOCK if update_type.endswith("_PNF") else timedelta()
    values = {
        "id": identity, "ns_instance_id": row["id"], "request_id": text(body, "requestId") or identity,
        "operation": operation.upper(), "state": "STARTING", "update_type": update_type or None,
        "method": text(body, "additionalParamsForNs.method") or OPERATIONS[operation].method,
        "device": text(body, "additionalParamsForNs.device") or "edge",
        "entry": text(body, "additionalParamsForNs.entry"),
        "body": json.dumps(at(body, "additionalParamsForNs.values") or {}),
        "starts_at": text_of(now + lock), "entered_at": text_of(now), "correlation_id": CORRELATION.get(),
    }  # fmt: skip
    with stack.db.begin() as tx:
        tx.execute(insert(MANO_OPERATION).values(**values))
    return identity
