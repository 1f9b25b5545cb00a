"""How a visit ended, as the field force reports it: it completes the work once, or sends nobody home unnoticed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, select, update
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.clock import moment_of, text_of
from ringback.reference_stack.gateway.codecs.stamps import is_possible, moment
from ringback.reference_stack.kernel.bodies import body_of
from ringback.reference_stack.kernel.errors import SystemDown, TmfError
from ringback.reference_stack.schema import WFM_VISIT
from ringback.reference_stack.systems.fallout_report import report
from ringback.reference_stack.systems.reading import Document, text
from ringback.reference_stack.systems.workforce.appointments import APPOINTMENT
from ringback.reference_stack.systems.workforce.jobs import NO_TECHNICIAN, appointment_row
from ringback.reference_stack.systems.workforce.work_orders import LIVE, WORK_ORDER

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

DONE = "DONE"
_FAILURES: Mapping[str, str] = {
    "NOACC": "nobody opened the door",
    "NOSHOW": "the technician did not come",
    "DMG": "the equipment or the line is damaged",
    "RESCHED": "the customer asked for another day",
    "PARTIAL": "the work is not finished",
}
_AHEAD = timedelta(minutes=5)
_TS14 = "%Y%m%d%H%M%S"
_YEARS = range(1970, 2200)
_VISIT_DIGITS = 2


async def close_out(stack: Stack, request: Request) -> Response:
    """Takes a close-out: the same one again, or late, changes nothing."""
    body = await body_of(request)
    code, ended_at = text(body, "close_code"), _ended(stack, body)
    with stack.db.begin() as tx:
        visit = _visit(tx, body)
        is_new = _is_new(visit, code)
        if is_new:
            _close(stack, tx, visit, body, ended_at)
        order = WORK_ORDER.row(tx, visit["work_order_id"])
    if is_new and order is not None:
        await (_settle(stack, order) if code == DONE else _ask(stack, order, visit, code))
    return JSONResponse({"entityType": "wfm_work_order", "entityId": visit["work_order_id"]})


def _refused(code: str, said: str) -> TmfError:
    return TmfError(422, code, said, "correct the close-out and send it again")


def _ended(stack: Stack, body: Document) -> str:
    """When the technician left; 422 for a code or times that cannot be."""
    if text(body, "close_code") not in (DONE, *_FAILURES):
        raise _refused("R104", f"close_code {text(body, 'close_code')!r} is none of {' '.join((DONE, *_FAILURES))}")
    if text(body, "close_code") == DONE and not text(body, "ont_serial"):
        raise _refused("R101", "ont_serial is empty: the work is done with which device?")
    started, ended = _moment(body, "started_at"), _moment(body, "ended_at")
    if moment_of(started) > moment_of(ended):
        raise _refused("R109", f"the visit ended at {ended}, before it started at {started}")
    if moment_of(ended) > stack.clock.now() + _AHEAD:
        raise _refused("R109", f"the visit ended at {ended}: that is in the future")
    return ended


def _moment(body: Document, name: str) -> str:
    """A time of a close-out, 14 digits UTC or ISO 8601, as the tables hold it."""
    said = text(body, name)
    if said.isdigit() and is_possible(said, _TS14):
        return text_of(moment(said))
    try:
        found = moment_of(said)
    except ValueError as error:
        raise _refused("R102", f"{name} {said!r} is no time") from error
    if found.tzinfo is None or found.year not in _YEARS:
        raise _refused("R102", f"{name} {said!r} has no offset, or a year that cannot be")
    return text_of(found)


def _visit(tx: Connection, body: Document) -> RowMapping:
    """The visit that is closed; 422 when there is none, or it was for another appointment."""
    order, number = text(body, "work_order_id"), text(body, "visit")
    known = int(number) if number.isdecimal() and len(number) <= _VISIT_DIGITS else 0
    mine = (WFM_VISIT.c.work_order_id == order) & (WFM_VISIT.c.visit == known)
    visit = tx.execute(select(WFM_VISIT).where(mine)).mappings().first()
    if visit is None:
        raise _refused("R105", f"visit {number or '?'} of work order {order or '?'} was never dispatched")
    if text(body, "appointment_id") not in ("", visit["appointment_id"]):
        raise _refused("R102", f"appointment_id {text(body, 'appointment_id')} is not the echo of the dispatch")
    return visit


def _is_new(visit: RowMapping, code: str) -> bool:
    """Whether the visit is still open; a closed one may be told of again, but not otherwise."""
    if visit["state"] == "dispatched":
        return True
    if visit["close_code"] == code:
        return False
    found = visit["close_code"] or visit["state"]
    raise _refused("R110", f"visit {visit['visit']} of {visit['work_order_id']} is closed as {found}, not {code}")


def _close(stack: Stack, tx: Connection, visit: RowMapping, body: Document, ended_at: str) -> None:
    """Visit, appointment and work order change together."""
    code, is_done = text(body, "close_code"), text(body, "close_code") == DONE
    closed = {
        "state": "done" if is_done else "failed", "closed_at": ended_at, "close_code": code,
        "close_id": text(body, "close_id") or None, "technician": text(body, "technician") or None,
        "ont_serial": text(body, "ont_serial") or None,
    }  # fmt: skip
    tx.execute(update(WFM_VISIT).where(WFM_VISIT.c.id == visit["id"]).values(**closed))
    appointment = appointment_row(tx, visit["appointment_id"])
    if appointment is not None and appointment["status"] in LIVE:
        outcome = {"status": "completed" if is_done else "failed", "last_update": stack.clock.stamp()}
        APPOINTMENT.update(stack, tx, appointment["id"], outcome)
    if is_done:
        known = "DONE-V2" if stack.defects.on("D17") else code
        finished = {"completed_at": ended_at, "ont_serial": text(body, "ont_serial"), "close_code": known}
        WORK_ORDER.update(stack, tx, visit["work_order_id"], {"state": "completed", **finished})
        return
    said = f"missing: appointment: visit {visit['visit']} failed, {_FAILURES[code]} ({code})"
    failed = {**NO_TECHNICIAN, "close_code": code, "readiness": said}
    WORK_ORDER.update(stack, tx, visit["work_order_id"], failed)
    WORK_ORDER.publish(stack, tx, visit["work_order_id"], "InformationRequiredEvent")


async def _ask(stack: Stack, order: RowMapping, visit: RowMapping, code: str) -> None:
    """A failed visit needs a person who makes another appointment."""
    said = f"visit {visit['visit']} of work order {order['id']}: {_FAILURES[code]}; make a new appointment"
    await report(stack, system="workforce", order=order["order_id"] or "", code=f"WFM-{code}", detail=said)


async def _settle(stack: Stack, order: RowMapping) -> None:
    """The work is done: what the failed visits left open is closed."""
    chosen = {"system": "workforce", "orderId": order["order_id"] or ""}
    try:
        cases = (await stack.http.get("fallout", "/cases", params=chosen)).documents() if order["order_id"] else []
        for case in cases:
            if case["status"] != "closed":
                settled = {"status": "closed", "rootCause": f"work order {order['id']} is completed"}
                await stack.http.patch("fallout", f"/cases/{case['id']}", json=settled)
    except SystemDown as down:
        stack.log.warning("cases of order %s stay open: %s", order["order_id"], down)
