"""Intake: a captured order is released to be built once it can be built there, is paid for, and its day has come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Connection, RowMapping, select, update

from ringback.reference_stack.clock import moment_of
from ringback.reference_stack.schema import COM_PRODUCT_ORDER
from ringback.reference_stack.systems.ordering.documents import items_of
from ringback.reference_stack.systems.ordering.feasibility import infeasible
from ringback.reference_stack.systems.ordering.progress import OPEN, Why, move_item, settle

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_WAITING = ("acknowledged", "pending")


def approve(tx: Connection, order: str) -> None:
    """Notes that credit is approved."""
    tx.execute(update(COM_PRODUCT_ORDER).where(COM_PRODUCT_ORDER.c.id == order).values(credit="approved"))


async def qualify(stack: Stack) -> None:
    """The worker that asks whether new orders can be built where they are wanted."""
    table = COM_PRODUCT_ORDER.c
    is_its_time: ColumnElement[bool] = table.state.in_(_WAITING)
    if stack.defects.on("D16"):
        is_its_time = table.handed_over_at.is_not(None) & table.state.in_(OPEN)
    asked = select(COM_PRODUCT_ORDER).where(table.qualified_at.is_(None), is_its_time).order_by(table.order_date)
    with stack.db.begin() as tx:
        orders = tx.execute(asked).mappings().all()
    for order in orders:
        await _qualify(stack, order)


async def _qualify(stack: Stack, order: RowMapping) -> None:
    reason = await infeasible(stack, order)
    with stack.db.begin() as tx:
        done = {"qualified_at": stack.clock.stamp()}
        tx.execute(update(COM_PRODUCT_ORDER).where(COM_PRODUCT_ORDER.c.id == order["id"]).values(**done))
        if reason and order["state"] == "acknowledged":
            for item in items_of(tx, order["id"]):
                move_item(stack, tx, item, "rejected", Why("qualification", reason))
            settle(stack, tx, order["id"], Why("qualification", reason))


async def release(stack: Stack) -> None:
    """The worker that lets orders go on: qualified, with credit where credit is needed, and not before their day."""
    table = COM_PRODUCT_ORDER.c
    is_free = table.credit.is_(None) | (table.credit == "approved")
    waiting = select(COM_PRODUCT_ORDER).where(table.state.in_(_WAITING), table.handed_over_at.is_(None), is_free)
    with stack.db.begin() as tx:
        for order in tx.execute(waiting.order_by(table.order_date)).mappings().all():
            if order["qualified_at"] or stack.defects.on("D16"):
                _release(stack, tx, order)


def _release(stack: Stack, tx: Connection, order: RowMapping) -> None:
    due = due_at(order)
    state, why = "inProgress", Why("ordering", "released to be built")
    if due and moment_of(due) > stack.clock.now():
        state, why = "pending", Why("ordering", f"scheduled for {due}")
    elif order["credit"] == "approved":
        why = Why("credit", "credit approved")
    moved = [move_item(stack, tx, item, state, why) for item in items_of(tx, order["id"])]
    if any(moved):
        settle(stack, tx, order["id"], why)


def due_at(order: RowMapping) -> str:
    """When an order may begin: the day its customer asks for; empty for at once."""
    return str(order["requested_start"] or order["requested_completion"] or "")
