"""Getting an order built: credit first, then products and one service order, then what comes back from below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, select, update

from ringback.reference_stack.kernel.errors import CallRefused
from ringback.reference_stack.schema import COM_ORDER_ITEM, COM_PRODUCT_ORDER
from ringback.reference_stack.systems.ordering.documents import characteristics_of, items_of, prices_of
from ringback.reference_stack.systems.ordering.progress import Why, item_row, move_item, settle
from ringback.reference_stack.systems.reading import documents, listed, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

Document = dict[str, object]
_NOT_ON_PRODUCTS = {"pin", "accountNumber", "creditConsent", "requiresCredit"}


async def hand_over(stack: Stack) -> None:
    """The worker that hands approved orders down; it reads what to do from the tables and may repeat itself."""
    waiting = select(COM_PRODUCT_ORDER).where(
        COM_PRODUCT_ORDER.c.state == "inProgress", COM_PRODUCT_ORDER.c.handed_over_at.is_(None)
    )
    with stack.db.begin() as tx:
        orders = tx.execute(waiting).mappings().all()
    for order in orders:
        try:
            await _hand_over(stack, order)
        except CallRefused as refusal:
            _hold(stack, order, str(refusal))


def _hold(stack: Stack, order: RowMapping, reason: str) -> None:
    """An order that is refused below waits visibly, with the reason."""
    with stack.db.begin() as tx:
        for item in items_of(tx, order["id"]):
            if item["state"] == "inProgress":
                move_item(stack, tx, item, "held", Why("ordering", reason))
        settle(stack, tx, order["id"], Why("ordering", reason))


async def _hand_over(stack: Stack, order: RowMapping) -> None:
    with stack.db.begin() as tx:
        items = items_of(tx, order["id"])
    products: dict[str, str] = {}
    for item in items:
        products[item["item_no"]] = await _product(stack, order, item, products.get(item["parent_item_no"] or "", ""))
    specifications = {item["id"]: await _decomposing(stack, order, item) for item in items}
    built = [item for item in items if specifications[item["id"]]]
    if built:
        await _service_order(stack, order, built, products, specifications)
    with stack.db.begin() as tx:
        for item in items:
            fulfilment = "service-ordering" if specifications[item["id"]] else "none"
            values = {"fulfilment": fulfilment, "product_id": products[item["item_no"]]}
            tx.execute(update(COM_ORDER_ITEM).where(COM_ORDER_ITEM.c.id == item["id"]).values(**values))
        handed = {"handed_over_at": stack.clock.stamp()}
        tx.execute(update(COM_PRODUCT_ORDER).where(COM_PRODUCT_ORDER.c.id == order["id"]).values(**handed))


async def _product(stack: Stack, order: RowMapping, item: RowMapping, parent: str) -> str:
    """The product of an item, pending until the item is built; the inventory knows an item it has seen."""
    if item["product_id"]:
        return str(item["product_id"])
    with stack.db.begin() as tx:
        characteristics = characteristics_of(tx, item["id"])
        prices = prices_of(tx, item["id"])
    shown = {name: value for name, value in characteristics.items() if name not in _NOT_ON_PRODUCTS}
    body: Document = {
        "status": "pendingActive",
        "name": item["offering_name"],
        "productOffering": {"id": item["offering_id"], "version": item["offering_version"]},
        "relatedParty": [{"id": order["customer_id"], "role": "customer", "@referredType": "Customer"}],
        "billingAccount": {"id": order["billing_account_id"]},
        "productCharacteristic": listed(shown),
        "productPrice": prices,
        "productOrderItem": [
            {"productOrderId": order["id"], "orderItemId": item["id"], "orderItemAction": item["action"]}
        ],
        "place": [{"id": item["address_id"], "role": "serviceAddress"}] if item["address_id"] else [],
        "productRelationship": [{"relationshipType": "bundledBy", "product": {"id": parent}}] if parent else [],
    }
    reply = await stack.http.post("product-inventory", "/product", json=body, correlation=order["correlation_id"])
    return text(reply.document(), "id")


async def _decomposing(stack: Stack, order: RowMapping, item: RowMapping) -> str:
    """The product specification of an item that has services or resources to build; empty when it has none."""
    journey = order["correlation_id"]
    offering = await stack.http.get("catalogue", f"/productOffering/{item['offering_id']}", correlation=journey)
    specification = text(offering.document(), "productSpecification.id")
    if not specification:
        return ""
    query = {"productSpecification": specification}
    parts = await stack.http.get("catalogue", "/catalogue/v1/decomposition", params=query, correlation=journey)
    return specification if documents(parts.document(), "items") else ""


async def _service_order(
    stack: Stack, order: RowMapping, items: list[RowMapping], products: dict[str, str], specifications: dict[str, str]
) -> None:
    """One service order for all that is to be built; SOM knows an order that it has seen."""
    with stack.db.begin() as tx:
        wanted = [
            _service_order_item(tx, item, products[item["item_no"]], specifications[item["id"]]) for item in items
        ]
    body: Document = {
        "externalId": order["id"],
        "relatedParty": [{"id": order["customer_id"], "role": "customer", "@referredType": "Customer"}],
        "serviceOrderItem": wanted,
    }
    reply = await stack.http.post("service-ordering", "/serviceOrder", json=body, correlation=order["correlation_id"])
    reply.need()


def _service_order_item(tx: Connection, item: RowMapping, product: str, specification: str) -> Document:
    place = [{"id": item["address_id"], "role": "installationAddress"}] if item["address_id"] else []
    return {
        "id": item["item_no"],
        "action": item["action"],
        "quantity": item["quantity"],
        "productOrderItemId": item["id"],
        "productId": product,
        "productOfferingId": item["offering_id"],
        "service": {
            "serviceSpecification": {"id": specification},
            "serviceCharacteristic": listed(characteristics_of(tx, item["id"])),
            "place": place,
        },
    }


async def finish_ready(stack: Stack, order: str) -> None:
    """Completes the items that have nothing to build once what they stand for is complete, then settles the order."""
    while True:
        with stack.db.begin() as tx:
            ready = _ready(items_of(tx, order))
        if ready is None:
            return
        await finish_item(stack, ready, [], Why("ordering", "all it consists of is complete"))


def _ready(items: list[RowMapping]) -> RowMapping | None:
    """An open item without a build of its own whose children (or whose discounted item) are complete."""
    for item in items:
        if item["fulfilment"] == "none" and item["state"] in ("inProgress", "pending"):
            children = [one for one in items if one["parent_item_no"] == item["item_no"] and not one["promotion_id"]]
            parents = [one for one in items if one["item_no"] == item["parent_item_no"]]
            stands_for = parents if item["promotion_id"] else children
            if all(one["state"] == "completed" for one in stands_for):
                return item
    return None


async def finish_item(stack: Stack, item: RowMapping, services: list[str], why: Why) -> None:
    """The product goes live first, then the item completes: a completed item always has its product."""
    if item["product_id"]:
        changes: Document = {"status": "active", "realizingService": [{"id": service} for service in services]}
        path = f"/product/{item['product_id']}"
        product = (await stack.http.get("product-inventory", path)).document()
        if text(product, "status") == "pendingActive":
            (await stack.http.patch("product-inventory", path, json=changes)).need()
    with stack.db.begin() as tx:
        fresh = item_row(tx, item["id"])  # it may have moved while the inventory answered
        if fresh is not None:
            move_item(stack, tx, fresh, "completed", why)
        settle(stack, tx, item["order_id"], why)
