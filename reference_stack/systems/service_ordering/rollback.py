"""Rolling back: what failed for good is taken back with all that depends on it, from the network inwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringback.reference_stack.systems.reading import Document, documents, text
from ringback.reference_stack.systems.service_ordering.records import items_of, set_value, values_of

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

ROLLED_BACK = "@rolledBack"


def failed_for_good(news: Document) -> list[Document]:
    """The resource items that failed and of which something may still stand."""
    return [
        resource
        for resource in documents(news, "orderItem")
        if text(resource, "state") == "failed" and not resource.get("rolledBack")
    ]


async def roll_back(stack: Stack, news: Document, failed: list[Document]) -> None:
    """Asks resource ordering to take back what failed and what depends on it.

    Past its point of no return it refuses and holds the item instead; a person must decide then.
    """
    reason = "; ".join(text(resource, "note.0.text") for resource in failed)
    wish: Document = {
        "resourceOrder": {"id": text(news, "id")},
        "cancellationReason": reason,
        "orderItem": [{"id": text(resource, "id")} for resource in failed],
    }
    reply = await stack.http.post("resource-ordering", "/cancelResourceOrder", json=wish)
    if reply.status == 409:
        return
    taken_back = {text(resource, "serviceOrderItemId") for resource in documents(reply.document(), "orderItem")}
    with stack.db.begin() as tx:
        items = items_of(tx, text(news, "externalId"))
        roots = {item["parent_item_id"] or item["id"] for item in items if item["id"] in taken_back}
        for item in items:
            if (item["parent_item_id"] or item["id"]) in roots:
                set_value(tx, item["id"], ROLLED_BACK, f"rolled back: {reason}")


def reason_of(stack: Stack, item: str) -> str:
    """Why an item is rolled back; empty when it is not."""
    with stack.db.begin() as tx:
        return values_of(tx, item).get(ROLLED_BACK, "")
