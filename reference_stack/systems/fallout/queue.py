"""The queue over HTTP: lists by deadline, takes reports in, lets people work, close and re-open cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Connection, RowMapping, func, select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.kernel.bodies import body_of
from ringback.reference_stack.kernel.errors import conflict, invalid, missing
from ringback.reference_stack.kernel.query import Query
from ringback.reference_stack.schema import FLT_CASE
from ringback.reference_stack.systems.fallout.cases import (
    STATES,
    case_document,
    change_case,
    open_case,
    open_one,
    reopen,
    with_customer,
)
from ringback.reference_stack.systems.reading import Document, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_COLUMNS = FLT_CASE.c
_FILTERS = {
    "id": _COLUMNS.id, "status": _COLUMNS.status, "orderId": _COLUMNS.order_id, "system": _COLUMNS.system,
    "code": _COLUMNS.code, "owner": _COLUMNS.owner, "customerId": _COLUMNS.customer_id, "segment": _COLUMNS.segment,
}  # fmt: skip
_NEVER = "9999"  # a case without a deadline comes last
_ORDERS: dict[str, ColumnElement[str]] = {
    "slaDue": func.coalesce(_COLUMNS.sla_due, _NEVER),
    "openedAt": func.coalesce(_COLUMNS.opened_at, ""),
    "owner": func.coalesce(_COLUMNS.owner, ""),
    "code": func.coalesce(_COLUMNS.code, ""),
}
_CHANGED = {"status": "status", "owner": "owner", "rootCause": "root_cause"}


async def list_cases(stack: Stack, request: Request) -> Response:
    """Cases that match, the one that is due first at the top.

    Filters are the plain attributes (``status=open,inProgress`` is either) and ``overdue=true``; ``sort`` is one of
    slaDue, openedAt, owner and code, with a minus for the reverse; ``offset`` and ``limit`` make pages.
    """
    query = Query.of(request)
    named = dict(query.filters)
    where: list[ColumnElement[bool]] = [column.in_(named[name]) for name, column in _FILTERS.items() if name in named]
    if named.get("overdue") == ("true",):
        where += [_COLUMNS.sla_due < stack.clock.stamp(), _COLUMNS.status != "closed"]
    chosen = select(FLT_CASE).where(*where).order_by(*_sorted(request.query_params.get("sort", "slaDue")))
    with stack.db.begin() as tx:
        total = tx.execute(select(func.count()).select_from(FLT_CASE).where(*where)).scalar() or 0
        rows = tx.execute(chosen.limit(query.limit).offset(query.offset)).mappings().all()
    headers = {"X-Total-Count": str(total), "X-Result-Count": str(len(rows))}
    return JSONResponse([case_document(row) for row in rows], 200 if len(rows) == total else 206, headers)


def _sorted(wanted: str) -> list[ColumnElement[str]]:
    column = _ORDERS.get(wanted.removeprefix("-"))
    if column is None:
        raise invalid(f"cases cannot be sorted by {wanted!r}", f"sort by {', '.join(_ORDERS)}, or -{wanted}")
    return [column.desc() if wanted.startswith("-") else column, _COLUMNS.opened_at.asc(), _COLUMNS.id.asc()]


async def get_case(stack: Stack, request: Request) -> Response:
    """One case."""
    return _shown(stack, request.path_params["id"])


async def post_case(stack: Stack, request: Request) -> Response:
    """Opens a case; a second report of the same cause finds the open one."""
    body = await body_of(request)
    if not text(body, "system") or not text(body, "code"):
        raise invalid("a case needs system and code", "say which system fell out and why")
    case = await with_customer(stack, body)
    with stack.db.begin() as tx:
        identity, is_new = open_case(stack, tx, case)
    return _shown(stack, identity, 201 if is_new else 200)


async def patch_case(stack: Stack, request: Request) -> Response:
    """A person takes a case, closes it with a root cause, or opens a closed one again."""
    body, identity = await body_of(request), request.path_params["id"]
    values: Document = {_CHANGED[name]: value for name, value in body.items() if name in _CHANGED}
    wrong = [name for name in _CHANGED if not isinstance(body.get(name, ""), str)]
    if wrong or text(values, "status") not in ("", *STATES):
        raise invalid(f"{', '.join(wrong) or 'status'} cannot be {body.get((wrong or ['status'])[0])!r}",
                      f"status is one of {', '.join(STATES)}; owner and rootCause are text")  # fmt: skip
    with stack.db.begin() as tx:
        row = tx.execute(select(FLT_CASE).where(_COLUMNS.id == identity)).mappings().first()
        if row is None:
            raise missing("case", identity)
        _change(stack, tx, row, values)
    return _shown(stack, identity)


def _change(stack: Stack, tx: Connection, case: RowMapping, values: Document) -> None:
    """One step of a case."""
    status = text(values, "status")
    if case["status"] == "closed":
        if status != "open":
            raise conflict(f"case {case['id']} is closed", "open it again first")
        other = open_one(tx, case["system"], case["code"], case["order_id"])
        if other:
            raise conflict(f"case {other} of the same cause is open", "work on that one")
        reopen(stack, tx, case)
        return
    if status == "closed" and not text(values, "root_cause") and not case["root_cause"]:
        raise invalid(f"case {case['id']} has no root cause", "close it with rootCause")
    if values:
        change_case(stack, tx, case["id"], values)


def _shown(stack: Stack, identity: str, status: int = 200) -> Response:
    with stack.db.begin() as tx:
        row = tx.execute(select(FLT_CASE).where(_COLUMNS.id == identity)).mappings().first()
    if row is None:
        raise missing("case", identity)
    return JSONResponse(case_document(row), status)
