"""What a service order does with the news of its resource order: services become active, items and order complete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, update

from ringback.reference_stack.kernel.machines import roll_up
from ringback.reference_stack.schema import SOM_ORDER_ITEM, SOM_SERVICE_ORDER
from ringback.reference_stack.systems.reading import Document, characteristics, documents, event_document, listed, text
from ringback.reference_stack.systems.service_ordering.changes import ADD, SHOWN, STATE_AFTER
from ringback.reference_stack.systems.service_ordering.records import items_of, publish, set_value, values_of

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

# Which characteristic of a service a resource becomes; a resource without an entry is linked only.
CHARACTERISTICS: Mapping[str, str] = {
    "SIM": "iccid",
    "IMSI": "imsi",
    "ESIM_PROFILE": "iccid",
    "MSISDN": "msisdn",
    "DEVICE": "imei",
    "TN": "portedNumber",
}
_FINAL = ("completed", "failed", "cancelled", "rejected", "partial")


async def on_resource_order_change(stack: Stack, envelope: dict[str, object]) -> None:
    """Takes over the states of resource items, service by service; bears the same news twice."""
    news = event_document(envelope)
    order = text(news, "externalId")
    for item in _services(stack, order):
        await _take_over(stack, item, _resources_for(news, item["id"]))
    for item in _services(stack, order, category="CFS"):
        await _complete_customer_service(stack, item)


async def settle_without_resources(stack: Stack, order: str) -> None:
    """A change that concerns no resource of a service is built as soon as it is ordered."""
    for item in _services(stack, order):
        with stack.db.begin() as tx:
            has_resources = values_of(tx, item["id"]).get("@resources")
        if not has_resources and item["state"] == "inProgress":
            await _write(stack, item, [])
            _settle(stack, item, "completed")
    for item in _services(stack, order, category="CFS"):
        await _complete_customer_service(stack, item)


def _services(stack: Stack, order: str, category: str = "RFS") -> list[RowMapping]:
    with stack.db.begin() as tx:
        return [item for item in items_of(tx, order) if item["category"] == category]


def _resources_for(news: Document, item: str) -> list[Document]:
    return [resource for resource in documents(news, "orderItem") if text(resource, "serviceOrderItemId") == item]


async def _take_over(stack: Stack, item: RowMapping, resources: list[Document]) -> None:
    """An RFS whose resources are all there becomes active and holds them; a failed resource fails it."""
    states = [text(resource, "state") for resource in resources]
    if not states or any(state not in _FINAL for state in states):
        return
    outcome = roll_up(states)
    if outcome == "cancelled":
        await _take_back(stack, item)
        return
    if outcome != "completed":
        _settle(stack, item, "failed")
        return
    told = " ".join(sorted(text(resource, "resource.id") for resource in resources))
    with stack.db.begin() as tx:
        known = values_of(tx, item["id"]).get("@told")
    if known == told:
        return
    await _write(stack, item, resources)
    _settle(stack, item, "completed", told)


async def _write(stack: Stack, item: RowMapping, resources: list[Document]) -> None:
    """Writes what a change made of a service into the inventory, on the legal way to its new state."""
    path = f"/service/{item['service_id']}"
    service = (await stack.http.get("service-inventory", path)).document()
    with stack.db.begin() as tx:
        ordered = values_of(tx, item["parent_item_id"] or item["id"])
    state = STATE_AFTER.get(item["change_kind"], text(service, "state"))
    if (text(service, "state"), state) == ("inactive", "terminated"):
        (await stack.http.patch("service-inventory", path, json={"state": "active"})).need()
    found = _found(resources)
    shown = {name: ordered[name] for name in SHOWN.get(item["spec_id"], ()) if name in ordered}
    changes: Document = {
        "state": state,
        "serviceCharacteristic": listed(shown | found),
        "supportingResource": [] if state == "terminated" else _held(item, service, resources),
    }
    (await stack.http.patch("service-inventory", path, json=changes)).need()
    with stack.db.begin() as tx:
        for name, value in found.items():  # so that the ordered item tells what it was given, such as its number
            set_value(tx, item["parent_item_id"] or item["id"], name, value)


def _found(resources: list[Document]) -> dict[str, str]:
    """The characteristics that a service gets from its resources."""
    values: dict[str, str] = {}
    for resource in resources:
        kind = text(resource, "resource.category")
        if kind in CHARACTERISTICS:
            values[CHARACTERISTICS[kind]] = text(resource, "resource.value")
        values |= characteristics(resource, "serviceCharacteristic")
    return values


def _held(item: RowMapping, service: Document, resources: list[Document]) -> list[Document]:
    """What a service holds after a change: the new ones in place of those that they replace, the others as before."""
    gone = {text(resource, "replaces.id") for resource in resources}
    before = [] if resources and item["change_kind"] == ADD else documents(service, "supportingResource")
    kept = [text(resource, "id") for resource in before]
    new = [text(resource, "resource.id") for resource in resources]
    return [{"id": identity} for identity in dict.fromkeys([one for one in kept if one not in gone] + new)]


async def _complete_customer_service(stack: Stack, item: RowMapping) -> None:
    """A CFS becomes active when every RFS it relies on is."""
    with stack.db.begin() as tx:
        items = items_of(tx, item["service_order_id"])
    parts = [part["state"] for part in items if part["parent_item_id"] == item["id"]]
    if item["state"] in _FINAL or any(state not in _FINAL for state in parts):
        return
    if set(parts) == {"cancelled"}:
        await _take_back(stack, item)
        return
    outcome = "completed" if set(parts) <= {"completed"} else "failed"
    if outcome == "completed" and not (item["change_kind"] == "resume" and stack.defects.on("D37")):
        await _write(stack, item, [])
    _settle(stack, item, outcome)


async def _take_back(stack: Stack, item: RowMapping) -> None:
    """A new service leaves nothing behind: live it is terminated, planned it is retired; a changed one stays."""
    if item["change_kind"] != ADD:
        _settle(stack, item, "cancelled")
        return
    path = f"/service/{item['service_id']}"
    service = (await stack.http.get("service-inventory", path)).document()
    ends = {"active": "terminated", "designed": "retired", "reserved": "retired"}
    state = text(service, "state")
    if state in ends:
        gone = {"state": ends[state], "supportingResource": []}
        (await stack.http.patch("service-inventory", path, json=gone)).need()
    _settle(stack, item, "cancelled")


def _settle(stack: Stack, item: RowMapping, state: str, told: str = "") -> None:
    """Ends an item, and the order when it was the last one; tells of it in the same transaction."""
    with stack.db.begin() as tx:
        if told:
            set_value(tx, item["id"], "@told", told)
        now = next(one["state"] for one in items_of(tx, item["service_order_id"]) if one["id"] == item["id"])
        overtaken = now == "pendingCancellation" and state == "completed"  # what comes next takes it back
        if state == now or overtaken:
            return
        tx.execute(update(SOM_ORDER_ITEM).where(SOM_ORDER_ITEM.c.id == item["id"]).values(state=state))
        _roll_up(stack, tx, item["service_order_id"])
        publish(stack, tx, item["service_order_id"])


def _roll_up(stack: Stack, tx: Connection, order: str) -> None:
    states = [item["state"] for item in items_of(tx, order) if item["parent_item_id"] is None]
    outcome = roll_up(states)
    if outcome in _FINAL:
        now = stack.clock.stamp()
        change = update(SOM_SERVICE_ORDER).where(SOM_SERVICE_ORDER.c.id == order)
        tx.execute(change.values(state=outcome, completion_date=now, state_changed_at=now))
