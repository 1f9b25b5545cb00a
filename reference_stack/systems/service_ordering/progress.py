"""What a service order does with the news of its resource order: services become active, items and order complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import RowMapping

from ringback.reference_stack.kernel.machines import roll_up
from ringback.reference_stack.systems.reading import Document, at, documents, event_document, text
from ringback.reference_stack.systems.service_ordering.building import build, unbuild
from ringback.reference_stack.systems.service_ordering.records import items_of, values_of
from ringback.reference_stack.systems.service_ordering.rollback import failed_for_good, reason_of, roll_back
from ringback.reference_stack.systems.service_ordering.standing import FINAL, WAITING, reach, settle, stand

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_COMPLETED = "service ready"


async def on_resource_order_change(stack: Stack, envelope: dict[str, object]) -> None:
    """Takes over the states of resource items, service by service; bears the same news twice."""
    news = event_document(envelope)
    failed = failed_for_good(news)
    if failed:
        await roll_back(stack, news, failed)
    order = text(news, "externalId")
    for item in _services(stack, order):
        await _take_over(stack, item, _resources_for(news, item["id"]))
    for item in _services(stack, order, category="CFS"):
        await _complete_customer_service(stack, item)


async def settle_without_resources(stack: Stack, order: str) -> None:
    """A change that concerns no resource at all is built as soon as it is ordered."""
    for item in _services(stack, order):
        if item["parent_item_id"] is None and _is_bare(stack, item) and item["state"] == "inProgress":
            await build(stack, item, [])
            settle(stack, item, "completed")
    for item in _services(stack, order, category="CFS"):
        await _complete_customer_service(stack, item)


def _is_bare(stack: Stack, item: RowMapping) -> bool:
    """Whether nothing below a service is ordered: it follows its customer-facing service."""
    with stack.db.begin() as tx:
        return not values_of(tx, item["id"]).get("@resources")


def _services(stack: Stack, order: str, category: str = "RFS") -> list[RowMapping]:
    with stack.db.begin() as tx:
        return [item for item in items_of(tx, order) if item["category"] == category]


def _resources_for(news: Document, item: str) -> list[Document]:
    return [resource for resource in documents(news, "orderItem") if text(resource, "serviceOrderItemId") == item]


async def _take_over(stack: Stack, item: RowMapping, resources: list[Document]) -> None:
    """An RFS whose resources are all there becomes what was ordered; what waits below waits here, with the reason."""
    if not resources:
        return
    reach(stack, item, [str(name) for resource in resources for name in _names(at(resource, "milestone"))])
    states = [text(resource, "state") for resource in resources]
    if any(state not in FINAL for state in states):
        _wait(stack, item, resources)
        return
    outcome = roll_up(states)
    if outcome != "completed":
        await _take_back(
            stack, item, [text(resource, "state") for resource in failed_for_good({"orderItem": resources})]
        )
        return
    told = " ".join(sorted(text(resource, "resource.id") for resource in resources))
    with stack.db.begin() as tx:
        known = values_of(tx, item["id"]).get("@told")
    if known == told:
        return
    await build(stack, item, resources)
    settle(stack, item, "completed", told=told)


def _names(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _wait(stack: Stack, item: RowMapping, resources: list[Document]) -> None:
    waiting = [resource for state in WAITING for resource in resources if text(resource, "state") == state]
    state = text(waiting[0], "state") if waiting else "inProgress"
    stand(stack, item, state, text(waiting[0], "note.0.text") if waiting else "")


async def _complete_customer_service(stack: Stack, item: RowMapping) -> None:
    """A CFS becomes what was ordered when every RFS below it is; those that need no resource follow it."""
    with stack.db.begin() as tx:
        below = [part for part in items_of(tx, item["service_order_id"]) if part["parent_item_id"] == item["id"]]
    bare = [part for part in below if _is_bare(stack, part)]
    states = {part["state"] for part in below if part not in bare}
    if item["state"] in FINAL or not states <= set(FINAL):
        return
    if not states <= {"completed"}:
        for one in (*bare, item):
            await _take_back(stack, one, [])
        return
    for part in bare:
        await build(stack, part, [])
        settle(stack, part, "completed")
    # With D37 a service whose parts all existed already is not written.
    if not (item["change_kind"] == "resume" and stack.defects.on("D37")):
        await build(stack, item, [])
    reach(stack, item, [_COMPLETED])
    settle(stack, item, "completed")


async def _take_back(stack: Stack, item: RowMapping, standing: list[str]) -> None:
    """An item that is cancelled, or rolled back because something failed; not while something of it still stands."""
    if standing:
        return
    await unbuild(stack, item)
    reason = reason_of(stack, item["id"])
    settle(stack, item, "failed" if reason else "cancelled", reason=reason)
