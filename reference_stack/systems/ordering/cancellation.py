"""Cancelling an order (TMF622 cancelProductOrder): asked for, assessed with SOM, then done or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, select
from starlette.requests import Request

from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.errors import conflict, invalid
from ringback.reference_stack.kernel.machines import TASK
from ringback.reference_stack.kernel.resource import Created, Resource
from ringback.reference_stack.schema import COM_CANCEL
from ringback.reference_stack.systems.ordering.changes import ENDS
from ringback.reference_stack.systems.ordering.documents import BASE, items_of
from ringback.reference_stack.systems.ordering.finishing import is_new
from ringback.reference_stack.systems.ordering.order import ORDER
from ringback.reference_stack.systems.ordering.progress import OPEN, Why, move_item, move_order, settle
from ringback.reference_stack.systems.reading import text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack


_TAKEN_BACK = ("assessingCancellation", "pendingCancellation", "cancelled")


def _cancel(_tx: Connection, row: RowMapping) -> dict[str, object]:
    order = row["order_id"]
    document: dict[str, object] = {"productOrder": {"id": order, "href": f"{ORDER.path}/{order}"}}
    return document | ({"cancellationReason": row["reason"]} if row["reason"] else {})


async def request_cancellation(stack: Stack, body: dict[str, object], _request: Request) -> Created:
    """Notes the wish; a worker assesses it. An order that is final cannot be cancelled (409)."""
    order = text(body, "productOrder.id")
    with stack.db.begin() as tx:
        row = ORDER.row(tx, order)
        if row is None:
            raise invalid(f"there is no product order {order!r}", "name an existing order in productOrder.id")
        if row["state"] not in OPEN:
            raise conflict(f"product order {order} is {row['state']}", "only an open order can be cancelled")
        values = {
            "order_id": order,
            "state": "acknowledged",
            "reason": text(body, "cancellationReason") or None,
            "created_at": stack.clock.stamp(),
            "correlation_id": row["correlation_id"],
        }
        return Created(CANCEL.insert(stack, tx, values, correlation=row["correlation_id"]))


CANCEL = Resource(
    name="cancelProductOrder",
    path=f"{BASE}/cancelProductOrder",
    table=COM_CANCEL,
    prefix="CPO",
    tag="Product Ordering",
    columns={"state": "state", "effectiveCancellationDate": "completed_at"},
    filters={"productOrder.id": "order_id"},
    shape=_cancel,
    mandatory=("productOrder",),
    machine=TASK,
    create=request_cancellation,
    operations="LGP",
    required=("productOrder", "state"),
    properties={
        "state": shapes.states(TASK),
        "productOrder": shapes.REFERENCE,
        "cancellationReason": shapes.TEXT,
        "effectiveCancellationDate": shapes.TIME,
    },
)


async def assess(stack: Stack) -> None:
    """The worker that carries cancellations out."""
    with stack.db.begin() as tx:
        wishes = tx.execute(select(COM_CANCEL).where(COM_CANCEL.c.state.in_(("acknowledged", "inProgress"))))
        tasks = wishes.mappings().all()
    for task in tasks:
        await _assess(stack, task)


async def _assess(stack: Stack, task: RowMapping) -> None:
    _begin(stack, task)
    with stack.db.begin() as tx:
        obstacle = _past_return(items_of(tx, task["order_id"]))
    accepted = not obstacle and await _accepted_below(stack, task)
    if accepted:
        await _cancel_products(stack, task)
    with stack.db.begin() as tx:
        if accepted:
            _cancelled(stack, tx, task["order_id"])
        else:
            reason = f"cancellation denied: {obstacle or 'the order is past its point of no return'}"
            move_order(stack, tx, task["order_id"], "inProgress", Why("ordering", reason))
            settle(stack, tx, task["order_id"], Why("ordering", reason))
        state = "done" if accepted else "terminatedWithError"
        done = {"state": state, "completed_at": stack.clock.stamp()}
        CANCEL.update(stack, tx, task["id"], done, correlation=task["correlation_id"])


def _begin(stack: Stack, task: RowMapping) -> None:
    """The order is being assessed; from acknowledged the only legal way there is over pending."""
    with stack.db.begin() as tx:
        if task["state"] == "acknowledged":
            CANCEL.update(stack, tx, task["id"], {"state": "inProgress"}, correlation=task["correlation_id"])
        row = ORDER.row(tx, task["order_id"])
        reason = task["reason"] or "cancellation requested"
        if row is not None and row["state"] == "acknowledged":
            move_order(stack, tx, task["order_id"], "pending", Why("ordering", reason))
        if row is not None and row["state"] in OPEN:
            move_order(stack, tx, task["order_id"], "assessingCancellation", Why("ordering", reason))


def _past_return(items: list[RowMapping]) -> str:
    """Why an order cannot be taken back whatever SOM says: something is built, or a product is on its way out."""
    for item in items:
        is_built = item["fulfilment"] not in (None, "none") and item["state"] == "completed"
        if is_built or (item["fulfilment"] and item["change_kind"] in ENDS):
            what = "is complete" if is_built else "ends a product that is pendingTerminate"
            return f"productOrderItem {item['item_no']} {what}"
    return ""


async def _accepted_below(stack: Stack, task: RowMapping) -> bool:
    """Whether SOM can still undo what was built; an order it never saw can always be cancelled."""
    journey = task["correlation_id"]
    query = {"externalId": task["order_id"]}
    known = (await stack.http.get("service-ordering", "/serviceOrder", params=query, correlation=journey)).documents()
    for service_order in known:
        if text(service_order, "state") in _TAKEN_BACK:
            continue  # asked for before, when this system was interrupted
        body = {"serviceOrder": {"id": text(service_order, "id")}}
        reply = await stack.http.post("service-ordering", "/cancelServiceOrder", json=body, correlation=journey)
        if not reply.ok:
            return False
    return True


async def _cancel_products(stack: Stack, task: RowMapping) -> None:
    """Products that never went live are cancelled with their order."""
    with stack.db.begin() as tx:
        items = items_of(tx, task["order_id"])
        products = [item["product_id"] for item in items if item["product_id"] and is_new(stack, item)]
    for product in products:
        path, journey = f"/product/{product}", task["correlation_id"]
        found = (await stack.http.get("product-inventory", path, correlation=journey)).document()
        ends = {"pendingActive": "cancelled", "active": "terminated"}  # it may have gone live meanwhile
        if text(found, "status") in ends:
            change = {"status": ends[text(found, "status")]}
            (await stack.http.patch("product-inventory", path, json=change, correlation=journey)).need()


def _cancelled(stack: Stack, tx: Connection, order: str) -> None:
    reason = "cancellation accepted"
    for item in items_of(tx, order):
        if item["state"] in OPEN:
            move_item(stack, tx, item, "cancelled", Why("ordering", reason))
    for state in ("pendingCancellation", "cancelled"):
        move_order(stack, tx, order, state, Why("ordering", reason))
