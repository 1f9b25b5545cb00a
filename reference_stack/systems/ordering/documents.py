"""How a product order looks on the wire, and the table of what its API allows."""

from __future__ import annotations

from sqlalchemy import Connection, RowMapping, Table, select

from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.machines import PRODUCT_ORDER_ITEM
from ringback.reference_stack.schema import COM_ORDER_ITEM, COM_ORDER_ITEM_CHAR, COM_ORDER_PRICE
from ringback.reference_stack.systems.money import price
from ringback.reference_stack.systems.reading import listed

BASE = "/tmf-api/productOrderingManagement/v4"
_FROM_CATALOGUE = "/tmf-api/productCatalogManagement/v4"


def items_of(tx: Connection, order: str) -> list[RowMapping]:
    """The items of an order in the order of their numbers."""
    found = tx.execute(select(COM_ORDER_ITEM).where(COM_ORDER_ITEM.c.order_id == order)).mappings()
    return sorted(found, key=lambda item: (len(item["item_no"]), item["item_no"]))


def _of_item(tx: Connection, table: Table, item: str) -> list[RowMapping]:
    return list(tx.execute(select(table).where(table.c.item_id == item)).mappings())


def characteristics_of(tx: Connection, item: str) -> dict[str, str]:
    """The characteristics of an item as ordered."""
    return {char["name"]: char["value"] for char in _of_item(tx, COM_ORDER_ITEM_CHAR, item)}


def prices_of(tx: Connection, item: RowMapping) -> list[dict[str, object]]:
    """The ordered prices of an item."""
    found: list[dict[str, object]] = []
    for row in _of_item(tx, COM_ORDER_PRICE, item["id"]):
        shown = price(row["price_type"], row["amount"], row["currency"], row["months"])
        shown["productOfferingPrice"] = {"id": row["price_id"]}
        found.append(shown | ({"promotionId": row["promo_id"]} if row["promo_id"] else {}))
    return found


def _item(tx: Connection, item: RowMapping) -> dict[str, object]:
    offering = {"id": item["offering_id"], "version": item["offering_version"], "name": item["offering_name"] or ""}
    product: dict[str, object] = {"productCharacteristic": listed(characteristics_of(tx, item["id"]))}
    if item["product_id"]:
        product["id"] = item["product_id"]
    if item["address_id"]:
        product["place"] = [{"id": item["address_id"], "role": "serviceAddress", "@referredType": "GeographicAddress"}]
    document: dict[str, object] = {
        "id": item["item_no"],
        "action": item["action"],
        "quantity": item["quantity"],
        "state": item["state"],
        "orderItemId": item["id"],
        "productOffering": offering | {"href": f"{_FROM_CATALOGUE}/productOffering/{item['offering_id']}"},
        "product": product,
        "itemPrice": prices_of(tx, item),
    }
    if item["parent_item_no"]:
        kind = "reliesOn" if item["promotion_id"] else "bundledBy"
        document["productOrderItemRelationship"] = [{"id": item["parent_item_no"], "relationshipType": kind}]
    if item["reason"]:
        document["note"] = [{"author": "ordering", "date": item["state_changed_at"], "text": item["reason"]}]
    return document


def _total(tx: Connection, items: list[RowMapping]) -> list[dict[str, object]]:
    """What the order costs: each month, once, and in instalments."""
    rows = [row for item in items for row in _of_item(tx, COM_ORDER_PRICE, item["id"])]

    def cents(*kinds: str) -> int:
        return sum(row["amount"] for row in rows if row["price_type"] in kinds)

    currency = rows[0]["currency"] if rows else "USD"
    total = [
        price("recurring", cents("recurring", "credit"), currency) | {"name": "Monthly total"},
        price("oneTime", cents("oneTime"), currency) | {"name": "Due today"},
    ]
    months = [row["months"] for row in rows if row["price_type"] == "installment"]
    if months:
        instalments = price("installment", cents("installment"), currency, max(months))
        total.append(instalments | {"name": "Device instalments"})
    return total


def order_document(tx: Connection, row: RowMapping) -> dict[str, object]:
    """What an order has beyond its plain columns."""
    items = items_of(tx, row["id"])
    document: dict[str, object] = {
        "productOrderItem": [_item(tx, item) for item in items],
        "orderTotalPrice": _total(tx, items),
        "relatedParty": [
            {
                "id": row["customer_id"],
                "href": f"/tmf-api/customerManagement/v4/customer/{row['customer_id']}",
                "role": "customer",
                "@referredType": "Customer",
            }
        ],
        "channel": [{"id": row["channel"] or "api", "role": "channel"}],
    }
    if row["billing_account_id"]:
        document["billingAccount"] = {"id": row["billing_account_id"]}
    return document


ITEM_SHAPE = shapes.record(
    {
        "id": shapes.TEXT,
        "action": shapes.one_of("add", "modify", "delete", "noChange"),
        "quantity": shapes.NUMBER,
        "state": shapes.states(PRODUCT_ORDER_ITEM),
        "orderItemId": shapes.TEXT,
        "productOffering": shapes.REFERENCE,
        "product": shapes.record(
            {"productCharacteristic": shapes.many(shapes.CHARACTERISTIC), "place": shapes.many(shapes.PLACE)}
        ),
        "itemPrice": shapes.many(shapes.PRICE),
        "productOrderItemRelationship": shapes.many(
            shapes.record({"id": shapes.TEXT, "relationshipType": shapes.TEXT}, "id", "relationshipType")
        ),
        "note": shapes.many(shapes.NOTE),
    },
    "id",
    "action",
    "state",
)
