"""Instalment plans: pending until the device has arrived, active for that very device, settled when it leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, insert, select, update
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.schema import BIL_DELIVERY, BIL_INSTALLMENT
from ringback.reference_stack.systems.billing.arithmetic import monthly_of
from ringback.reference_stack.systems.billing.publishing import publish
from ringback.reference_stack.systems.reading import Document, event_document, first, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack


def plan(stack: Stack, tx: Connection, product: Document, price: Document, common: Document) -> None:
    """The plan of a product; it waits, pending, until the device has arrived."""
    if tx.execute(select(BIL_INSTALLMENT.c.id).where(BIL_INSTALLMENT.c.product_id == common["product_id"])).first():
        return
    months = int(text(price, "months") or "1")
    total = round(float(text(price, "price.dutyFreeAmount.value") or "0") * 100) * months
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
    publish(stack, tx, "installment", "InstallmentCreateEvent", values | common)


def settle_plans(stack: Stack, tx: Connection, product: str) -> None:
    """The device's product ended: what is left of an active plan is due with the next bill, a pending one lapses."""
    mine = (BIL_INSTALLMENT.c.product_id == product) & BIL_INSTALLMENT.c.state.in_(("active", "pending"))
    for row in tx.execute(select(BIL_INSTALLMENT).where(mine)).mappings().all():
        values = {"state": "settling" if row["state"] == "active" else "cancelled"}
        tx.execute(update(BIL_INSTALLMENT).where(BIL_INSTALLMENT.c.id == row["id"]).values(**values))
        publish(stack, tx, "installment", "InstallmentStateChangeEvent", dict(row) | values)


def cancel_plans(tx: Connection, product: str) -> None:
    """The product never came to be: neither does its plan."""
    mine = (BIL_INSTALLMENT.c.product_id == product) & (BIL_INSTALLMENT.c.state == "pending")
    tx.execute(update(BIL_INSTALLMENT).where(mine).values(state="cancelled"))


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
    await activate_plans(stack, item)


async def activate_plans(stack: Stack, order_item: str) -> None:
    """The pending plan of an order item becomes active for the very device that was delivered."""
    mine = (BIL_INSTALLMENT.c.order_item_id == order_item) & (BIL_INSTALLMENT.c.state == "pending")
    arrived = BIL_DELIVERY.c.order_item_id == order_item
    with stack.db.begin() as tx:
        found = tx.execute(select(BIL_INSTALLMENT).where(mine)).mappings().first()
        delivery = tx.execute(select(BIL_DELIVERY).where(arrived)).mappings().first()
    if found is None or delivery is None:
        return
    query = {"category": "DEVICE", "value": delivery["imei"]}
    devices = (await stack.http.get("resource-inventory", "/resource", params=query)).documents()
    values: Document = {
        "state": "active",
        "device_resource_id": text(first(devices), "id") or None,
        "start_date": delivery["delivered_at"],
    }
    with stack.db.begin() as tx:
        tx.execute(update(BIL_INSTALLMENT).where(BIL_INSTALLMENT.c.id == found["id"]).values(**values))
        publish(stack, tx, "installment", "InstallmentStateChangeEvent", dict(found) | values)


async def installments(stack: Stack, request: Request) -> Response:
    """The instalment plans of an account, in cents, with what a disconnect today would make due."""
    wanted = {"accountId": BIL_INSTALLMENT.c.account_id, "productId": BIL_INSTALLMENT.c.product_id}
    where = [column == request.query_params[name] for name, column in wanted.items() if name in request.query_params]
    with stack.db.begin() as tx:
        rows = tx.execute(select(BIL_INSTALLMENT).where(*where).order_by(BIL_INSTALLMENT.c.id)).mappings().all()
    return JSONResponse([
        {
            "id": row["id"], "accountId": row["account_id"], "productId": row["product_id"], "total": row["total"],
            "months": row["months"], "monthly": row["monthly"], "billedMonths": row["billed_months"],
            "remaining": max(0, row["total"] - row["monthly"] * row["billed_months"]),
            "state": row["state"], "deviceResourceId": row["device_resource_id"], "startDate": row["start_date"],
        }
        for row in rows
    ])  # fmt: skip
