"""Port requests and subscription versions as rows and as documents; the event of each change."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from ringback.reference_stack.clock import moment_of, text_of
from ringback.reference_stack.schema import NPG_PORT, NPG_PORT_CHAR
from ringback.reference_stack.systems.reading import Document

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

OUR_SPID, OUR_LRN = "9X01", "5125550000"
# The providers that numbers come from; both ask for the account's PIN.
PROVIDERS: tuple[Document, ...] = (
    {"id": "north-tel", "name": "north-tel", "spid": "8Y02", "pinRequired": True},
    {"id": "west-mobile", "name": "west-mobile", "spid": "7Z03", "pinRequired": True},
)
_STAMP = "%Y%m%d%H%M%S"


def stamp14(iso: str) -> str:
    """A time of the stack as partners write it: YYYYMMDDHHMMSS, UTC."""
    return moment_of(iso).strftime(_STAMP)


def iso(text: str) -> str | None:
    """A partner's time (YYYYMMDDHHMMSS, UTC, or ISO) as the stack keeps it; None when there is none."""
    if not text:
        return None
    if text.isdigit() and len(text) == len("YYYYMMDDHHMMSS"):
        return text_of(datetime.strptime(text, _STAMP).replace(tzinfo=UTC))
    return text_of(moment_of(text))


def port_by(tx: Connection, **columns: str) -> RowMapping | None:
    """The newest port request with these column values."""
    where = [NPG_PORT.c[name] == value for name, value in columns.items()]
    return tx.execute(select(NPG_PORT).where(*where).order_by(NPG_PORT.c.req_no.desc())).mappings().first()


def values_of(tx: Connection, port: str) -> dict[str, str]:
    """What is kept beside a port's columns."""
    rows = tx.execute(select(NPG_PORT_CHAR).where(NPG_PORT_CHAR.c.port_id == port))
    return {row.name: row.value for row in rows}


def set_values(tx: Connection, port: str, values: dict[str, str]) -> None:
    """Keeps more about a port."""
    for name, value in values.items():
        tx.execute(delete(NPG_PORT_CHAR).where(NPG_PORT_CHAR.c.port_id == port, NPG_PORT_CHAR.c.name == name))
        tx.execute(insert(NPG_PORT_CHAR).values(port_id=port, name=name, value=value))


def document_of(tx: Connection, row: RowMapping) -> Document:
    """A port as other systems see it: without account number and PIN, which are the old provider's business."""
    values = values_of(tx, row["id"])
    shown: Document = {
        "id": row["id"],
        "tn": row["tn"],
        "orderId": values.get("orderId"),
        "orderItemId": row["order_item_id"],
        "reqNo": row["req_no"],
        "version": row["version"],
        "donorSpid": row["onsp"],
        "direction": row["direction"],
        # The old provider's part ends with its confirmation; waiting for the download is the same to a customer.
        "status": "confirmed" if row["status"] == "svPending" else row["status"],
    }
    told = {
        "reasonCode": row["reason_code"],
        "reason": values.get("reason"),
        "due": row["due_at"] if row["confirmed_at"] else None,
        "promisedAt": row["promised_at"],
        "confirmedAt": row["confirmed_at"],
        "activatedAt": row["activated_at"],
        "svId": row["sv_id"],
        "recipientSpid": row["nnsp"] if row["direction"] == "out" else None,
    }
    return shown | {name: value for name, value in told.items() if value}


def change(stack: Stack, tx: Connection, port: str, values: Document) -> None:
    """Changes a port and tells of it when its status is another one to those who watch it."""
    mine = NPG_PORT.c.id == port
    before = document_of(tx, tx.execute(select(NPG_PORT).where(mine)).mappings().one())
    tx.execute(update(NPG_PORT).where(mine).values(**values))
    row = tx.execute(select(NPG_PORT).where(mine)).mappings().one()
    document = document_of(tx, row)
    if (before["status"], before["version"]) == (document["status"], document["version"]):
        return
    stack.events.publish(
        tx,
        "PortStatusChangeEvent" if row["direction"] == "in" else "PortOutStatusChangeEvent",
        resource_type="port",
        resource_id=port,
        document=document,
        correlation=row["correlation_id"],
        state=str(document["status"]),
    )
