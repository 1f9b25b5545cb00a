"""The books of the emergency registry: one row per record that we sent, with what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, select, update

from ringback.reference_stack.gateway.codecs.nena_layouts import RETURN_CODES
from ringback.reference_stack.schema import PGW_E911_RECORD

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

Document = dict[str, object]
RECORDS = PGW_E911_RECORD
RETURN_WITHIN = timedelta(hours=24)
LOCKED = "E06"  # mends itself: the old provider has yet to unlock the number
TRY_AGAIN_AFTER = timedelta(hours=24)
REMOVING = ("D", "U")
FILTERS: Mapping[str, str] = {
    "tn": "tn",
    "orderId": "order_id",
    "orderItemId": "order_item_id",
    "resourceOrderItemId": "resource_order_item_id",
    "status": "status",
}


def document_of(row: RowMapping) -> Document:
    """A record as the API and the events show it."""
    return {
        "id": row["id"],
        "href": f"/gateway/v1/e911-records/{row['id']}",
        "tn": row["tn"],
        "function": row["function"],
        "status": row["status"],
        "errorCode": row["error_code"],
        "reason": RETURN_CODES.get(row["error_code"] or ""),
        "addressId": row["address_id"],
        "orderId": row["order_id"],
        "orderItemId": row["order_item_id"],
        "resourceOrderItemId": row["resource_order_item_id"],
    }


def record_row(tx: Connection, identity: str) -> RowMapping | None:
    """A record by its id."""
    return tx.execute(select(RECORDS).where(RECORDS.c.id == identity)).mappings().first()


def open_of_number(tx: Connection, tn: str) -> RowMapping | None:
    """The record of a number that is under way or held."""
    mine = select(RECORDS).where(RECORDS.c.tn == tn, RECORDS.c.status.in_(("sent", "held")))
    return tx.execute(mine.order_by(RECORDS.c.sent_at.desc())).mappings().first()


def settled(tx: Connection, tn: str, function: str, resource_item: str) -> RowMapping | None:
    """The record that a resource order item has had posted or removed already."""
    columns = RECORDS.c
    mine = select(RECORDS).where(
        columns.tn == tn,
        columns.function == function,
        columns.resource_order_item_id == resource_item,
        columns.status.in_(("posted", "removed")),
    )
    return tx.execute(mine).mappings().first() if resource_item else None


def change_record(stack: Stack, tx: Connection, identity: str, values: Mapping[str, object]) -> RowMapping:
    """Changes a record and tells others of its new state."""
    tx.execute(update(RECORDS).where(RECORDS.c.id == identity).values(**values))
    row = tx.execute(select(RECORDS).where(RECORDS.c.id == identity)).mappings().one()
    announce(stack, tx, row)
    return row


def announce(stack: Stack, tx: Connection, row: RowMapping) -> None:
    """Publishes the present state of a record."""
    stack.events.publish(
        tx,
        "E911RecordStateChangeEvent",
        resource_type="e911Record",
        resource_id=row["id"],
        document=document_of(row),
        correlation=row["correlation_id"],
        state=row["status"],
    )


def concerned(row: RowMapping) -> str:
    """The order that a case about a record is filed under."""
    return str(row["order_id"] or row["id"])
