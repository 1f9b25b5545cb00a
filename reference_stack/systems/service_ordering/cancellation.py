"""Cancelling a service order (TMF641): resource ordering says whether it still can be taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update
from starlette.requests import Request

from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.errors import conflict, missing
from ringback.reference_stack.kernel.machines import ACCEPTED_TASK
from ringback.reference_stack.kernel.resource import Created, Resource
from ringback.reference_stack.schema import SOM_CANCEL, SOM_ORDER_ITEM
from ringback.reference_stack.systems.documents import store_document
from ringback.reference_stack.systems.reading import Document, text
from ringback.reference_stack.systems.service_ordering.records import BASE, RESOURCE

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_OPEN = ("acknowledged", "inProgress", "pending", "held")


async def _cancel(stack: Stack, body: Document, _request: Request) -> Created:
    """Takes an order back; its items follow as their resources are given back."""
    identity = text(body, "serviceOrder.id")
    with stack.db.begin() as tx:
        order = RESOURCE.row(tx, identity)
    if order is None:
        raise missing("serviceOrder", identity)
    if order["state"] not in _OPEN:
        raise conflict(f"service order {identity} is {order['state']}", "only an open order can be cancelled")
    below = await stack.http.get("resource-ordering", "/resourceOrder", params={"externalId": identity})
    resource_orders = below.documents()
    for resource_order in resource_orders:
        wish = {"resourceOrder": {"id": text(resource_order, "id")}}
        reply = await stack.http.post("resource-ordering", "/cancelResourceOrder", json=wish)
        if not reply.ok:
            raise conflict(text(reply.json, "reason") or "the resource order cannot be cancelled")
    steps = ("pendingCancellation",) if resource_orders else ("pendingCancellation", "cancelled")
    with stack.db.begin() as tx:
        mine = SOM_ORDER_ITEM.c.service_order_id == identity
        tx.execute(update(SOM_ORDER_ITEM).where(mine).values(state=steps[-1]))
        for state in ("assessingCancellation", *steps):
            RESOURCE.update(stack, tx, identity, {"state": state}, correlation=order["correlation_id"])
        named: Document = {"id": identity, "href": f"{RESOURCE.path}/{identity}"}
        done = {"serviceOrder": named, "state": "done", "effectiveCancellationDate": stack.clock.stamp()}
        return Created(store_document(stack, tx, CANCEL, body | done))


CANCEL = Resource(
    name="cancelServiceOrder",
    path=f"{BASE}/cancelServiceOrder",
    table=SOM_CANCEL,
    prefix="CSO",
    tag="Service Ordering",
    columns={"state": "state"},
    mandatory=("serviceOrder",),
    machine=ACCEPTED_TASK,
    create=_cancel,
    operations="LGP",
    required=("serviceOrder", "state"),
    properties={
        "state": shapes.states(ACCEPTED_TASK),
        "serviceOrder": shapes.REFERENCE,
        "cancellationReason": shapes.TEXT,
        "effectiveCancellationDate": shapes.TIME,
    },
)
