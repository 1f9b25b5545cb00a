"""How an order moves: its items, the state they add up to, and the history that says who moved it and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, insert, select, update

from ringback.reference_stack.kernel.errors import conflict
from ringback.reference_stack.kernel.machines import PRODUCT_ORDER_ITEM, Machine, legal, roll_up
from ringback.reference_stack.schema import COM_ORDER_ITEM, COM_PRODUCT_ORDER, COM_STATE_HISTORY
from ringback.reference_stack.systems.ordering.documents import items_of
from ringback.reference_stack.systems.ordering.order import ORDER

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_SUB = "."  # what parts a state from a sub-state in the table; the API knows no sub-states
_TRANSIT = ("inProgress", "pending")
OPEN = ("acknowledged", "inProgress", "pending", "held")


@dataclass(frozen=True, slots=True)
class Why:
    """Who moved something, and for which reason: both stand in the history of every step."""

    actor: str
    reason: str


def note_history(stack: Stack, tx: Connection, entity: tuple[str, str], step: tuple[str | None, str], why: Why) -> None:
    """One line of history: which entity (kind and id) took which step (from and to)."""
    line = {"entity": entity[0], "entity_id": entity[1], "from_state": step[0], "to_state": step[1]}
    line |= {"at": stack.clock.stamp(), "actor": why.actor, "reason": why.reason}
    if stack.defects.on("D52") and why.actor == "api":
        line |= {"actor": None, "reason": None}
    tx.execute(insert(COM_STATE_HISTORY).values(**line))


def _way(machine: Machine, old: str, new: str) -> tuple[str, ...]:
    """The shortest legal way from one state to another; only inProgress and pending may lie between them."""
    ways: list[tuple[str, ...]] = [(old,)]
    for way in ways:
        if legal(machine, way[-1], new):
            return (*way[1:], new)
        ways.extend((*way, step) for step in _TRANSIT if step not in way and legal(machine, way[-1], step))
    raise conflict(f"{machine.name} cannot go {old} -> {new}", f"legal: {', '.join(machine.steps.get(old, ()))}")


def item_row(tx: Connection, item: str) -> RowMapping | None:
    """An item by its own id."""
    return tx.execute(select(COM_ORDER_ITEM).where(COM_ORDER_ITEM.c.id == item)).mappings().first()


def move_item(stack: Stack, tx: Connection, item: RowMapping, state: str, why: Why) -> bool:
    """Moves an item by legal steps; whether it moved. The reason stays on the item while it waits."""
    is_said = state in ("pending", "held", "failed", "rejected")
    kept = {"reason": why.reason if is_said else None, "waits_on": why.actor if is_said else None}
    if item["state"] == state:
        tx.execute(update(COM_ORDER_ITEM).where(COM_ORDER_ITEM.c.id == item["id"]).values(**kept))
        return bool(item["reason"] != kept["reason"])
    old = item["state"]
    for new in _way(PRODUCT_ORDER_ITEM, old, state):
        values = {"state": new, **kept, "state_changed_at": stack.clock.stamp()}
        tx.execute(update(COM_ORDER_ITEM).where(COM_ORDER_ITEM.c.id == item["id"]).values(**values))
        note_history(stack, tx, ("productOrderItem", item["id"]), (old, new), why)
        old = new
    return True


def move_order(stack: Stack, tx: Connection, order: str, state: str, why: Why) -> bool:
    """Moves an order by legal steps, each with its history and its event; whether it moved."""
    row = ORDER.row(tx, order)
    if row is None or row["state"] == state or ORDER.machine is None:
        return False
    old = row["state"]
    for new in _way(ORDER.machine, old, state):
        done = {"completion_date": stack.clock.stamp()} if new in ("completed", "partial") else {}
        note_history(stack, tx, ("productOrder", order), (old, new), why)
        ORDER.update(stack, tx, order, {"state": new, **done}, correlation=row["correlation_id"])
        old = new
    return True


def rolled_up(stack: Stack, items: list[RowMapping]) -> str:
    """What the items' states add up to."""
    states = [item["state"] for item in items]
    if stack.defects.on("D01"):
        states = ["inProgress" if item["promotion_id"] else item["state"] for item in items]
    return roll_up(states)


def settle(stack: Stack, tx: Connection, order: str, why: Why) -> None:
    """Brings the order to the state that its items add up to and tells the others what changed."""
    row = ORDER.row(tx, order)
    if row is None or row["state"] not in OPEN:
        return
    state = rolled_up(stack, items_of(tx, order))
    if state == "pending" and row["state"] == "inProgress" and stack.defects.on("D02"):
        hidden = update(COM_PRODUCT_ORDER).where(COM_PRODUCT_ORDER.c.id == order)
        tx.execute(hidden.values(state=f"inProgress{_SUB}waitingPartner"))
        return
    if not move_order(stack, tx, order, state, why):
        ORDER.publish(stack, tx, order, "AttributeValueChangeEvent")


async def note_patch(stack: Stack, before: dict[str, object], changes: dict[str, object]) -> None:
    """The history of a state that a client patched."""
    old, new = str(before["state"]), changes.get("state")
    if isinstance(new, str) and new != old:
        with stack.db.begin() as tx:
            note_history(stack, tx, ("productOrder", str(before["id"])), (old, new), Why("api", "patched by a client"))
