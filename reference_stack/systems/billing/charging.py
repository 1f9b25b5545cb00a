"""From products to charges: a price is charged from its product's start, a device plan runs from its delivery."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, insert, select, update

from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.schema import BIL_ACCOUNT, BIL_CHARGE, BIL_DELIVERY, BIL_INSTALLMENT
from ringback.reference_stack.systems.billing.arithmetic import monthly_of
from ringback.reference_stack.systems.reading import Document, documents, event_document, first, party, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_TIME_ZONE = "America/New_York"  # of an account that was opened without one
_CHARGED = ("recurring", "oneTime", "credit")


async def on_product(stack: Stack, envelope: dict[str, object]) -> None:
    """A product went live or ended: its charges begin or end on that day."""
    identity = text(event_document(envelope), "id")
    product = (await stack.http.get("product-inventory", f"/product/{identity}")).document()
    status = text(product, "status")
    if status == "active":
        codes = {text(price, "productOfferingPrice.id"): "" for price in documents(product, "productPrice")}
        for price_id in codes:
            codes[price_id] = await _charge_code(stack, price_id)
        _begin(stack, product, codes, text(envelope, "eventId"))
        await _activate_plans(stack, text(product, "productOrderItem.0.orderItemId"))
    if status == "terminated":
        _end(stack, product)


async def _charge_code(stack: Stack, price_id: str) -> str:
    """What the catalogue says the charge is booked under."""
    reply = await stack.http.get("catalogue", f"/productOfferingPrice/{price_id}")
    return (text(reply.json, "chargeCode") if reply.ok else "") or price_id


def _begin(stack: Stack, product: Document, codes: Mapping[str, str], event: str) -> None:
    account = text(product, "billingAccount.id")
    common: Document = {
        "account_id": account,
        "product_id": text(product, "id"),
        "order_id": text(product, "productOrder.id", "productOrderItem.0.productOrderId") or None,
        "correlation_id": CORRELATION.get(),
    }
    with stack.db.begin() as tx:
        _open_account(tx, account, party(product))
        for price in documents(product, "productPrice"):
            if text(price, "priceType") in _CHARGED and _costs(price):
                booking: Document = {
                    "charge_code": codes[text(price, "productOfferingPrice.id")],
                    "source_event_id": event,
                    "start_date": text(product, "startDate"),
                }
                _charge(stack, tx, price, common, booking)
            elif text(price, "priceType") == "installment":
                _plan(stack, tx, product, price, common)


def _open_account(tx: Connection, account: str, customer: str) -> None:
    """An account that billing has not seen before is opened with its first charge."""
    if tx.execute(select(BIL_ACCOUNT.c.id).where(BIL_ACCOUNT.c.id == account)).first() is None:
        values = {"id": account, "customer_id": customer, "cycle_day": 1, "currency": "USD", "state": "active"}
        tx.execute(insert(BIL_ACCOUNT).values(**values, time_zone=_TIME_ZONE))


def _charge(stack: Stack, tx: Connection, price: Document, common: Document, booking: Document) -> None:
    """One charge per price of a product, however often its event comes."""
    price_id = text(price, "productOfferingPrice.id")
    known = (BIL_CHARGE.c.product_id == common["product_id"]) & (BIL_CHARGE.c.price_id == price_id)
    if tx.execute(select(BIL_CHARGE.c.id).where(known)).first() is not None:
        return
    values: Document = {
        "id": stack.ids.new("CHG"),
        "price_id": price_id,
        "charge_type": text(price, "priceType"),
        "amount": cents(price),
        "currency": text(price, "price.dutyFreeAmount.unit") or "USD",
        "end_date": text(price, "promotionEnd") or None,
        "status": "active",
    }
    tx.execute(insert(BIL_CHARGE).values(**values, **common, **booking))
    _publish(stack, tx, "charge", "ChargeCreateEvent", values | common | booking)


def _plan(stack: Stack, tx: Connection, product: Document, price: Document, common: Document) -> None:
    """An instalment plan waits, pending, until the device has arrived."""
    if tx.execute(select(BIL_INSTALLMENT.c.id).where(BIL_INSTALLMENT.c.product_id == common["product_id"])).first():
        return
    months = int(text(price, "months") or "1")
    total = cents(price) * months
    values: Document = {
        "id": stack.ids.new("INST"),
        "total": total,
        "months": months,
        "monthly": monthly_of(total, months),
        "billed_months": 0,
        "state": "pending",
        "order_item_id": text(product, "productOrderItem.0.orderItemId"),
    }
    tx.execute(insert(BIL_INSTALLMENT).values(**values, **common))
    _publish(stack, tx, "installment", "InstallmentCreateEvent", values | common)


def _costs(price: Document) -> bool:
    """A fee of nothing is no charge; a monthly price is one even at nothing, so that it can be seen to run."""
    return text(price, "priceType") == "recurring" or cents(price) != 0


def cents(price: Document) -> int:
    """The amount of a product price in cents."""
    return round(float(text(price, "price.dutyFreeAmount.value") or "0") * 100)


def _end(stack: Stack, product: Document) -> None:
    ended = text(product, "terminationDate") or stack.clock.stamp()
    mine = (BIL_CHARGE.c.product_id == text(product, "id")) & (BIL_CHARGE.c.status == "active")
    with stack.db.begin() as tx:
        tx.execute(update(BIL_CHARGE).where(mine).values(status="ended", end_date=ended))


async def on_shipment(stack: Stack, envelope: dict[str, object]) -> None:
    """A device has arrived: its plan begins, now or as soon as there is one."""
    shipment = event_document(envelope)
    if text(shipment, "status", "state") != "delivered":
        return
    item = text(shipment, "orderItemId")
    values = {
        "order_item_id": item,
        "imei": text(shipment, "imei"),
        "delivered_at": text(shipment, "deliveredAt") or stack.clock.stamp(),
    }
    with stack.db.begin() as tx:
        tx.execute(delete(BIL_DELIVERY).where(BIL_DELIVERY.c.order_item_id == item))
        tx.execute(insert(BIL_DELIVERY).values(**values))
    await _activate_plans(stack, item)


async def _activate_plans(stack: Stack, order_item: str) -> None:
    """The pending plan of an order item becomes active for the very device that was delivered."""
    mine = (BIL_INSTALLMENT.c.order_item_id == order_item) & (BIL_INSTALLMENT.c.state == "pending")
    arrived = BIL_DELIVERY.c.order_item_id == order_item
    with stack.db.begin() as tx:
        plan = tx.execute(select(BIL_INSTALLMENT).where(mine)).mappings().first()
        delivery = tx.execute(select(BIL_DELIVERY).where(arrived)).mappings().first()
    if plan is None or delivery is None:
        return
    query = {"category": "DEVICE", "value": delivery["imei"]}
    devices = (await stack.http.get("resource-inventory", "/resource", params=query)).documents()
    values: Document = {
        "state": "active",
        "device_resource_id": text(first(devices), "id") or None,
        "start_date": delivery["delivered_at"],
    }
    with stack.db.begin() as tx:
        tx.execute(update(BIL_INSTALLMENT).where(BIL_INSTALLMENT.c.id == plan["id"]).values(**values))
        _publish(stack, tx, "installment", "InstallmentStateChangeEvent", dict(plan) | values)


def _publish(stack: Stack, tx: Connection, kind: str, event_type: str, row: Document) -> None:
    """Bill events are an extension of TMF678, which declares none."""
    names = {"product_id": "productId", "account_id": "accountId", "order_id": "orderId", "start_date": "startDate"}
    names |= {"charge_type": "chargeType", "price_id": "priceId", "end_date": "endDate", "status": "state"}
    names |= {"device_resource_id": "deviceResourceId", "billed_months": "billedMonths", "charge_code": "chargeCode"}
    hidden = ("correlation_id", "source_event_id", "order_item_id")
    document = {names.get(name, name): value for name, value in row.items() if name not in hidden and value is not None}
    stack.events.publish(
        tx,
        event_type,
        resource_type=kind,
        resource_id=str(row["id"]),
        document=document,
        correlation=str(row["correlation_id"]),
        state=text(document, "state"),
    )
