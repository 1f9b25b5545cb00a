"""Bills on demand (TMF678): a worker gathers what is due, the bill shows each line and proves its own sums."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from ringback.reference_stack.clock import moment_of, text_of
from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.schema import (
    BIL_ACCOUNT,
    BIL_BILL,
    BIL_BILL_REQUEST,
    BIL_CHARGE,
    BIL_INSTALLMENT,
    BIL_LINE,
)
from ringback.reference_stack.systems.billing.arithmetic import Charge, Line, due_lines, totals
from ringback.reference_stack.systems.billing.documents import BILL, REQUEST
from ringback.reference_stack.systems.reading import text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_TURN_S = 0.1
_PAYABLE_WITHIN = timedelta(days=21)


async def start(stack: Stack) -> None:
    """Begins to make the bills that were asked for."""

    async def bills_on_demand() -> None:
        waiting = BIL_BILL_REQUEST.c.state == "inProgress"
        with stack.db.begin() as tx:
            requests = tx.execute(select(BIL_BILL_REQUEST).where(waiting)).mappings().all()
        if requests:
            names = await _price_names(stack)
            for request in requests:
                CORRELATION.set(request["correlation_id"] or "")
                _make(stack, request, names)

    stack.every(_TURN_S, bills_on_demand)


async def _price_names(stack: Stack) -> dict[str, str]:
    """What the catalogue calls each price, for the lines of the bill."""
    prices = (await stack.http.get("catalogue", "/productOfferingPrice")).documents()
    return {text(price, "id"): text(price, "name") for price in prices}


def _make(stack: Stack, request: RowMapping, names: dict[str, str]) -> None:
    """One bill of all that is due today; nothing due makes no bill."""
    with stack.db.begin() as tx:
        account = tx.execute(select(BIL_ACCOUNT).where(BIL_ACCOUNT.c.id == request["account_id"])).mappings().one()
        zone = ZoneInfo(account["time_zone"])
        today = stack.clock.now().astimezone(zone).date()
        lines = due_lines(_charges(tx, account["id"], zone, names), today)
        if not lines:
            REQUEST.update(stack, tx, request["id"], {"state": "rejected"})
            return
        bill = _bill(stack, tx, account["id"], lines)
        REQUEST.update(stack, tx, request["id"], {"state": "done", "bill_id": bill})


def _charges(tx: Connection, account: str, zone: ZoneInfo, names: dict[str, str]) -> list[Charge]:
    """Everything the account owes, with what is billed of it already."""
    billed = {
        row.charge_id: date.fromisoformat(row.until[:10])
        for row in tx.execute(
            select(BIL_LINE.c.charge_id, func.max(BIL_LINE.c.period_end).label("until"))
            .join(BIL_BILL, BIL_BILL.c.id == BIL_LINE.c.bill_id)
            .where(BIL_BILL.c.account_id == account, BIL_LINE.c.charge_id.is_not(None))
            .group_by(BIL_LINE.c.charge_id)
        )
    }
    active = (BIL_CHARGE.c.account_id == account) & (BIL_CHARGE.c.status == "active")
    running = (BIL_INSTALLMENT.c.account_id == account) & (BIL_INSTALLMENT.c.state == "active")
    charges = [_charge(row, zone, names, billed) for row in tx.execute(select(BIL_CHARGE).where(active)).mappings()]
    plans = [_instalment(row, zone, billed) for row in tx.execute(select(BIL_INSTALLMENT).where(running)).mappings()]
    return charges + plans


def _local(stamp: str, zone: ZoneInfo) -> date:
    """The day of a moment as the customer's calendar has it; a day without time is taken as it is."""
    return moment_of(stamp).astimezone(zone).date() if "T" in stamp else date.fromisoformat(stamp)


def _charge(row: RowMapping, zone: ZoneInfo, names: dict[str, str], billed: dict[str, date]) -> Charge:
    return Charge(
        id=row["id"],
        product_id=row["product_id"],
        kind=row["charge_type"],
        description=names.get(row["price_id"]) or row["charge_code"],
        amount=row["amount"],
        start=_local(row["start_date"], zone),
        end=_local(row["end_date"], zone) if row["end_date"] else None,
        billed_until=billed.get(row["id"]),
        billed=row["id"] in billed,
    )


def _instalment(row: RowMapping, zone: ZoneInfo, billed: dict[str, date]) -> Charge:
    """The next instalment; the last one is what is left of the total."""
    left = row["total"] - row["monthly"] * row["billed_months"]
    return Charge(
        id=row["id"],
        product_id=row["product_id"],
        kind="installment",
        description=f"Device instalment {row['billed_months'] + 1} of {row['months']}",
        amount=min(row["monthly"], left),
        start=_local(row["start_date"], zone),
        billed_until=billed.get(row["id"]),
        remaining=row["months"] - row["billed_months"],
    )


def _bill(stack: Stack, tx: Connection, account: str, lines: tuple[Line, ...]) -> str:
    identity, sums = stack.ids.new("BILL"), totals(lines)
    for number, line in enumerate(lines, start=1):
        values = {
            "id": f"{identity}-{number:03d}", "bill_id": identity, "charge_id": line.charge_id,
            "product_id": line.product_id, "amount": line.amount, "tax": line.tax, "description": line.description,
            "period_start": line.period_start.isoformat(), "period_end": line.period_end.isoformat(),
        }  # fmt: skip
        tx.execute(insert(BIL_LINE).values(**values))
        _mark_billed(tx, line)
    BILL.insert(
        stack,
        tx,
        {
            "id": identity,
            "bill_no": identity.replace("BILL-", "B"),
            "account_id": account,
            "period_start": min(line.period_start for line in lines).isoformat(),
            "period_end": max(line.period_end for line in lines).isoformat(),
            "bill_date": stack.clock.stamp(),
            "due_date": text_of(stack.clock.now() + _PAYABLE_WITHIN),
            "state": "new",
            "tax_excluded": sums.tax_excluded,
            "tax": sums.tax,
            "tax_included": sums.tax_included,
            "remaining": max(0, sums.tax_included),
        },
    )
    return identity


def _mark_billed(tx: Connection, line: Line) -> None:
    if line.kind == "oneTime":
        tx.execute(update(BIL_CHARGE).where(BIL_CHARGE.c.id == line.charge_id).values(status="billed"))
    if line.kind == "installment":
        more = {"billed_months": BIL_INSTALLMENT.c.billed_months + 1}
        tx.execute(update(BIL_INSTALLMENT).where(BIL_INSTALLMENT.c.id == line.charge_id).values(**more))
