"""Adjustments and disputes: credits and fees that come on the next bill, each with the reason that explains it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, insert, select, update
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.kernel.bodies import body_of
from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.kernel.errors import conflict, invalid, missing
from ringback.reference_stack.schema import (
    BIL_ADJUSTMENT,
    BIL_BILL,
    BIL_CHARGE,
    BIL_DISPUTE,
    BIL_LINE,
    BIL_SUSPENSE,
    BIL_USAGE,
)
from ringback.reference_stack.systems.billing.limits import is_whole
from ringback.reference_stack.systems.billing.owed import account_of
from ringback.reference_stack.systems.reading import Document, at, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_DECISIONS = ("accepted", "rejected")


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What is to come on the next bill of an account; a credit is negative.

    Args:
        reference: the same reference again is the same adjustment.
    """

    account: str
    amount: int
    reason: str
    reference: str
    product: str | None = None
    dispute: str | None = None


def adjust(stack: Stack, tx: Connection, wanted: Adjustment) -> str:
    """Notes an adjustment for the next bill, once; answers its id."""
    known = tx.execute(select(BIL_ADJUSTMENT.c.id).where(BIL_ADJUSTMENT.c.reference == wanted.reference)).scalar()
    if known:
        return str(known)
    identity = stack.ids.new("ADJ")
    values = {
        "id": identity, "account_id": wanted.account, "product_id": wanted.product, "amount": wanted.amount,
        "reason": wanted.reason, "reference": wanted.reference, "state": "pending", "dispute_id": wanted.dispute,
        "created_at": stack.clock.stamp(), "correlation_id": CORRELATION.get(),
    }  # fmt: skip
    tx.execute(insert(BIL_ADJUSTMENT).values(**values))
    return identity


def _shown(row: RowMapping) -> Document:
    names = {"id": "id", "account_id": "accountId", "product_id": "productId", "amount": "amount", "reason": "reason"}
    names |= {"reference": "reference", "state": "state", "bill_id": "billId", "dispute_id": "disputeId"}
    return {wire: row[column] for column, wire in names.items() if row[column] is not None}


async def create_adjustment(stack: Stack, request: Request) -> Response:
    """``{"accountId", "amount" (cents, a credit is negative), "reason", "reference", "productId"?}``; 200 if known."""
    body = await body_of(request)
    amount, reference = at(body, "amount"), text(body, "reference")
    if not isinstance(amount, int) or not is_whole(amount) or not amount:
        raise invalid("amount is no whole number of cents", "a credit of 5.00 is -500")
    if not reference or not text(body, "reason"):
        raise invalid("an adjustment needs reason and reference", "the same reference again changes nothing")
    account = text(body, "accountId", "billingAccount.id")
    with stack.db.begin() as tx:
        if account_of(tx, account) is None:
            raise invalid(f"billing knows no account {account!r}", "give accountId of an account with charges")
        known = tx.execute(select(BIL_ADJUSTMENT.c.id).where(BIL_ADJUSTMENT.c.reference == reference)).scalar()
        product = text(body, "productId") or None
        identity = adjust(stack, tx, Adjustment(account, amount, text(body, "reason"), reference, product))
        row = tx.execute(select(BIL_ADJUSTMENT).where(BIL_ADJUSTMENT.c.id == identity)).mappings().one()
    return JSONResponse(_shown(row), 200 if known else 201)


async def list_adjustments(stack: Stack, request: Request) -> Response:
    """The adjustments of an account."""
    account = request.query_params.get("accountId", "")
    mine = select(BIL_ADJUSTMENT).where(BIL_ADJUSTMENT.c.account_id == account).order_by(BIL_ADJUSTMENT.c.created_at)
    with stack.db.begin() as tx:
        rows = tx.execute(mine).mappings().all()
    return JSONResponse([_shown(row) for row in rows])


async def open_dispute(stack: Stack, request: Request) -> Response:
    """``{"lineId", "reason"}``: the line is led back to what it bills before anybody decides."""
    body = await body_of(request)
    with stack.db.begin() as tx:
        line = tx.execute(select(BIL_LINE).where(BIL_LINE.c.id == text(body, "lineId"))).mappings().first()
        if line is None:
            raise missing("bill line", text(body, "lineId"))
        open_one = (BIL_DISPUTE.c.line_id == line["id"]) & (BIL_DISPUTE.c.state != "rejected")
        if tx.execute(select(BIL_DISPUTE.c.id).where(open_one)).first() is not None:
            raise conflict(f"line {line['id']} is disputed already", "decide the dispute that there is")
        account = tx.execute(select(BIL_BILL.c.account_id).where(BIL_BILL.c.id == line["bill_id"])).scalar()
        identity = stack.ids.new("DSP")
        values = {
            "id": identity, "account_id": account, "line_id": line["id"], "amount": line["amount"],
            "reason": text(body, "reason"), "state": "open", "opened_at": stack.clock.stamp(),
            "correlation_id": CORRELATION.get(),
        }  # fmt: skip
        tx.execute(insert(BIL_DISPUTE).values(**values))
        document = _dispute(tx, identity)
    return JSONResponse(document, 201)


async def show_dispute(stack: Stack, request: Request) -> Response:
    """One dispute with what its line bills."""
    with stack.db.begin() as tx:
        return JSONResponse(_dispute(tx, request.path_params["id"]))


async def decide_dispute(stack: Stack, request: Request) -> Response:
    """``{"decision": "accepted"|"rejected", "amount"? (cents, all of the line when absent)}``."""
    body, identity = await body_of(request), request.path_params["id"]
    decision = text(body, "decision")
    if decision not in _DECISIONS:
        raise invalid(f"decision is {decision!r}", f"decide {' or '.join(_DECISIONS)}")
    with stack.db.begin() as tx:
        dispute = tx.execute(select(BIL_DISPUTE).where(BIL_DISPUTE.c.id == identity)).mappings().first()
        if dispute is None:
            raise missing("dispute", identity)
        if dispute["state"] != "open":
            raise conflict(f"dispute {identity} is {dispute['state']} already", "open another one")
        values = {"state": decision, "closed_at": stack.clock.stamp()}
        if decision == "accepted":
            values["adjustment_id"] = _give_back(stack, tx, dispute, at(body, "amount"))
        tx.execute(update(BIL_DISPUTE).where(BIL_DISPUTE.c.id == identity).values(**values))
        document = _dispute(tx, identity)
    return JSONResponse(document)


def _give_back(stack: Stack, tx: Connection, dispute: RowMapping, asked: object) -> str:
    """The credit of an accepted dispute, at most what the line charged."""
    amount = asked if isinstance(asked, int) and not isinstance(asked, bool) else dispute["amount"]
    if not 0 < amount <= dispute["amount"]:
        raise invalid(f"amount {amount} is not within the line's {dispute['amount']}", "give back at most the line")
    line = tx.execute(select(BIL_LINE).where(BIL_LINE.c.id == dispute["line_id"])).mappings().one()
    reason = f"Credit for {line['description']}: {dispute['reason']}"
    return adjust(
        stack,
        tx,
        Adjustment(dispute["account_id"], -amount, reason, dispute["id"], line["product_id"], dispute["id"]),
    )


def _dispute(tx: Connection, identity: str) -> Document:
    dispute = tx.execute(select(BIL_DISPUTE).where(BIL_DISPUTE.c.id == identity)).mappings().first()
    if dispute is None:
        raise missing("dispute", identity)
    line = tx.execute(select(BIL_LINE).where(BIL_LINE.c.id == dispute["line_id"])).mappings().one()
    names = {"id": "id", "account_id": "accountId", "line_id": "lineId", "amount": "amount", "reason": "reason"}
    names |= {"state": "state", "adjustment_id": "adjustmentId", "opened_at": "openedAt", "closed_at": "closedAt"}
    shown = {wire: dispute[column] for column, wire in names.items() if dispute[column] is not None}
    return shown | {"billId": line["bill_id"], "description": line["description"], "origin": _origin(tx, line)}


def _origin(tx: Connection, line: RowMapping) -> Document:
    """What a line bills: its product and order, and the record and file of usage."""
    origin: Document = {"productId": line["product_id"]}
    if line["charge_id"]:
        order = select(BIL_CHARGE.c.order_id).where(BIL_CHARGE.c.id == line["charge_id"])
        origin |= {"chargeId": line["charge_id"], "orderId": tx.execute(order).scalar()}
    if line["usage_id"]:
        usage = tx.execute(select(BIL_USAGE).where(BIL_USAGE.c.id == line["usage_id"])).mappings().one()
        origin |= {"usageId": usage["id"], "recordKey": usage["record_key"], "startedAt": usage["started_at"]}
        origin |= {"orderId": usage["order_id"] if line["product_id"] else None}
        origin |= {"fileId": usage["file_id"], "lineNo": usage["line_no"]}
    return {name: value for name, value in origin.items() if value is not None}


async def suspense(stack: Stack, _request: Request) -> Response:
    """What could not be booked and waits for a person."""
    waiting = select(BIL_SUSPENSE).where(BIL_SUSPENSE.c.state == "open").order_by(BIL_SUSPENSE.c.at, BIL_SUSPENSE.c.id)
    with stack.db.begin() as tx:
        rows = tx.execute(waiting).mappings().all()
    names = {"id": "id", "account_id": "accountId", "product_id": "productId", "price_id": "priceId"}
    names |= {"usage_id": "usageId", "reason": "reason", "amount": "amount", "at": "at"}
    return JSONResponse([
        {wire: row[column] for column, wire in names.items() if row[column] is not None} for row in rows
    ])  # fmt: skip
