"""The bill run: on its cycle day each account gets one bill, by the stack's clock or when an operator asks for it."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping, select, update
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.clock import text_of
from ringback.reference_stack.kernel.bodies import body_of
from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.schema import BIL_ACCOUNT, BIL_CHARGE
from ringback.reference_stack.systems.billing.arithmetic import add_months, next_cycle
from ringback.reference_stack.systems.billing.bills import Run, make_bill, price_names, today_of
from ringback.reference_stack.systems.billing.limits import day_of
from ringback.reference_stack.systems.billing.publishing import publish
from ringback.reference_stack.systems.reading import text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_EARLIEST_ZONE = timedelta(hours=14)  # where a day begins first


async def bill_cycles(stack: Stack) -> None:
    """Bills every account whose cycle day has come, then ends the promotions that are over."""
    _plan_new_accounts(stack)
    latest = (stack.clock.now() + _EARLIEST_ZONE).date().isoformat()
    waiting = (BIL_ACCOUNT.c.next_bill <= latest) & (BIL_ACCOUNT.c.state == "active")
    with stack.db.begin() as tx:
        accounts = tx.execute(select(BIL_ACCOUNT).where(waiting).order_by(BIL_ACCOUNT.c.id)).mappings().all()
    due = [account for account in accounts if account["next_bill"] <= today_of(stack, account).isoformat()]
    names = await price_names(stack) if due else {}
    for account in due:
        CORRELATION.set("")
        with stack.db.begin() as tx:
            _bill_to(stack, tx, account, today_of(stack, account), names)
        await asyncio.sleep(0)
    end_promotions(stack)


def _plan_new_accounts(stack: Stack) -> None:
    """An account is first billed on the cycle day that comes next."""
    with stack.db.begin() as tx:
        for account in tx.execute(select(BIL_ACCOUNT).where(BIL_ACCOUNT.c.next_bill.is_(None))).mappings().all():
            after = next_cycle(today_of(stack, account), account["cycle_day"])
            mine = BIL_ACCOUNT.c.id == account["id"]
            tx.execute(update(BIL_ACCOUNT).where(mine).values(next_bill=after.isoformat()))


def _bill_to(stack: Stack, tx: Connection, account: RowMapping, until: date, names: dict[str, str]) -> list[str]:
    """The bills of all cycle days up to a day: a clock that jumped over some leaves none out."""
    bills, cycle = [], date.fromisoformat(account["next_bill"])
    while cycle <= until:
        row = tx.execute(select(BIL_ACCOUNT).where(BIL_ACCOUNT.c.id == account["id"])).mappings().one()
        bills.append(make_bill(stack, tx, row, Run(cycle, account["cycle_day"]), names))
        cycle = add_months(cycle, 1)
    tx.execute(update(BIL_ACCOUNT).where(BIL_ACCOUNT.c.id == account["id"]).values(next_bill=cycle.isoformat()))
    return [bill for bill in bills if bill]


async def bill_run(stack: Stack, request: Request) -> Response:
    """``{"businessDate"?, "accountId"?}``: bills the accounts whose cycle day it is, or the one account for its cycle.

    A run of a day that was billed already makes no second bill.
    """
    body = await body_of(request)
    today = stack.clock.now().date()
    day = day_of("businessDate", text(body, "businessDate"), today) if "businessDate" in body else None
    _plan_new_accounts(stack)
    only = text(body, "accountId")
    chosen = (BIL_ACCOUNT.c.state == "active") & (BIL_ACCOUNT.c.id == only if only else True)
    with stack.db.begin() as tx:
        accounts = tx.execute(select(BIL_ACCOUNT).where(chosen).order_by(BIL_ACCOUNT.c.id)).mappings().all()
    names, made = await price_names(stack), []
    for account in accounts:
        run_day = day or today_of(stack, account)
        if not only and account["cycle_day"] != run_day.day:
            continue
        with stack.db.begin() as tx:
            row = tx.execute(select(BIL_ACCOUNT).where(BIL_ACCOUNT.c.id == account["id"])).mappings().one()
            made.append(make_bill(stack, tx, row, Run(run_day, account["cycle_day"]), names))
            _move_on(tx, row, run_day)
    end_promotions(stack)
    found = [bill for bill in made if bill]
    return JSONResponse({"businessDate": day.isoformat() if day else None, "bills": found, "count": len(found)}, 201)


def _move_on(tx: Connection, account: RowMapping, billed: date) -> None:
    """The cycle that a run has billed is not waited for again."""
    after = next_cycle(billed, account["cycle_day"]).isoformat()
    if after > account["next_bill"]:
        tx.execute(update(BIL_ACCOUNT).where(BIL_ACCOUNT.c.id == account["id"]).values(next_bill=after))


def end_promotions(stack: Stack) -> None:
    """Promotions whose end has come are over: their credit ends on the customer's calendar day."""
    over = (BIL_CHARGE.c.charge_type == "credit") & (BIL_CHARGE.c.end_date <= stack.clock.stamp())
    with stack.db.begin() as tx:
        rows = tx.execute(
            select(BIL_CHARGE, BIL_ACCOUNT.c.time_zone)
            .join(BIL_ACCOUNT, BIL_ACCOUNT.c.id == BIL_CHARGE.c.account_id)
            .where(over & (BIL_CHARGE.c.status == "active"))
        ).mappings()
        for row in rows.all():
            charge = {name: value for name, value in row.items() if name != "time_zone"}
            values = {"status": "ended", "end_date": _last_day(row)}
            tx.execute(update(BIL_CHARGE).where(BIL_CHARGE.c.id == row["id"]).values(**values))
            publish(stack, tx, "promotion", "PromotionExpiryEvent", charge | values)


def _last_day(row: RowMapping) -> str:
    """The midnight with which a promotion of so many months ends, where the account lives."""
    if not row["months"]:
        return str(row["end_date"])
    zone = ZoneInfo(row["time_zone"])
    ends = add_months(datetime.fromisoformat(row["start_date"]).astimezone(zone).date(), row["months"])
    return text_of(datetime.combine(ends, time(), zone))
