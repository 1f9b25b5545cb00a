"""The books of eSIM profiles: one row per profile that was ordered for a device, with how far it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, select, update

from ringback.reference_stack.schema import PGW_ESIM_ORDER

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

Document = dict[str, object]
PROFILES = PGW_ESIM_ORDER
OVER = ("failed", "cancelled")
STATE_OF_POINT = {3: "downloaded", 4: "installed"}  # what a notification point of ES2+ makes of a profile
ON_DEVICE = ("downloaded", "installed")
FILTERS: Mapping[str, str] = {
    "eid": "eid",
    "iccid": "iccid",
    "orderId": "order_id",
    "orderItemId": "order_item_id",
    "resourceOrderItemId": "resource_order_item_id",
    "state": "state",
}


def document_of(row: RowMapping) -> Document:
    """A profile as the API and the events show it; the activation code is what the customer scans."""
    code = f"LPA:1${row['smdp_address']}${row['matching_id']}" if row["matching_id"] else None
    return {
        "id": row["id"],
        "href": f"/gateway/v1/esim-orders/{row['id']}",
        "iccid": row["iccid"],
        "imsi": row["imsi"],
        "eid": row["eid"],
        "matchingId": row["matching_id"],
        "smdpAddress": row["smdp_address"],
        "activationCode": code,
        "state": row["state"],
        "reason": row["reason"],
        "orderId": row["order_id"],
        "orderItemId": row["order_item_id"],
        "resourceOrderItemId": row["resource_order_item_id"],
    }


def profile_row(tx: Connection, **wanted: str) -> RowMapping | None:
    """The latest profile with these column values."""
    where = [PROFILES.c[name] == value for name, value in wanted.items()]
    query = select(PROFILES).where(*where).order_by(PROFILES.c.ordered_at.desc(), PROFILES.c.id.desc())
    return tx.execute(query).mappings().first()


def change_profile(stack: Stack, identity: str, values: Mapping[str, object]) -> RowMapping:
    """Changes a profile; a new state is told to others."""
    with stack.db.begin() as tx:
        before = tx.execute(select(PROFILES.c.state).where(PROFILES.c.id == identity)).scalar()
        tx.execute(update(PROFILES).where(PROFILES.c.id == identity).values(**values))
        row = tx.execute(select(PROFILES).where(PROFILES.c.id == identity)).mappings().one()
        if row["state"] != before:
            announce(stack, tx, row)
    return row


def announce(stack: Stack, tx: Connection, row: RowMapping) -> None:
    """Publishes the present state of a profile."""
    stack.events.publish(
        tx,
        "EsimProfileStateChangeEvent",
        resource_type="esimProfile",
        resource_id=row["id"],
        document=document_of(row),
        correlation=row["correlation_id"],
        state=row["state"],
    )


def concerned(row: RowMapping) -> str:
    """The order that a case about a profile is filed under."""
    return str(row["order_id"] or row["id"])
