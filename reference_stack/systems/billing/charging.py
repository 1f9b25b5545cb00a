"""From products to charges: what a product costs follows each change of it, a device plan runs from its delivery.

One rule for all changes: the charges of a product are those of its present prices. A price that came begins on the day
of the change, a price that went ends on it; a suspended product keeps its charges and is not billed for the suspension.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping, insert, select, update

from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.schema import BIL_ACCOUNT, BIL_CHARGE, BIL_INSTALLATION, BIL_PAUSE, BIL_SUSPENSE
from ringback.reference_stack.systems.billing.arithmetic import next_cycle
from ringback.reference_stack.systems.billing.passes import open_pass
from ringback.reference_stack.systems.billing.plans import activate_plans, cancel_plans, plan, settle_plans
from ringback.reference_stack.systems.billing.prepaid import open_bucket
from ringback.reference_stack.systems.billing.publishing import publish
from ringback.reference_stack.systems.reading import Document, characteristics, documents, event_document, party, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_TIME_ZONE, _CYCLE_DAY = "America/New_York", 1  # of an account that was opened without them
_CHARGED = ("recurring", "oneTime", "credit")
_LIVE = ("active", "suspended", "pendingTerminate")
_PASS, _START_PACK = "NRC-PASS", "NRC-PREPAID"
_KNOWN_CLOSE_CODES = ("DONE",)
# The codes as they were put into billing by hand, before the catalogue carried them.
_CODES_BY_HAND = {
    "PR-MOBILE-GOLD": "MRC-MOBILE",
    "PR-MOBILE-GOLD-ACT": "NRC-ACTIVATION",
    "PR-FIBRE-500": "MRC-FIBRE",
    "PR-SAVER-20": "CRD-SAVER",
}


async def on_product(stack: Stack, envelope: Document) -> None:
    """A product changed: its charges follow."""
    product = event_document(envelope)
    status = text(product, "status")
    if status in _LIVE:
        await _follow(stack, product, envelope)
    if status == "terminated":
        _end(stack, product)
    if status in ("cancelled", "aborted"):
        with stack.db.begin() as tx:
            cancel_plans(tx, text(product, "id"))


async def on_new_product(stack: Stack, envelope: Document) -> None:
    """A product that is only planned costs nothing yet; one that is created live does."""
    product = event_document(envelope)
    if text(product, "status") in _LIVE or stack.defects.on("D47"):
        await _follow(stack, product, envelope)


async def _follow(stack: Stack, product: Document, envelope: Document) -> None:
    codes = await _charge_codes(stack, product)
    when = text(envelope, "eventTime") or stack.clock.stamp()
    with stack.db.begin() as tx:
        _open_account(stack, tx, text(product, "billingAccount.id"), party(product))
        _pause(stack, tx, product, when)
        _reprice(stack, tx, product, codes, (when, text(envelope, "eventId")))
        if _is_prepaid(product, codes):
            open_bucket(stack, tx, product)
    if _PASS in codes.values():
        await open_pass(stack, product)
    await activate_plans(stack, text(product, "productOrderItem.0.orderItemId"))


def _is_prepaid(product: Document, codes: Mapping[str, str]) -> bool:
    """Whether a live product is paid from a bucket: it says so, or it came with the start pack."""
    told = characteristics(product, "productCharacteristic").get("paymentType", "")
    return text(product, "status") == "active" and (told == "prepaid" or _START_PACK in codes.values())


async def _charge_codes(stack: Stack, product: Document) -> dict[str, str]:
    """Under which code each new price is booked; what is charged already keeps its code."""
    prices = {text(price, "productOfferingPrice.id") for price in documents(product, "productPrice")}
    mine = (BIL_CHARGE.c.product_id == text(product, "id")) & (BIL_CHARGE.c.status != "ended")
    with stack.db.begin() as tx:
        known = {row.price_id: row.charge_code for row in tx.execute(select(BIL_CHARGE).where(mine))}
    return {price: known.get(price) or await _charge_code(stack, price) for price in sorted(prices)}


async def _charge_code(stack: Stack, price_id: str) -> str:
    """What the catalogue says the charge is booked under; empty when it says nothing."""
    if stack.defects.on("D28"):
        return _CODES_BY_HAND.get(price_id, "")
    reply = await stack.http.get("catalogue", f"/productOfferingPrice/{price_id}")
    return text(reply.json, "chargeCode") if reply.ok else ""


def _open_account(stack: Stack, tx: Connection, account: str, customer: str) -> None:
    """An account that billing has not seen before is opened with its first charge, and billed from the next cycle."""
    if tx.execute(select(BIL_ACCOUNT.c.id).where(BIL_ACCOUNT.c.id == account)).first() is None:
        first = next_cycle(stack.clock.now().astimezone(ZoneInfo(_TIME_ZONE)).date(), _CYCLE_DAY).isoformat()
        values = {"id": account, "customer_id": customer, "cycle_day": _CYCLE_DAY, "currency": "USD"}
        tx.execute(insert(BIL_ACCOUNT).values(**values, state="active", time_zone=_TIME_ZONE, next_bill=first))


def _pause(stack: Stack, tx: Connection, product: Document, when: str) -> None:
    """A suspension begins or ends with the product's state."""
    mine = (BIL_PAUSE.c.product_id == text(product, "id")) & BIL_PAUSE.c.ended_at.is_(None)
    is_open = tx.execute(select(BIL_PAUSE.c.id).where(mine)).first() is not None
    if text(product, "status") == "suspended" and not is_open:
        row = {"id": stack.ids.new("PAUSE"), "product_id": text(product, "id"), "started_at": when}
        tx.execute(insert(BIL_PAUSE).values(**row))
    if text(product, "status") == "active" and is_open:
        tx.execute(update(BIL_PAUSE).where(mine).values(ended_at=when))


def _reprice(
    stack: Stack, tx: Connection, product: Document, codes: Mapping[str, str], moment: tuple[str, str]
) -> None:
    """Ends the charges of prices that went and begins those of prices that came."""
    when, event = moment
    mine = BIL_CHARGE.c.product_id == text(product, "id")
    charges = tx.execute(select(BIL_CHARGE).where(mine).order_by(BIL_CHARGE.c.id)).mappings().all()
    running = [charge for charge in charges if charge["status"] in ("active", "pending")]
    prices = {text(price, "productOfferingPrice.id"): price for price in documents(product, "productPrice")}
    for charge in running:
        if charge["charge_type"] != "oneTime" and not _same(charge, prices.get(str(charge["price_id"]))):
            _stop(stack, tx, charge, when)
    common = _common(product)
    kept = {charge["price_id"] for charge in running if _same(charge, prices.get(str(charge["price_id"])))}
    once = {(charge["price_id"], charge["amount"]) for charge in charges if charge["charge_type"] != "recurring"}
    for price_id, price in prices.items():
        kind = text(price, "priceType")
        if kind == "installment":
            plan(stack, tx, product, price, common)
        elif kind in _CHARGED and price_id not in kept and (price_id, cents(price)) not in once and _costs(price):
            start = _start(stack, product, when if charges else "")
            booking: Document = {"charge_code": codes[price_id], "source_event_id": event, "start_date": start}
            _begin(stack, tx, price, common, booking)


def _common(product: Document) -> Document:
    items = documents(product, "productOrderItem")
    order = text(product, "productOrder.id") or text(items[-1] if items else {}, "productOrderId")
    return {
        "account_id": text(product, "billingAccount.id"),
        "product_id": text(product, "id"),
        "order_id": order if order not in ("", "unknown") else None,
        "correlation_id": CORRELATION.get(),
    }


def _same(charge: RowMapping, price: Document | None) -> bool:
    return price is not None and charge["amount"] == cents(price)


def _start(stack: Stack, product: Document, changed: str) -> str:
    """From when a price is owed: from the change, or from the day the product was installed."""
    installed = changed or text(product, "startDate")
    return stack.clock.stamp() if stack.defects.on("D19") or not installed else installed


def _begin(stack: Stack, tx: Connection, price: Document, common: Document, booking: Document) -> None:
    """One charge; without a code nobody could book it, so the price waits in suspense for a person."""
    price_id = text(price, "productOfferingPrice.id")
    if not booking["charge_code"]:
        _suspend(stack, tx, price_id, cents(price), common)
        return
    values: Document = {
        "id": stack.ids.new("CHG"),
        "price_id": price_id,
        "charge_type": text(price, "priceType"),
        "amount": cents(price),
        "currency": text(price, "price.dutyFreeAmount.unit") or "USD",
        "end_date": text(price, "promotionEnd") or None,
        "status": "active" if _closed_well(tx, text(common, "order_id")) else "pending",
        "months": int(text(price, "months") or 0) or None,
    }
    tx.execute(insert(BIL_CHARGE).values(**values, **common, **booking))
    publish(stack, tx, "charge", "ChargeCreateEvent", values | common | booking)


def _closed_well(tx: Connection, order: str) -> bool:
    """Whether the field closed the order's installation with a code that billing knows, or there was none."""
    codes = select(BIL_INSTALLATION.c.close_code).where(BIL_INSTALLATION.c.order_id == order)
    return all(code in _KNOWN_CLOSE_CODES for code in tx.execute(codes).scalars())


def _suspend(stack: Stack, tx: Connection, price_id: str, amount: int, common: Document) -> None:
    waiting = (
        (BIL_SUSPENSE.c.product_id == common["product_id"])
        & (BIL_SUSPENSE.c.price_id == price_id)
        & (BIL_SUSPENSE.c.state == "open")
    )
    if tx.execute(select(BIL_SUSPENSE.c.id).where(waiting)).first() is not None:
        return
    values = {"id": stack.ids.new("SUS"), "price_id": price_id, "amount": amount, "state": "open"}
    values |= {"reason": "no charge code", "at": stack.clock.stamp(), "account_id": str(common["account_id"])}
    values |= {"product_id": str(common["product_id"]), "correlation_id": str(common["correlation_id"])}
    tx.execute(insert(BIL_SUSPENSE).values(**values))


def _costs(price: Document) -> bool:
    """A fee of nothing is no charge; a monthly price is one even at nothing, so that it can be seen to run."""
    return text(price, "priceType") == "recurring" or cents(price) != 0


def cents(price: Document) -> int:
    """The amount of a product price in cents."""
    return round(float(text(price, "price.dutyFreeAmount.value") or "0") * 100)


def _stop(stack: Stack, tx: Connection, charge: RowMapping, when: str) -> None:
    values = {"status": "ended", "end_date": when}
    tx.execute(update(BIL_CHARGE).where(BIL_CHARGE.c.id == charge["id"]).values(**values))
    publish(stack, tx, "charge", "ChargeStateChangeEvent", dict(charge) | values)


def _end(stack: Stack, product: Document) -> None:
    """The product ended: its charges end with it, and its plan is due at once."""
    ended = text(product, "terminationDate") or stack.clock.stamp()
    mine = (BIL_CHARGE.c.product_id == text(product, "id")) & BIL_CHARGE.c.charge_type.in_(("recurring", "credit"))
    with stack.db.begin() as tx:
        running = mine & BIL_CHARGE.c.status.in_(("active", "pending"))
        for charge in tx.execute(select(BIL_CHARGE).where(running)).mappings().all():
            if not stack.defects.on("D46"):
                _stop(stack, tx, charge, ended)
        settle_plans(stack, tx, text(product, "id"))


async def on_work_order(stack: Stack, envelope: Document) -> None:
    """The field closed an installation: charges wait for a close-out that billing understands."""
    work = event_document(envelope)
    if text(work, "state") != "completed":
        return
    item, order, code = text(work, "resourceOrderItemId", "id"), text(work, "orderId"), text(work, "closeCode")
    values = {"order_id": order, "close_code": code, "completed_at": text(work, "completionDate") or None}
    known = BIL_INSTALLATION.c.order_item_id == item
    waiting = (BIL_CHARGE.c.order_id == order) & (BIL_CHARGE.c.status == "pending")
    with stack.db.begin() as tx:
        if not tx.execute(update(BIL_INSTALLATION).where(known).values(**values)).rowcount:
            tx.execute(insert(BIL_INSTALLATION).values(order_item_id=item, **values))
        if _closed_well(tx, order):
            tx.execute(update(BIL_CHARGE).where(waiting).values(status="active"))
