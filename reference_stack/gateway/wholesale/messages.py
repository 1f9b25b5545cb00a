"""Progress messages of the supplier, by file or by HTTP: each once, in order, held until the gap before it closes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, select

from ringback.reference_stack.gateway.arrival import Arrival
from ringback.reference_stack.gateway.content import Entry
from ringback.reference_stack.gateway.handover import Effect
from ringback.reference_stack.gateway.wholesale.progress import (
    FINAL,
    Refused,
    cleaned,
    envelope_faults,
    progress,
    sequence_of,
)
from ringback.reference_stack.gateway.wholesale.records import (
    GAP_WITHIN,
    MESSAGES,
    ORDERS,
    add_message,
    change_order,
    close_message,
    due,
    message_at,
    message_row,
    order_of,
    standing_of,
)
from ringback.reference_stack.systems.fallout_report import report
from ringback.reference_stack.systems.reading import text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

Case = tuple[str, str, str]  # order, code, detail


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message: ACCEPTED, DUPLICATE, HELD or REJECTED (with its code), and the cases to open."""

    result: str
    order: str = ""
    code: str = ""
    said: str = ""
    cases: tuple[Case, ...] = ()
    released: tuple[str, ...] = ()  # messages that waited for this one


async def take(stack: Stack, arrival: Arrival, entry: Entry) -> Effect:
    """Applies one line of a KCI file."""
    faults = tuple(envelope_faults(entry.body))
    if faults:
        return Effect("R101", "; ".join(faults))
    with stack.db.begin() as tx:
        known = message_row(tx, str(entry.body["id"]))
        if known is None:
            known = add_message(stack, tx, entry.body, arrival.name)
    outcome = await settle(stack, known)
    if outcome.result == "REJECTED":
        return Effect(outcome.code, outcome.said)
    return Effect(entity_type="pgw_wholesale_order", entity_id=outcome.order)


async def settle(stack: Stack, row: RowMapping) -> Outcome:
    """Decides on a message that is noted, once; opens the cases that follow."""
    with stack.db.begin() as tx:
        now = message_row(tx, row["id"]) or row
        if now["status"] != "received":
            return Outcome("DUPLICATE", now["order_id"] or "")
        outcome = _decide(stack, tx, now)
    for order, code, detail in outcome.cases:
        await report(stack, system="gateway", order=order, code=code, detail=detail)
    return outcome


def _decide(stack: Stack, tx: Connection, row: RowMapping) -> Outcome:
    message = cleaned(json.loads(row["document"]))
    order = order_of(tx, text(message, "entity.id"), text(message, "entity.supplierOrderNumber"))
    if order is None:
        return _unknown(tx, row, message)
    number = sequence_of(message)
    if not number:
        return _refuse(tx, row, order["id"], 0, Refused("R101", "sequenceNumber is no whole number from 1"))
    if message_at(tx, order["id"], number, besides=row["id"]) is not None:
        twice = Refused("R107", f"another message of order {order['id']} bears the number {number}")
        return _refuse(tx, row, order["id"], number, twice)
    if number <= order["last_seq"]:
        late = Refused("R108", f"number {order['last_seq']} of order {order['id']} is applied already")
        return _refuse(tx, row, order["id"], number, late)
    if number > order["last_seq"] + 1:
        close_message(tx, row["id"], order_id=order["id"], seq_no=number, status="held")
        if order["due_at"] is None:
            change_order(stack, tx, order, {"due_at": due(stack, GAP_WITHIN)})
        return Outcome("HELD", order["id"], said=f"number {order['last_seq'] + 1} is missing")
    return _apply_in_order(stack, tx, order, row)


def _unknown(tx: Connection, row: RowMapping, message: object) -> Outcome:
    """A message about an order that we never sent, such as a cease that we did not ask for, needs a person."""
    meant = text(message, "entity.id") or text(message, "entity.supplierOrderNumber") or "no order"
    service = text(message, "entity.serviceId")
    held = tx.execute(select(ORDERS.c.order_id).where(ORDERS.c.service_ref == service)).scalar() if service else None
    detail = f"message {row['id']} ({text(message, 'entityType')}) is about {meant}, which we never sent"
    detail += f"; it names line {service}" if service else ""
    close_message(tx, row["id"], status="refused", code="R105", said=detail)
    return Outcome("REJECTED", "", "R105", detail, ((str(held or meant), "WHS-UNKNOWN-ORDER", detail),))


def _refuse(tx: Connection, row: RowMapping, order: str, number: int, why: Refused) -> Outcome:
    values = {"order_id": order, "seq_no": number or None, "code": why.code, "said": why.said}
    close_message(tx, row["id"], status="ignored" if why.code in ("R107", "R108") else "refused", **values)
    return Outcome("REJECTED", order, why.code, why.said)


def _apply_in_order(stack: Stack, tx: Connection, order: RowMapping, row: RowMapping) -> Outcome:
    """Applies a message whose turn it is, and after it those that waited for it."""
    first = _apply(stack, tx, order, row)
    cases, released = list(first.cases), []
    while (waiting := _next_held(tx, order["id"])) is not None:
        order_now = tx.execute(select(ORDERS).where(ORDERS.c.id == order["id"])).mappings().one()
        cases += _apply(stack, tx, order_now, waiting).cases
        released.append(waiting["id"])
    return Outcome(first.result, first.order, first.code, first.said, tuple(cases), tuple(released))


def _next_held(tx: Connection, order: str) -> RowMapping | None:
    last = select(ORDERS.c.last_seq + 1).where(ORDERS.c.id == order).scalar_subquery()
    held = select(MESSAGES).where(MESSAGES.c.order_id == order, MESSAGES.c.status == "held", MESSAGES.c.seq_no == last)
    return tx.execute(held).mappings().first()


def _apply(stack: Stack, tx: Connection, order: RowMapping, row: RowMapping) -> Outcome:
    """One message: what it says is now what we know; a number is used up even when its message is refused."""
    message = cleaned(json.loads(row["document"]))
    number = sequence_of(message)
    known: dict[str, object] = {"order_id": order["id"], "seq_no": number}
    values: dict[str, object] = {"last_seq": number, "due_at": _due_after(tx, order, number)}
    concerned = str(order["order_id"] or order["id"])
    try:
        after = progress(standing_of(order), message)
    except Refused as why:
        change_order(stack, tx, order, values)
        close_message(tx, row["id"], status="refused", code=why.code, said=why.said, **known)
        case = (concerned, f"WHS-{why.code}", f"message {number} of {order['id']}: {why.said}")
        return Outcome("REJECTED", order["id"], why.code, why.said, (case,))
    now = after.standing
    values |= {"status": now.status, "committed_date": now.committed or None, "target_date": now.target or None}
    values |= {"reason_code": now.reason or None, "service_ref": now.service or None}
    values |= _supplier_number(order, message)
    change_order(stack, tx, order, values)
    close_message(tx, row["id"], status="applied", **known)
    return Outcome("ACCEPTED", order["id"], cases=_cases(order, after.case, now.status, text(message, "text")))


def _supplier_number(order: RowMapping, message: object) -> Mapping[str, object]:
    number = text(message, "entity.supplierOrderNumber")
    return {"supplier_order_no": number} if number and not order["supplier_order_no"] else {}


def _due_after(tx: Connection, order: RowMapping, number: int) -> str | None:
    """Silence is watched while a later message still waits for its turn; any other message ends the watch."""
    columns = MESSAGES.c
    later = select(columns.id).where(columns.order_id == order["id"], columns.status == "held")
    still = tx.execute(later.where(columns.seq_no > number + 1)).first()
    return str(order["due_at"]) if still is not None and order["due_at"] else None


def _cases(order: RowMapping, code: str, status: str, said: str) -> tuple[Case, ...]:
    """What a person must look at: a question of the supplier, or an order that ended otherwise than we wanted."""
    concerned = str(order["order_id"] or order["id"])
    if not code and status in FINAL and status in ("REJECTED", "FAILED"):
        code = f"WHS-{status}"
    return ((concerned, code, f"wholesale order {order['id']}: {said or status}"),) if code else ()


def answer_of(row: RowMapping, outcome: Outcome) -> dict[str, object]:
    """The business answer to a message that came by HTTP."""
    answer: dict[str, object] = {"messageId": row["id"], "orderId": outcome.order, "result": outcome.result}
    answer |= {"code": outcome.code, "text": outcome.said}
    return {name: value for name, value in answer.items() if value}
