"""Files of ours that a partner refused: each order whose record is in one becomes a fallout case at once.

What was told is noted on the file, so that a restart in between tells it again, and finds the case that is open.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Row, select, update

from ringback.reference_stack.schema import PGW_FILE, PGW_OUTBOUND
from ringback.reference_stack.systems.reading import text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

CODE = "FILE-REFUSED"
_TURN_S = 0.5
_NAMES_ITS_ORDER = ("order_id", "product_order_id", "orderId")  # fields of a record, by its feed


def start(stack: Stack) -> None:
    """Begins to look for refused files."""

    async def refused_files() -> None:
        await report_refused(stack)

    stack.every(_TURN_S, refused_files)


async def report_refused(stack: Stack) -> None:
    """Puts the orders of each refused file that nobody was told of into the queue."""
    columns = PGW_FILE.c
    refused = (columns.direction == "out") & (columns.status == "rejected") & columns.refusal_told_at.is_(None)
    with stack.db.begin() as tx:
        files = tx.execute(select(PGW_FILE).where(refused).order_by(columns.received_at, columns.id)).all()
        records = {
            file.id: tx.execute(select(PGW_OUTBOUND).where(PGW_OUTBOUND.c.file_id == file.id)).all() for file in files
        }
    for file in files:
        for order, journey in (await _orders(stack, records[file.id]) or {str(file.file_name): ""}).items():
            said = f"{file.partner} rejected the file {file.file_name}, which holds a record of this order"
            case = {"system": "gateway", "code": CODE, "orderId": order, "rootCause": said, "correlationId": journey}
            (await stack.http.post("fallout", "/cases", json=case, correlation=journey)).need()
        with stack.db.begin() as tx:
            tx.execute(update(PGW_FILE).where(columns.id == file.id).values(refusal_told_at=stack.clock.stamp()))


async def _orders(stack: Stack, records: Sequence[Row[tuple[object, ...]]]) -> dict[str, str]:
    """The orders that records belong to, each with its journey."""
    found: dict[str, str] = {}
    for record in records:
        journey = str(record.correlation_id or "")
        order = text(json.loads(record.record), *_NAMES_ITS_ORDER) or await _order_of(stack, journey)
        if order:
            found[order] = journey
    return found


async def _order_of(stack: Stack, journey: str) -> str:
    """The product order of a journey, as the event log knows it."""
    if not journey:
        return ""
    query = {"correlationId": journey, "eventType": "ProductOrderCreateEvent"}
    events = (await stack.http.get("events", "/log", params=query)).documents()
    return text(events[0], "resourceId") if events else ""
