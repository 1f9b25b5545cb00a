"""The service inventory (TMF638): customer-facing and resource-facing services, what they rely on and hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, delete, insert, select
from starlette.requests import Request

from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.errors import invalid
from ringback.reference_stack.kernel.machines import SERVICE, legal
from ringback.reference_stack.kernel.resource import Created, Resource
from ringback.reference_stack.kernel.statements import rows_by
from ringback.reference_stack.kernel.system import System, route
from ringback.reference_stack.schema import SINV_CHAR, SINV_REL, SINV_RESOURCE, SINV_SERVICE
from ringback.reference_stack.systems.reading import Document, characteristics, documents, listed, party, text
from ringback.reference_stack.systems.service_dependents import get_dependents

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

BASE = "/tmf-api/serviceInventory/v4"
_UNKNOWN = "unknown"  # TMF638 wants an order id also of a service that came without one
_IN_TABLES = (
    "serviceSpecification", "serviceCharacteristic", "serviceRelationship", "supportingResource", "relatedParty",
    "place", "serviceOrderItem",
)  # fmt: skip
_MERGED = ("serviceCharacteristic", "serviceRelationship", "supportingResource")


def _shape(tx: Connection, row: RowMapping) -> Document:
    """What the service's other tables add to its document."""
    mine, owner = {"service_id": row["id"]}, row["customer_id"]
    values = {c.name: c.value for c in tx.execute(rows_by(SINV_CHAR, "service_id"), mine)}
    relations = tx.execute(rows_by(SINV_REL, "service_id"), mine).all()
    resources = tx.execute(rows_by(SINV_RESOURCE, "service_id"), mine).all()
    place = [{"id": row["address_id"], "role": "installationAddress"}] if row["address_id"] else []
    return {
        "serviceType": row["category"],
        "serviceSpecification": {"id": row["spec_id"], "name": row["spec_id"]},
        "serviceCharacteristic": listed(values),
        "serviceRelationship": [
            {"relationshipType": relation.rel_type, "service": {"id": relation.related_service_id}}
            for relation in relations
        ],
        "supportingResource": [{"id": resource.resource_id} for resource in resources],
        "relatedParty": [{"id": owner, "role": "customer", "@referredType": "Customer"}] if owner else [],
        "place": place,
        "serviceOrderItem": _ordered_by(row),
    }


def _ordered_by(row: RowMapping) -> list[Document]:
    if not row["service_order_item_id"]:
        return []
    return [{"serviceOrderId": row["service_order_id"] or _UNKNOWN, "itemId": row["service_order_item_id"]}]


async def _create(stack: Stack, body: Document, _request: Request) -> Created:
    """Stores a new service; the same service order item asked again gets the same service."""
    order_item = text(body, "serviceOrderItem.0.itemId", "serviceOrderItemId")
    if not legal(SERVICE, None, text(body, "state")):
        raise invalid(f"a new service cannot be {text(body, 'state')}", f"allowed: {', '.join(SERVICE.initial)}")
    known = SINV_SERVICE.c.service_order_item_id == order_item
    with stack.db.begin() as tx:
        existing = tx.execute(select(SINV_SERVICE.c.id).where(known)).scalar() if order_item else None
        if existing:
            return Created(existing, 200)
        identity = stack.ids.new("SV")
        _write(tx, identity, body)
        RESOURCE.extend(tx, identity, {name: value for name, value in body.items() if name not in _IN_TABLES})
        RESOURCE.insert(stack, tx, _columns(identity, order_item, body))
    return Created(identity)


def _columns(identity: str, order_item: str, body: Document) -> Document:
    return {
        "id": identity,
        "category": text(body, "category", "serviceType") or "CFS",
        "spec_id": text(body, "serviceSpecification.id", "serviceSpecification.name"),
        "state": text(body, "state"),
        "start_date": text(body, "startDate") or None,
        "service_order_id": text(body, "serviceOrderItem.0.serviceOrderId") or None,
        "service_order_item_id": order_item or None,
        "customer_id": party(body),
        "address_id": text(body, "place.0.id") or None,
    }


def _write(tx: Connection, identity: str, body: Document) -> None:
    """Merges characteristics and relationships; the list of supporting resources replaces the one before."""
    for name, value in characteristics(body, "serviceCharacteristic").items():
        tx.execute(delete(SINV_CHAR).where(SINV_CHAR.c.service_id == identity, SINV_CHAR.c.name == name))
        tx.execute(insert(SINV_CHAR).values(service_id=identity, name=name, value=value))
    for relation in documents(body, "serviceRelationship"):
        if not text(relation, "service.id"):
            raise invalid("a serviceRelationship names no service.id", "name the service that it leads to")
        row = {
            "service_id": identity,
            "rel_type": text(relation, "relationshipType") or "reliesOn",
            "related_service_id": text(relation, "service.id"),
        }
        tx.execute(delete(SINV_REL).where(*(SINV_REL.c[name] == value for name, value in row.items())))
        tx.execute(insert(SINV_REL).values(**row))
    if "supportingResource" in body:
        tx.execute(delete(SINV_RESOURCE).where(SINV_RESOURCE.c.service_id == identity))
        held = {text(resource, "id") for resource in documents(body, "supportingResource")}
        for resource in sorted(held - {""}):
            tx.execute(insert(SINV_RESOURCE).values(service_id=identity, resource_id=resource))


async def _before_patch(stack: Stack, before: Document, changes: Document) -> None:
    """Puts what has tables of its own into them, so that the service's next event shows it."""
    old, new = text(before, "state"), text(changes, "state") or text(before, "state")
    if new == "active" and not before.get("startDate"):
        changes.setdefault("startDate", stack.clock.stamp())
    if new == "terminated" and old != "terminated":
        changes.setdefault("endDate", stack.clock.stamp())
    beside = {name: changes.pop(name) for name in _MERGED if name in changes}
    if not beside:
        return
    with stack.db.begin() as tx:
        _write(tx, str(before["id"]), beside)
        if not changes or (new == old and "startDate" not in changes):
            RESOURCE.publish(stack, tx, str(before["id"]), "AttributeValueChangeEvent")


def _remove(tx: Connection, identity: str) -> None:
    """A service goes with its characteristics, relationships and links to resources."""
    for table in (SINV_CHAR, SINV_REL, SINV_RESOURCE):
        tx.execute(delete(table).where(table.c.service_id == identity))


RESOURCE = Resource(
    name="service",
    path=f"{BASE}/service",
    table=SINV_SERVICE,
    prefix="SV",
    columns={"state": "state", "category": "category", "startDate": "start_date", "endDate": "end_date"},
    shape=_shape,
    mergeable=_MERGED,
    remove=_remove,
    mandatory=("state", "serviceSpecification"),
    defaults={"serviceDate": lambda stack: stack.clock.stamp()},
    not_patchable=("id", "href", "serviceDate"),
    machine=SERVICE,
    create=_create,
    before_patch=_before_patch,
    writers=("service-ordering",),
    required=("state", "serviceSpecification", "serviceDate"),
    tag="Service Inventory",
    properties={
        "state": shapes.states(SERVICE),
        "category": shapes.TEXT,
        "serviceType": shapes.TEXT,
        "serviceDate": shapes.TIME,
        "startDate": shapes.TIME,
        "endDate": shapes.TIME,
        "serviceSpecification": shapes.REFERENCE,
        "serviceCharacteristic": shapes.many(shapes.CHARACTERISTIC),
        "serviceRelationship": shapes.many(
            shapes.record({"relationshipType": shapes.TEXT, "service": shapes.REFERENCE}, "relationshipType", "service")
        ),
        "supportingResource": shapes.many(shapes.REFERENCE),
        "relatedParty": shapes.many(shapes.PARTY),
        "place": shapes.many(shapes.PLACE),
        "serviceOrderItem": shapes.many(
            shapes.record({"serviceOrderId": shapes.TEXT, "itemId": shapes.TEXT}, "serviceOrderId", "itemId")
        ),
    },
)

SYSTEM = System(
    id="service-inventory",
    prefix="sinv_",
    base=BASE,
    resources=(RESOURCE,),
    routes=(route("GET", "/service-inventory/v1/dependents", get_dependents),),
)
