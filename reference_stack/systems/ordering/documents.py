"""How a product order looks on the wire, and the table of what its API allows."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, RowMapping, bindparam, select

from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.machines import PRODUCT_ORDER_ITEM
from ringback.reference_stack.schema import COM_ORDER_ITEM, COM_ORDER_ITEM_CHAR, COM_ORDER_PRICE
from ringback.reference_stack.systems.money import price
from ringback.reference_stack.systems.reading import listed

RENAMED = {"canceled": "cancelled"}  # what a release calls a state in its tables -> what TMF622 calls it
BASE = "/tmf-api/productOrderingManagement/v4"
_FROM_CATALOGUE = "/tmf-api/productCatalogManagement/v4"


def shown_state(stored: str) -> str:
    """A state as TMF622 knows it: a release may have renamed it in the tables or parted it into sub-states."""
    return RENAMED.get(stored, stored.partition(".")[0])


_ITEMS = select(COM_ORDER_ITEM).where(COM_ORDER_ITEM.c.order_id == bindparam("order"))


def items_of(tx: Connection, order: str) -> list[RowMapping]:
    """The items of an order in the order of their numbers."""
    found = tx.execute(_ITEMS, {"order": order}).mappings()
    return sorted(found, key=lambda item: (len(item["item_no"]), item["item_no"]))


_CHARACTERISTICS = select(COM_ORDER_ITEM_CHAR).where(
    COM_ORDER_ITEM_CHAR.c.item_id.in_(bindparam("ids", expanding=True))
)
_PRICES = select(COM_ORDER_PRICE).where(COM_ORDER_PRICE.c.item_id.in_(bindparam("ids", expanding=True)))


def characteristics_of(tx: Connection, item: str) -> dict[str, str]:
    """The characteristics of an item as ordered."""
    return {row["name"]: row["value"] for row in tx.execute(_CHARACTERISTICS, {"ids": [item]}).mappings()}


def prices_of(tx: Connection, item: str) -> list[dict[str, object]]:
    """The ordered prices of an item."""
    return [_price(row) for row in tx.execute(_PRICES, {"ids": [item]}).mappings()]


def _price(row: RowMapping) -> dict[str, object]:
    shown = price(row["price_type"], row["amount"], row["currency"], row["months"])
    shown["productOfferingPrice"] = {"id": row["price_id"]}
    return shown | ({"promotionId": row["promo_id"]} if row["promo_id"] else {})


def _item(item: RowMapping, characteristics: list[RowMapping], prices: list[RowMapping]) -> dict[str, object]:
    offering = {"id": item["offering_id"], "version": item["offering_version"]}
    offering |= {"name": item["offering_name"]} if item["offering_name"] else {}
    product: dict[str, object] = {
        "productCharacteristic": listed({row["name"]: row["value"] for row in characteristics})
    }
    if item["product_id"]:
        product["id"] = item["product_id"]
    if item["address_id"]:
        product["place"] = [{"id": item["address_id"], "role": "serviceAddress", "@referredType": "GeographicAddress"}]
    document: dict[str, object] = {
        "id": item["item_no"],
        "action": item["action"],
        "quantity": item["quantity"],
        "state": shown_state(item["state"]),
        "orderItemId": item["id"],
        "productOffering": offering | {"href": f"{_FROM_CATALOGUE}/productOffering/{item['offering_id']}"},
        "product": product,
        "itemPrice": [_price(row) for row in prices],
    }
    if item["parent_item_no"]:
        kind = "reliesOn" if item["promotion_id"] else "bundledBy"
        document["productOrderItemRelationship"] = [{"id": item["parent_item_no"], "relationshipType": kind}]
    if item["appointment_id"]:
        document["appointment"] = {"id": item["appointment_id"]}
    if item["change_kind"] not in (None, "add", "noChange"):
        document["changeKind"] = item["change_kind"]
    if item["reason"]:
        document["note"] = [{"author": "ordering", "date": item["state_changed_at"], "text": item["reason"]}]
    return document


def _total(prices: list[RowMapping]) -> list[dict[str, object]]:
    """What the order costs: each month, once, and in instalments."""

    def cents(*kinds: str) -> int:
        return sum(row["amount"] for row in prices if row["price_type"] in kinds)

    currency = prices[0]["currency"] if prices else "USD"
    total = [
        price("recurring", cents("recurring", "credit"), currency) | {"name": "Monthly total"},
        price("oneTime", cents("oneTime"), currency) | {"name": "Due today"},
    ]
    months = [row["months"] for row in prices if row["price_type"] == "installment"]
    if months:
        instalments = price("installment", cents("installment"), currency, max(months))
        total.append(instalments | {"name": "Device instalments"})
    return total


def order_document(tx: Connection, row: RowMapping) -> dict[str, object]:
    """What an order has beyond its plain columns."""
    items = items_of(tx, row["id"])
    ids = {"ids": [item["id"] for item in items]}
    characteristics = tx.execute(_CHARACTERISTICS, ids).mappings().all()
    prices = tx.execute(_PRICES, ids).mappings().all()
    document: dict[str, object] = {
        "productOrderItem": [_item(item, _of(item, characteristics), _of(item, prices)) for item in items],
        "orderTotalPrice": _total(list(prices)),
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
    if row["state"] != shown_state(row["state"]):
        document["state"] = shown_state(row["state"])
    if row["billing_account_id"]:
        document["billingAccount"] = {"id": row["billing_account_id"]}
    return document


def _of(item: RowMapping, rows: Sequence[RowMapping]) -> list[RowMapping]:
    return [row for row in rows if row["item_id"] == item["id"]]


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
        "changeKind": shapes.TEXT,
        "appointment": shapes.REFERENCE,
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
