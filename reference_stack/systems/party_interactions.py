"""Party interactions (TMF683): when a customer and the company spoke with each other, on which channel, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping
from starlette.requests import Request

from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.resource import Created, Resource
from ringback.reference_stack.schema import CRM_INTERACTION
from ringback.reference_stack.systems.reading import Document, documents, party, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack


def _shape(_tx: Connection, row: RowMapping) -> Document:
    """What interactions that events brought and those that somebody posted have alike."""
    customer, order = row["customer_id"], row["order_id"]
    channel = row["channel"] or "api"
    found: Document = {"channel": [{"id": channel, "name": channel}], "status": row["status"] or "completed"}
    found["interactionDate"] = {"startDateTime": row["at"]}
    if customer:
        found["relatedParty"] = [{"id": customer, "role": "customer", "@referredType": "Customer"}]
    if order:
        found["interactionItem"] = [{"id": "1", "item": {"id": order, "@referredType": "ProductOrder"}}]
    return found


async def _create(stack: Stack, body: Document, _request: Request) -> Created:
    """Notes an interaction that somebody had with a customer."""
    items = [item for item in documents(body, "interactionItem") if text(item, "item.@referredType") == "ProductOrder"]
    identity = stack.ids.new(INTERACTION.prefix)
    with stack.db.begin() as tx:
        INTERACTION.extend(tx, identity, body)
        values = {
            "id": identity, "customer_id": party(body) or None, "at": text(body, "interactionDate.startDateTime"),
            "channel": text(body, "channel.0.name", "channel.0.id"), "direction": text(body, "direction"),
            "reason": text(body, "reason"), "status": text(body, "status"),
            "order_id": text(items, "0.item.id") or None,
        }  # fmt: skip
        values["at"] = values["at"] or stack.clock.stamp()
        INTERACTION.insert(stack, tx, values)
    return Created(identity)


def note_interaction(stack: Stack, tx: Connection, order: Document) -> str:
    """Notes that a customer has ordered."""
    values = {
        "customer_id": party(order), "channel": text(order, "channel.0.id") or "api", "direction": "inbound",
        "reason": "productOrder", "order_id": text(order, "id"), "at": stack.clock.stamp(), "status": "completed",
    }  # fmt: skip
    return INTERACTION.insert(stack, tx, values)


INTERACTION = Resource(
    name="partyInteraction",
    path="/tmf-api/partyInteraction/v4/partyInteraction",
    table=CRM_INTERACTION,
    prefix="INT",
    tag="Party Interaction",
    columns={"direction": "direction", "reason": "reason", "status": "status"},
    filters={"relatedParty.id": "customer_id", "interactionItem.item.id": "order_id"},
    shape=_shape,
    overridable=("channel", "status", "interactionDate", "relatedParty", "interactionItem"),
    mandatory=("interactionDate", "reason", "status", "direction", "channel"),
    not_patchable=("id", "href", "interactionDate", "relatedParty"),
    state="status",
    create=_create,
    required=("interactionDate", "reason", "status", "direction", "channel"),
    properties={
        "description": shapes.TEXT,
        "status": shapes.TEXT,
        "interactionDate": shapes.PERIOD,
        "channel": shapes.many(shapes.record({"id": shapes.TEXT, "name": shapes.TEXT})),
        "relatedParty": shapes.many(shapes.PARTY),
        "interactionItem": shapes.many(shapes.record({})),
        "note": shapes.many(shapes.NOTE),
    },
)
