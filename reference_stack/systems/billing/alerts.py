"""The alert at four fifths of a month's allowance: sent when the record that crosses the line is guided."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, insert, select, update

from ringback.reference_stack.clock import moment_of, text_of
from ringback.reference_stack.schema import BIL_ALERT, BIL_USAGE
from ringback.reference_stack.systems.billing.owed import account_of
from ringback.reference_stack.systems.billing.publishing import publish
from ringback.reference_stack.systems.billing.tariffs import OUR_NETWORK, TARIFFS
from ringback.reference_stack.systems.reading import Document, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_PERCENT = 80


def watch_allowance(stack: Stack, tx: Connection, usage: Document, offering: str) -> None:
    """Notes an alert when a guided record brings the month's data over the line, once a month."""
    tariff = TARIFFS.get(offering)
    at_home = text(usage, "serving_network") in ("", OUR_NETWORK)
    if usage["usage_type"] != "data" or not at_home or tariff is None or not tariff.included:
        return
    product, account = text(usage, "product_id"), account_of(tx, text(usage, "account_id"))
    zone = ZoneInfo(account["time_zone"]) if account is not None else ZoneInfo("UTC")
    began = moment_of(text(usage, "started_at")).astimezone(zone)
    since = text_of(began.replace(day=1, hour=0, minute=0, second=0, microsecond=0))
    used = select(func.coalesce(func.sum(BIL_USAGE.c.quantity), 0)).where(
        BIL_USAGE.c.product_id == product,
        BIL_USAGE.c.usage_type == "data",
        BIL_USAGE.c.serving_network.in_(("", OUR_NETWORK)),
        BIL_USAGE.c.status.in_(("guided", "rated", "rerated", "billed")),
        BIL_USAGE.c.started_at >= since,
    )
    if int(tx.execute(used).scalar() or 0) * 100 >= tariff.included * _PERCENT:
        _note(stack, tx, usage, f"{began:%Y-%m}")


def _note(stack: Stack, tx: Connection, usage: Document, month: str) -> None:
    mine = (BIL_ALERT.c.product_id == usage["product_id"]) & (BIL_ALERT.c.month == month)
    if tx.execute(select(BIL_ALERT.c.id).where(mine)).first() is not None:
        return
    late = timedelta(days=1) if stack.defects.on("D62") else timedelta()
    values = {"id": stack.ids.new("ALR"), "product_id": usage["product_id"], "month": month, "percent": _PERCENT}
    times = {"crossed_at": stack.clock.stamp(), "due_at": text_of(stack.clock.now() + late)}
    tx.execute(insert(BIL_ALERT).values(**values, **times, correlation_id=usage["correlation_id"]))


async def send_alerts(stack: Stack) -> None:
    """Tells what is due."""
    due = BIL_ALERT.c.fired_at.is_(None) & (BIL_ALERT.c.due_at <= stack.clock.stamp())
    with stack.db.begin() as tx:
        for row in tx.execute(select(BIL_ALERT).where(due)).mappings().all():
            fired = {"fired_at": stack.clock.stamp()}
            tx.execute(update(BIL_ALERT).where(BIL_ALERT.c.id == row["id"]).values(**fired))
            publish(stack, tx, "usageAlert", "UsageThresholdEvent", dict(row) | fired)
