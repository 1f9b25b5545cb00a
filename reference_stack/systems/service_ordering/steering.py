"""What a person may do with a service order that waits: it is done where the waiting is, in resource ordering."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringback.reference_stack.kernel.errors import TmfError, conflict, missing
from ringback.reference_stack.kernel.machines import SERVICE_ORDER, legal
from ringback.reference_stack.systems.reading import Document, documents, text
from ringback.reference_stack.systems.service_ordering.records import items_of

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

# The state of the resource items that each wish is about.
_ABOUT = {"held": ("inProgress", "pending"), "inProgress": ("held",), "failed": ("held",)}


async def steer(stack: Stack, before: Document, changes: Document) -> None:
    """Hands the states that a PATCH asks for down to the resource items; their events bring the answer back.

    Raises:
        TmfError: 404 an unknown item, 409 a step that is illegal or that is nobody's to take by hand.
    """
    identity, now = text(before, "id"), text(before, "state")
    asked = {text(item, "id"): text(item, "state") for item in documents(changes, "serviceOrderItem")}
    changes.pop("serviceOrderItem", None)
    whole = text(changes, "state")
    changes.pop("state", None)
    with stack.db.begin() as tx:
        items = items_of(tx, identity)
    if whole and whole != now:
        if not legal(SERVICE_ORDER, now, whole) or whole not in ("held", "inProgress"):
            following = ", ".join(SERVICE_ORDER.steps.get(now, ())) or "nothing, it is final"
            raise conflict(f"a service order cannot go {now} -> {whole} by hand", f"legal: {following}")
        roots = [item for item in items if item["parent_item_id"] is None and item["state"] in _ABOUT[whole]]
        asked = {str(item["id"]): whole for item in roots} | asked
    for name, state in asked.items():
        known = next((item for item in items if item["id"] == name), None)
        if known is None:
            raise missing("service order item", name)
        if state != known["state"] and known["state"] not in _ABOUT.get(state, ()):
            raise conflict(f"item {name} cannot go {known['state']} -> {state} by hand", "hold, resume or give up")
        if state != known["state"]:
            below = {str(item["id"]) for item in items if name in (item["id"], item["parent_item_id"])}
            await _hand_down(stack, identity, below, state)


async def _hand_down(stack: Stack, order: str, items: set[str], state: str) -> None:
    found = await stack.http.get("resource-ordering", "/resourceOrder", params={"externalId": order})
    for resource_order in found.documents():
        wished: list[Document] = [
            {"id": text(one, "id"), "state": state}
            for one in documents(resource_order, "orderItem")
            if text(one, "serviceOrderItemId") in items and text(one, "state") in _ABOUT[state]
        ]
        path = f"/resourceOrder/{text(resource_order, 'id')}"
        reply = await stack.http.patch("resource-ordering", path, json={"orderItem": wished})
        if not reply.ok:
            reason = text(reply.json, "reason") or "resource ordering refuses"
            raise TmfError(reply.status, text(reply.json, "code") or "conflict", reason, text(reply.json, "message"))
