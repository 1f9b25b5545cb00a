"""What a piece of equipment consists of: the resources whose names begin with its own, as ports do with their OLT's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_, select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.kernel.errors import invalid
from ringback.reference_stack.schema import RINV_RESOURCE

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack


async def get_parts(stack: Stack, request: Request) -> Response:
    """``?of=OLT-BOS-01``: the resource of this id or name, and all whose names begin with it and a slash."""
    whole = request.query_params.get("of", "")
    if not whole:
        raise invalid("of is missing", "give the id of a resource or the name of a piece of equipment")
    columns = RINV_RESOURCE.c
    named = select(columns.value).where(columns.id == whole)
    with stack.db.begin() as tx:
        name = tx.execute(named).scalar() or whole
        fits = or_(columns.id == whole, columns.value == name, columns.value.startswith(f"{name}/", autoescape=True))
        rows = tx.execute(select(RINV_RESOURCE).where(fits).order_by(columns.id)).mappings().all()
    return JSONResponse([{"id": row["id"], "category": row["kind"], "value": row["value"]} for row in rows])
