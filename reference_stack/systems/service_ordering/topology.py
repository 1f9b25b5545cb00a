"""What a customer has: the services below a service, the resources that each holds, and the items to change them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, update

from ringback.reference_stack.kernel.errors import CallRefused
from ringback.reference_stack.schema import SOM_ORDER_ITEM
from ringback.reference_stack.systems.reading import Document, characteristics, documents, text
from ringback.reference_stack.systems.service_ordering.changes import (
    ALLOWED,
    LIVE,
    STATE_AFTER,
    Held,
    concerned,
    now_named,
)
from ringback.reference_stack.systems.service_ordering.decomposition import Row, row_of
from ringback.reference_stack.systems.service_ordering.records import add_item, set_value

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

DECOMPOSITION = "/catalogue/v1/decomposition"


@dataclass(frozen=True, slots=True)
class Part:
    """A resource-facing service of a customer with the resources that it holds."""

    id: str
    spec: str
    resources: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class Topology:
    """A service as it is now.

    Args:
        id: the service that the product order names.
        category: CFS, or RFS where a product has no customer-facing service.
        spec: its specification.
        parts: the resource-facing services that it relies on; the service itself where it is one.
        values: the characteristics of all of them.
        controllers: which controller the catalogue names for a kind of resource of an RFS.
    """

    id: str
    category: str
    spec: str
    parts: tuple[Part, ...]
    values: dict[str, str]
    controllers: dict[tuple[str, str], str]


async def rows_of(stack: Stack, specification: str) -> list[Row]:
    """The catalogue's decomposition of a product specification."""
    reply = await stack.http.get("catalogue", DECOMPOSITION, params={"productSpecification": specification})
    return [row_of(row) for row in documents(reply.document(), "items")]


async def topology(stack: Stack, item: RowMapping, values: dict[str, str]) -> Topology:
    """Reads the service that an item changes, from the inventories.

    Raises:
        CallRefused: there is no such service, or it is not in a state in which it may be changed so.
    """
    path = f"/service/{values.get('@serviceId', '')}"
    top = (await stack.http.get("service-inventory", path)).document()
    allowed = ALLOWED.get(item["change_kind"], LIVE)
    if text(top, "state") not in allowed:
        why = f"{item['change_kind']} needs a service that is {' or '.join(allowed)}, it is {text(top, 'state')}"
        raise CallRefused("service-inventory", path, 409, why)
    below = [top] if text(top, "serviceType") == "RFS" else await _below(stack, top)
    shown = [top, *below]
    return Topology(
        id=text(top, "id"),
        category=text(top, "serviceType"),
        spec=text(top, "serviceSpecification.id"),
        parts=tuple([await _part(stack, service) for service in below]),
        values={name: value for one in shown for name, value in characteristics(one, "serviceCharacteristic").items()},
        controllers={(row.rfs, row.resource or ""): row.controller for row in await rows_of(stack, item["spec_id"])},
    )


async def shown_by(stack: Stack, service: str) -> dict[str, str]:
    """What a service and those below it show: a pass needs the number of the line that it is for."""
    top = (await stack.http.get("service-inventory", f"/service/{service}")).document()
    shown = [top, *await _below(stack, top)]
    return {name: value for one in shown for name, value in characteristics(one, "serviceCharacteristic").items()}


async def _below(stack: Stack, service: Document) -> list[Document]:
    """The live services that a service relies on."""
    relied_on = [
        text(relation, "service.id")
        for relation in documents(service, "serviceRelationship")
        if text(relation, "relationshipType") == "reliesOn"
    ]
    found = [(await stack.http.get("service-inventory", f"/service/{identity}")).document() for identity in relied_on]
    return [one for one in found if text(one, "serviceType") == "RFS" and text(one, "state") in ("active", "inactive")]


async def _part(stack: Stack, service: Document) -> Part:
    held = []
    for resource in documents(service, "supportingResource"):
        known = (await stack.http.get("resource-inventory", f"/resource/{text(resource, 'id')}")).document()
        held.append(Held(text(known, "id"), text(known, "category")))
    return Part(text(service, "id"), text(service, "serviceSpecification.id"), tuple(held))


def make_change_items(tx: Connection, item: RowMapping, has: Topology, values: dict[str, str]) -> None:
    """The ordered item becomes the change of the service, with one item for each part that changes with it."""
    kind = item["change_kind"]
    root = {"category": has.category, "spec_id": has.spec, "service_id": has.id}
    tx.execute(update(SOM_ORDER_ITEM).where(SOM_ORDER_ITEM.c.id == item["id"]).values(**root))
    for name, value in (has.values | values | now_named(has.values)).items():
        set_value(tx, item["id"], name, value)
    for number, part in enumerate(has.parts, start=1):
        resources = _written(part, concerned(kind, part.resources, values), has)
        if part.id == has.id:
            set_value(tx, item["id"], "@resources", resources)
        elif resources or kind in STATE_AFTER:
            row = {
                "service_order_id": item["service_order_id"],
                "action": item["action"],
                "change_kind": kind,
                "category": "RFS",
                "spec_id": part.spec,
                "service_id": part.id,
                "product_order_item_id": item["product_order_item_id"],
                "parent_item_id": item["id"],
            }
            add_item(tx, f"{item['id']}-{number}", row, {"@resources": resources})


def _written(part: Part, resources: tuple[Held, ...], has: Topology) -> str:
    """The resources as they are kept with the item: ``IMSI:nso:IMSI-00007``."""
    return " ".join(f"{one.spec}:{has.controllers.get((part.spec, one.spec), 'nso')}:{one.id}" for one in resources)
