"""Money that came in: which bills it pays, and what happens when it goes back.

A debit that the bank may still return lowers a bill at once but settles it only when it is done: until then the bill is
partially paid, so that a return can restore it by a legal step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, insert, select, update

from ringback.reference_stack.schema import BIL_ACCOUNT, BIL_ALLOCATION, BIL_BILL
from ringback.reference_stack.systems.billing.bills import send
from ringback.reference_stack.systems.billing.documents import BILL

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

OPEN = ("new", "onHold", "validated", "sent", "partiallyPaid")


def allocate(stack: Stack, tx: Connection, payment: RowMapping, bills: tuple[str, ...] = ()) -> None:
    """Pays the named bills, else the oldest ones; what is too much is the account's credit."""
    left = payment["amount"]
    for bill in _open_bills(tx, payment["account_id"], bills):
        part = min(left, bill["remaining"])
        if part:
            values = {"id": stack.ids.new("ALC"), "payment_id": payment["id"], "bill_id": bill["id"], "amount": part}
            tx.execute(insert(BIL_ALLOCATION).values(**values, state="applied"))
            send(stack, tx, bill["id"])
            lowered = {"remaining": bill["remaining"] - part, "state": "partiallyPaid"}
            BILL.update(stack, tx, bill["id"], lowered)
            left -= part
    if left:
        _credit(tx, payment["account_id"], left)


def settle(stack: Stack, tx: Connection, payment: str) -> None:
    """The money is there for good: bills without a rest are settled."""
    for bill in _paid_by(tx, payment):
        row = BILL.row(tx, bill["bill_id"])
        if row is not None and row["remaining"] == 0:
            BILL.update(stack, tx, row["id"], {"state": "settled"})


def restore(stack: Stack, tx: Connection, payment: str) -> None:
    """The money went back: what it paid is open again."""
    for part in _paid_by(tx, payment):
        row = BILL.row(tx, part["bill_id"])
        if row is not None:
            restored = {"remaining": row["remaining"] + part["amount"]}
            _reopen(tx, row)
            BILL.update(stack, tx, row["id"], restored)
        tx.execute(update(BIL_ALLOCATION).where(BIL_ALLOCATION.c.id == part["id"]).values(state="reversed"))


def _reopen(tx: Connection, bill: RowMapping) -> None:
    """A settled bill whose money is reversed after all; TMF678 has no step for it."""
    if bill["state"] == "settled":
        tx.execute(update(BIL_BILL).where(BIL_BILL.c.id == bill["id"]).values(state="partiallyPaid"))


def _open_bills(tx: Connection, account: str, named: tuple[str, ...]) -> list[RowMapping]:
    mine = (BIL_BILL.c.account_id == account) & (BIL_BILL.c.remaining > 0) & BIL_BILL.c.state.in_(OPEN)
    rows = tx.execute(select(BIL_BILL).where(mine).order_by(BIL_BILL.c.due_date, BIL_BILL.c.id)).mappings().all()
    return [row for row in rows if not named or row["id"] in named]


def _paid_by(tx: Connection, payment: str) -> list[RowMapping]:
    mine = (BIL_ALLOCATION.c.payment_id == payment) & (BIL_ALLOCATION.c.state == "applied")
    return list(tx.execute(select(BIL_ALLOCATION).where(mine).order_by(BIL_ALLOCATION.c.id)).mappings())


def _credit(tx: Connection, account: str, amount: int) -> None:
    balance = BIL_ACCOUNT.c.balance + amount
    tx.execute(update(BIL_ACCOUNT).where(BIL_ACCOUNT.c.id == account).values(balance=balance))
