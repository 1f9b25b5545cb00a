"""Bills that stay unpaid: a reminder, then the lines are suspended by an order, and resumed once all is paid."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, insert, select

from ringback.reference_stack.clock import text_of
from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.kernel.errors import CallRefused
from ringback.reference_stack.schema import BIL_ACCOUNT, BIL_BILL, BIL_CHARGE, BIL_DUNNING, BIL_PAUSE, BIL_PAYMENT
from ringback.reference_stack.systems.billing.publishing import publish
from ringback.reference_stack.systems.fallout_report import report
from ringback.reference_stack.systems.reading import Document, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_STEPS = (("reminder", timedelta(days=1)), ("suspension", timedelta(days=10)))  # so long after the day it was due
_ORDERS = "/tmf-api/productOrderingManagement/v4/productOrder"


async def dun(stack: Stack) -> None:
    """Takes each step whose time has come, and takes suspensions back."""
    for step, after in _STEPS:
        for bill in _overdue(stack, step, after):
            CORRELATION.set(f"DUN-{bill['id']}")
            await _take(stack, bill, step)
    for bill in _paid(stack):
        CORRELATION.set(f"DUN-{bill['id']}")
        await _take(stack, bill, "resumption")


def _overdue(stack: Stack, step: str, after: timedelta) -> list[RowMapping]:
    """Unpaid bills that are due for a step; accounts that pay by themselves only when their bank has refused."""
    due = text_of(stack.clock.now() - after)
    taken = select(BIL_DUNNING.c.bill_id).where(BIL_DUNNING.c.step == step)
    refused = select(BIL_PAYMENT.c.account_id).where(BIL_PAYMENT.c.status == "failed")
    unpaid = (BIL_BILL.c.remaining > 0) & BIL_BILL.c.state.in_(("sent", "partiallyPaid")) & (BIL_BILL.c.due_date <= due)
    by_hand = BIL_ACCOUNT.c.autopay_method.is_(None) | BIL_ACCOUNT.c.id.in_(refused)
    with stack.db.begin() as tx:
        return list(
            tx.execute(
                select(BIL_BILL, BIL_ACCOUNT.c.customer_id)
                .join(BIL_ACCOUNT, BIL_ACCOUNT.c.id == BIL_BILL.c.account_id)
                .where(unpaid & by_hand & BIL_BILL.c.id.not_in(taken))
                .order_by(BIL_BILL.c.due_date, BIL_BILL.c.id)
            ).mappings()
        )


def _paid(stack: Stack) -> list[RowMapping]:
    """Bills for which lines were suspended, of accounts that owe nothing overdue any more."""
    resumed = select(BIL_DUNNING.c.bill_id).where(BIL_DUNNING.c.step == "resumption")
    owing = select(BIL_BILL.c.account_id).where(BIL_BILL.c.remaining > 0, BIL_BILL.c.due_date <= stack.clock.stamp())
    suspended = (BIL_DUNNING.c.step == "suspension") & BIL_DUNNING.c.order_id.is_not(None)
    with stack.db.begin() as tx:
        rows = tx.execute(
            select(BIL_BILL, BIL_ACCOUNT.c.customer_id)
            .join(BIL_ACCOUNT, BIL_ACCOUNT.c.id == BIL_BILL.c.account_id)
            .join(BIL_DUNNING, BIL_DUNNING.c.bill_id == BIL_BILL.c.id)
            .where(suspended & BIL_BILL.c.id.not_in(resumed) & BIL_BILL.c.account_id.not_in(owing))
            .order_by(BIL_BILL.c.id)
        ).mappings().all()  # fmt: skip
        return [row for row in rows if _lines(tx, row["account_id"], paused=True)]


async def _take(stack: Stack, bill: RowMapping, step: str) -> None:
    order = "" if step == "reminder" else await _order(stack, bill, step)
    values: Document = {
        "id": stack.ids.new("DUN"), "account_id": bill["account_id"], "bill_id": bill["id"], "step": step,
        "at": stack.clock.stamp(), "order_id": order or None,
    }  # fmt: skip
    with stack.db.begin() as tx:
        tx.execute(insert(BIL_DUNNING).values(**values))
        publish(stack, tx, "dunning", "DunningNoticeEvent", values | {"correlation_id": CORRELATION.get()})


async def _order(stack: Stack, bill: RowMapping, step: str) -> str:
    """The order that suspends or resumes the account's lines; COM knows one that it has seen."""
    wanted = {"suspension": "suspended", "resumption": "active"}[step]
    with stack.db.begin() as tx:
        products = _lines(tx, bill["account_id"], paused=step == "resumption")
    if not products:
        return ""
    body = {
        "externalId": f"{bill['id']}-{step}",
        "description": f"{step} for bill {bill['bill_no']}",
        "relatedParty": [{"id": bill["customer_id"], "role": "customer", "@referredType": "Customer"}],
        "billingAccount": {"id": bill["account_id"]},
        "productOrderItem": [
            {"id": str(number), "action": "modify", "product": {"id": product, "status": wanted}}
            for number, product in enumerate(products, 1)
        ],
    }
    try:
        return text((await stack.http.post("ordering", _ORDERS, json=body)).document(), "id")
    except CallRefused as refusal:
        await report(stack, system="billing", order=bill["id"], code="DUNNING", detail=refusal)
        return ""


def _lines(tx: Connection, account: str, *, paused: bool) -> list[str]:
    """The products of an account that run (or are suspended) and are paid for by the month."""
    running = (
        (BIL_CHARGE.c.account_id == account)
        & (BIL_CHARGE.c.charge_type == "recurring")
        & (BIL_CHARGE.c.status == "active")
    )
    stopped = select(BIL_PAUSE.c.product_id).where(BIL_PAUSE.c.ended_at.is_(None))
    which = BIL_CHARGE.c.product_id.in_(stopped) if paused else BIL_CHARGE.c.product_id.not_in(stopped)
    found = select(BIL_CHARGE.c.product_id).where(running & which).distinct().order_by(BIL_CHARGE.c.product_id)
    return [str(product) for product in tx.execute(found).scalars()]
