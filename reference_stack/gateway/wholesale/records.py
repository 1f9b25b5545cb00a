"""The books of wholesale access: orders with the state that the supplier reported, and every message about them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, Table, insert, select, update

from ringback.reference_stack.clock import text_of
from ringback.reference_stack.gateway.wholesale.progress import FINAL, OPEN_TYPES, Standing
from ringback.reference_stack.schema import PGW_WHOLESALE_MESSAGE, PGW_WHOLESALE_ORDER

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

Document = dict[str, object]
ORDERS: Table = PGW_WHOLESALE_ORDER
MESSAGES: Table = PGW_WHOLESALE_MESSAGE
ACK_WITHIN = timedelta(hours=2)
GAP_WITHIN = timedelta(hours=2)
FILTERS: Mapping[str, str] = {
    "orderItemId": "order_item_id",
    "orderId": "order_id",
    "resourceOrderItemId": "resource_order_item_id",
    "status": "status",
    "orderType": "order_type",
}


def document_of(row: RowMapping) -> Document:
    """An order as the API and the events show it."""
    return {
        "id": row["id"],
        "href": f"/gateway/v1/wholesale-orders/{row['id']}",
        "supplier": row["supplier"],
        "orderItemId": row["order_item_id"],
        "orderId": row["order_id"],
        "resourceOrderItemId": row["resource_order_item_id"],
        "orderType": row["order_type"],
        "status": row["status"],
        "committedDate": row["committed_date"],
        "targetDate": row["target_date"],
        "reasonCode": row["reason_code"],
        "serviceRef": row["service_ref"],
        "supplierOrderNumber": row["supplier_order_no"],
        "lastSequenceNumber": row["last_seq"],
        "downMbps": row["down_mbps"],
        "appointmentReservation": row["appointment_reservation"],
    }


def order_row(tx: Connection, identity: str) -> RowMapping | None:
    """An order by its id."""
    return tx.execute(select(ORDERS).where(ORDERS.c.id == identity)).mappings().first()


def order_of(tx: Connection, identity: str, supplier_number: str) -> RowMapping | None:
    """The order that a message means: by our id, or else by the number that the supplier gave it."""
    found = order_row(tx, identity) if identity else None
    if found is not None or not supplier_number:
        return found
    numbered = select(ORDERS).where(ORDERS.c.supplier_order_no == supplier_number)
    return tx.execute(numbered.order_by(ORDERS.c.sent_at.desc())).mappings().first()


def taken(tx: Connection, item: str, resource_item: str, order_type: str) -> RowMapping | None:
    """The order that a request has led to already: under way, or completed for the same resource order item."""
    columns = ORDERS.c
    done = select(ORDERS).where(
        columns.order_item_id == item,
        columns.order_type == order_type,
        columns.resource_order_item_id == resource_item,
        columns.status == "COMPLETED",
    )
    found = tx.execute(done).mappings().first() if resource_item else None
    return found or latest_of_item(tx, item, order_type)


def latest_of_item(tx: Connection, item: str, order_type: str = "") -> RowMapping | None:
    """The order of an item that is not over: of a type, or whichever there is."""
    types = (order_type,) if order_type else OPEN_TYPES
    mine = select(ORDERS).where(
        ORDERS.c.order_item_id == item, ORDERS.c.order_type.in_(types), ORDERS.c.status.not_in(FINAL)
    )
    return tx.execute(mine.order_by(ORDERS.c.sent_at.desc(), ORDERS.c.id.desc())).mappings().first()


def standing_of(row: RowMapping) -> Standing:
    """What the rules need to know of an order."""
    known = (row[name] or "" for name in ("status", "committed_date", "target_date", "reason_code", "service_ref"))
    return Standing(*known)


def change_order(stack: Stack, tx: Connection, row: RowMapping, values: Mapping[str, object]) -> RowMapping:
    """Changes an order; what others can see of the change is told to them by an event."""
    tx.execute(update(ORDERS).where(ORDERS.c.id == row["id"]).values(**values))
    after = tx.execute(select(ORDERS).where(ORDERS.c.id == row["id"])).mappings().one()
    before_document, document = document_of(row), document_of(after)
    silent = {"lastSequenceNumber"}
    if any(before_document[name] != document[name] for name in document.keys() - silent):
        announce(stack, tx, after)
    return after


def announce(stack: Stack, tx: Connection, row: RowMapping) -> None:
    """Publishes the present state of an order."""
    stack.events.publish(
        tx,
        "WholesaleOrderStateChangeEvent",
        resource_type="wholesaleOrder",
        resource_id=row["id"],
        document=document_of(row),
        correlation=row["correlation_id"],
        state=row["status"],
    )


def message_row(tx: Connection, identity: str) -> RowMapping | None:
    """A message by its id."""
    return tx.execute(select(MESSAGES).where(MESSAGES.c.id == identity)).mappings().first()


def message_at(tx: Connection, order: str, number: int, *, besides: str) -> RowMapping | None:
    """Another message that bears this number within the order."""
    columns = MESSAGES.c
    same = select(MESSAGES).where(columns.order_id == order, columns.seq_no == number, columns.id != besides)
    return tx.execute(same.where(columns.status.in_(("held", "applied", "refused")))).mappings().first()


def add_message(stack: Stack, tx: Connection, message: Mapping[str, object], channel: str) -> RowMapping:
    """Notes a message before anything is done with it."""
    identity = str(message["id"])
    values = {"id": identity, "status": "received", "channel": channel, "received_at": stack.clock.stamp()}
    tx.execute(insert(MESSAGES).values(**values, document=json.dumps(message)))
    return tx.execute(select(MESSAGES).where(MESSAGES.c.id == identity)).mappings().one()


def close_message(tx: Connection, identity: str, **values: object) -> None:
    """Notes what became of a message."""
    tx.execute(update(MESSAGES).where(MESSAGES.c.id == identity).values(**values))


def due(stack: Stack, within: timedelta) -> str:
    """The moment until which something must have happened."""
    return text_of(stack.clock.now() + within)
