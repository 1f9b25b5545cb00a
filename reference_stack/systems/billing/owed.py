"""What an account owes, read from billing's tables: charges, instalments, usage and adjustments."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping, select

from ringback.reference_stack.clock import moment_of
from ringback.reference_stack.schema import (
    BIL_ACCOUNT,
    BIL_ADJUSTMENT,
    BIL_BILL,
    BIL_CHARGE,
    BIL_INSTALLMENT,
    BIL_LINE,
    BIL_PAUSE,
    BIL_USAGE,
)
from ringback.reference_stack.systems.billing.arithmetic import Line, add_months, tax_of
from ringback.reference_stack.systems.billing.periods import Charge, Shown

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack


def local_day(stamp: str, zone: ZoneInfo) -> date:
    """The day of a moment as the customer's calendar has it; a day without time is taken as it is."""
    return moment_of(stamp).astimezone(zone).date() if "T" in stamp else date.fromisoformat(stamp)


def account_of(tx: Connection, account: str) -> RowMapping | None:
    """Billing's row of an account."""
    return tx.execute(select(BIL_ACCOUNT).where(BIL_ACCOUNT.c.id == account)).mappings().first()


def charges_of(stack: Stack, tx: Connection, account: RowMapping, names: dict[str, str]) -> list[Charge]:
    """Every charge and plan of an account, with what earlier bills show of it."""
    zone = ZoneInfo(account["time_zone"])
    shown = _shown(tx, account["id"])
    pauses = _pauses(tx, account["id"], zone)
    billable = BIL_CHARGE.c.status.in_(("active", "ended"))
    rows = tx.execute(select(BIL_CHARGE).where(BIL_CHARGE.c.account_id == account["id"], billable)).mappings()
    running = BIL_INSTALLMENT.c.state.in_(("active", "settling"))
    plans = tx.execute(select(BIL_INSTALLMENT).where(BIL_INSTALLMENT.c.account_id == account["id"], running)).mappings()
    charges = [_charge(stack, row, zone, names) for row in rows]
    found = charges + [_instalment(row, zone) for row in plans]
    return [_with_history(charge, shown, pauses) for charge in found]


def _with_history(
    charge: Charge, shown: dict[str, list[Shown]], pauses: dict[str, list[tuple[date, date | None]]]
) -> Charge:
    history = {"shown": tuple(shown.get(charge.id, ())), "pauses": tuple(pauses.get(charge.product_id, ()))}
    return Charge(**{name: getattr(charge, name) for name in Charge.__slots__} | history)


def _shown(tx: Connection, account: str) -> dict[str, list[Shown]]:
    lines = (
        select(BIL_LINE)
        .join(BIL_BILL, BIL_BILL.c.id == BIL_LINE.c.bill_id)
        .where(BIL_BILL.c.account_id == account, BIL_LINE.c.charge_id.is_not(None))
        .order_by(BIL_LINE.c.id)
    )
    found: dict[str, list[Shown]] = {}
    for row in tx.execute(lines):
        start, end = (date.fromisoformat(day[:10]) for day in (row.period_start, row.period_end))
        found.setdefault(row.charge_id, []).append(Shown(start, end, row.amount))
    return found


def _pauses(tx: Connection, account: str, zone: ZoneInfo) -> dict[str, list[tuple[date, date | None]]]:
    mine = select(BIL_CHARGE.c.product_id).where(BIL_CHARGE.c.account_id == account)
    rows = tx.execute(select(BIL_PAUSE).where(BIL_PAUSE.c.product_id.in_(mine)).order_by(BIL_PAUSE.c.started_at))
    found: dict[str, list[tuple[date, date | None]]] = {}
    for row in rows:
        end = local_day(row.ended_at, zone) if row.ended_at else None
        found.setdefault(row.product_id, []).append((local_day(row.started_at, zone), end))
    return found


def _charge(stack: Stack, row: RowMapping, zone: ZoneInfo, names: dict[str, str]) -> Charge:
    start = local_day(row["start_date"], zone)
    end = local_day(row["end_date"], zone) if row["end_date"] else None
    if row["charge_type"] == "credit" and row["status"] == "active" and row["months"]:
        # The customer's calendar counts the months of a promotion, whatever the season.
        end = None if stack.defects.on("D61") else add_months(start, row["months"])
    return Charge(
        id=row["id"],
        product_id=row["product_id"],
        kind=row["charge_type"],
        description=names.get(row["price_id"]) or row["charge_code"],
        amount=row["amount"],
        start=start,
        end=end,
        taken_over=row["source_event_id"] is None,
    )


def _instalment(row: RowMapping, zone: ZoneInfo) -> Charge:
    """The next instalment; the last one is what is left of the total."""
    left = max(0, row["total"] - row["monthly"] * row["billed_months"])
    return Charge(
        id=row["id"],
        product_id=row["product_id"],
        kind="installment",
        description=f"Device instalment {row['billed_months'] + 1} of {row['months']}",
        amount=min(row["monthly"], left),
        start=local_day(row["start_date"], zone),
        remaining=row["months"] - row["billed_months"],
        rest=left if row["state"] == "settling" else 0,
    )


def usage_lines(stack: Stack, tx: Connection, account: RowMapping) -> list[Line]:
    """Rated usage that costs something and stands on no bill; each line leads to its record."""
    zone = ZoneInfo(account["time_zone"])
    mine = (BIL_USAGE.c.account_id == account["id"]) & (BIL_USAGE.c.status == "rated") & (BIL_USAGE.c.amount != 0)
    rows = tx.execute(select(BIL_USAGE).where(mine).order_by(BIL_USAGE.c.started_at, BIL_USAGE.c.id)).mappings()
    return [
        Line(
            charge_id=None,
            product_id=None if stack.defects.on("D41") else row["product_id"],
            kind="usage",
            description=f"{row['rate']}: {row['quantity']} {row['unit']}",
            amount=row["amount"],
            tax=tax_of(row["amount"]),
            period_start=local_day(row["started_at"], zone),
            period_end=local_day(row["started_at"], zone),
            usage_id=row["id"],
        )
        for row in rows
    ]


def adjustment_lines(tx: Connection, account: RowMapping, today: date) -> list[Line]:
    """Credits and fees that were granted by hand or by rule since the last bill."""
    mine = (BIL_ADJUSTMENT.c.account_id == account["id"]) & (BIL_ADJUSTMENT.c.state == "pending")
    rows = tx.execute(select(BIL_ADJUSTMENT).where(mine).order_by(BIL_ADJUSTMENT.c.created_at, BIL_ADJUSTMENT.c.id))
    return [
        Line(None, row.product_id, "adjustment", row.reason, row.amount, tax_of(row.amount), today, today,
             adjustment_id=row.id)
        for row in rows
    ]  # fmt: skip
