"""Payments and refunds (TMF676): the same correlator pays once; a capture pays bills, a refund returns credit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, select, update
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.errors import conflict, invalid, missing
from ringback.reference_stack.kernel.machines import Machine
from ringback.reference_stack.kernel.resource import Created, Resource
from ringback.reference_stack.schema import BIL_ACCOUNT, BIL_PAYMENT, BIL_REFUND
from ringback.reference_stack.systems.billing.limits import cents_of
from ringback.reference_stack.systems.billing.owed import account_of
from ringback.reference_stack.systems.billing.settlement import allocate, settle
from ringback.reference_stack.systems.money import money
from ringback.reference_stack.systems.reading import Document, at, documents, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

BASE = "/payment/v4"
PAYMENT_MACHINE = Machine(
    "payment",
    ("pendingAuthorization", "authorized"),
    {
        "pendingAuthorization": ("authorized", "denied", "failed", "canceled"),
        "authorized": ("captured", "canceled"),
        "captured": ("done", "failed"),
        "done": ("failed",),
        "denied": (),
        "failed": (),
        "canceled": (),
    },
)
_NEVER_KEPT = ("cardNumber", "cvv", "securityCode", "pin")
_STEPS = {"capture": "captured", "cancel": "canceled"}


def _payment(_tx: Connection, row: RowMapping) -> Document:
    return {
        "account": {"id": row["account_id"], "@referredType": "BillingAccount"},
        "totalAmount": money(row["amount"]),
        "amount": money(row["amount"]),
        "paymentMethod": {"@type": row["method"], "name": row["method"]},
        "paymentDate": row["at"],
        "statusDate": row["at"],
    }


def _cents(body: Document) -> int:
    cents = cents_of(at(body, "totalAmount.value"))
    if cents is None or cents <= 0:
        raise invalid("totalAmount.value is no amount above zero", 'write {"unit": "USD", "value": 12.50}')
    return cents


def _account(tx: Connection, body: Document) -> str:
    account = text(body, "account.id")
    if account_of(tx, account) is None:
        raise invalid(f"billing knows no account {account!r}", "give account.id of an account with charges")
    return account


async def _pay(stack: Stack, body: Document, _request: Request) -> Created:
    """A payment is captured at once unless it asks to be authorized only."""
    correlator = text(body, "correlatorId") or None
    amount, wanted = _cents(body), text(body, "status") or "done"
    if wanted not in ("done", "authorized"):
        raise invalid(f"a new payment cannot be {wanted}", "leave status out, or ask for authorized and capture later")
    with stack.db.begin() as tx:
        known = select(BIL_PAYMENT.c.id).where(BIL_PAYMENT.c.correlator_id == correlator)
        existing = tx.execute(known).scalar() if correlator else None
        if existing:
            return Created(str(existing), 200)
        identity = stack.ids.new("PAY")
        values = {
            "id": identity, "account_id": _account(tx, body), "amount": amount, "status": "authorized",
            "method": text(body, "paymentMethod.@type") or "card", "correlator_id": correlator,
            "at": stack.clock.stamp(),
        }  # fmt: skip
        PAYMENT.extend(tx, identity, _without_secrets(body))
        PAYMENT.insert(stack, tx, values)
        if wanted == "done":
            _capture(stack, tx, identity, _named_bills(body))
    return Created(identity)


def _without_secrets(body: Document) -> Document:
    """What is kept of a payment: never the number of a card."""
    method = body.get("paymentMethod")
    kept = (
        {name: value for name, value in method.items() if name not in _NEVER_KEPT} if isinstance(method, dict) else {}
    )
    return {name: value for name, value in body.items() if name not in ("account", "status")} | {"paymentMethod": kept}


def _named_bills(body: object) -> tuple[str, ...]:
    return tuple(text(item, "item.id") for item in documents(body, "paymentItem") if text(item, "item.id"))


def _capture(stack: Stack, tx: Connection, identity: str, bills: tuple[str, ...]) -> None:
    row = tx.execute(select(BIL_PAYMENT).where(BIL_PAYMENT.c.id == identity)).mappings().one()
    PAYMENT.update(stack, tx, identity, {"status": "captured"})
    allocate(stack, tx, row, bills)
    PAYMENT.update(stack, tx, identity, {"status": "done"})
    settle(stack, tx, identity)


async def step(stack: Stack, request: Request) -> Response:
    """``POST /billing/v1/payments/{id}/capture`` or ``.../cancel`` of an authorized payment."""
    identity, wanted = request.path_params["id"], request.path_params["step"]
    with stack.db.begin() as tx:
        row = PAYMENT.row(tx, identity)
        if row is None or wanted not in _STEPS:
            raise missing("payment step", f"{identity}/{wanted}")
        if row["status"] != "authorized":
            raise conflict(
                f"payment {identity} is {row['status']}", "only an authorized payment is captured or canceled"
            )
        if wanted == "capture":
            _capture(stack, tx, identity, _named_bills(PAYMENT.document(tx, row)))
        else:
            PAYMENT.update(stack, tx, identity, {"status": "canceled"})
        document = PAYMENT.find(tx, identity)
    return JSONResponse(document)


def _refunded(_tx: Connection, row: RowMapping) -> Document:
    shown = _payment(_tx, row)
    shown.pop("paymentDate")
    payment: Document = {"payment": {"id": row["payment_id"]}} if row["payment_id"] else {}
    return shown | {"refundDate": row["at"]} | payment


async def _refund(stack: Stack, body: Document, _request: Request) -> Created:
    """Gives back what the account has too much, never more."""
    correlator, amount = text(body, "correlatorId") or None, _cents(body)
    with stack.db.begin() as tx:
        known = select(BIL_REFUND.c.id).where(BIL_REFUND.c.correlator_id == correlator)
        existing = tx.execute(known).scalar() if correlator else None
        if existing:
            return Created(str(existing), 200)
        account = _account(tx, body)
        balance = tx.execute(select(BIL_ACCOUNT.c.balance).where(BIL_ACCOUNT.c.id == account)).scalar() or 0
        if amount > balance:
            raise conflict(f"account {account} has a credit of {balance} cents", f"{amount} cannot be refunded")
        left = {"balance": balance - amount}
        tx.execute(update(BIL_ACCOUNT).where(BIL_ACCOUNT.c.id == account).values(**left))
        identity = stack.ids.new("REF")
        values = {
            "id": identity, "account_id": account, "amount": amount, "status": "done", "at": stack.clock.stamp(),
            "method": text(body, "paymentMethod.@type") or "card", "correlator_id": correlator,
            "payment_id": text(body, "payment.id") or None,
        }  # fmt: skip
        REFUND.extend(tx, identity, _without_secrets(body))
        REFUND.insert(stack, tx, values)
    return Created(identity)


_PROPERTIES: dict[str, object] = {
    "correlatorId": shapes.TEXT,
    "account": shapes.REFERENCE,
    "paymentMethod": shapes.record({"@type": shapes.TEXT, "name": shapes.TEXT}),
    "totalAmount": shapes.MONEY,
    "amount": shapes.MONEY,
    "statusDate": shapes.TIME,
}
PAYMENT = Resource(
    name="payment",
    path=f"{BASE}/payment",
    table=BIL_PAYMENT,
    prefix="PAY",
    tag="Payment",
    columns={"status": "status", "correlatorId": "correlator_id"},
    filters={"account.id": "account_id"},
    shape=_payment,
    overridable=("paymentMethod", "amount"),
    state="status",
    machine=PAYMENT_MACHINE,
    mandatory=("account", "paymentMethod", "totalAmount"),
    create=_pay,
    operations="LGP",
    required=("account", "paymentMethod", "totalAmount", "status"),
    properties=_PROPERTIES | {"status": shapes.states(PAYMENT_MACHINE), "paymentDate": shapes.TIME},
)
REFUND = Resource(
    name="refund",
    path=f"{BASE}/refund",
    table=BIL_REFUND,
    prefix="REF",
    tag="Payment",
    columns={"status": "status", "correlatorId": "correlator_id"},
    filters={"account.id": "account_id"},
    shape=_refunded,
    overridable=("paymentMethod", "amount"),
    state="status",
    mandatory=("account", "paymentMethod", "totalAmount"),
    create=_refund,
    operations="LGP",
    required=("account", "paymentMethod", "totalAmount", "status"),
    properties=_PROPERTIES | {"status": shapes.TEXT, "refundDate": shapes.TIME},
)
