"""Corrections by a rep: a refused port is asked for again with the right account number or PIN."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, select, update
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.kernel.bodies import body_of
from ringback.reference_stack.kernel.errors import TmfError, conflict, invalid, missing
from ringback.reference_stack.schema import COM_ORDER_ITEM_CHAR
from ringback.reference_stack.systems.ordering.documents import items_of
from ringback.reference_stack.systems.ordering.order import ORDER
from ringback.reference_stack.systems.reading import text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_CORRECTABLE = ("accountNumber", "pin")


async def port_correction(stack: Stack, request: Request) -> Response:
    """Takes ``{accountNumber?, pin?}``, keeps them on the item and has the port requested again."""
    order, body = request.path_params["id"], await body_of(request)
    corrected = {name: text(body, name) for name in _CORRECTABLE if text(body, name)}
    if not corrected:
        raise invalid("nothing is corrected", "post accountNumber, pin or both")
    with stack.db.begin() as tx:
        if ORDER.row(tx, order) is None:
            raise missing("product order", order)
        item = _port_item(tx, order)
    if item is None:
        raise conflict(f"product order {order} ports no number")
    port = await _supplement(stack, order, item["id"], corrected)
    with stack.db.begin() as tx:
        for name, value in corrected.items():
            key = (COM_ORDER_ITEM_CHAR.c.item_id == item["id"]) & (COM_ORDER_ITEM_CHAR.c.name == name)
            tx.execute(update(COM_ORDER_ITEM_CHAR).where(key).values(value=value))
    return JSONResponse(port, 202)


def _port_item(tx: Connection, order: str) -> RowMapping | None:
    """The item of the order that brings a number along."""
    for item in items_of(tx, order):
        key = (COM_ORDER_ITEM_CHAR.c.item_id == item["id"]) & (COM_ORDER_ITEM_CHAR.c.name == "portInTn")
        if tx.execute(select(COM_ORDER_ITEM_CHAR.c.value).where(key)).scalar():
            return item
    return None


async def _supplement(stack: Stack, order: str, item: str, corrected: dict[str, str]) -> object:
    ports = (await stack.http.get("portability", "/portability/v1/ports", params={"orderItemId": item})).documents()
    if not ports:
        raise conflict(f"no port of product order {order} has been requested yet", "wait until it is")
    path = f"/portability/v1/ports/{text(ports[-1], 'id')}/supplement"
    reply = await stack.http.post("portability", path, json=corrected)
    if not reply.ok:
        raise TmfError(reply.status, "conflict", text(reply.json, "reason"), text(reply.json, "message"))
    return reply.json
