"""Campaigns: lists of customers to offer something better to, drawn from product inventory as it is at a cut-off."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import RowMapping, insert, select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.clock import moment_of, text_of
from ringback.reference_stack.kernel.bodies import body_of
from ringback.reference_stack.kernel.errors import invalid, missing
from ringback.reference_stack.kernel.system import System, route
from ringback.reference_stack.schema import CMP_TARGET_LIST
from ringback.reference_stack.systems.reading import Document, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack


async def draw(stack: Stack, request: Request) -> Response:
    """Takes ``{currentOffering, upsellOffering, cutOff?}``; the list names who has the one and could have the other."""
    body = await body_of(request)
    current, upsell = text(body, "currentOffering"), text(body, "upsellOffering")
    if not current or not upsell:
        raise invalid("a target list needs currentOffering and upsellOffering", "name both offerings by their ids")
    cut_off = _cut_off(stack, text(body, "cutOff"))
    stock = await stack.http.get("product-inventory", "/product-inventory/v1/stock", params={"at": cut_off})
    offering = "orderedOfferingId" if stack.defects.on("D50") else "offeringId"
    targets = [
        {"customerId": text(product, "customerId"), "productId": text(product, "productId")}
        for product in stock.documents()
        if text(product, offering) == current
    ]
    values = {
        "id": stack.ids.new("TL"),
        "current_offering": current,
        "upsell_offering": upsell,
        "cut_off": cut_off,
        "created_at": stack.clock.stamp(),
        "document": json.dumps(targets),
    }
    with stack.db.begin() as tx:
        tx.execute(insert(CMP_TARGET_LIST).values(**values))
    return JSONResponse(_shown(values), 201)


def _cut_off(stack: Stack, asked: str) -> str:
    """The moment that is asked for, or now; TmfError 400 for what is no moment or has not come yet."""
    try:
        moment = moment_of(asked) if asked else stack.clock.now()
    except ValueError as error:
        raise invalid(f"cutOff {asked!r} is no date and time", "write it as 2026-11-21T12:00:00Z") from error
    if moment.tzinfo is None:
        raise invalid(f"cutOff {asked!r} has no time zone", "write it as 2026-11-21T12:00:00Z")
    if moment > stack.clock.now():
        raise invalid(f"cutOff {asked} has not come yet", "nobody knows the products of a day to come")
    return text_of(moment)


def _shown(row: RowMapping | dict[str, str]) -> Document:
    targets = json.loads(row["document"])
    return {
        "id": row["id"],
        "href": f"/campaign/v1/target-lists/{row['id']}",
        "currentOffering": row["current_offering"],
        "upsellOffering": row["upsell_offering"],
        "cutOff": row["cut_off"],
        "createdAt": row["created_at"],
        "targets": targets,
        "count": len(targets),
    }


async def target_lists(stack: Stack, _request: Request) -> Response:
    """All lists, the oldest first."""
    with stack.db.begin() as tx:
        rows = tx.execute(select(CMP_TARGET_LIST).order_by(CMP_TARGET_LIST.c.created_at)).mappings().all()
    return JSONResponse([_shown(row) for row in rows])


async def target_list(stack: Stack, request: Request) -> Response:
    """One list."""
    identity = request.path_params["id"]
    with stack.db.begin() as tx:
        row = tx.execute(select(CMP_TARGET_LIST).where(CMP_TARGET_LIST.c.id == identity)).mappings().first()
    if row is None:
        raise missing("target list", identity)
    return JSONResponse(_shown(row))


SYSTEM = System(
    id="campaign",
    prefix="cmp_",
    base="/campaign/v1",
    routes=(
        route("POST", "/target-lists", draw),
        route("GET", "/target-lists", target_lists),
        route("GET", "/target-lists/{id}", target_list),
    ),
)
