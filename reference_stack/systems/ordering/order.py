"""The product order as a TM Forum resource (TMF622)."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select

from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.machines import PRODUCT_ORDER
from ringback.reference_stack.kernel.resource import Resource
from ringback.reference_stack.schema import COM_ORDER_ITEM, COM_ORDER_ITEM_CHAR, COM_ORDER_PRICE, COM_PRODUCT_ORDER
from ringback.reference_stack.systems.ordering.documents import BASE, ITEM_SHAPE, order_document


def remove_items(tx: Connection, order: str) -> None:
    """An order goes with its items, their characteristics and prices."""
    items = select(COM_ORDER_ITEM.c.id).where(COM_ORDER_ITEM.c.order_id == order)
    for table in (COM_ORDER_ITEM_CHAR, COM_ORDER_PRICE):
        tx.execute(delete(table).where(table.c.item_id.in_(items)))
    tx.execute(delete(COM_ORDER_ITEM).where(COM_ORDER_ITEM.c.order_id == order))


ORDER = Resource(
    name="productOrder",
    path=f"{BASE}/productOrder",
    table=COM_PRODUCT_ORDER,
    prefix="PO",
    tag="Product Ordering",
    columns={
        "state": "state",
        "externalId": "external_id",
        "orderDate": "order_date",
        "requestedStartDate": "requested_start",
        "requestedCompletionDate": "requested_completion",
        "expectedCompletionDate": "expected_completion",
        "completionDate": "completion_date",
    },
    filters={"relatedParty.id": "customer_id", "billingAccount.id": "billing_account_id"},
    shape=order_document,
    overridable=("relatedParty", "channel"),
    remove=remove_items,
    mandatory=("productOrderItem",),
    not_patchable=(
        "id",
        "href",
        "orderDate",
        "externalId",
        "completionDate",
        "productOrderItem",
        "relatedParty",
        "channel",
    ),
    machine=PRODUCT_ORDER,
    required=("productOrderItem", "orderDate", "relatedParty", "state"),
    properties={
        "state": shapes.states(PRODUCT_ORDER),
        "externalId": shapes.TEXT,
        "orderDate": shapes.TIME,
        "requestedStartDate": shapes.TIME,
        "requestedCompletionDate": shapes.TIME,
        "expectedCompletionDate": shapes.TIME,
        "completionDate": shapes.TIME,
        "category": shapes.TEXT,
        "description": shapes.TEXT,
        "productOrderItem": shapes.many(ITEM_SHAPE, 1),
        "orderTotalPrice": shapes.many(shapes.PRICE),
        "relatedParty": shapes.many(shapes.PARTY, 1),
        "billingAccount": shapes.REFERENCE,
        "channel": shapes.many(shapes.record({"id": shapes.TEXT, "role": shapes.TEXT}, "id")),
        "note": shapes.many(shapes.NOTE),
    },
)
