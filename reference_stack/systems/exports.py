"""The customer export for the data warehouse: written by CRM, on request or every day, sent by the partner gateway."""

from __future__ import annotations

import base64
import csv
import io
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import insert, select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.clock import moment_of, text_of
from ringback.reference_stack.kernel.bodies import body_of
from ringback.reference_stack.kernel.errors import invalid, missing
from ringback.reference_stack.kernel.system import System, route
from ringback.reference_stack.schema import CRM_CUSTOMER, CRM_EXPORT, CRM_INDIVIDUAL
from ringback.reference_stack.systems.reading import text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

COLUMNS = ("customer_id", "name", "given_name", "family_name", "segment", "status", "email", "phone", "created_at")
_TURN_S = 1.0
_NEXT = "crm.export.next"  # when the next export of the schedule is due


async def post_export(stack: Stack, request: Request) -> Response:
    """Writes all customers into a file and hands it to the gateway."""
    return JSONResponse(await _export(stack, request.state.caller), 201)


async def get_export(stack: Stack, request: Request) -> Response:
    """One export."""
    with stack.db.begin() as tx:
        found = select(CRM_EXPORT).where(CRM_EXPORT.c.id == request.path_params["id"])
        row = tx.execute(found).mappings().first()
    if row is None:
        raise missing("export", request.path_params["id"])
    return JSONResponse({"id": row["id"], "customers": row["customers"], "requestedAt": row["requested_at"]})


async def put_schedule(stack: Stack, request: Request) -> Response:
    """Exports every day at a time (UTC, HH:MM) from now on; an empty time ends that."""
    at = text(await body_of(request), "at")
    try:
        due = _next(stack.clock.now(), time.fromisoformat(at)) if at else None
    except ValueError as error:
        raise invalid(f"at {at!r} is no time of day", "write it as 02:00") from error
    stack.remember(_NEXT, text_of(due) if due else "")
    return JSONResponse({"at": at, "next": text_of(due) if due else None})


def _next(now: datetime, at: time) -> datetime:
    """The next moment of that time of day."""
    today = now.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    return today if today > now else today + timedelta(days=1)


async def start(stack: Stack) -> None:
    """Begins to watch the schedule."""

    async def customer_export() -> None:
        due = stack.remembered(_NEXT)
        if not due or moment_of(due) > stack.clock.now():
            return
        await _export(stack, "schedule")
        stack.remember(_NEXT, text_of(_next(stack.clock.now(), moment_of(due).time())))

    stack.every(_TURN_S, customer_export)


async def _export(stack: Stack, caller: str) -> dict[str, object]:
    identity, rows = stack.ids.new("EXP"), _customers(stack)
    encoding = "latin-1" if stack.defects.on("D35") else "utf-8"
    lines = [_line(COLUMNS), *(_line(row) for row in rows)]
    content = b"".join(filter(None, (_encoded(line, encoding) for line in lines)))
    record = {"export_id": identity, "content": base64.b64encode(content).decode("ascii"), "count": len(rows)}
    body = {"partner": "data-warehouse", "feed": "CUSTEXP", "key": identity, "record": record}
    (await stack.http.post("gateway", "/gateway/v1/outbound", json=body)).need()
    made = {"id": identity, "state": "sent", "customers": len(rows), "requested_at": stack.clock.stamp()}
    with stack.db.begin() as tx:
        tx.execute(insert(CRM_EXPORT).values(**made, requested_by=caller))
    return {"id": identity, "customers": len(rows), "requestedAt": made["requested_at"]}


def _customers(stack: Stack) -> list[tuple[str, ...]]:
    columns = [
        CRM_CUSTOMER.c.id.label("customer_id"),
        *(CRM_CUSTOMER.c[name] for name in ("name", "segment", "status")),
    ]
    person = [CRM_INDIVIDUAL.c[name] for name in ("given_name", "family_name", "email", "phone")]
    all_of_them = (
        select(*columns, *person, CRM_CUSTOMER.c.created_at)
        .join(CRM_INDIVIDUAL, CRM_INDIVIDUAL.c.id == CRM_CUSTOMER.c.party_id)
        .order_by(CRM_CUSTOMER.c.id)
    )
    with stack.db.begin() as tx:
        rows = tx.execute(all_of_them).mappings().all()
    return [tuple(str(row[name] or "") for name in COLUMNS) for row in rows]


def _line(values: tuple[str, ...]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerow(values)
    return written.getvalue()


def _encoded(line: str, encoding: str) -> bytes | None:
    """A line in the character set of the file; None when that cannot hold it."""
    try:
        return line.encode(encoding)
    except UnicodeEncodeError:
        return None


SYSTEM = System(
    id="customer-export",
    prefix="crm_",
    base="/crm/v1",
    routes=(
        route("POST", "/exports", post_export),
        route("PUT", "/exports/schedule", put_schedule),
        route("GET", "/exports/{id}", get_export),
    ),
    start=start,
)
