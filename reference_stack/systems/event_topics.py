"""Topics (TMF688): a named part of the event log with subscribers of its own; who posts to it is heard by them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, delete, insert, select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.bodies import body_of
from ringback.reference_stack.kernel.errors import invalid, missing
from ringback.reference_stack.kernel.hub import POSTED, TOPICS, wants
from ringback.reference_stack.kernel.query import Query
from ringback.reference_stack.kernel.resource import Resource
from ringback.reference_stack.kernel.system import route
from ringback.reference_stack.schema import EVT_EVENT, EVT_HUB, EVT_TOPIC
from ringback.reference_stack.systems.reading import Document, at, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

BASE = "/tmf-api/event/v4"
_LATEST = 1000  # events of the log in which a topic is looked for


def _remove(tx: Connection, identity: str) -> None:
    tx.execute(delete(EVT_HUB).where(EVT_HUB.c.base == topic_base(identity)))


def topic_base(topic: str) -> str:
    """Under what the subscriptions of a topic are kept."""
    return f"{TOPICS}{topic}"


TOPIC = Resource(
    name="topic",
    path=f"{BASE}/topic",
    table=EVT_TOPIC,
    prefix="TOPIC",
    tag="Event",
    columns={"name": "name"},
    expected=("name",),
    defaults={"name": "events"},
    operations="LGPD",
    remove=_remove,
    required=("name",),
    properties={"name": shapes.TEXT, "contentQuery": shapes.TEXT, "headerQuery": shapes.TEXT},
)


def _topic(stack: Stack, request: Request) -> Document:
    with stack.db.begin() as tx:
        found = TOPIC.find(tx, request.path_params["topic"])
    if found is None:
        raise missing("topic", request.path_params["topic"])
    return found


async def post_event(stack: Stack, request: Request) -> Response:
    """``{"eventType", "event": {...}, "correlationId"?}``: published to the subscribers of the topic."""
    topic, body = _topic(stack, request), await body_of(request)
    content, kind = at(body, "event"), text(body, "eventType")
    if not kind.isidentifier() or not isinstance(content, dict):
        raise invalid("an event needs eventType and event", "for example eventType MaintenanceEvent, event {...}")
    identity = str(topic["id"])
    with stack.db.begin() as tx:
        made = stack.events.publish(
            tx, kind, resource_type=POSTED, resource_id=identity, document=content,
            correlation=text(body, "correlationId") or None,
        )  # fmt: skip
    return JSONResponse(_event(stack, made, identity), 201, {"Location": f"{topic_base(identity)}/event/{made}"})


async def list_events(stack: Stack, request: Request) -> Response:
    """The events of a topic: what was posted to it, and what of the log fits its contentQuery; the latest first."""
    topic, query = _topic(stack, request), Query.of(request)
    latest = select(EVT_EVENT).order_by(EVT_EVENT.c.event_time.desc(), EVT_EVENT.c.event_id).limit(_LATEST)
    with stack.db.begin() as tx:
        rows = tx.execute(latest).mappings().all()
    mine = [row["event_id"] for row in rows if _belongs(topic, row)]
    shown = mine[query.offset : query.offset + query.limit]
    headers = {"X-Total-Count": str(len(mine)), "X-Result-Count": str(len(shown))}
    documents = [_event(stack, one, str(topic["id"])) for one in shown]
    return JSONResponse(documents, 200 if len(shown) == len(mine) else 206, headers)


def _belongs(topic: Document, event: RowMapping) -> bool:
    wanted = text(topic, "contentQuery")
    was_posted = event["resource_type"] == POSTED and event["resource_id"] == topic["id"]
    return was_posted or bool(wanted and wants(wanted, json.loads(event["payload"])))


async def get_event(stack: Stack, request: Request) -> Response:
    """One event of a topic."""
    topic = _topic(stack, request)
    return JSONResponse(_event(stack, request.path_params["id"], str(topic["id"])))


def _event(stack: Stack, identity: str, topic: str) -> Document:
    with stack.db.begin() as tx:
        payload = tx.execute(select(EVT_EVENT.c.payload).where(EVT_EVENT.c.event_id == identity)).scalar()
    if payload is None:
        raise missing("event", identity)
    named: Document = {"id": identity, "href": f"{topic_base(topic)}/event/{identity}"}
    return named | dict(json.loads(payload))


async def post_hub(stack: Stack, request: Request) -> Response:
    """Subscribes to a topic; its contentQuery says which events that are."""
    topic, body = _topic(stack, request), await body_of(request)
    callback, query = text(body, "callback"), text(body, "query") or text(topic, "contentQuery")
    if not callback.startswith(("http://", "https://")):
        raise invalid("a subscription needs a callback URL", "post {callback, query?}")
    identity, base = stack.ids.new("HUB"), topic_base(str(topic["id"]))
    values = {"id": identity, "base": base, "callback": callback, "query": query, "created_at": stack.clock.stamp()}
    with stack.db.begin() as tx:
        tx.execute(insert(EVT_HUB).values(**values))
    stack.events.topics_changed()
    href = f"{base}/hub/{identity}"
    return JSONResponse({"id": identity, "href": href, "callback": callback, "query": query}, 201, {"Location": href})


async def get_hub(stack: Stack, request: Request) -> Response:
    """One subscription of a topic."""
    base, identity = topic_base(request.path_params["topic"]), request.path_params["id"]
    with stack.db.begin() as tx:
        mine = select(EVT_HUB).where(EVT_HUB.c.id == identity, EVT_HUB.c.base == base)
        row = tx.execute(mine).mappings().first()
    if row is None:
        raise missing("subscription", identity)
    shown = {"id": identity, "href": f"{base}/hub/{identity}", "callback": row["callback"], "query": row["query"]}
    return JSONResponse(shown)


async def delete_hub(stack: Stack, request: Request) -> Response:
    """Ends a subscription."""
    base, identity = topic_base(request.path_params["topic"]), request.path_params["id"]
    with stack.db.begin() as tx:
        gone = tx.execute(delete(EVT_HUB).where(EVT_HUB.c.id == identity, EVT_HUB.c.base == base)).rowcount
    stack.events.topics_changed()
    if not gone:
        raise missing("subscription", identity)
    return Response(status_code=204)


_ONE = f"{BASE}/topic/{{topic}}"
ROUTES = (
    route("POST", f"{_ONE}/event", post_event),
    route("GET", f"{_ONE}/event", list_events),
    route("GET", f"{_ONE}/event/{{id}}", get_event),
    route("POST", f"{_ONE}/hub", post_hub),
    route("GET", f"{_ONE}/hub/{{id}}", get_hub),
    route("DELETE", f"{_ONE}/hub/{{id}}", delete_hub),
)
