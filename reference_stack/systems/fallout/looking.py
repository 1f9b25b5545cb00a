"""The last look before a timer becomes a case: some waits are right, because a day was agreed on which it goes on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import RowMapping

from ringback.reference_stack.clock import moment_of, text_of
from ringback.reference_stack.systems.fallout.timers import LIMITS, ORDER_FINAL
from ringback.reference_stack.systems.reading import Document, documents, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

# Whose word an order may wait for: where to ask, and the attributes that hold a day.
_PROMISED = (
    ("portability", "/ports", ("due", "promisedAt")),
    ("gateway", "/wholesale-orders", ("targetDate", "committedDate")),
)
NOTHING = ""  # there is nothing to wait for any more
Look = Callable[["Stack", RowMapping], Awaitable[str | None]]


async def _order_waits(stack: Stack, timer: RowMapping) -> str | None:
    """An order may be silent until the day it is wanted, its technician comes, its number or access line moves."""
    reply = await stack.http.get("ordering", f"/productOrder/{timer['order_id']}")
    if not reply.ok or text(reply.json, "state") in ORDER_FINAL:
        return NOTHING
    order = reply.document()
    dates = [text(order, name) for name in ("requestedStartDate", "requestedCompletionDate")]
    dates += await _appointments(stack, order)
    query = {"orderId": text(order, "id")}
    for system, path, names in _PROMISED:
        found = (await stack.http.get(system, path, params=query)).json
        dates += [text(one, name) for one in documents({"found": found}, "found") for name in names]
    last = max((_stamp(date) for date in dates if date), default="")
    if last <= stack.clock.stamp():
        return None
    return text_of(moment_of(last) + LIMITS[timer["code"]].within)


def _stamp(date: str) -> str:
    """A moment in the stack's own form; a mere day lasts until its end."""
    if len(date) == len("2026-01-01"):
        return text_of(moment_of(f"{date}T00:00:00Z") + timedelta(days=1))
    return text_of(moment_of(date))


async def _appointments(stack: Stack, order: Document) -> list[str]:
    found = []
    for item in documents(order, "productOrderItem"):
        appointment = text(item, "appointment.id")
        if not appointment:
            continue
        reply = await stack.http.get("workforce", f"/tmf-api/appointment/v4/appointment/{appointment}")
        if reply.ok and text(reply.json, "status") in ("initialized", "confirmed"):
            found.append(text(reply.json, "validFor.endDateTime"))
    return found


async def _is_charged(stack: Stack, timer: RowMapping) -> str | None:
    """A product is charged once a charge of it runs."""
    product = str(timer["id"]).partition(":")[2]
    found = await stack.http.get("billing", "/billing/v1/charges", params={"productId": product})
    running = [one for one in documents({"charges": found.json}, "charges") if text(one, "state") != "pending"]
    return NOTHING if running else None


LOOKS: Mapping[str, Look] = {"COM-SILENT": _order_waits, "PRODUCT-UNCHARGED": _is_charged}


async def look(stack: Stack, timer: RowMapping) -> str | None:
    """When to look again, NOTHING when the wait is over, None when a person must look."""
    last = LOOKS.get(timer["code"])
    return await last(stack, timer) if last else None
