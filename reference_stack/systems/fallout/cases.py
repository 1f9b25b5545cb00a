"""The fallout queue: cases are opened by systems and timers, worked by people, and closed only for a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, insert, select, update
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.clock import text_of
from ringback.reference_stack.kernel.bodies import body_of
from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.kernel.errors import conflict, invalid, missing
from ringback.reference_stack.schema import FLT_CASE
from ringback.reference_stack.systems.fallout.timers import SLA, owner_of
from ringback.reference_stack.systems.reading import Document, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_STATES = ("open", "inProgress", "closed")
_FILTERS = {"status": "status", "orderId": "order_id", "system": "system", "code": "code", "owner": "owner"}


def _document(row: RowMapping) -> Document:
    return {
        "id": row["id"], "href": f"/fallout/v1/cases/{row['id']}", "orderId": row["order_id"], "system": row["system"],
        "code": row["code"], "owner": row["owner"], "rootCause": row["root_cause"], "status": row["status"],
        "openedAt": row["opened_at"], "slaDue": row["sla_due"], "closedAt": row["closed_at"],
        "correlationId": row["correlation_id"], "detail": row["detail"],
    }  # fmt: skip


def open_case(stack: Stack, tx: Connection, case: Document) -> tuple[str, bool]:
    """Opens a case unless one of the same order, code and system is open; returns its id and whether it is new.

    Args:
        stack: the stack.
        tx: the caller's transaction.
        case: `system`, `code` and, where known, `orderId`, `rootCause`, `owner`, `correlationId`.
    """
    system, code, order = text(case, "system"), text(case, "code"), text(case, "orderId") or None
    same = (FLT_CASE.c.system == system) & (FLT_CASE.c.code == code) & (FLT_CASE.c.status != "closed")
    same &= FLT_CASE.c.order_id == order if order else FLT_CASE.c.order_id.is_(None)
    known = tx.execute(select(FLT_CASE.c.id).where(same)).scalar()
    if known is not None:
        return str(known), False
    identity = stack.ids.new("FC")
    values = {
        "id": identity, "order_id": order, "system": system, "code": code,
        "owner": text(case, "owner") or owner_of(system), "root_cause": text(case, "rootCause") or None,
        "status": "open", "opened_at": stack.clock.stamp(), "sla_due": text_of(stack.clock.now() + SLA),
        "correlation_id": text(case, "correlationId") or CORRELATION.get(),
    }  # fmt: skip
    tx.execute(insert(FLT_CASE).values(**values))
    _publish(stack, tx, identity, "FalloutCaseCreateEvent")
    return identity, True


def close_cases(stack: Stack, tx: Connection, order: str, system: str) -> None:
    """Closes the open cases of an order in a system: what they waited for has happened."""
    mine = (FLT_CASE.c.order_id == order) & (FLT_CASE.c.system == system) & (FLT_CASE.c.status != "closed")
    for identity in tx.execute(select(FLT_CASE.c.id).where(mine)).scalars().all():
        change_case(stack, tx, identity, {"status": "closed"})


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
        document=_document(row),
        correlation=row["correlation_id"] or "",
        state=row["status"],
    )


async def list_cases(stack: Stack, request: Request) -> Response:
    """All cases that match, the one that is due first at the top."""
    chosen = {_FILTERS[name]: value for name, value in request.query_params.items() if name in _FILTERS}
    where = [FLT_CASE.c[column] == value for column, value in chosen.items()]
    query = select(FLT_CASE).where(*where).order_by(FLT_CASE.c.sla_due, FLT_CASE.c.opened_at)
    with stack.db.begin() as tx:
        documents = [_document(row) for row in tx.execute(query).mappings()]
    return JSONResponse(documents, headers={"X-Total-Count": str(len(documents))})


async def get_case(stack: Stack, request: Request) -> Response:
    """One case."""
    return _shown(stack, request.path_params["id"])


async def post_case(stack: Stack, request: Request) -> Response:
    """Opens a case; a second report of the same cause finds the open one."""
    body = await body_of(request)
    if not text(body, "system") or not text(body, "code"):
        raise invalid("a case needs system and code", "say which system fell out and why")
    with stack.db.begin() as tx:
        identity, is_new = open_case(stack, tx, body)
    return _shown(stack, identity, 201 if is_new else 200)


async def patch_case(stack: Stack, request: Request) -> Response:
    """A person takes a case or closes it with a root cause."""
    body, identity = await body_of(request), request.path_params["id"]
    names = {"status": "status", "owner": "owner", "rootCause": "root_cause"}
    values: Document = {names[name]: value for name, value in body.items() if name in names}
    if text(values, "status") not in ("", *_STATES):
        raise invalid(f"a case cannot be {values['status']}", f"allowed: {', '.join(_STATES)}")
    with stack.db.begin() as tx:
        row = tx.execute(select(FLT_CASE).where(FLT_CASE.c.id == identity)).mappings().first()
        if row is None:
            raise missing("case", identity)
        if row["status"] == "closed":
            raise conflict(f"case {identity} is closed", "open a new one")
        change_case(stack, tx, identity, values)
    return _shown(stack, identity)


def _shown(stack: Stack, identity: str, status: int = 200) -> Response:
    with stack.db.begin() as tx:
        row = tx.execute(select(FLT_CASE).where(FLT_CASE.c.id == identity)).mappings().first()
    if row is None:
        raise missing("case", identity)
    return JSONResponse(_document(row), status)
