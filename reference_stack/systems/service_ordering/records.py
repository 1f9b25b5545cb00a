"""The service order as its API shows it: one item per ordered product, its resource-facing services inside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, RowMapping, Select, delete, select
from starlette.requests import Request

from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.kernel.errors import invalid
from ringback.reference_stack.kernel.machines import SERVICE_ORDER
from ringback.reference_stack.kernel.resource import Created, Resource
from ringback.reference_stack.kernel.statements import gone_by, new_row, rows_by
from ringback.reference_stack.schema import (
    SOM_JEOPARDY,
    SOM_MILESTONE,
    SOM_ORDER_ITEM,
    SOM_ORDER_ITEM_CHAR,
    SOM_SERVICE_ORDER,
)
from ringback.reference_stack.systems.reading import Document, characteristics, documents, listed, party, text
from ringback.reference_stack.systems.service_ordering import notices
from ringback.reference_stack.systems.service_ordering.changes import ADD, STATE_AFTER, kind_of

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

BASE = "/tmf-api/serviceOrdering/v4"
_SERVICES = "/tmf-api/serviceInventory/v4/service"
ORDERED = "product"  # category of an item whose product is not decomposed yet
# What only the old provider may see: never in a document of this system, and so never in an event.
PRIVATE = ("pin", "accountNumber")


def items_of(tx: Connection, order: str) -> list[RowMapping]:
    """All items of a service order, in the order in which they were made."""
    mine = rows_by(SOM_ORDER_ITEM, "service_order_id", ordered="id")
    return list(tx.execute(mine, {"service_order_id": order}).mappings())


def values_of(tx: Connection, item: str) -> dict[str, str]:
    """What was posted with an item: characteristics, and under ``@`` names what else it carried."""
    rows = tx.execute(rows_by(SOM_ORDER_ITEM_CHAR, "item_id"), {"item_id": item})
    return {row.name: row.value for row in rows}


def set_value(tx: Connection, item: str, name: str, value: str) -> None:
    """Keeps one more thing with an item."""
    tx.execute(gone_by(SOM_ORDER_ITEM_CHAR, "item_id", "name"), {"by_item_id": item, "by_name": name})
    tx.execute(new_row(SOM_ORDER_ITEM_CHAR), {"item_id": item, "name": name, "value": value})


def _shape(tx: Connection, row: RowMapping) -> Document:
    items = items_of(tx, row["id"])
    shown = {item["id"]: _item(tx, item) for item in items}
    for item in items:
        parent = shown.get(item["parent_item_id"])
        if parent is not None:
            inside = parent.setdefault("serviceOrderItem", [])
            if isinstance(inside, list):
                inside.append(shown[item["id"]])
    return {
        "relatedParty": [
            {"id": row["customer_id"], "role": "customer", "@type": "RelatedParty", "@referredType": "Customer"}
        ],
        "serviceOrderItem": [shown[item["id"]] for item in items if item["parent_item_id"] is None],
        **notices.shown(tx, row["id"]),
    }


def _item(tx: Connection, item: RowMapping) -> Document:
    values = values_of(tx, item["id"])
    open_values = {name: value for name, value in values.items() if name not in PRIVATE and not name.startswith("@")}
    return {
        "id": item["id"],
        "state": item["state"],
        "action": item["action"],
        "changeKind": item["change_kind"],
        "productOrderItemId": item["product_order_item_id"],
        "service": _known(item)
        | {
            "serviceType": item["category"],
            "state": _service_state(item),
            "serviceSpecification": {"id": item["spec_id"], "name": item["spec_id"]},
            "serviceCharacteristic": listed(open_values),
        },
    } | _why(item, values)


def _why(item: RowMapping, values: dict[str, str]) -> Document:
    """Why an item waits or has failed."""
    if item["state"] in ("held", "pending", "failed", "cancelled") and values.get("@reason"):
        return {"note": [{"text": values["@reason"]}]}
    return {}


def _service_state(item: RowMapping) -> str:
    """The state of an item's service as far as this system knows it."""
    if item["state"] == "completed":
        return STATE_AFTER.get(item["change_kind"], "active")
    return "reserved" if item["change_kind"] == ADD else "inactive" if item["change_kind"] == "resume" else "active"


def _known(item: RowMapping) -> Document:
    """The service of an item, once there is one."""
    identity = item["service_id"]
    return {"id": identity, "href": f"{_SERVICES}/{identity}"} if identity else {}


async def _create(stack: Stack, body: Document, _request: Request) -> Created:
    """Takes an order in; the same product order posted again gets the same service order."""
    product_order = text(body, "externalId")
    if not product_order:
        body["externalId"] = product_order = stack.ids.new("EXT")
    posted = documents(body, "serviceOrderItem")
    unspecified = [text(item, "id") for item in posted if not text(item, "service.serviceSpecification.id")]
    if unspecified:
        raise invalid(f"items {', '.join(unspecified)} name no service.serviceSpecification.id")
    known = _known_as(product_order, posted)
    with stack.db.begin() as tx:
        existing = tx.execute(known).scalar()
        if existing is not None:
            return Created(existing, 200)
        identity = stack.ids.new("SO")
        for number, item in enumerate(posted, start=1):
            _keep_item(tx, f"{identity}-{number:02d}", identity, item)
        now = stack.clock.stamp()
        row = {
            "id": identity, "product_order_id": product_order, "customer_id": party(body), "state": "acknowledged",
            "order_date": now, "state_changed_at": now, "correlation_id": CORRELATION.get(),
        }  # fmt: skip
        kept = {name: value for name, value in body.items() if name not in ("serviceOrderItem", "relatedParty")}
        RESOURCE.extend(tx, identity, kept)
        RESOURCE.insert(stack, tx, row)
    return Created(identity)


def _known_as(product_order: str, posted: list[Document]) -> Select[Any]:
    """The service order that has these items already: what must wait for something comes as a second order."""
    wanted = [text(item, "productOrderItemId", "id") for item in posted]
    same = select(SOM_ORDER_ITEM.c.service_order_id).where(SOM_ORDER_ITEM.c.product_order_item_id.in_(wanted))
    table = SOM_SERVICE_ORDER.c
    return select(table.id).where(table.product_order_id == product_order, table.id.in_(same)).order_by(table.id)


def _keep_item(tx: Connection, identity: str, order: str, item: Document) -> None:
    values = characteristics(item, "service.serviceCharacteristic") | {
        "@productId": text(item, "productId", "product.id"),
        "@serviceId": text(item, "service.id"),
        "@reliesOn": text(item, "service.serviceRelationship.0.service.id"),
        "@place": text(item, "service.place.0.id", "place.0.id"),
        "@offering": text(item, "productOfferingId", "productOffering.id"),
    }
    add_item(
        tx,
        identity,
        {
            "service_order_id": order,
            "action": text(item, "action") or "add",
            "change_kind": kind_of(text(item, "action"), text(item, "changeKind")),
            "category": ORDERED,
            "spec_id": text(item, "service.serviceSpecification.id"),
            "product_order_item_id": text(item, "productOrderItemId", "id"),
        },
        values,
    )


def add_item(tx: Connection, identity: str, row: dict[str, object], values: dict[str, str]) -> None:
    """Stores a new item, acknowledged, with what it carries."""
    tx.execute(new_row(SOM_ORDER_ITEM), {"id": identity, "state": "acknowledged", **row})
    rows = [{"item_id": identity, "name": name, "value": value} for name, value in values.items() if value]
    if rows:
        tx.execute(new_row(SOM_ORDER_ITEM_CHAR), rows)


def _remove(tx: Connection, order: str) -> None:
    """A service order goes with its items, milestones and alerts."""
    for table in (SOM_MILESTONE, SOM_JEOPARDY):
        tx.execute(delete(table).where(table.c.service_order_id == order))
    items = select(SOM_ORDER_ITEM.c.id).where(SOM_ORDER_ITEM.c.service_order_id == order)
    tx.execute(delete(SOM_ORDER_ITEM_CHAR).where(SOM_ORDER_ITEM_CHAR.c.item_id.in_(items)))
    tx.execute(delete(SOM_ORDER_ITEM).where(SOM_ORDER_ITEM.c.service_order_id == order))


RESOURCE = Resource(
    name="serviceOrder",
    path=f"{BASE}/serviceOrder",
    table=SOM_SERVICE_ORDER,
    prefix="SO",
    columns={
        "state": "state",
        "externalId": "product_order_id",
        "orderDate": "order_date",
        "completionDate": "completion_date",
    },
    shape=_shape,
    mandatory=("serviceOrderItem",),
    not_patchable=("id", "href", "orderDate", "state", "serviceOrderItem"),
    machine=SERVICE_ORDER,
    create=_create,
    remove=_remove,
    required=("state", "orderDate", "serviceOrderItem"),
    tag="Service Ordering",
    properties={
        "state": shapes.states(SERVICE_ORDER),
        "externalId": shapes.TEXT,
        "orderDate": shapes.TIME,
        "completionDate": shapes.TIME,
        "relatedParty": shapes.many(shapes.PARTY),
        "milestone": shapes.many(shapes.record({"id": shapes.TEXT, "name": shapes.TEXT, "status": shapes.TEXT})),
        "jeopardyAlert": shapes.many(shapes.record({"id": shapes.TEXT, "name": shapes.TEXT, "message": shapes.TEXT})),
        "serviceOrderItem": shapes.many(
            shapes.record(
                {
                    **dict.fromkeys(("id", "action", "productOrderItemId"), shapes.TEXT),
                    "state": shapes.states(SERVICE_ORDER),
                    "service": shapes.record({"serviceType": shapes.TEXT, "serviceSpecification": shapes.REFERENCE}),
                    "serviceOrderItem": shapes.many(shapes.record({"id": shapes.TEXT, "state": shapes.TEXT}, "id")),
                },
                "id",
                "action",
                "state",
                "service",
            )
        ),
    },
)


def publish(stack: Stack, tx: Connection, order: str, event: str = "ServiceOrderStateChangeEvent") -> None:
    """Tells of a change of the order or of its items, of a milestone or of a jeopardy."""
    row = RESOURCE.row(tx, order)
    if row is None:
        return
    document = RESOURCE.document(tx, row)
    if stack.defects.on("D20"):
        document["productOrderReference"] = document.pop("externalId")
    stack.events.publish(
        tx,
        event,
        resource_type="serviceOrder",
        resource_id=order,
        document=document,
        correlation=row["correlation_id"],
        state=row["state"],
    )
