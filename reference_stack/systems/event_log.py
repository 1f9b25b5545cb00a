"""The event log: every event of the stack with its deliveries, as tests and operators read it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import RowMapping, select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.kernel.errors import missing
from ringback.reference_stack.kernel.system import System, route
from ringback.reference_stack.schema import EVT_DELIVERY, EVT_EVENT, EVT_HUB
from ringback.reference_stack.systems.event_topics import ROUTES, TOPIC

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_FILTERS = {
    "correlationId": EVT_EVENT.c.correlation_id,
    "eventType": EVT_EVENT.c.event_type,
    "resourceId": EVT_EVENT.c.resource_id,
    "resourceType": EVT_EVENT.c.resource_type,
    "state": EVT_EVENT.c.state,
    "domain": EVT_EVENT.c.domain,
}


async def read_log(stack: Stack, request: Request) -> Response:
    """Events in the order of their time.

    Filters are correlationId, eventType, resourceType, resourceId, state and domain, and ``since`` and ``until``: two
    moments, of which the second is not included.
    """
    asked = request.query_params
    wanted = [_FILTERS[name] == value for name, value in asked.items() if name in _FILTERS]
    wanted += [EVT_EVENT.c.event_time >= asked["since"]] if "since" in asked else []
    wanted += [EVT_EVENT.c.event_time < asked["until"]] if "until" in asked else []
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


_DELIVERIES = {
    "eventId": EVT_DELIVERY.c.event_id,
    "subscriber": EVT_DELIVERY.c.subscriber,
    "status": EVT_DELIVERY.c.status,
    "correlationId": EVT_EVENT.c.correlation_id,
    "eventType": EVT_EVENT.c.event_type,
}
_MOST = 1000


async def read_deliveries(stack: Stack, request: Request) -> Response:
    """Who was sent what, the latest first; filters are eventId, subscriber, status, correlationId and eventType."""
    wanted = [_DELIVERIES[name] == value for name, value in request.query_params.items() if name in _DELIVERIES]
    statement = (
        select(EVT_DELIVERY, EVT_EVENT.c.event_type, EVT_EVENT.c.event_time, EVT_EVENT.c.correlation_id)
        .join(EVT_EVENT, EVT_EVENT.c.event_id == EVT_DELIVERY.c.event_id)
        .where(*wanted)
        .order_by(EVT_EVENT.c.event_time.desc(), EVT_DELIVERY.c.subscriber)
        .limit(_MOST)
    )
    with stack.db.begin() as tx:
        rows = tx.execute(statement).mappings().all()
    return JSONResponse([_delivery(row) for row in rows])


def _delivery(row: RowMapping) -> dict[str, object]:
    return {
        "eventId": row["event_id"],
        "eventType": row["event_type"],
        "eventTime": row["event_time"],
        "correlationId": row["correlation_id"],
        "subscriber": row["subscriber"],
        "status": row["status"],
        "attempts": row["attempts"],
        "deliveredAt": row["delivered_at"],
        "lastError": row["last_error"],
    }


async def read_subscriptions(stack: Stack, _request: Request) -> Response:
    """Who outside the stack has subscribed, to what, and who is parked."""
    with stack.db.begin() as tx:
        rows = tx.execute(select(EVT_HUB).order_by(EVT_HUB.c.created_at, EVT_HUB.c.id)).mappings().all()
    return JSONResponse(
        [
            {"id": row["id"], "api": row["base"], "callback": row["callback"], "query": row["query"]}
            | {"state": "parked" if row["parked_at"] else "active", "parkedAt": row["parked_at"]}
            for row in rows
        ]
    )


async def resume_subscription(stack: Stack, request: Request) -> Response:
    """A parked subscriber is there again: it gets what it has missed, in order."""
    identity = request.path_params["id"]
    if not stack.events.resume(identity):
        raise missing("parked subscription", identity)
    return Response(status_code=202)


SYSTEM = System(
    id="events",
    prefix="evt_",
    base="/events/v1",
    resources=(TOPIC,),
    routes=(
        *ROUTES,
        route("GET", "/log", read_log),
        route("GET", "/deliveries", read_deliveries),
        route("GET", "/subscriptions", read_subscriptions),
        route("POST", "/subscriptions/{id}/resume", resume_subscription),
    ),
)
