"""Cancelling a service order (TMF641): resource ordering says whether it still can be taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.kernel.errors import conflict, missing
from ringback.reference_stack.kernel.resource import body_of
from ringback.reference_stack.schema import SOM_ORDER_ITEM
from ringback.reference_stack.systems.reading import text
from ringback.reference_stack.systems.service_ordering.records import RESOURCE

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_OPEN = ("acknowledged", "inProgress", "pending", "held")


async def cancel(stack: Stack, request: Request) -> Response:
    """Takes an order back; its items follow as their resources are given back."""
    identity = text(await body_of(request), "serviceOrder.id")
    with stack.db.begin() as tx:
        order = RESOURCE.row(tx, identity)
    if order is None:
        raise missing("serviceOrder", identity)
    if order["state"] not in _OPEN:
        raise conflict(f"service order {identity} is {order['state']}", "only an open order can be cancelled")
    below = await stack.http.get("resource-ordering", "/resourceOrder", params={"externalId": identity})
    resource_orders = below.documents()
    for resource_order in resource_orders:
        body = {"resourceOrder": {"id": text(resource_order, "id")}}
        reply = await stack.http.post("resource-ordering", "/cancelResourceOrder", json=body)
        if not reply.ok:
            raise conflict(text(reply.json, "reason") or "the resource order cannot be cancelled")
    steps = ("pendingCancellation",) if resource_orders else ("pendingCancellation", "cancelled")
    with stack.db.begin() as tx:
        mine = SOM_ORDER_ITEM.c.service_order_id == identity
        tx.execute(update(SOM_ORDER_ITEM).where(mine).values(state=steps[-1]))
        for state in ("assessingCancellation", *steps):
            RESOURCE.update(stack, tx, identity, {"state": state}, correlation=order["correlation_id"])
    answer = {"id": stack.ids.new("CSO"), "state": "done", "serviceOrder": {"id": identity}}
    return JSONResponse(answer, 201)
