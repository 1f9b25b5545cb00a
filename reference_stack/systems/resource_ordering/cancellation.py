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
from ringback.reference_stack.systems.reading import Document, documents, text
from ringback.reference_stack.systems.resource_ordering.programs import complete, group_of, past_return
from ringback.reference_stack.systems.resource_ordering.records import (
    BASE,
    RESOURCE,
    change,
    end,
    items_of,
    set_values,
    values_of,
    view_of,
)

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_FINAL = ("completed", "failed", "cancelled", "rejected", "partial")
_TO_BE_ASKED = "stage:port"  # the old provider must agree before anything is taken back


async def _cancel(stack: Stack, body: Document, _request: Request) -> Created:
    """Takes an order back if it still can be; with `orderItem` only those items and what depends on them."""
    identity = text(body, "resourceOrder.id")
    with stack.db.begin() as tx:
        order = RESOURCE.row(tx, identity)
        if order is None:
            raise missing("resourceOrder", identity)
        known = {item["id"]: (item, values_of(tx, item["id"])) for item in items_of(tx, identity)}
    if order["state"] in _FINAL:
        raise conflict(f"resource order {identity} is {order['state']}", "only an open order can be cancelled")
    named = [text(item, "id") for item in documents(body, "orderItem")]
    chosen = dependent(known, named) if named else set(known)
    items = {key: value for key, value in known.items() if key in chosen and not value[1].get("@takenBack")}
    past = [item["resource_spec_id"] for item, values in items.values() if past_return(view_of(item, values))]
    if past:
        reason = f"resource order {identity} is past its point of no return: {', '.join(past)}"
        _hold(stack, [known[name][0] for name in named if name in known], reason)
        raise conflict(reason)
    for _, values in items.values():
        if _TO_BE_ASKED in values:
            await _withdraw(stack, values["@productItem"])
    with stack.db.begin() as tx:
        _begin(stack, tx, order, items, whole=not named)
        reference: Document = {"id": identity, "href": f"{RESOURCE.path}/{identity}"}
        taken: list[Document] = [
            {"id": item["id"], "serviceOrderItemId": item["service_order_item_id"]} for item, _ in items.values()
        ]
        done = {"resourceOrder": reference, "state": "done", "effectiveCancellationDate": stack.clock.stamp()}
        return Created(store_document(stack, tx, CANCEL, body | done | {"orderItem": taken}))


def dependent(known: dict[str, tuple[RowMapping, dict[str, str]]], named: list[str]) -> set[str]:
    """The named items and what depends on them; a product that is complete with all its parts stays as it is."""
    views = [view_of(item, values) for item, values in known.values()]
    group = {one for name in named if name in known for one in group_of(views, name)}
    unfinished = {values["@productItem"] for item, values in known.values() if item["state"] != "completed"}
    return {one for one in group if known[one][1]["@productItem"] in unfinished}


def _hold(stack: Stack, items: list[RowMapping], reason: str) -> None:
    """What failed and cannot be taken back waits for a person."""
    with stack.db.begin() as tx:
        for item in items:
            said = values_of(tx, item["id"]).get("@reason", "")
            set_values(tx, item["id"], {"@reason": "; ".join(part for part in (said, reason) if part)})
            change(stack, tx, item, "held")


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


async def _withdraw(stack: Stack, product_item: str) -> None:
    """Withdraws the port request; the gateway refuses where NPAC is already activating it."""
    ports = (await stack.http.get("portability", "/ports", params={"orderItemId": product_item})).documents()
    for port in ports:
        reply = await stack.http.post("portability", f"/ports/{text(port, 'id')}/cancel")
        if not reply.ok:
            raise conflict(text(reply.json, "reason") or "the port cannot be withdrawn")


def _begin(
    stack: Stack, tx: Connection, order: RowMapping, items: dict[str, tuple[RowMapping, dict[str, str]]], *, whole: bool
) -> None:
    """The items are to be taken back; those for which nothing was begun are at their end at once."""
    mine = ROM_ORDER_ITEM.c.id.in_(items)
    tx.execute(update(ROM_ORDER_ITEM).where(mine).values(state="pendingCancellation"))
    for state in ("assessingCancellation", "pendingCancellation") if whole else ():
        RESOURCE.update(stack, tx, order["id"], {"state": state}, correlation=order["correlation_id"])
    for item in items_of(tx, order["id"]):
        if item["id"] in items and complete(view_of(item, values_of(tx, item["id"]))):
            end(stack, tx, item)
