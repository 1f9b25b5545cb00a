"""The cases of the fallout queue: one for each cause, with an owner and a deadline, closed only with a root cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, insert, select, update

from ringback.reference_stack.clock import text_of
from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.kernel.errors import SystemDown
from ringback.reference_stack.schema import FLT_CASE
from ringback.reference_stack.systems.fallout.timers import owner_of, sla_of
from ringback.reference_stack.systems.reading import Document, party, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

STATES = ("open", "inProgress", "closed")


def case_document(row: RowMapping) -> Document:
    """A case as the queue shows it."""
    return {
        "id": row["id"], "href": f"/fallout/v1/cases/{row['id']}", "orderId": row["order_id"], "system": row["system"],
        "code": row["code"], "owner": row["owner"], "rootCause": row["root_cause"], "status": row["status"],
        "openedAt": row["opened_at"], "slaDue": row["sla_due"], "closedAt": row["closed_at"],
        "correlationId": row["correlation_id"], "detail": row["detail"],
        "customerId": row["customer_id"], "segment": row["segment"],
    }  # fmt: skip


async def with_customer(stack: Stack, case: Document) -> Document:
    """The case with its customer and segment where they can be found; a case is opened even when they cannot."""
    order = text(case, "orderId")
    if not order or text(case, "segment"):
        return case
    try:
        customer = text(case, "customerId")
        if not customer:
            found = await stack.http.get("ordering", f"/productOrder/{order}")
            customer = party(found.json) if found.ok else ""
        known = await stack.http.get("crm", f"/customer/{customer}") if customer else None
    except SystemDown:
        return case
    segment = text(known.json, "segment") if known is not None and known.ok else ""
    return case | {"customerId": customer, "segment": segment}


def open_case(stack: Stack, tx: Connection, case: Document) -> tuple[str, bool]:
    """Opens a case unless one of the same order, code and system is open; returns its id and whether it is new.

    Args:
        stack: the stack.
        tx: the caller's transaction.
        case: `system`, `code` and, where known, `orderId`, `rootCause`, `owner`, `correlationId`, `customerId`,
            `segment`.
    """
    system, code, order = text(case, "system"), text(case, "code"), text(case, "orderId") or None
    known = open_one(tx, system, code, order)
    if known is not None:
        return known, False
    identity, segment = stack.ids.new("FC"), text(case, "segment")
    values = {
        "id": identity, "order_id": order, "system": system, "code": code,
        "owner": text(case, "owner") or owner_of(system, code), "root_cause": text(case, "rootCause") or None,
        "status": "open", "opened_at": stack.clock.stamp(),
        "sla_due": text_of(stack.clock.now() + sla_of(code, segment)),
        "customer_id": text(case, "customerId") or None, "segment": segment or None,
        "correlation_id": text(case, "correlationId") or CORRELATION.get(), "detail": text(case, "detail") or None,
    }  # fmt: skip
    tx.execute(insert(FLT_CASE).values(**values))
    _publish(stack, tx, identity, "FalloutCaseCreateEvent")
    return identity, True


def open_one(tx: Connection, system: str, code: str, order: str | None) -> str | None:
    """The case of this cause that is not closed."""
    same = (FLT_CASE.c.system == system) & (FLT_CASE.c.code == code) & (FLT_CASE.c.status != "closed")
    same &= FLT_CASE.c.order_id == order if order else FLT_CASE.c.order_id.is_(None)
    known = tx.execute(select(FLT_CASE.c.id).where(same)).scalar()
    return None if known is None else str(known)


def close_cases(stack: Stack, tx: Connection, order: str, system: str, code: str = "") -> None:
    """Closes the open cases of an order in a system: what they waited for has happened."""
    mine = (FLT_CASE.c.order_id == order) & (FLT_CASE.c.system == system) & (FLT_CASE.c.status != "closed")
    mine &= FLT_CASE.c.code.startswith(code, autoescape=True)
    for identity in tx.execute(select(FLT_CASE.c.id).where(mine)).scalars().all():
        change_case(stack, tx, identity, {"status": "closed"})


def forget_old(stack: Stack, tx: Connection) -> None:
    """Closes what is past its deadline, as if that solved it (only with D23)."""
    old = (FLT_CASE.c.sla_due <= stack.clock.stamp()) & (FLT_CASE.c.status != "closed")
    for identity in tx.execute(select(FLT_CASE.c.id).where(old)).scalars().all():
        change_case(stack, tx, identity, {"status": "closed"})


def reopen(stack: Stack, tx: Connection, case: RowMapping) -> None:
    """A closed case was not solved after all: it is open again, with a new deadline."""
    due = stack.clock.now() + sla_of(case["code"], case["segment"] or "")
    change_case(stack, tx, case["id"], {"status": "open", "closed_at": None, "sla_due": text_of(due)})


def change_case(stack: Stack, tx: Connection, identity: str, values: Document) -> None:
    """Changes a case; a closed one gets its time of closing."""
    closed = {"closed_at": stack.clock.stamp()} if values.get("status") == "closed" else {}
    tx.execute(update(FLT_CASE).where(FLT_CASE.c.id == identity).values(**values, **closed))
    _publish(stack, tx, identity, "FalloutCaseStateChangeEvent")


def _publish(stack: Stack, tx: Connection, identity: str, event_type: str) -> None:
    row = tx.execute(select(FLT_CASE).where(FLT_CASE.c.id == identity)).mappings().one()
    stack.events.publish(
        tx,
        event_type,
        resource_type="falloutCase",
        resource_id=identity,
        document=case_document(row),
        correlation=row["correlation_id"] or "",
        state=row["status"],
    )
