"""The footprint of suppliers: where another company has an access line, under which reference and how fast."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.kernel.errors import missing
from ringback.reference_stack.schema import LOC_ADDRESS, LOC_FOOTPRINT

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack


async def show_footprint(stack: Stack, request: Request) -> Response:
    """The supplier that reaches an address fastest, asked by `addressId`; 404 where none does."""
    identity = request.query_params.get("addressId", "")
    near = (
        select(LOC_FOOTPRINT, LOC_ADDRESS.c.external_id)
        .join(LOC_ADDRESS, LOC_ADDRESS.c.postcode == LOC_FOOTPRINT.c.postcode)
        .where(LOC_ADDRESS.c.id == identity)
        .order_by(LOC_FOOTPRINT.c.max_down_mbps.desc(), LOC_FOOTPRINT.c.supplier)
    )
    with stack.db.begin() as tx:
        row = tx.execute(near).mappings().first()
    if row is None:
        raise missing("supplier's line to address", identity)
    shown = {"supplier": row["supplier"], "reference": row["external_id"], "maxDownMbps": row["max_down_mbps"]}
    return JSONResponse({"addressId": identity, **shown})
