"""The event log: every event of the stack with its deliveries, as tests and operators read it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.kernel.system import System, route
from ringback.reference_stack.schema import EVT_DELIVERY, EVT_EVENT

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_FILTERS = {
    "correlationId": EVT_EVENT.c.correlation_id,
    "eventType": EVT_EVENT.c.event_type,
    "resourceId": EVT_EVENT.c.resource_id,
    "resourceType": EVT_EVENT.c.resource_type,
}


async def read_log(stack: Stack, request: Request) -> Response:
    """Events in the order of their time; filters are correlationId, eventType, resourceType and resourceId."""
    wanted = [_FILTERS[name] == value for name, value in request.query_params.items() if name in _FILTERS]
    statement = select(EVT_EVENT).where(*wanted).order_by(EVT_EVENT.c.event_time)
    with stack.db.begin() as tx:
        events = list(tx.execute(statement).mappings())
        ids = [event["event_id"] for event in events]
        deliveries = list(tx.execute(select(EVT_DELIVERY).where(EVT_DELIVERY.c.event_id.in_(ids))).mappings())
    by_event: dict[str, list[dict[str, object]]] = {}
    for row in deliveries:
        shown = {
            "subscriber": row["subscriber"],
            "status": row["status"],
            "attempts": row["attempts"],
            "deliveredAt": row["delivered_at"],
        }
        by_event.setdefault(row["event_id"], []).append(shown)
    return JSONResponse(
        [
            json.loads(event["payload"])
            | {
                "resourceType": event["resource_type"],
                "resourceId": event["resource_id"],
                "seq": event["seq"],
                "state": event["state"],
                "deliveries": by_event.get(event["event_id"], []),
            }
            for event in events
        ]
    )


SYSTEM = System(id="events", prefix="evt_", base="/events/v1", routes=(route("GET", "/log", read_log),))
