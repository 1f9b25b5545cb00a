"""What a change makes of a service in the inventory: its state, what it shows, which resources it holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy import RowMapping

from ringback.reference_stack.systems.reading import Document, characteristics, documents, listed, text
from ringback.reference_stack.systems.service_ordering.changes import ADD, SHOWN, STATE_AFTER
from ringback.reference_stack.systems.service_ordering.records import set_value, values_of

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
_TAKEN_BACK = {"active": "terminated", "designed": "retired", "reserved": "retired"}


async def build(stack: Stack, item: RowMapping, resources: list[Document]) -> None:
    """Writes what a change made of a service, on the legal way to its new state."""
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


async def unbuild(stack: Stack, item: RowMapping) -> None:
    """A new service leaves nothing behind: live it is terminated, planned it is retired; a changed one stays."""
    if item["change_kind"] != ADD:
        return
    path = f"/service/{item['service_id']}"
    service = (await stack.http.get("service-inventory", path)).document()
    after = _TAKEN_BACK.get(text(service, "state"))
    if after:
        gone = {"state": after, "supportingResource": []}
        (await stack.http.patch("service-inventory", path, json=gone)).need()


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
