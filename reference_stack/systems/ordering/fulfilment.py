"""Getting a released order built: products and one service order for all that is to be built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, select, update

from ringback.reference_stack.kernel.errors import CallRefused
from ringback.reference_stack.schema import COM_ORDER_ITEM, COM_PRODUCT_ORDER
from ringback.reference_stack.systems.fallout_report import report
from ringback.reference_stack.systems.ordering.changes import ENDS
from ringback.reference_stack.systems.ordering.documents import characteristics_of, items_of, prices_of
from ringback.reference_stack.systems.ordering.finishing import fail_item, finish_ready, is_new
from ringback.reference_stack.systems.ordering.progress import Why, move_item, settle
from ringback.reference_stack.systems.reading import characteristics, documents, listed, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

Document = dict[str, object]
_NOT_ON_PRODUCTS = {"pin", "accountNumber", "creditConsent", "requiresCredit", "appointmentId"}
_WANTED = {"suspend": "inactive", "disconnect": "terminated", "port-out": "terminated"}


@dataclass(frozen=True, slots=True)
class Line:
    """The line that a new product is added to: the services that realize it, and its telephone number."""

    services: tuple[str, ...] = ()
    number: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """What an item is about below COM: its product, the services that realize it, its specification (if it is built).

    Args:
        product: id of the product.
        services: ids of the services that realize the product already.
        line: the line that a new product is added to.
        specification: the product specification; empty when there is nothing to build.
        fulfilment: who builds it: `service-ordering`, `field-service` where a technician comes, or `none`.
    """

    product: str
    services: tuple[str, ...] = ()
    line: Line = Line()
    specification: str = ""
    fulfilment: str = "none"


async def hand_over(stack: Stack) -> None:
    """The worker that hands released items down; it reads what to do from the tables and may repeat itself."""
    lines = COM_ORDER_ITEM.c
    open_items = select(lines.order_id).where(lines.fulfilment.is_(None), lines.state == "inProgress")
    waiting = select(COM_PRODUCT_ORDER).where(
        COM_PRODUCT_ORDER.c.state == "inProgress", COM_PRODUCT_ORDER.c.id.in_(open_items)
    )
    with stack.db.begin() as tx:
        orders = tx.execute(waiting.order_by(COM_PRODUCT_ORDER.c.order_date)).mappings().all()
    for order in orders:
        try:
            await _hand_over(stack, order)
        except CallRefused as refusal:
            _hold(stack, order, str(refusal))
            detail = f"product order {order['id']} cannot be handed down: {refusal}"
            await report(stack, system="ordering", order=order["id"], code="COM-REFUSED", detail=detail)


def _hold(stack: Stack, order: RowMapping, reason: str) -> None:
    """An order that is refused below waits visibly, with the reason."""
    with stack.db.begin() as tx:
        for item in items_of(tx, order["id"]):
            if item["state"] == "inProgress":
                move_item(stack, tx, item, "held", Why("ordering", reason))
        settle(stack, tx, order["id"], Why("ordering", reason))


async def _hand_over(stack: Stack, order: RowMapping) -> None:
    """Hands down what is free: an item that relies on another one waits until that one is complete."""
    with stack.db.begin() as tx:
        items = items_of(tx, order["id"])
    free = await _free(stack, items)
    if not free:
        return
    targets = {item["item_no"]: Target(item["product_id"] or "") for item in items}
    for item in _parents_first(free):
        parent = targets.get(item["parent_item_no"] or "")
        targets[item["item_no"]] = await _target(stack, order, item, parent.product if parent else "")
    built = [item for item in free if targets[item["item_no"]].specification]
    if built:
        await _service_order(stack, order, built, targets)
    for item in [item for item in free if item["change_kind"] in ENDS]:
        await _announce_end(stack, order, targets[item["item_no"]].product)
    _note_handed_over(stack, order["id"], {item["id"]: targets[item["item_no"]] for item in free})
    if len(built) < len(free):
        await finish_ready(stack, order["id"])


def _note_handed_over(stack: Stack, order: str, targets: Mapping[str, Target]) -> None:
    with stack.db.begin() as tx:
        for item, target in targets.items():
            values = {"fulfilment": target.fulfilment, "product_id": target.product}
            tx.execute(update(COM_ORDER_ITEM).where(COM_ORDER_ITEM.c.id == item).values(**values))
        first = (COM_PRODUCT_ORDER.c.id == order) & COM_PRODUCT_ORDER.c.handed_over_at.is_(None)
        tx.execute(update(COM_PRODUCT_ORDER).where(first).values(handed_over_at=stack.clock.stamp()))


async def _free(stack: Stack, items: list[RowMapping]) -> list[RowMapping]:
    """The items that may be handed down now; one whose forerunner came to nothing fails with it."""
    waiting = {item["id"]: _awaited(item, items) for item in items if item["fulfilment"] is None}
    for item in items:
        if waiting.get(item["id"]) in ("failed", "cancelled", "rejected"):
            reason = f"productOrderItem {item['after_item_no']}, which it relies on, is {waiting[item['id']]}"
            await fail_item(stack, item, Why("ordering", reason))
    return [item for item in items if waiting.get(item["id"]) == "completed"]


def _awaited(item: RowMapping, items: list[RowMapping]) -> str:
    """The state of the item that this one relies on; one that relies on nothing need not wait."""
    return next((str(one["state"]) for one in items if one["item_no"] == item["after_item_no"]), "completed")


def _parents_first(items: list[RowMapping]) -> list[RowMapping]:
    """The items in an order in which each product finds that of its bundle."""
    ordered: list[RowMapping] = []
    waiting = list(items)
    while waiting:
        numbers = {item["item_no"] for item in waiting}
        free = [item for item in waiting if item["parent_item_no"] not in numbers] or waiting
        ordered += free
        waiting = [item for item in waiting if item not in free]
    return ordered


async def _target(stack: Stack, order: RowMapping, item: RowMapping, parent: str) -> Target:
    """What an item is about: a new product, or an existing one with the services that realize it."""
    line = await _existing(stack, order, item["parent_product_id"])
    services = _services(await _existing(stack, order, item["product_id"]))
    is_built = item["action"] == "add" or (bool(services) and item["change_kind"] != "noChange")
    specification, fulfilment = await _decomposing(stack, order, item) if is_built else ("", "none")
    product = item["product_id"]
    if is_new(stack, item):
        product = await _product(stack, order, item, item["parent_product_id"] or parent)
    number = characteristics(line, "productCharacteristic").get("msisdn", "")
    return Target(product, services, Line(_services(line), number), specification, fulfilment)


async def _existing(stack: Stack, order: RowMapping, product: str | None) -> Document:
    """A product as the inventory has it; empty for none."""
    if not product:
        return {}
    path, journey = f"/product/{product}", order["correlation_id"]
    reply = await stack.http.get("product-inventory", path, correlation=journey)
    return reply.document() if reply.ok else {}


def _services(product: Document) -> tuple[str, ...]:
    """The services that realize a product."""
    return tuple(text(service, "id") for service in documents(product, "realizingService"))


async def _announce_end(stack: Stack, order: RowMapping, product: str) -> None:
    """A product whose end is being built is pendingTerminate; one that was suspended is taken up for it first."""
    path, journey = f"/product/{product}", order["correlation_id"]
    reply = await stack.http.get("product-inventory", path, correlation=journey)
    steps = {"suspended": ("active", "pendingTerminate"), "active": ("pendingTerminate",)}
    for status in steps.get(text(reply.json, "status"), ()):
        change = {"status": status}
        (await stack.http.patch("product-inventory", path, json=change, correlation=journey)).need()


async def _product(stack: Stack, order: RowMapping, item: RowMapping, parent: str) -> str:
    """The new product of an item, pending until the item is built; the inventory knows an item it has seen."""
    with stack.db.begin() as tx:
        ordered = characteristics_of(tx, item["id"])
        prices = prices_of(tx, item["id"])
    shown = {name: value for name, value in ordered.items() if name not in _NOT_ON_PRODUCTS}
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


async def _decomposing(stack: Stack, order: RowMapping, item: RowMapping) -> tuple[str, str]:
    """The product specification of an item that has something to build, and who builds it; empty when it has not."""
    journey = order["correlation_id"]
    offering = await stack.http.get("catalogue", f"/productOffering/{item['offering_id']}", correlation=journey)
    specification = text(offering.document(), "productSpecification.id")
    if not specification:
        return "", "none"
    query = {"productSpecification": specification}
    parts = await stack.http.get("catalogue", "/catalogue/v1/decomposition", params=query, correlation=journey)
    controllers = {text(part, "controller") for part in documents(parts.document(), "items")}
    if not controllers:
        return "", "none"
    return specification, "field-service" if "workforce" in controllers else "service-ordering"


async def _service_order(
    stack: Stack, order: RowMapping, items: list[RowMapping], targets: Mapping[str, Target]
) -> None:
    """One service order for all that is to be built; SOM knows an order that it has seen."""
    fixed = {item["id"]: await _fixed_by(stack, order, item) for item in items}
    with stack.db.begin() as tx:
        wanted = [_service_order_item(tx, item, targets[item["item_no"]], fixed[item["id"]]) for item in items]
    body: Document = {
        "externalId": order["id"],
        "relatedParty": [{"id": order["customer_id"], "role": "customer", "@referredType": "Customer"}],
        "serviceOrderItem": wanted,
    }
    reply = await stack.http.post("service-ordering", "/serviceOrder", json=body, correlation=order["correlation_id"])
    reply.need()


async def _fixed_by(stack: Stack, order: RowMapping, item: RowMapping) -> dict[str, str]:
    """What a new plan fixes about the service: profile, policy, speeds. SOM asks itself about what is new."""
    if item["change_kind"] != "plan":
        return {}
    path = f"/catalogue/v1/offerings/{item['offering_id']}/characteristics"
    found = (await stack.http.get("catalogue", path, correlation=order["correlation_id"])).document()
    return {name: str(value) for name, value in found.items()}


def _service_order_item(tx: Connection, item: RowMapping, target: Target, fixed: Mapping[str, str]) -> Document:
    place = [{"id": item["address_id"], "role": "installationAddress"}] if item["address_id"] else []
    number = {"msisdn": target.line.number} if target.line.number else {}
    service: Document = {
        "serviceSpecification": {"id": target.specification},
        "serviceCharacteristic": listed({**fixed, **number, **characteristics_of(tx, item["id"])}),
        "place": place,
    }
    if target.services:
        service |= {"id": target.services[0], "state": _WANTED.get(item["change_kind"], "active")}
    if target.line.services:
        relied = [{"relationshipType": "reliesOn", "service": {"id": line}} for line in target.line.services]
        service["serviceRelationship"] = relied
    appointment = {"appointment": {"id": item["appointment_id"]}} if item["appointment_id"] else {}
    return {
        "id": item["item_no"],
        "action": item["action"],
        "changeKind": item["change_kind"],
        "quantity": item["quantity"],
        "productOrderItemId": item["id"],
        "productId": target.product,
        "productOfferingId": item["offering_id"],
        "service": service,
    } | appointment
