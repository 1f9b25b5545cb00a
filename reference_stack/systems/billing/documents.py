"""The resources of TMF678: customer bills, requests for a bill, and the lines of a bill."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping, func, select
from starlette.requests import Request

from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.errors import conflict, invalid
from ringback.reference_stack.kernel.machines import CUSTOMER_BILL, Machine
from ringback.reference_stack.kernel.resource import Created, Resource
from ringback.reference_stack.schema import (
    BIL_ACCOUNT,
    BIL_ALLOCATION,
    BIL_BILL,
    BIL_BILL_REQUEST,
    BIL_LINE,
    BIL_USAGE,
)
from ringback.reference_stack.systems.billing.arithmetic import TAX_PER_MILLE
from ringback.reference_stack.systems.money import money
from ringback.reference_stack.systems.reading import Document, at, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

BASE = "/tmf-api/customerBillManagement/v4"
_TAX_CATEGORY = "salesTax"
_DEMAND = Machine(
    "customerBillOnDemand",
    ("inProgress",),
    {"inProgress": ("done", "rejected", "terminatedWithError"), "done": (), "rejected": (), "terminatedWithError": ()},
)


def _account(tx: Connection, identity: str) -> RowMapping | None:
    return tx.execute(select(BIL_ACCOUNT).where(BIL_ACCOUNT.c.id == identity)).mappings().first()


def _currency(account: RowMapping | None) -> str:
    return str(account["currency"]) if account is not None else "USD"


def _period(row: RowMapping, account: RowMapping | None) -> Document:
    """A period of local days, from midnight to midnight where the account lives."""
    zone = ZoneInfo(account["time_zone"] if account is not None else "UTC")
    named = {"startDateTime": row["period_start"], "endDateTime": row["period_end"]}
    days = {name: date.fromisoformat(day[:10]) for name, day in named.items() if day}
    return {name: datetime.combine(day, time(), zone).isoformat(timespec="milliseconds") for name, day in days.items()}


def _owner(account: RowMapping | None) -> list[Document]:
    owner = account["customer_id"] if account is not None else ""
    return [{"id": owner, "role": "customer", "@referredType": "Customer"}]


def _bill(tx: Connection, row: RowMapping) -> Document:
    account = _account(tx, row["account_id"])
    unit = _currency(account)
    credits_of = select(func.sum(BIL_LINE.c.amount)).where(BIL_LINE.c.bill_id == row["id"], BIL_LINE.c.amount < 0)
    return {
        "billingPeriod": _period(row, account),
        "lastUpdate": row["bill_date"],
        "category": row["category"],
        "runType": row["run_type"],
        "taxExcludedAmount": money(row["tax_excluded"], unit),
        "taxIncludedAmount": money(row["tax_included"], unit),
        "amountDue": money(row["remaining"], unit),
        "remainingAmount": money(row["remaining"], unit),
        "discountAmount": money(tx.execute(credits_of).scalar() or 0, unit),
        "taxItem": [
            {"taxCategory": _TAX_CATEGORY, "taxRate": TAX_PER_MILLE / 1000, "taxAmount": money(row["tax"], unit)}
        ],
        "appliedPayment": _payments(tx, row["id"], unit),
        "billDocument": [{"id": row["bill_no"], "name": f"Bill {row['bill_no']}", "@referredType": "Document"}],
        "billingAccount": {"id": row["account_id"], "@referredType": "BillingAccount"},
        "relatedParty": _owner(account),
    }


def _payments(tx: Connection, bill: str, unit: str) -> list[Document]:
    """The payments that count towards a bill."""
    paid = (
        select(BIL_ALLOCATION)
        .where(BIL_ALLOCATION.c.bill_id == bill, BIL_ALLOCATION.c.state == "applied")
        .order_by(BIL_ALLOCATION.c.id)
    )
    return [
        {"appliedAmount": money(row.amount, unit), "payment": {"id": row.payment_id, "@referredType": "Payment"}}
        for row in tx.execute(paid)
    ]


async def _only_state(_stack: Stack, before: Document, changes: Document) -> None:
    """A bill is a document: only its state changes."""
    other = [name for name in changes if name != "state"]
    if other:
        raise invalid(f"{', '.join(other)} of a customerBill cannot be changed", "only state may be patched")
    if text(changes, "state") == "settled" and at(before, "remainingAmount.value"):
        raise conflict(f"customerBill {before['id']} has an amount to pay", "post a payment")


BILL = Resource(
    name="customerBill",
    path=f"{BASE}/customerBill",
    table=BIL_BILL,
    prefix="BILL",
    tag="Customer Bill",
    columns={"billNo": "bill_no", "billDate": "bill_date", "paymentDueDate": "due_date", "state": "state"},
    filters={"billingAccount.id": "account_id"},
    shape=_bill,
    machine=CUSTOMER_BILL,
    before_patch=_only_state,
    operations="LGU",
    required=("billDocument", "state", "billNo", "taxExcludedAmount", "taxIncludedAmount", "remainingAmount"),
    properties={
        "billNo": shapes.TEXT,
        "billDate": shapes.TIME,
        "paymentDueDate": shapes.TIME,
        "lastUpdate": shapes.TIME,
        "state": shapes.states(CUSTOMER_BILL),
        "category": shapes.TEXT,
        "runType": shapes.one_of("onCycle", "offCycle"),
        "billingPeriod": shapes.PERIOD,
        "taxExcludedAmount": shapes.MONEY,
        "taxIncludedAmount": shapes.MONEY,
        "amountDue": shapes.MONEY,
        "remainingAmount": shapes.MONEY,
        "discountAmount": shapes.MONEY,
        "taxItem": shapes.many(shapes.record({"taxCategory": shapes.TEXT, "taxAmount": shapes.MONEY}, "taxAmount")),
        "billDocument": shapes.many(shapes.REFERENCE),
        "billingAccount": shapes.REFERENCE,
        "relatedParty": shapes.many(shapes.PARTY, 1),
    },
)


def _request(_tx: Connection, row: RowMapping) -> Document:
    bill = {"id": row["bill_id"], "href": f"{BILL.path}/{row['bill_id']}"} if row["bill_id"] else None
    shown: Document = {"billingAccount": {"id": row["account_id"], "@referredType": "BillingAccount"}}
    return shown | ({"customerBill": bill} if bill else {})


async def _demand(stack: Stack, body: Document, _http: Request) -> Created:
    """Asks for a bill of an account; a worker makes it."""
    account = text(body, "billingAccount.id")
    values = {"account_id": account, "state": "inProgress", "requested_at": stack.clock.stamp()}
    with stack.db.begin() as tx:
        if _account(tx, account) is None:
            raise invalid(f"billing knows no account {account!r}", "give billingAccount.id of an account with charges")
        identity = stack.ids.new("BOD")
        beyond = {
            name: value for name, value in body.items() if name not in ("billingAccount", "state", "customerBill")
        }
        REQUEST.extend(tx, identity, beyond)
        return Created(REQUEST.insert(stack, tx, values | {"id": identity}))


REQUEST = Resource(
    name="customerBillOnDemand",
    path=f"{BASE}/customerBillOnDemand",
    table=BIL_BILL_REQUEST,
    prefix="BOD",
    tag="Customer Bill",
    columns={"state": "state", "lastUpdate": "requested_at"},
    filters={"billingAccount.id": "account_id"},
    shape=_request,
    machine=_DEMAND,
    expected=("billingAccount",),
    create=_demand,
    operations="LGP",
    required=("state",),
    properties={
        "state": shapes.states(_DEMAND),
        "lastUpdate": shapes.TIME,
        "billingAccount": shapes.REFERENCE,
        "customerBill": shapes.REFERENCE,
    },
)


def _line(tx: Connection, row: RowMapping) -> Document:
    bill = tx.execute(select(BIL_BILL).where(BIL_BILL.c.id == row["bill_id"])).mappings().one()
    account = _account(tx, bill["account_id"])
    unit = _currency(account)
    tax = {"taxCategory": _TAX_CATEGORY, "taxRate": TAX_PER_MILLE / 1000, "taxAmount": money(row["tax"], unit)}
    beside: Document = {"product": {"id": row["product_id"]}} if row["product_id"] else {}
    if row["usage_id"]:
        beside["usage"] = _origin(tx, row["usage_id"])
    return beside | {
        "name": row["description"],
        "date": bill["bill_date"],
        "isBilled": True,
        "type": "appliedBillingCredit" if row["amount"] < 0 else "appliedBillingCharge",
        "taxExcludedAmount": money(row["amount"], unit),
        "taxIncludedAmount": money(row["amount"] + row["tax"], unit),
        "appliedTax": [tax],
        "bill": {"id": row["bill_id"], "href": f"{BILL.path}/{row['bill_id']}"},
        "billingAccount": {"id": bill["account_id"], "@referredType": "BillingAccount"},
        "periodCoverage": _period(row, account),
    }


def _origin(tx: Connection, usage: str) -> Document:
    """From which record of which file a line comes."""
    row = tx.execute(select(BIL_USAGE).where(BIL_USAGE.c.id == usage)).mappings().one()
    named = {"orderId": row["order_id"], "fileId": row["file_id"], "lineNo": row["line_no"]}
    return {"id": usage, "recordKey": row["record_key"]} | {name: value for name, value in named.items() if value}


RATE = Resource(
    name="appliedCustomerBillingRate",
    path=f"{BASE}/appliedCustomerBillingRate",
    table=BIL_LINE,
    prefix="LINE",
    tag="Customer Bill",
    columns={"description": "description"},
    filters={"bill.id": "bill_id", "product.id": "product_id"},
    shape=_line,
    operations="LG",
    required=("isBilled", "taxExcludedAmount", "taxIncludedAmount"),
    properties={
        "name": shapes.TEXT,
        "description": shapes.TEXT,
        "date": shapes.TIME,
        "isBilled": shapes.FLAG,
        "type": shapes.one_of("appliedBillingCharge", "appliedBillingCredit"),
        "taxExcludedAmount": shapes.MONEY,
        "taxIncludedAmount": shapes.MONEY,
        "appliedTax": shapes.many(shapes.record({"taxAmount": shapes.MONEY}, "taxAmount")),
        "bill": shapes.REFERENCE,
        "billingAccount": shapes.REFERENCE,
        "product": shapes.REFERENCE,
        "periodCoverage": shapes.PERIOD,
    },
)
