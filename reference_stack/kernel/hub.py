"""The hub of an API: who outside the stack wants to hear of its resources, and which of their events."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from sqlalchemy import Connection, delete, insert, select, update
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.kernel.bodies import body_of
from ringback.reference_stack.kernel.errors import invalid, missing
from ringback.reference_stack.kernel.query import choices, matches
from ringback.reference_stack.kernel.statements import rows_by
from ringback.reference_stack.kernel.system import Route
from ringback.reference_stack.schema import EVT_DELIVERY, EVT_HUB

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack


def hub_routes(base: str) -> tuple[Route, ...]:
    """The subscription routes of one API."""

    async def subscribe(stack: Stack, request: Request) -> Response:
        body = await body_of(request)
        callback, query = body.get("callback"), body.get("query") or ""
        if not isinstance(callback, str) or not callback.startswith(("http://", "https://")):
            raise invalid("a subscription needs a callback URL", "post {callback, query?}")
        if not isinstance(query, str):
            raise invalid("the query of a subscription is text", "for example eventType=ProductOrderStateChangeEvent")
        identity = stack.ids.new("HUB")
        values = {"id": identity, "base": base, "callback": callback, "query": query, "created_at": stack.clock.stamp()}
        with stack.db.begin() as tx:
            tx.execute(insert(EVT_HUB).values(**values))
        document = {"id": identity, "callback": callback, "query": query}
        return JSONResponse(document, 201, {"Location": f"{base}/hub/{identity}"})

    async def unsubscribe(stack: Stack, request: Request) -> Response:
        identity = request.path_params["id"]
        with stack.db.begin() as tx:
            gone = tx.execute(delete(EVT_HUB).where(EVT_HUB.c.id == identity, EVT_HUB.c.base == base)).rowcount
        if not gone:
            raise missing("subscription", identity)
        return Response(status_code=204)

    return Route("POST", f"{base}/hub", subscribe), Route("DELETE", f"{base}/hub/{{id}}", unsubscribe)


def subscriptions(tx: Connection, base: str | None, envelope: dict[str, object]) -> list[tuple[str, str]]:
    """The ids of an API's subscriptions that want this event, each with the status of its delivery."""
    if base is None:
        return []
    found = tx.execute(rows_by(EVT_HUB, "base"), {"base": base}).all()
    return [(hub.id, "parked" if hub.parked_at else "pending") for hub in found if wants(hub.query or "", envelope)]


POSTED = "topicEvent"  # the resource type of an event that was posted to a topic
TOPICS = "/tmf-api/event/v4/topic/"  # what the subscriptions of a topic begin with; its id follows


def topics_with_subscribers(tx: Connection) -> tuple[str, ...]:
    """The topics that somebody has subscribed to."""
    mine = select(EVT_HUB.c.base).where(EVT_HUB.c.base.startswith(TOPICS)).distinct()
    return tuple(sorted(tx.execute(mine).scalars()))


def topic_subscriptions(
    tx: Connection, topics: tuple[str, ...], posted_to: str | None, envelope: dict[str, object]
) -> list[tuple[str, str]]:
    """Who hears of an event by a topic: all of the one that it was posted to, of others those whose query fits."""
    hubs = [hub for base in topics for hub in tx.execute(rows_by(EVT_HUB, "base"), {"base": base})]
    fits = [hub for hub in hubs if hub.base == posted_to or (hub.query and wants(hub.query, envelope))]
    return [(hub.id, "parked" if hub.parked_at else "pending") for hub in fits]


def park(tx: Connection, subscription: str, now: str) -> bool:
    """Lets a subscription and its events rest until it is resumed; returns whether it has not rested before."""
    fresh = (EVT_HUB.c.id == subscription) & EVT_HUB.c.parked_at.is_(None)
    is_new = tx.execute(update(EVT_HUB).where(fresh).values(parked_at=now)).rowcount > 0
    _move(tx, subscription, "pending", "parked")
    return is_new


def resume(tx: Connection, subscription: str) -> bool:
    """Lets a parked subscription have its events, from the first that it has not taken; returns whether it was one."""
    parked = (EVT_HUB.c.id == subscription) & EVT_HUB.c.parked_at.is_not(None)
    was_parked = tx.execute(update(EVT_HUB).where(parked).values(parked_at=None)).rowcount > 0
    _move(tx, subscription, "parked", "pending")
    return was_parked


def _move(tx: Connection, subscription: str, before: str, after: str) -> None:
    mine = (EVT_DELIVERY.c.subscriber == subscription) & (EVT_DELIVERY.c.status == before)
    tx.execute(update(EVT_DELIVERY).where(mine).values(status=after, attempts=0))


def forget_all(tx: Connection) -> None:
    """Ends every subscription."""
    tx.execute(delete(EVT_HUB))


def wants(query: str, envelope: dict[str, object]) -> bool:
    """Whether a subscription's query holds for an event: ``eventType=A,B``, ``event.product.status=active``, or none.

    The name of an event may be written as its type or as its path, ``productCreateEvent``.
    """
    pairs = parse_qsl(query) or ([("eventType", query)] if query else [])
    return matches(envelope, [(name, _typed(name, choices(value))) for name, value in pairs])


def listener_path(event_type: str) -> str:
    """Where a subscriber listens, below its callback: ``/listener/productCreateEvent``."""
    return f"/listener/{event_type[0].lower()}{event_type[1:]}"


def _typed(name: str, values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(value[:1].upper() + value[1:] for value in values) if name == "eventType" else values
