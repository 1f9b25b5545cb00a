"""Finishing items: what becomes of a product when its item is built, and which items follow others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy import RowMapping

from ringback.reference_stack.systems.ordering.documents import characteristics_of, items_of, prices_of
from ringback.reference_stack.systems.ordering.progress import Why, item_row, move_item, settle
from ringback.reference_stack.systems.reading import characteristics, documents, listed, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

Document = dict[str, object]
FINAL = ("completed", "failed", "cancelled", "rejected")
INSTALLED = "installDate"  # when a technician ended the installation
_TERMINATED: Document = {"status": "terminated"}
_STATUS: Mapping[str, Document] = {  # change -> the status that its product gets when it is built
    "add": {"status": "active"},
    "suspend": {"status": "suspended"},
    "resume": {"status": "active"},
    "disconnect": _TERMINATED,
    "port-out": _TERMINATED,
}
_ORDER_ONLY = {"swapReason", "portOut", "appointmentId", "requiresCredit", "pin", "accountNumber"}


def is_new(stack: Stack, item: RowMapping) -> bool:
    """Whether an item makes a new product; a change keeps the product that it changes."""
    return item["action"] == "add" or (item["change_kind"] == "plan" and stack.defects.on("D31"))


async def finish_ready(stack: Stack, order: str) -> None:
    """Finishes the items that have nothing to build once what they stand for is final, then settles the order."""
    while True:
        with stack.db.begin() as tx:
            ready = _ready(items_of(tx, order))
        if ready is None:
            return
        item, stands_for = ready
        missed = [one for one in stands_for if one["state"] != "completed"]
        needed = await _needed_of(stack, item) if missed and not item["promotion_id"] else set()
        lost = missed if item["promotion_id"] else [one for one in missed if one["offering_id"] in needed]
        if lost or (missed and len(missed) == len(stands_for)):
            reason = f"productOrderItem {(lost or missed)[0]['item_no']} is {(lost or missed)[0]['state']}"
            await fail_item(stack, item, Why("ordering", reason))
        else:
            await finish_item(stack, item, [], Why("ordering", "all it consists of is complete"))


async def _needed_of(stack: Stack, item: RowMapping) -> set[str]:
    """The offerings that the bundle of an item cannot be without."""
    reply = await stack.http.get("catalogue", f"/productOffering/{item['offering_id']}")
    return needed_in(reply.json)


def needed_in(offering: object) -> set[str]:
    """The offerings that a bundle cannot be without, from its document in the catalogue."""
    limit = "bundledProductOfferingOption.numberRelOfferLowerLimit"
    children = documents(offering, "bundledProductOffering")
    return {text(child, "id") for child in children if text(child, limit) not in ("", "0")}


def _ready(items: list[RowMapping]) -> tuple[RowMapping, list[RowMapping]] | None:
    """An open item without a build of its own, with what it stands for: its children or its discounted item."""
    for item in items:
        if item["fulfilment"] == "none" and item["state"] in ("inProgress", "pending"):
            children = [one for one in items if one["parent_item_no"] == item["item_no"] and not one["promotion_id"]]
            parents = [one for one in items if one["item_no"] in (item["parent_item_no"], item["after_item_no"])]
            stands_for = parents if item["promotion_id"] or item["after_item_no"] else children
            if all(one["state"] in FINAL for one in stands_for):
                return item, stands_for
    return None


async def fail_item(stack: Stack, item: RowMapping, why: Why) -> None:
    """An item cannot be built: a product that never went live is aborted, one that exists stays as it is."""
    if item["product_id"] and is_new(stack, item):
        path = f"/product/{item['product_id']}"
        product = await stack.http.get("product-inventory", path)
        if text(product.json, "status") == "pendingActive":
            (await stack.http.patch("product-inventory", path, json={"status": "aborted"})).need()
    with stack.db.begin() as tx:
        fresh = item_row(tx, item["id"])
        if fresh is not None:
            move_item(stack, tx, fresh, "failed", why)
        settle(stack, tx, item["order_id"], why)


async def finish_item(
    stack: Stack, item: RowMapping, services: list[str], why: Why, values: Mapping[str, str] | None = None
) -> None:
    """The product changes first, then the item completes: a completed item always has its product.

    Args:
        stack: the stack.
        item: the order item.
        services: the services that realize the product now.
        why: who says that it is built.
        values: what was learnt about the product while it was built, e.g. its telephone number.
    """
    is_told = item["product_id"] and item["change_kind"] != "noChange"
    if is_told and not (item["fulfilment"] == "field-service" and stack.defects.on("D26")):
        await _change_product(stack, item, services, values or {})
    if item["after_item_no"] and item["fulfilment"] == "none":
        await _adopt(stack, item)
    with stack.db.begin() as tx:
        fresh = item_row(tx, item["id"])  # it may have moved while the inventory answered
        if fresh is not None:
            move_item(stack, tx, fresh, "completed", why)
        settle(stack, tx, item["order_id"], why)


async def _change_product(stack: Stack, item: RowMapping, services: list[str], values: Mapping[str, str]) -> None:
    """Tells the inventory what has become of the product; a product that is as it shall be is left alone."""
    path = f"/product/{item['product_id']}"
    reply = await stack.http.get("product-inventory", path)
    kind = "add" if is_new(stack, item) else item["change_kind"]
    if not reply.ok or (text(reply.json, "status") != "pendingActive" if kind == "add" else _is_told(reply.json, item)):
        return
    named = [{"productOrderId": item["order_id"], "orderItemId": item["id"], "orderItemAction": item["action"]}]
    shown = {name: value for name, value in values.items() if name != INSTALLED}
    changes: Document = {**_STATUS.get(kind, {}), **_details(stack, item, kind, shown), "productOrderItem": named}
    if kind == "add" and values.get(INSTALLED):
        changes["startDate"] = values[INSTALLED]  # owed from the day it was installed, not from when all was done
    if services and kind not in ("disconnect", "port-out"):
        changes["realizingService"] = [{"id": service} for service in services]
    (await stack.http.patch("product-inventory", path, json=changes)).need()
    if kind == "add":
        await _renumber(stack, item)


async def _renumber(stack: Stack, item: RowMapping) -> None:
    """A number that was brought along is now that of the line it was bundled with."""
    with stack.db.begin() as tx:
        number = characteristics_of(tx, item["id"]).get("portInTn")
        beside = [one for one in items_of(tx, item["order_id"]) if one["parent_item_no"] == item["parent_item_no"]]
    for one in beside if number else []:
        path = f"/product/{one['product_id']}"
        line = (await stack.http.get("product-inventory", path)).json
        if characteristics(line, "productCharacteristic").get("msisdn"):
            named = {"productCharacteristic": listed({"msisdn": str(number)})}
            (await stack.http.patch("product-inventory", path, json=named)).need()


async def _adopt(stack: Stack, item: RowMapping) -> None:
    """What was sold along with an ended bundle, such as a device, belongs to a line of it that stays."""
    needed = await _needed_of(stack, item)
    with stack.db.begin() as tx:
        items = items_of(tx, item["order_id"])
    changed = [one["product_id"] for one in items if one["change_kind"] == "plan"]
    query = {"productRelationship.product.id": item["product_id"]}
    children = (await stack.http.get("product-inventory", "/product", params=query)).documents()
    live = [child for child in children if text(child, "status") in ("active", "suspended")]
    lines = [one for one in live if text(one, "id") in changed or text(one, "productOffering.id") in needed]
    for child in live if lines else []:
        if child not in lines and not any(text(price, "promotionId") for price in documents(child, "productPrice")):
            change = {
                "productRelationship": [{"relationshipType": "bundledBy", "product": {"id": text(lines[0], "id")}}]
            }
            (await stack.http.patch("product-inventory", f"/product/{text(child, 'id')}", json=change)).need()


def _is_told(product: object, item: RowMapping) -> bool:
    """Whether the product knows already that this item is done."""
    told = product.get("productOrderItem") if isinstance(product, dict) else None
    return isinstance(told, list) and any(text(one, "orderItemId") == item["id"] for one in told)


def _details(stack: Stack, item: RowMapping, kind: str, values: Mapping[str, str]) -> Document:
    """What a change of this kind brings to the product beyond its status."""
    with stack.db.begin() as tx:
        ordered = characteristics_of(tx, item["id"])
        prices = prices_of(tx, item["id"])
    shown = {name: value for name, value in ordered.items() if name not in _ORDER_ONLY} if kind in _DESCRIBED else {}
    shown.pop("newNumber", None)
    described: Document = {"productCharacteristic": listed(shown | dict(values))} if shown or values else {}
    return described | (_plan(item, prices) if kind == "plan" else {})


def _plan(item: RowMapping, prices: list[Document]) -> Document:
    offering = {"id": item["offering_id"], "version": item["offering_version"], "name": item["offering_name"]}
    return {"productOffering": offering, "productPrice": prices, "name": item["offering_name"]}


_DESCRIBED = ("plan", "sim-swap", "number-change", "characteristics")
