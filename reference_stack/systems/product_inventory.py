"""Product inventory (TMF637): what each customer has, at which price; written by COM only."""

from __future__ import annotations

import calendar
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, Table, delete, insert, select, update
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.clock import moment_of, text_of
from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.errors import invalid
from ringback.reference_stack.kernel.machines import PRODUCT as MACHINE
from ringback.reference_stack.kernel.resource import Created, Resource
from ringback.reference_stack.kernel.statements import gone_by, new_row, rows_by
from ringback.reference_stack.kernel.system import System, route
from ringback.reference_stack.schema import PINV_CHAR, PINV_PRICE, PINV_PRODUCT, PINV_SERVICE, PRODUCT_ITEM
from ringback.reference_stack.systems.money import price
from ringback.reference_stack.systems.reading import at, characteristics, documents, listed, party, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

Document = dict[str, object]
BASE = "/tmf-api/productInventory/v4"
_UNKNOWN = "unknown"  # TMF637 wants an order id also of a product that came without one
_IN_TABLES = (
    "productOffering", "relatedParty", "productCharacteristic", "productPrice", "productOrderItem", "realizingService",
    "billingAccount", "productRelationship", "place",
)  # fmt: skip


def months_later(moment: datetime, months: int) -> datetime:
    """The same day some months later, or the last day of a shorter month."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def _rows(tx: Connection, table: Table, product: str) -> list[RowMapping]:
    return list(tx.execute(rows_by(table, "product_id"), {"product_id": product}).mappings())


def _price(row: RowMapping) -> Document:
    shown = price(row["price_type"], row["amount"], row["currency"], row["months"])
    shown["productOfferingPrice"] = {"id": row["price_id"]}
    promotion = {"promotionId": row["promo_id"], "promotionEnd": row["promo_end"]}
    return shown | {name: value for name, value in promotion.items() if value}


def _when(item: RowMapping) -> tuple[bool, str, str]:
    """Sorts order items of a product: what is open comes last."""
    return (item["completed_at"] is None, item["completed_at"] or "", item["order_item_id"])


def _product(tx: Connection, row: RowMapping) -> Document:
    product = row["id"]
    document: Document = {
        "productOffering": {"id": row["offering_id"], "version": row["offering_version"]},
        "relatedParty": [{"id": row["customer_id"], "role": "customer", "@referredType": "Customer"}],
        "productCharacteristic": listed({char["name"]: char["value"] for char in _rows(tx, PINV_CHAR, product)}),
        "productPrice": [_price(found) for found in _rows(tx, PINV_PRICE, product)],
        "productOrderItem": [
            {
                "productOrderId": item["order_id"] or _UNKNOWN,
                "orderItemId": item["order_item_id"],
                "orderItemAction": item["action"],
            }
            for item in sorted(_rows(tx, PRODUCT_ITEM, product), key=_when)
        ],
        "realizingService": [{"id": link["service_id"]} for link in _rows(tx, PINV_SERVICE, product)],
    }
    if row["billing_account_id"]:
        document["billingAccount"] = {"id": row["billing_account_id"]}
    if row["parent_product_id"]:
        parent = {"id": row["parent_product_id"], "href": f"{BASE}/product/{row['parent_product_id']}"}
        document["productRelationship"] = [{"relationshipType": "bundledBy", "product": parent}]
    if row["address_id"]:
        document["place"] = [{"id": row["address_id"], "role": "serviceAddress", "@referredType": "GeographicAddress"}]
    return document


async def create_product(stack: Stack, body: Document, _request: Request) -> Created:
    """A product for an order item; the same order item again is the same product."""
    owned = {"relatedParty": party(body), "productOffering": text(body, "productOffering.id")}
    owned["billingAccount"] = text(body, "billingAccount.id")
    unnamed = [name for name, identity in owned.items() if not identity]
    if unnamed:
        raise invalid(f"a product needs the id of its {', '.join(unnamed)}", "nobody could be billed for it")
    item = text(body, "productOrderItem.0.orderItemId") or None
    with stack.db.begin() as tx:
        known = select(PINV_PRODUCT.c.id).where(PINV_PRODUCT.c.order_item_id == item)
        existing = tx.execute(known).scalar() if item else None
        if existing:
            return Created(existing, 200)
        identity = stack.ids.new("PROD")
        _details(tx, identity, body, item)
        beyond = {name: value for name, value in body.items() if name not in _IN_TABLES}
        PRODUCT.extend(tx, identity, beyond | {"name": text(body, "name", "productOffering.name") or None})
        PRODUCT.insert(stack, tx, _columns(body) | {"id": identity, "order_item_id": item})
    return Created(identity)


def _columns(body: Document) -> Document:
    return {
        "customer_id": party(body),
        "billing_account_id": text(body, "billingAccount.id") or None,
        "offering_id": text(body, "productOffering.id"),
        "offering_version": text(body, "productOffering.version"),
        "status": body["status"],
        "start_date": text(body, "startDate") or None,
        "termination_date": text(body, "terminationDate") or None,
        "parent_product_id": text(body, "productRelationship.0.product.id") or None,
        "address_id": text(body, "place.0.id") or None,
    }


def _details(tx: Connection, product: str, body: Document, item: str | None) -> None:
    """Characteristics, agreed prices and the order item, so that the CreateEvent shows them."""
    _describe(tx, product, body)
    _price_as(tx, product, body)
    if item:
        action = text(body, "productOrderItem.0.orderItemAction") or "add"
        order = text(body, "productOrderItem.0.productOrderId") or None
        sold = {"action": action, "offering_id": text(body, "productOffering.id")}
        tx.execute(insert(PRODUCT_ITEM).values(product_id=product, order_item_id=item, order_id=order, **sold))


def _price_as(tx: Connection, product: str, body: Document) -> None:
    """Sets the agreed prices of a product in place of those before."""
    tx.execute(gone_by(PINV_PRICE, "product_id"), {"by_product_id": product})
    for agreed in documents(body, "productPrice"):
        values = {
            "price_id": text(agreed, "productOfferingPrice.id"),
            "price_type": text(agreed, "priceType"),
            "amount": round(float(text(agreed, "price.dutyFreeAmount.value")) * 100),
            "currency": text(agreed, "price.dutyFreeAmount.unit"),
            "promo_id": text(agreed, "promotionId") or None,
            "months": at(agreed, "months"),
        }
        tx.execute(insert(PINV_PRICE).values(product_id=product, **values))


def _describe(tx: Connection, product: str, body: Document) -> None:
    """Sets characteristics, each by its name; the number before a change of number is kept as the former one."""
    values = characteristics(body, "productCharacteristic")
    if "msisdn" in values:
        known = tx.execute(
            select(PINV_CHAR.c.value).where(PINV_CHAR.c.product_id == product, PINV_CHAR.c.name == "msisdn")
        ).scalar()
        values |= {"formerMsisdn": known} if known and known != values["msisdn"] else {}
    for name, value in values.items():
        tx.execute(gone_by(PINV_CHAR, "product_id", "name"), {"by_product_id": product, "by_name": name})
        tx.execute(new_row(PINV_CHAR), {"product_id": product, "name": name, "value": value})


def _by_number(tx: Connection, product: str) -> str:
    """The product that has, or had, the telephone number of this one: the oldest comes first."""
    mine = select(PINV_CHAR.c.value).where(PINV_CHAR.c.product_id == product, PINV_CHAR.c.name == "msisdn")
    same = PINV_CHAR.c.name.in_(("msisdn", "formerMsisdn")) & PINV_CHAR.c.value.in_(mine)
    with_it = select(PINV_PRODUCT.c.id).join(PINV_CHAR, PINV_CHAR.c.product_id == PINV_PRODUCT.c.id).where(same)
    return str(tx.execute(with_it.order_by(PINV_PRODUCT.c.start_date, PINV_PRODUCT.c.id)).scalar() or product)


def merge_product(stack: Stack, tx: Connection, product: str, changes: Document) -> None:
    """What COM tells about a product: offering, prices, services, characteristics, status, and for which order item.

    A product that goes live starts now, unless its installation says when; one that ends ends now.
    """
    if stack.defects.on("D32") and text(changes, "productOrderItem.0.orderItemAction") == "modify":
        product = _by_number(tx, product)
    _describe(tx, product, changes)
    _link(tx, product, changes)
    own = _own_columns(changes)
    if own:
        tx.execute(update(PINV_PRODUCT).where(PINV_PRODUCT.c.id == product).values(**own))
    if "productPrice" in changes:
        _price_as(tx, product, changes)
    _note_item(stack, tx, product, changes)
    before = PRODUCT.row(tx, product)
    if before is not None and changes.get("status") == "active" and not before["start_date"]:
        changes = changes | {"startDate": text(changes, "startDate") or stack.clock.stamp()}
        _begin(tx, product, str(changes["startDate"]))
    if changes.get("status") == "terminated":
        changes = changes | {"terminationDate": text(changes, "terminationDate") or stack.clock.stamp()}
    rest = {name: value for name, value in changes.items() if name not in _IN_TABLES}
    if not PRODUCT.merge_attributes(stack, tx, product, rest) and changes:
        PRODUCT.publish(stack, tx, product, "AttributeValueChangeEvent")


def _link(tx: Connection, product: str, changes: Document) -> None:
    """Links the services that realize a product."""
    for service in documents(changes, "realizingService"):
        link = {"product_id": product, "service_id": text(service, "id")}
        tx.execute(gone_by(PINV_SERVICE, *link), {f"by_{name}": value for name, value in link.items()})
        tx.execute(new_row(PINV_SERVICE), link)


def _own_columns(changes: Document) -> dict[str, str | None]:
    """The columns of a product that are references in its document."""
    named: dict[str, dict[str, str | None]] = {
        "billingAccount": {"billing_account_id": text(changes, "billingAccount.id") or None},
        "productRelationship": {"parent_product_id": text(changes, "productRelationship.0.product.id") or None},
        "productOffering": {
            "offering_id": text(changes, "productOffering.id"),
            "offering_version": text(changes, "productOffering.version"),
        },
    }
    return {name: value for key, columns in named.items() if key in changes for name, value in columns.items()}


def _note_item(stack: Stack, tx: Connection, product: str, changes: Document) -> None:
    """Every order item that has changed a product stays with it: which order, what it did, when it was done."""
    row = PRODUCT.row(tx, product)
    for item in documents(changes, "productOrderItem") if row is not None else []:
        key = {"product_id": product, "order_item_id": text(item, "orderItemId")}
        values = {
            "order_id": text(item, "productOrderId") or None,
            "action": text(item, "orderItemAction") or "modify",
            "offering_id": row["offering_id"] if row is not None else None,
            "completed_at": stack.clock.stamp(),
        }
        tx.execute(gone_by(PRODUCT_ITEM, *key), {f"by_{name}": value for name, value in key.items()})
        tx.execute(new_row(PRODUCT_ITEM), key | values)


def remove_product(tx: Connection, product: str) -> None:
    """A product goes with its characteristics, prices, and links to services and order items."""
    for table in (PINV_CHAR, PINV_PRICE, PINV_SERVICE, PRODUCT_ITEM):
        tx.execute(delete(table).where(table.c.product_id == product))


def _begin(tx: Connection, product: str, start: str) -> None:
    """Promotions run from the start of the product; its order item is done."""
    for row in _rows(tx, PINV_PRICE, product):
        if row["promo_id"] and row["months"]:
            end = text_of(months_later(moment_of(start), row["months"]))
            key = (PINV_PRICE.c.product_id == product) & (PINV_PRICE.c.price_id == row["price_id"])
            tx.execute(update(PINV_PRICE).where(key).values(promo_end=end))
    is_open = (PRODUCT_ITEM.c.product_id == product) & PRODUCT_ITEM.c.completed_at.is_(None)
    tx.execute(update(PRODUCT_ITEM).where(is_open).values(completed_at=start))


_ORDER_ITEM = shapes.record(
    {"productOrderId": shapes.TEXT, "orderItemId": shapes.TEXT, "orderItemAction": shapes.TEXT},
    "productOrderId",
    "orderItemId",
)
PRODUCT = Resource(
    name="product",
    path=f"{BASE}/product",
    table=PINV_PRODUCT,
    prefix="PROD",
    tag="Product Inventory",
    columns={"status": "status", "startDate": "start_date", "terminationDate": "termination_date"},
    filters={
        "relatedParty.id": "customer_id",
        "productOffering.id": "offering_id",
        "billingAccount.id": "billing_account_id",
        "productOrderItem.orderItemId": "order_item_id",
        "productRelationship.product.id": "parent_product_id",
    },
    shape=_product,
    mergeable=(
        "realizingService",
        "productCharacteristic",
        "billingAccount",
        "productOffering",
        "productPrice",
        "productOrderItem",
        "productRelationship",
    ),
    mandatory=("status",),
    machine=MACHINE,
    state="status",
    create=create_product,
    merge=merge_product,
    remove=remove_product,
    writers=("ordering",),
    required=("status", "productOffering", "relatedParty", "productCharacteristic", "billingAccount"),
    properties={
        "name": shapes.TEXT,
        "status": shapes.states(MACHINE),
        "startDate": shapes.TIME,
        "terminationDate": shapes.TIME,
        "productOffering": shapes.REFERENCE,
        "relatedParty": shapes.many(shapes.PARTY, 1),
        "billingAccount": shapes.REFERENCE,
        "productCharacteristic": shapes.many(shapes.CHARACTERISTIC),
        "productPrice": shapes.many(shapes.PRICE),
        "productOrderItem": shapes.many(_ORDER_ITEM),
        "realizingService": shapes.many(shapes.REFERENCE),
        "productRelationship": shapes.many(shapes.record({"relationshipType": shapes.TEXT}, "relationshipType")),
        "place": shapes.many(shapes.PLACE),
    },
)


async def stock(stack: Stack, request: Request) -> Response:
    """Every product that was live at a moment (`at`, now by default): its offering of then, and the one first sold."""
    at_moment = request.query_params.get("at") or stack.clock.stamp()
    table = PINV_PRODUCT.c
    lived = (table.start_date <= at_moment) & (table.termination_date.is_(None) | (table.termination_date > at_moment))
    with stack.db.begin() as tx:
        products = tx.execute(select(PINV_PRODUCT).where(lived).order_by(table.id)).mappings().all()
        done = PRODUCT_ITEM.c.completed_at <= at_moment
        named = PRODUCT_ITEM.c.offering_id.is_not(None)
        history = select(PRODUCT_ITEM).where(done, named).order_by(PRODUCT_ITEM.c.completed_at)
        had: dict[str, list[str]] = {}
        for row in tx.execute(history).mappings():
            had.setdefault(row["product_id"], []).append(row["offering_id"])
    return JSONResponse(
        [
            {
                "productId": product["id"],
                "customerId": product["customer_id"],
                "offeringId": had.get(product["id"], [product["offering_id"]])[-1],
                "orderedOfferingId": had.get(product["id"], [product["offering_id"]])[0],
            }
            for product in products
        ]
    )


SYSTEM = System(
    id="product-inventory",
    prefix="pinv_",
    base=BASE,
    resources=(PRODUCT,),
    routes=(route("GET", "/product-inventory/v1/stock", stock),),
)
