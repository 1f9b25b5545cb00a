"""The number inventory: which numbers are free, whose they are, and how a number leaves its line and comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, select, update
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.clock import text_of
from ringback.reference_stack.kernel.errors import missing
from ringback.reference_stack.kernel.resource import Resource
from ringback.reference_stack.schema import NUM_TN, RINV_RESOURCE
from ringback.reference_stack.systems.reading import Document
from ringback.reference_stack.systems.resource_reservations import AGEING, LINE_TYPES, release, set_number

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

OUR_SPID = "9X01"
_AT_MOST = 100
_FILTERS = {"status": "status", "lineType": "line_type", "serviceId": "service_id", "reservedBy": "reserved_by"}


def age(stack: Stack, tx: Connection, resource: Resource, number: str) -> None:
    """Gives a number back; it is not given to another customer before its ageing ends."""
    until = text_of(stack.clock.now() + AGEING)
    values = {"status": "ageing", "service_id": None, "reserved_by": None, "ageing_until": until}
    set_number(stack, tx, number, values)
    _release(stack, tx, resource, number, tuple(LINE_TYPES))


def give_back(stack: Stack, tx: Connection, resource: Resource, number: str, new_provider: str) -> None:
    """A number leaves its line: to the new provider, back to its native holder, or into its ageing."""
    native = tx.execute(select(NUM_TN.c.native_spid).where(NUM_TN.c.tn == number)).scalar()
    holder = new_provider or native or OUR_SPID
    if holder == OUR_SPID:
        age(stack, tx, resource, number)
        return
    values = {"status": "portedOut", "current_spid": holder, "service_id": None, "reserved_by": None}
    set_number(stack, tx, number, values)
    _release(stack, tx, resource, number, (*LINE_TYPES, "TN"))


def _release(stack: Stack, tx: Connection, resource: Resource, number: str, kinds: tuple[str, ...]) -> None:
    same = RINV_RESOURCE.c.kind.in_(kinds) & (RINV_RESOURCE.c.value == number)
    for identity in tx.execute(select(RINV_RESOURCE.c.id).where(same)).scalars().all():
        release(stack, tx, resource, identity)


def free_what_has_ended(stack: Stack, resource: Resource) -> None:
    """Numbers that have aged are available again, and so is what an order reserved and did not take in time."""
    now = stack.clock.stamp()
    aged = (NUM_TN.c.status == "ageing") & (NUM_TN.c.ageing_until <= now)
    over = (RINV_RESOURCE.c.resource_status == "reserved") & (RINV_RESOURCE.c.reserved_until <= now)
    with stack.db.begin() as tx:
        if tx.execute(select(NUM_TN.c.tn).where(aged).limit(1)).first() is not None:
            free: dict[str, object] = {"status": "available", "ageing_until": None, "changed_at": now}
            tx.execute(update(NUM_TN).where(aged).values(**free))
        for row in tx.execute(select(RINV_RESOURCE).where(over)).mappings().all():
            release(stack, tx, resource, row["id"])
            if row["kind"] in LINE_TYPES:
                set_number(stack, tx, row["value"], {"status": "available", "reserved_by": None})


def document_of(row: RowMapping) -> Document:
    """A number as its API shows it."""
    return {
        "tn": row["tn"], "status": row["status"], "lineType": row["line_type"], "nativeSpid": row["native_spid"],
        "currentSpid": row["current_spid"], "serviceId": row["service_id"], "reservedBy": row["reserved_by"],
        "ageingUntil": row["ageing_until"], "changedAt": row["changed_at"],
    }  # fmt: skip


async def get_number(stack: Stack, request: Request) -> Response:
    """A number as the number inventory holds it."""
    with stack.db.begin() as tx:
        row = tx.execute(select(NUM_TN).where(NUM_TN.c.tn == request.path_params["tn"])).mappings().first()
    if row is None:
        raise missing("number", request.path_params["tn"])
    return JSONResponse(document_of(row))


async def list_numbers(stack: Stack, request: Request) -> Response:
    """Numbers by status, kind of line, service or reservation: the pool from which one is chosen."""
    given = request.query_params
    wanted = [NUM_TN.c[column] == given[name] for name, column in _FILTERS.items() if name in given]
    limit = int(given["limit"]) if given.get("limit", "").isdecimal() else _AT_MOST
    query = select(NUM_TN).where(*wanted).order_by(NUM_TN.c.tn).limit(min(limit, _AT_MOST))
    with stack.db.begin() as tx:
        rows = tx.execute(query).mappings().all()
    return JSONResponse([document_of(row) for row in rows])
