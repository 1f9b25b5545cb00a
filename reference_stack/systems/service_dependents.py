"""Which services stand on a resource: those that hold it, and those that rely on them, however many steps away."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.schema import SINV_REL, SINV_RESOURCE, SINV_SERVICE

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_AT_ONCE = 500  # values in one query


async def get_dependents(stack: Stack, request: Request) -> Response:
    """``?resource=a,b``: live services that hold one of the resources, and all that rely on those."""
    resources = [one for one in request.query_params.get("resource", "").split(",") if one]
    with stack.db.begin() as tx:
        holding = _found(tx, SINV_RESOURCE.c.service_id, SINV_RESOURCE.c.resource_id, resources)
        relying: set[str] = set()
        step = holding
        while step:
            step = _found(tx, SINV_REL.c.service_id, SINV_REL.c.related_service_id, step) - relying - holding
            relying |= step
        documents = {"holding": _live(tx, holding), "relying": _live(tx, relying)}
    return JSONResponse(documents)


def _found(tx: Connection, wanted: object, known: object, values: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for some in _parts(values):
        found |= set(tx.execute(select(wanted).where(known.in_(some))).scalars())  # type: ignore[call-overload,attr-defined]
    return found


def _live(tx: Connection, identities: Iterable[str]) -> list[dict[str, object]]:
    documents: list[dict[str, object]] = []
    for some in _parts(identities):
        mine = (SINV_SERVICE.c.id.in_(some)) & SINV_SERVICE.c.state.in_(("active", "inactive"))
        rows = tx.execute(select(SINV_SERVICE).where(mine).order_by(SINV_SERVICE.c.id)).mappings().all()
        documents += [
            {"id": row["id"], "category": row["category"], "state": row["state"], "customerId": row["customer_id"]}
            for row in rows
        ]
    return documents


def _parts(values: Iterable[str]) -> list[list[str]]:
    known = sorted(values)
    return [known[start : start + _AT_ONCE] for start in range(0, len(known), _AT_ONCE)]
