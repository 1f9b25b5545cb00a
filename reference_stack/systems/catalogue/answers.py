"""What other systems ask the catalogue: what a product is made of, and what an offering fixes about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.kernel.errors import invalid, missing
from ringback.reference_stack.schema import CAT_DECOMPOSITION
from ringback.reference_stack.systems.catalogue.offerings import OFFERING, characteristics_of

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack


async def decomposition(stack: Stack, request: Request) -> Response:
    """What a product specification decomposes into: service and resource specifications with their controllers."""
    specification = request.query_params.get("productSpecification")
    if not specification:
        raise invalid("productSpecification is missing", "ask for ?productSpecification=PS-MOBILE")
    statement = (
        select(CAT_DECOMPOSITION)
        .where(CAT_DECOMPOSITION.c.product_spec_id == specification)
        .order_by(CAT_DECOMPOSITION.c.id)
    )
    with stack.db.begin() as tx:
        rows = tx.execute(statement).mappings().all()
    items = [
        {
            "cfs": row["cfs_spec_id"],
            "rfs": row["rfs_spec_id"],
            "resource": row["resource_spec_id"],
            "qty": row["qty"],
            "controller": row["controller"],
            "condition": row["condition"],
        }
        for row in rows
    ]
    return JSONResponse({"items": items})


async def characteristics(stack: Stack, request: Request) -> Response:
    """What an offering fixes about its service, by name; an offering that the catalogue does not know is a 404."""
    offering = request.path_params["id"]
    with stack.db.begin() as tx:
        if OFFERING.row(tx, offering) is None:
            raise missing("product offering", offering)
        return JSONResponse(characteristics_of(tx, offering))
