"""Making bills (TMF678): what is due becomes lines, the bill proves its own sums, and nothing is billed twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from ringback.reference_stack.clock import text_of
from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.schema import (
    BIL_ACCOUNT,
    BIL_ADJUSTMENT,
    BIL_BILL_REQUEST,
    BIL_CHARGE,
    BIL_INSTALLMENT,
    BIL_LINE,
    BIL_USAGE,
)
from ringback.reference_stack.systems.billing.arithmetic import Line, totals
from ringback.reference_stack.systems.billing.documents import BILL, REQUEST
from ringback.reference_stack.systems.billing.owed import adjustment_lines, charges_of, usage_lines
from ringback.reference_stack.systems.billing.periods import due_lines
from ringback.reference_stack.systems.reading import text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_PAYABLE_WITHIN = timedelta(days=21)
_LIVE = ("active", "pending")


@dataclass(frozen=True, slots=True)
class Run:
    """Which bill is made: of which day, over the account's cycle or over each charge's own month."""

    today: date
    cycle_day: int | None = None

    @property
    def kind(self) -> str:
        """How TMF678 calls it."""
        return "offCycle" if self.cycle_day is None else "onCycle"


async def price_names(stack: Stack) -> dict[str, str]:
    """What the catalogue calls each price, for the lines of the bill."""
    prices = (await stack.http.get("catalogue", "/productOfferingPrice")).documents()
    return {text(price, "id"): text(price, "name") for price in prices}


async def bills_on_demand(stack: Stack) -> None:
    """Makes the bills that were asked for."""
    waiting = BIL_BILL_REQUEST.c.state == "inProgress"
    with stack.db.begin() as tx:
        requests = tx.execute(select(BIL_BILL_REQUEST).where(waiting)).mappings().all()
    if not requests:
        return
    names = await price_names(stack)
    for request in requests:
        CORRELATION.set(request["correlation_id"] or "")
        with stack.db.begin() as tx:
            account = tx.execute(select(BIL_ACCOUNT).where(BIL_ACCOUNT.c.id == request["account_id"])).mappings().one()
            bill = make_bill(stack, tx, account, Run(today_of(stack, account)), names)
            values = {"state": "done", "bill_id": bill} if bill else {"state": "rejected"}
            REQUEST.update(stack, tx, request["id"], values)


def today_of(stack: Stack, account: RowMapping) -> date:
    """Today where the account lives."""
    return stack.clock.now().astimezone(ZoneInfo(account["time_zone"])).date()


def make_bill(stack: Stack, tx: Connection, account: RowMapping, run: Run, names: dict[str, str]) -> str:
    """One bill of all that is due; nothing due makes no bill, and the answer is empty."""
    lines = lines_of(stack, tx, account, run, names)
    return _bill(stack, tx, account, run, lines) if lines else ""


def lines_of(stack: Stack, tx: Connection, account: RowMapping, run: Run, names: dict[str, str]) -> tuple[Line, ...]:
    """The lines that a bill would have."""
    due = due_lines(charges_of(stack, tx, account, names), run.today, run.cycle_day)
    credits_last = [line for line in due if line.kind == "credit"]
    before = [line for line in due if line.kind != "credit"]
    extra = usage_lines(stack, tx, account) + adjustment_lines(tx, account, run.today)
    return tuple(before + extra + credits_last)


def _bill(stack: Stack, tx: Connection, account: RowMapping, run: Run, lines: Sequence[Line]) -> str:
    identity, sums = stack.ids.new("BILL"), totals(lines)
    for number, line in enumerate(lines, start=1):
        _book(tx, identity, number, line)
    used = min(max(0, account["balance"]), max(0, sums.tax_included))
    left = account["balance"] - used + max(0, -sums.tax_included)
    if left != account["balance"]:
        tx.execute(update(BIL_ACCOUNT).where(BIL_ACCOUNT.c.id == account["id"]).values(balance=left))
    BILL.insert(
        stack,
        tx,
        {
            "id": identity,
            "bill_no": identity.replace("BILL-", "B"),
            "account_id": account["id"],
            "period_start": min(line.period_start for line in lines).isoformat(),
            "period_end": max(line.period_end for line in lines).isoformat(),
            "bill_date": stack.clock.stamp(),
            "due_date": text_of(stack.clock.now() + _PAYABLE_WITHIN),
            "state": "new",
            "tax_excluded": sums.tax_excluded,
            "tax": sums.tax,
            "tax_included": sums.tax_included,
            "remaining": max(0, sums.tax_included) - used,
            "balance_used": used,
            "run_type": run.kind,
            "category": "last" if _is_last(tx, account["id"]) else "normal",
        },
    )
    send(stack, tx, identity)
    return identity


def send(stack: Stack, tx: Connection, bill: str) -> None:
    """A bill goes its way: validated, sent, and settled at once when there is nothing to pay."""
    row = BILL.row(tx, bill)
    if row is None:
        return
    path = {"new": ("validated", "sent"), "onHold": ("validated", "sent"), "validated": ("sent",)}
    for state in path.get(row["state"], ()):
        BILL.update(stack, tx, bill, {"state": state})
    if row["remaining"] == 0 and row["state"] != "settled":
        BILL.update(stack, tx, bill, {"state": "settled"})


def _is_last(tx: Connection, account: str) -> bool:
    """Whether nothing runs on the account any more: no later bill will follow."""
    running = [
        select(func.count()).select_from(BIL_CHARGE).where(
            BIL_CHARGE.c.account_id == account, BIL_CHARGE.c.charge_type == "recurring", BIL_CHARGE.c.status.in_(_LIVE)
        ),
        select(func.count()).select_from(BIL_INSTALLMENT).where(
            BIL_INSTALLMENT.c.account_id == account, BIL_INSTALLMENT.c.state.in_(_LIVE)
        ),
    ]  # fmt: skip
    return all(tx.execute(count).scalar() == 0 for count in running)


def _book(tx: Connection, bill: str, number: int, line: Line) -> None:
    """A line of a bill; what it bills is marked, so that no other bill does."""
    values = {
        "id": f"{bill}-{number:03d}", "bill_id": bill, "charge_id": line.charge_id, "usage_id": line.usage_id,
        "adjustment_id": line.adjustment_id, "product_id": line.product_id, "amount": line.amount, "tax": line.tax,
        "description": line.description, "line_type": line.kind,
        "period_start": line.period_start.isoformat(), "period_end": line.period_end.isoformat(),
    }  # fmt: skip
    tx.execute(insert(BIL_LINE).values(**values))
    if line.kind == "oneTime":
        tx.execute(update(BIL_CHARGE).where(BIL_CHARGE.c.id == line.charge_id).values(status="billed"))
    if line.kind == "installment":
        _instalment_billed(tx, str(line.charge_id))
    if line.usage_id:
        tx.execute(update(BIL_USAGE).where(BIL_USAGE.c.id == line.usage_id).values(status="billed"))
    if line.adjustment_id:
        mine = BIL_ADJUSTMENT.c.id == line.adjustment_id
        tx.execute(update(BIL_ADJUSTMENT).where(mine).values(state="billed", bill_id=bill))


def _instalment_billed(tx: Connection, plan: str) -> None:
    """Another month of a plan is billed; a plan that ended early, or with its last month, is settled."""
    mine = BIL_INSTALLMENT.c.id == plan
    row = tx.execute(select(BIL_INSTALLMENT).where(mine)).mappings().one()
    months = row["months"] if row["state"] == "settling" else row["billed_months"] + 1
    state = "settled" if months >= row["months"] else row["state"]
    tx.execute(update(BIL_INSTALLMENT).where(mine).values(billed_months=months, state=state))
