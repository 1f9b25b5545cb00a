"""How a service order stands: the states of its items, the state that they add up to, and what is told of both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, update

from ringback.reference_stack.kernel.machines import SERVICE_ORDER, legal, roll_up
from ringback.reference_stack.schema import SOM_ORDER_ITEM, SOM_SERVICE_ORDER
from ringback.reference_stack.systems.service_ordering import notices
from ringback.reference_stack.systems.service_ordering.records import RESOURCE, items_of, publish, set_value

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

FINAL = ("completed", "failed", "cancelled", "rejected", "partial")
WAITING = ("held", "pending")
_RUNNING = ("inProgress", *WAITING)


def settle(stack: Stack, item: RowMapping, state: str, *, told: str = "", reason: str = "") -> None:
    """Ends an item, and the order when it was the last one; tells of it in the same transaction."""
    with stack.db.begin() as tx:
        if told:
            set_value(tx, item["id"], "@told", told)
        now = _state_of(tx, item)
        overtaken = now == "pendingCancellation" and state == "completed"  # what comes next takes it back
        if state == now or overtaken:
            return
        _set(tx, item["id"], state, reason)
        _add_up(stack, tx, item["service_order_id"])


def stand(stack: Stack, item: RowMapping, state: str, reason: str = "") -> None:
    """An item that runs waits for somebody (pending, held), or goes on; what holds it endangers the order."""
    with stack.db.begin() as tx:
        now = _state_of(tx, item)
        if now not in _RUNNING or now == state:
            return
        _set(tx, item["id"], state, reason)
        endangered = state == "held" and notices.jeopardy(stack, tx, item, "held", reason)
        parent = _parent(tx, item)
        if parent is not None and parent["state"] in _RUNNING:
            parts = [
                one["state"] for one in items_of(tx, item["service_order_id"]) if one["parent_item_id"] == parent["id"]
            ]
            _set(tx, parent["id"], roll_up(parts) if roll_up(parts) in WAITING else "inProgress", reason)
        _add_up(stack, tx, item["service_order_id"])
        if endangered:
            publish(stack, tx, item["service_order_id"], "ServiceOrderJeopardyEvent")


def reach(stack: Stack, item: RowMapping, names: list[str]) -> None:
    """Milestones that an item has reached."""
    with stack.db.begin() as tx:
        new = [name for name in names if notices.milestone(stack, tx, item, name)]
        if new:
            publish(stack, tx, item["service_order_id"], "ServiceOrderMilestoneEvent")


def _state_of(tx: Connection, item: RowMapping) -> str:
    return str(next(one["state"] for one in items_of(tx, item["service_order_id"]) if one["id"] == item["id"]))


def _parent(tx: Connection, item: RowMapping) -> RowMapping | None:
    items = items_of(tx, item["service_order_id"])
    return next((one for one in items if one["id"] == item["parent_item_id"]), None)


def _set(tx: Connection, item: str, state: str, reason: str) -> None:
    tx.execute(update(SOM_ORDER_ITEM).where(SOM_ORDER_ITEM.c.id == item).values(state=state))
    if reason:
        set_value(tx, item, "@reason", reason)


def _add_up(stack: Stack, tx: Connection, order: str) -> None:
    """The state of the order follows its items, step by legal step; each step and each item is told."""
    row = RESOURCE.row(tx, order)
    outcome = roll_up(item["state"] for item in items_of(tx, order) if item["parent_item_id"] is None)
    if row is not None and row["state"] in _RUNNING and outcome not in ("acknowledged", row["state"]):
        steps = (outcome,) if legal(SERVICE_ORDER, row["state"], outcome) else ("inProgress", outcome)
        for step in steps[:-1]:
            _step(stack, tx, order, step)
            publish(stack, tx, order)
        _step(stack, tx, order, outcome)
    elif row is not None and row["state"] == "pendingCancellation" and outcome == "cancelled":
        _step(stack, tx, order, outcome)
    publish(stack, tx, order)


def _step(stack: Stack, tx: Connection, order: str, state: str) -> None:
    now = stack.clock.stamp()
    ended = {"completion_date": now} if state in FINAL else {}
    change = update(SOM_SERVICE_ORDER).where(SOM_SERVICE_ORDER.c.id == order)
    tx.execute(change.values(state=state, state_changed_at=now, **ended))
