"""Works resource orders: starts each stage that may start, takes over what activation says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import RowMapping, select, update

from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.kernel.errors import CallRefused, SystemDown
from ringback.reference_stack.schema import ROM_ORDER_ITEM, ROM_RESOURCE_ORDER
from ringback.reference_stack.systems.fallout_report import report
from ringback.reference_stack.systems.patience import Patience, side_by_side
from ringback.reference_stack.systems.reading import event_document, text
from ringback.reference_stack.systems.resource_ordering.programs import ItemView, complete, next_stages
from ringback.reference_stack.systems.resource_ordering.records import (
    RESOURCE,
    done,
    end,
    items_of,
    refuse,
    set_values,
    values_of,
    view_of,
    views_of,
)
from ringback.reference_stack.systems.resource_ordering.stage import Stage
from ringback.reference_stack.systems.resource_ordering.stages import Item, Order, perform

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_TURN_S = 0.05
_OPEN = ("acknowledged", "inProgress", "pending", "held", "pendingCancellation")
_REFUSED = 400
_PARTNERS_LINE = frozenset({"ACCESS_LINE.wholesale"})
_ENDINGS = ("disconnect", "port-out")
_PAUSE_S = 5.0  # after a refusal: long enough for a person to mend the cause, short enough for a test


async def start(stack: Stack) -> None:
    """Begins to work all resource orders that are not finished."""
    patience = Patience(stack.pace(_PAUSE_S))

    async def resource_orders() -> None:
        query = select(ROM_RESOURCE_ORDER).where(ROM_RESOURCE_ORDER.c.state.in_(_OPEN))
        with stack.db.begin() as tx:
            orders = tx.execute(query.order_by(ROM_RESOURCE_ORDER.c.order_date)).mappings().all()
            views = views_of(tx, _OPEN) if orders else {}
        # Most orders wait for a partner: they cost one look at their stages, not a reading of all their items.
        moving = [
            order
            for order in orders
            if order["state"] == "acknowledged" or _startable(stack, views.get(order["id"], ()), patience)
        ]
        await side_by_side(_work(stack, order, patience) for order in moving)

    stack.every(_TURN_S, resource_orders)


def _startable(stack: Stack, views: Sequence[ItemView], patience: Patience) -> list[tuple[str, Stage]]:
    """The (item id, stage) pairs of an order that may start, without those that were refused a moment ago."""
    ready = next_stages(views, _PARTNERS_LINE if stack.defects.on("D25") else frozenset())
    return [(item, stage) for item, stage in ready if patience.ready(f"{item}:{stage.name}")]


async def _work(stack: Stack, row: RowMapping, patience: Patience) -> None:
    """One order as far as it goes now."""
    CORRELATION.set(row["correlation_id"])
    try:
        if row["state"] == "acknowledged":
            await _begin(stack, row)
        while stages := _ready(stack, row, patience):
            for order, item, stage in stages:
                await _try(stack, order, item, stage, patience)
    except SystemDown as down:
        stack.log.info("resource order %s waits: %s", row["id"], down)


async def _try(stack: Stack, order: Order, item: Item, stage: Stage, patience: Patience) -> None:
    """One stage; what another system refuses becomes a fallout case, and the other stages go on."""
    if not _stands(stack, item):
        return
    try:
        await perform(stack, order, item, stage)
    except CallRefused as refusal:
        patience.later(f"{item.id}:{stage.name}")
        said = f"{item.spec}, {stage.name}: {refusal}"
        await report(stack, system="resource-ordering", order=item.values["@order"], code="ROM-REFUSED", detail=said)


def _stands(stack: Stack, item: Item) -> bool:
    """Whether an item is still as it was when its stage was planned: it may have been cancelled meanwhile."""
    row = _item(stack, item.id)
    return row is not None and row["state"] == item.row["state"]


async def _begin(stack: Stack, row: RowMapping) -> None:
    """Reads what the items bring along; from then on they run, and what needs nothing is complete at once."""
    for item in _load(stack, row).items:
        existing = item.values.get("@oldId")
        if existing and "@value" not in item.values:
            path = f"/resource/{existing}"
            resource = (await stack.http.get("resource-inventory", path)).document()
            with stack.db.begin() as tx:
                set_values(tx, item.id, {"@value": text(resource, "value")})
    now = stack.clock.stamp()
    with stack.db.begin() as tx:
        mine = ROM_ORDER_ITEM.c.resource_order_id == row["id"]
        tx.execute(update(ROM_ORDER_ITEM).where(mine).values(state="inProgress", state_changed_at=now))
        RESOURCE.update(stack, tx, row["id"], {"state": "inProgress"}, correlation=row["correlation_id"])
        for item_row in items_of(tx, row["id"]):
            if complete(view_of(item_row, values_of(tx, item_row["id"]))):
                end(stack, tx, item_row)


def _ready(stack: Stack, row: RowMapping, patience: Patience) -> list[tuple[Order, Item, Stage]]:
    order = _load(stack, row)
    items = {item.id: item for item in order.items}
    views = [view_of(item.row, dict(item.values)) for item in order.items]
    return [(order, items[identity], stage) for identity, stage in _startable(stack, views, patience)]


def _load(stack: Stack, row: RowMapping) -> Order:
    with stack.db.begin() as tx:
        items = tuple(Item(item, values_of(tx, item["id"])) for item in items_of(tx, row["id"]))
    return Order(row, items)


async def on_monitor_change(stack: Stack, envelope: dict[str, object]) -> None:
    """Activation has read a command back (or failed): the stage is done, or the item is held for a person."""
    monitor = event_document(envelope)
    identity, command = text(monitor, "resourceOrderItemId"), text(monitor, "command")
    item = _item(stack, identity)
    if item is None:
        return
    if text(monitor, "state") == "Completed":
        done(stack, identity, command)
        return
    with stack.db.begin() as tx:
        order = values_of(tx, identity)["@order"]
    said = f"{command}: {text(monitor, 'response.body')}"
    refuse(stack, identity, command, _outcome(item, text(monitor, "response.statusCode")), said)
    await report(stack, system="activation", order=order, code="ACT-FAILED", detail=said)


def _outcome(item: RowMapping, status: str) -> str:
    """What the network refuses fails for good; what it took and does not show, and a removal, waits for a person."""
    is_refused = status.isdigit() and int(status) >= _REFUSED and item["change_kind"] not in _ENDINGS
    return "failed" if is_refused else "held"


def _item(stack: Stack, identity: str) -> RowMapping | None:
    with stack.db.begin() as tx:
        return tx.execute(select(ROM_ORDER_ITEM).where(ROM_ORDER_ITEM.c.id == identity)).mappings().first()
