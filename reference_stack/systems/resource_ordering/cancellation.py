"""Cancelling a resource order (TMF652): refused after the point of no return, otherwise taken back stage by stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, update
from starlette.requests import Request

from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.errors import conflict, missing
from ringback.reference_stack.kernel.machines import TASK
from ringback.reference_stack.kernel.resource import Created, Resource
from ringback.reference_stack.schema import ROM_CANCEL, ROM_ORDER_ITEM
from ringback.reference_stack.systems.documents import store_document
from ringback.reference_stack.systems.reading import Document, text
from ringback.reference_stack.systems.resource_ordering.programs import complete, past_return
from ringback.reference_stack.systems.resource_ordering.records import (
    BASE,
    RESOURCE,
    change,
    items_of,
    values_of,
    view_of,
)

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_FINAL = ("completed", "failed", "cancelled", "rejected", "partial")


async def _cancel(stack: Stack, body: Document, _request: Request) -> Created:
    """Takes an order back if it still can be."""
    identity = text(body, "resourceOrder.id")
    with stack.db.begin() as tx:
        order = RESOURCE.row(tx, identity)
        if order is None:
            raise missing("resourceOrder", identity)
        items = {item["id"]: (item, values_of(tx, item["id"])) for item in items_of(tx, identity)}
    if order["state"] in _FINAL:
        raise conflict(f"resource order {identity} is {order['state']}", "only an open order can be cancelled")
    past = [item["resource_spec_id"] for item, values in items.values() if _is_past(item, values)]
    if past:
        raise conflict(f"resource order {identity} is past its point of no return: {', '.join(past)}")
    for item, values in items.values():
        if item["resource_spec_id"] == "TN" and "stage:port" in values:
            await _withdraw(stack, values["@productItem"])
    with stack.db.begin() as tx:
        _begin(stack, tx, order)
        named: Document = {"id": identity, "href": f"{RESOURCE.path}/{identity}"}
        done = {"resourceOrder": named, "state": "done", "effectiveCancellationDate": stack.clock.stamp()}
        return Created(store_document(stack, tx, CANCEL, body | done))


CANCEL = Resource(
    name="cancelResourceOrder",
    path=f"{BASE}/cancelResourceOrder",
    table=ROM_CANCEL,
    prefix="CRO",
    tag="Resource Ordering",
    columns={"state": "state"},
    mandatory=("resourceOrder",),
    machine=TASK,
    create=_cancel,
    operations="LGP",
    required=("resourceOrder", "state"),
    properties={
        "state": shapes.states(TASK),
        "resourceOrder": shapes.REFERENCE,
        "cancellationReason": shapes.TEXT,
        "effectiveCancellationDate": shapes.TIME,
    },
)


def _is_past(item: RowMapping, values: dict[str, str]) -> bool:
    """The box is under way, the number has come, the technician has left: only another order helps from then on."""
    return past_return(view_of(item, values))


async def _withdraw(stack: Stack, product_item: str) -> None:
    """Withdraws the port request; the gateway refuses where NPAC is already activating it."""
    ports = (await stack.http.get("portability", "/ports", params={"orderItemId": product_item})).documents()
    for port in ports:
        reply = await stack.http.post("portability", f"/ports/{text(port, 'id')}/cancel")
        if not reply.ok:
            raise conflict(text(reply.json, "reason") or "the port cannot be withdrawn")


def _begin(stack: Stack, tx: Connection, order: RowMapping) -> None:
    """All items are to be taken back; those for which nothing was begun are cancelled at once."""
    mine = ROM_ORDER_ITEM.c.resource_order_id == order["id"]
    tx.execute(update(ROM_ORDER_ITEM).where(mine).values(state="pendingCancellation"))
    for state in ("assessingCancellation", "pendingCancellation"):
        RESOURCE.update(stack, tx, order["id"], {"state": state}, correlation=order["correlation_id"])
    for item in items_of(tx, order["id"]):
        if complete(view_of(item, values_of(tx, item["id"]))):
            change(stack, tx, item, "cancelled")
