"""Billing's own events: bills, charges and plans tell what they became (an extension, TMF678 declares none)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection

from ringback.reference_stack.systems.reading import Document, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_HIDDEN = ("correlation_id", "source_event_id", "order_item_id")


def publish(stack: Stack, tx: Connection, kind: str, event_type: str, row: Document) -> None:
    """An event with a row as its document, in the wire's words."""
    document = {_wire(name): value for name, value in row.items() if name not in _HIDDEN and value is not None}
    stack.events.publish(
        tx,
        event_type,
        resource_type=kind,
        resource_id=str(row["id"]),
        document=document,
        correlation=str(row.get("correlation_id") or ""),
        state=text(document, "state") or None,
    )


def _wire(column: str) -> str:
    """``start_date`` is ``startDate``; what a charge calls its status is the state of every other resource."""
    if column == "status":
        return "state"
    first, *rest = column.split("_")
    return first + "".join(word.capitalize() for word in rest)
