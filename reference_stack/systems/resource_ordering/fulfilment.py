"""Works resource orders: starts each stage that may start, takes over what activation, port and shipment say."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import RowMapping, select, update

from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.kernel.errors import CallRefused, SystemDown
from ringback.reference_stack.schema import ROM_ORDER_ITEM, ROM_ORDER_ITEM_CHAR, ROM_RESOURCE_ORDER
from ringback.reference_stack.systems.fallout_report import report
from ringback.reference_stack.systems.patience import Patience
from ringback.reference_stack.systems.reading import event_document, text
from ringback.reference_stack.systems.resource_ordering.programs import ItemView, Stage, next_stages
from ringback.reference_stack.systems.resource_ordering.records import (
    RESOURCE,
    change,
    done,
    items_of,
    set_values,
    values_of,
    view_of,
    views_of,
)
from ringback.reference_stack.systems.resource_ordering.stages import Item, Order, perform

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_TURN_S = 0.05
_OPEN = ("acknowledged", "inProgress", "held", "pendingCancellation")
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
        moving = [order for order in orders if order["state"] == "acknowledged" or _startable(views, order, patience)]
        await asyncio.gather(*(_work(stack, order, patience) for order in moving))

    stack.every(_TURN_S, resource_orders)


def _startable(
    views: Mapping[str, Sequence[ItemView]], order: RowMapping, patience: Patience
) -> list[tuple[str, Stage]]:
    """The (item id, stage) pairs of an order that may start, without those that were refused a moment ago."""
    ready = next_stages(views.get(order["id"], ()))
    return [(item, stage) for item, stage in ready if patience.ready(f"{item}:{stage.name}")]


async def _work(stack: Stack, row: RowMapping, patience: Patience) -> None:
    """One order as far as it goes now."""
    CORRELATION.set(row["correlation_id"])
    if row["state"] == "acknowledged":
        _begin(stack, row)
    try:
        while stages := _ready(stack, row, patience):
            for order, item, stage in stages:
                await _try(stack, order, item, stage, patience)
    except SystemDown as down:
        stack.log.info("resource order %s waits: %s", row["id"], down)


async def _try(stack: Stack, order: Order, item: Item, stage: Stage, patience: Patience) -> None:
    """One stage; what another system refuses becomes a fallout case, and the other stages go on."""
    try:
        await perform(stack, order, item, stage)
    except CallRefused as refusal:
        patience.later(f"{item.id}:{stage.name}")
        said = f"{item.spec}, {stage.name}: {refusal}"
        await report(stack, system="resource-ordering", order=item.values["@order"], code="ROM-REFUSED", detail=said)


def _begin(stack: Stack, row: RowMapping) -> None:
    now = stack.clock.stamp()
    with stack.db.begin() as tx:
        mine = ROM_ORDER_ITEM.c.resource_order_id == row["id"]
        tx.execute(update(ROM_ORDER_ITEM).where(mine).values(state="inProgress", state_changed_at=now))
        RESOURCE.update(stack, tx, row["id"], {"state": "inProgress"}, correlation=row["correlation_id"])


def _ready(stack: Stack, row: RowMapping, patience: Patience) -> list[tuple[Order, Item, Stage]]:
    order = _load(stack, row)
    items = {item.id: item for item in order.items}
    views = {row["id"]: [view_of(item.row, dict(item.values)) for item in order.items]}
    return [(order, items[identity], stage) for identity, stage in _startable(views, row, patience)]


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
        change(stack, tx, item, "held")
    said = f"{command}: {text(monitor, 'response.body')}"
    await report(stack, system="activation", order=order, code="ACT-FAILED", detail=said)


async def on_port_change(stack: Stack, envelope: dict[str, object]) -> None:
    """The port is live: the number may be swapped."""
    port = event_document(envelope)
    if text(port, "status") != "activated":
        return
    for item in _by_product_item(stack, text(port, "orderItemId"), "TN"):
        done(stack, item["id"], "port")


async def on_shipment_change(stack: Stack, envelope: dict[str, object]) -> None:
    """The box is under way (it says which device and which SIM) or has arrived."""
    shipment = event_document(envelope)
    state = text(shipment, "state", "status")
    for item in _by_product_item(stack, text(shipment, "orderItemId"), "DEVICE"):
        if state in ("shipped", "delivered") and text(shipment, "imei"):
            with stack.db.begin() as tx:
                set_values(tx, item["id"], {"imei": text(shipment, "imei"), "iccid": text(shipment, "iccid")})
            done(stack, item["id"], "shipped")
        if state == "delivered":
            done(stack, item["id"], "delivered")


def _item(stack: Stack, identity: str) -> RowMapping | None:
    with stack.db.begin() as tx:
        return tx.execute(select(ROM_ORDER_ITEM).where(ROM_ORDER_ITEM.c.id == identity)).mappings().first()


def _by_product_item(stack: Stack, product_item: str, spec: str) -> list[RowMapping]:
    """The resource items of a kind that were ordered for a product order item."""
    mine = select(ROM_ORDER_ITEM_CHAR.c.item_id).where(
        ROM_ORDER_ITEM_CHAR.c.name == "@productItem", ROM_ORDER_ITEM_CHAR.c.value == product_item
    )
    query = select(ROM_ORDER_ITEM).where(ROM_ORDER_ITEM.c.id.in_(mine), ROM_ORDER_ITEM.c.resource_spec_id == spec)
    with stack.db.begin() as tx:
        return list(tx.execute(query).mappings())
