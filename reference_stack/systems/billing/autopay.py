"""Debits from bank accounts: a run asks the bank for due bills, what comes back restores them or mends the account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping, select, update
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.clock import text_of
from ringback.reference_stack.kernel.bodies import body_of
from ringback.reference_stack.kernel.errors import invalid, missing
from ringback.reference_stack.schema import BIL_ACCOUNT, BIL_BILL, BIL_PAYMENT
from ringback.reference_stack.systems.billing.adjustments import Adjustment, adjust
from ringback.reference_stack.systems.billing.bills import today_of
from ringback.reference_stack.systems.billing.limits import day_of
from ringback.reference_stack.systems.billing.owed import local_day
from ringback.reference_stack.systems.billing.payments import PAYMENT
from ringback.reference_stack.systems.billing.publishing import publish
from ringback.reference_stack.systems.billing.settlement import allocate, restore, settle
from ringback.reference_stack.systems.reading import Document, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

METHOD = "ACH"
_FEE = 1500  # cents for a debit that came back
_FINAL_AFTER = timedelta(days=4)  # two banking days and a week-end: later returns reverse a payment that is done
_AGAIN = ("R01", "R09")  # may be presented again, twice
_MOST_ATTEMPTS = 3
_SETTINGS = {
    "autopayMethod": "autopay_method",
    "routing": "routing",
    "bankAccount": "bank_account",
    "bankAccountType": "bank_account_type",
}


def _shown(row: RowMapping) -> Document:
    """An account as an operator sees it; of the bank account only the last digits."""
    return {
        "id": row["id"], "customerId": row["customer_id"], "cycleDay": row["cycle_day"], "nextBill": row["next_bill"],
        "state": row["state"], "balance": row["balance"], "timeZone": row["time_zone"],
        "autopayMethod": row["autopay_method"], "routing": row["routing"],
        "bankAccount": f"...{row['bank_account'][-4:]}" if row["bank_account"] else None,
    }  # fmt: skip


async def show_account(stack: Stack, request: Request) -> Response:
    """Billing's view of an account."""
    with stack.db.begin() as tx:
        return JSONResponse(_shown(_row(tx, request.path_params["id"])))


def _row(tx: Connection, account: str) -> RowMapping:
    row = tx.execute(select(BIL_ACCOUNT).where(BIL_ACCOUNT.c.id == account)).mappings().first()
    if row is None:
        raise missing("account", account)
    return row


async def change_account(stack: Stack, request: Request) -> Response:
    """``{"autopayMethod": "ACH"|null, "routing", "bankAccount", "bankAccountType"}``: how an account pays."""
    body, account = await body_of(request), request.path_params["id"]
    unknown = [name for name in body if name not in _SETTINGS]
    if unknown or body.get("autopayMethod") not in (None, METHOD):
        raise invalid(f"{', '.join(unknown) or 'autopayMethod'} cannot be set", f"known: {', '.join(_SETTINGS)}; ACH")
    values = {_SETTINGS[name]: str(value) if value is not None else None for name, value in body.items()}
    with stack.db.begin() as tx:
        _row(tx, account)
        if values:
            tx.execute(update(BIL_ACCOUNT).where(BIL_ACCOUNT.c.id == account).values(**values))
        return JSONResponse(_shown(_row(tx, account)))


async def payment_run(stack: Stack, request: Request) -> Response:
    """``{"businessDate"?, "accountId"?}``: one debit per open bill that is due and whose account pays by itself."""
    body = await body_of(request)
    today = stack.clock.now().date()
    day = day_of("businessDate", text(body, "businessDate"), today) if "businessDate" in body else None
    with stack.db.begin() as tx:
        wanted = [_debit(stack, tx, bill) for bill in _due(stack, tx, day, text(body, "accountId"))]
    made = [await _ask_bank(stack, payment) for payment in wanted if payment is not None]
    return JSONResponse({"payments": made, "count": len(made)}, 201)


def _due(stack: Stack, tx: Connection, day: date | None, only: str) -> list[RowMapping]:
    pays = (BIL_ACCOUNT.c.autopay_method == METHOD) & BIL_ACCOUNT.c.routing.is_not(None)
    is_open = BIL_BILL.c.state.in_(("sent", "partiallyPaid")) & (BIL_BILL.c.remaining > 0)
    chosen = (BIL_ACCOUNT.c.id == only) if only else BIL_ACCOUNT.c.id.is_not(None)
    rows = tx.execute(
        select(BIL_BILL, BIL_ACCOUNT.c.time_zone)
        .join(BIL_ACCOUNT, BIL_ACCOUNT.c.id == BIL_BILL.c.account_id)
        .where(pays & is_open & chosen)
        .order_by(BIL_BILL.c.due_date, BIL_BILL.c.id)
    ).mappings()
    return [row for row in rows if _day_due(row) <= (day or today_of(stack, row))]


def _day_due(bill: RowMapping) -> date:
    return local_day(bill["due_date"], ZoneInfo(bill["time_zone"]))


def _debit(stack: Stack, tx: Connection, bill: RowMapping) -> str | None:
    """The payment of a bill, ready to be asked for; None when the bank has refused it for good."""
    tried = select(BIL_PAYMENT).where(BIL_PAYMENT.c.correlator_id.startswith(f"{METHOD}-{bill['id']}-"))
    rows = tx.execute(tried.order_by(BIL_PAYMENT.c.at)).mappings().all()
    waiting = next((row["id"] for row in rows if row["status"] == "authorized"), None)
    if waiting:
        return str(waiting)
    if rows and (rows[-1]["return_code"] not in _AGAIN or len(rows) >= _MOST_ATTEMPTS):
        return None
    correlator = f"{METHOD}-{bill['id']}-{len(rows) + 1}"
    values = {"account_id": bill["account_id"], "amount": bill["remaining"], "method": METHOD, "status": "authorized"}
    return PAYMENT.insert(stack, tx, values | {"correlator_id": correlator, "at": stack.clock.stamp()})


async def _ask_bank(stack: Stack, payment: str) -> str:
    """Puts a debit into the bank's queue; from then on the bill counts as paid, though not for good."""
    with stack.db.begin() as tx:
        row = tx.execute(select(BIL_PAYMENT).where(BIL_PAYMENT.c.id == payment)).mappings().one()
        account = _row(tx, row["account_id"])
    customer = await stack.http.get("crm", f"/customer/{account['customer_id']}")
    attempt = int(row["correlator_id"].rpartition("-")[2])
    record = {
        "payment_id": payment, "account_id": account["id"], "amount": row["amount"],
        "name": text(customer.json, "name") or account["customer_id"], "routing": account["routing"],
        "account_no": account["bank_account"], "account_type": account["bank_account_type"] or "checking",
        "attempt": attempt, "description": "PHONE BILL" if attempt == 1 else "RETRY PYMT",
    }  # fmt: skip
    body = {"partner": "bank", "feed": METHOD, "key": payment, "record": record}
    sent = (await stack.http.post("gateway", "/gateway/v1/outbound", json=body)).document()
    bill = row["correlator_id"].removeprefix(f"{METHOD}-").rpartition("-")[0]
    with stack.db.begin() as tx:
        if PAYMENT.update(stack, tx, payment, {"status": "captured", "trace_no": text(sent, "trace_number") or None}):
            allocate(stack, tx, row, (bill,))
    return payment


async def settle_debits(stack: Stack) -> None:
    """A debit that the bank did not return in time is done."""
    before = text_of(stack.clock.now() - _FINAL_AFTER)
    ripe = (BIL_PAYMENT.c.status == "captured") & (BIL_PAYMENT.c.method == METHOD) & (BIL_PAYMENT.c.at <= before)
    with stack.db.begin() as tx:
        for row in tx.execute(select(BIL_PAYMENT).where(ripe)).mappings().all():
            PAYMENT.update(stack, tx, row["id"], {"status": "done"})
            settle(stack, tx, row["id"])


async def take_return(stack: Stack, request: Request) -> Response:
    """What the bank sent back of a debit: a return undoes it, a notice of change only mends the account."""
    body = await body_of(request)
    identity = text(body, "payment_id")
    with stack.db.begin() as tx:
        row = tx.execute(select(BIL_PAYMENT).where(BIL_PAYMENT.c.id == identity)).mappings().first()
        if row is None:
            return JSONResponse({"code": "R105", "text": f"no payment {identity!r}"}, 422)
        if text(body, "kind") == "change":
            _mend(tx, row["account_id"], text(body, "change_code"), text(body, "corrected_data"))
            return JSONResponse({"entityType": "bil_account", "entityId": row["account_id"]})
        if row["status"] in ("captured", "done"):
            _undo(stack, tx, row, text(body, "return_reason"))
        elif row["return_code"] != text(body, "return_reason"):
            return JSONResponse({"code": "R110", "text": f"payment {identity} is {row['status']}"}, 422)
    return JSONResponse({"entityType": "bil_payment", "entityId": identity})


def _undo(stack: Stack, tx: Connection, payment: RowMapping, reason: str) -> None:
    PAYMENT.update(stack, tx, payment["id"], {"status": "failed", "return_code": reason})
    restore(stack, tx, payment["id"])
    fee = Adjustment(payment["account_id"], _FEE, f"Fee for a returned payment ({reason})", f"RETURN-{payment['id']}")
    adjust(stack, tx, fee)
    if reason not in _AGAIN:
        mine = BIL_ACCOUNT.c.id == payment["account_id"]
        tx.execute(update(BIL_ACCOUNT).where(mine).values(autopay_method=None))
    publish(stack, tx, "dunning", "DunningNoticeEvent", dict(payment) | {"step": "returned", "return_code": reason})


def _mend(tx: Connection, account: str, code: str, corrected: str) -> None:
    """The account's bank data as the bank says it is; other notices change nothing that is kept here."""
    mend = _MENDED.get(code)
    if mend is not None:
        tx.execute(update(BIL_ACCOUNT).where(BIL_ACCOUNT.c.id == account).values(**mend(corrected)))


_MENDED: Mapping[str, Callable[[str], dict[str, str]]] = {
    "C01": lambda told: {"bank_account": told.strip()},
    "C02": lambda told: {"routing": told[:9]},
    "C03": lambda told: {"routing": told[:9], "bank_account": told[9:].strip()},
}
