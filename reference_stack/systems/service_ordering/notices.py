"""Milestones and jeopardy of a service order (TMF641): what was reached, and what endangers it, told as it happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, Table, insert, select

from ringback.reference_stack.schema import SOM_JEOPARDY, SOM_MILESTONE
from ringback.reference_stack.systems.reading import Document

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack


def milestone(stack: Stack, tx: Connection, item: RowMapping, name: str) -> bool:
    """Notes a milestone of an item; returns whether it is a new one."""
    mine = (SOM_MILESTONE.c.item_id == item["id"]) & (SOM_MILESTONE.c.name == name)
    if tx.execute(select(SOM_MILESTONE.c.id).where(mine)).first() is not None:
        return False
    tx.execute(insert(SOM_MILESTONE).values(**_row(stack, item, "MS", name), status="achieved"))
    return True


def jeopardy(stack: Stack, tx: Connection, item: RowMapping, kind: str, reason: str) -> bool:
    """Notes what endangers an item; the same danger is told once. Returns whether it is a new one."""
    mine = (SOM_JEOPARDY.c.item_id == item["id"]) & (SOM_JEOPARDY.c.message == reason)
    if tx.execute(select(SOM_JEOPARDY.c.id).where(mine)).first() is not None:
        return False
    row = _row(stack, item, "JA", f"{item['spec_id']} {kind}")
    tx.execute(insert(SOM_JEOPARDY).values(**row, jeopardy_type=kind, message=reason))
    return True


def _row(stack: Stack, item: RowMapping, prefix: str, name: str) -> dict[str, object]:
    identity = stack.ids.new(prefix)
    order = item["service_order_id"]
    return {"id": identity, "service_order_id": order, "item_id": item["id"], "name": name, "at": stack.clock.stamp()}


def shown(tx: Connection, order: str) -> Document:
    """What a service order shows of both; nothing where there is nothing."""
    reached = _of(tx, SOM_MILESTONE, order)
    endangered = _of(tx, SOM_JEOPARDY, order)
    milestones = [
        {"id": row["id"], "name": row["name"], "milestoneDate": row["at"], "status": row["status"], **_about(row)}
        for row in reached
    ]
    alerts = [
        {
            "id": row["id"],
            "name": row["name"],
            "alertDate": row["at"],
            "jeopardyType": row["jeopardy_type"],
            "message": row["message"],
            **_about(row),
        }
        for row in endangered
    ]
    return {name: rows for name, rows in (("milestone", milestones), ("jeopardyAlert", alerts)) if rows}


def _of(tx: Connection, table: Table, order: str) -> list[RowMapping]:
    mine = select(table).where(table.c.service_order_id == order).order_by(table.c.at, table.c.id)
    return list(tx.execute(mine).mappings())


def _about(row: RowMapping) -> Document:
    return {"serviceOrderItem": [{"itemId": row["item_id"], "serviceOrderId": row["service_order_id"]}]}
