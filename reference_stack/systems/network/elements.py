"""The network elements: what a line is configured as, read back by anybody who wants to know whether it rings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Column, Connection, RowMapping, Table, delete, insert, select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.kernel.bodies import body_of
from ringback.reference_stack.kernel.errors import conflict, invalid, missing
from ringback.reference_stack.kernel.system import System, route
from ringback.reference_stack.schema import NE_HLR, NE_OLT, NE_PCRF, NE_VOICEMAIL

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack


@dataclass(frozen=True, slots=True)
class Element:
    """A kind of network element: its table, the column that names an entry, and what may exist only once."""

    table: Table
    key: str
    unique: tuple[str, ...] = ()
    defaults: Mapping[str, str] | None = None


ELEMENTS: Mapping[str, Element] = {
    "hlr": Element(NE_HLR, "imsi", unique=("iccid", "msisdn"), defaults={"odb": "none"}),
    "pcrf": Element(NE_PCRF, "imsi"),
    "voicemail": Element(NE_VOICEMAIL, "msisdn"),
    "olt": Element(NE_OLT, "port"),
}


def _element(request: Request) -> Element:
    name = request.path_params["element"]
    if name not in ELEMENTS:
        raise missing("network element", name)
    return ELEMENTS[name]


def _entry(tx: Connection, element: Element, key: str) -> RowMapping | None:
    return tx.execute(select(element.table).where(element.table.c[element.key] == key)).mappings().first()


async def read(stack: Stack, request: Request) -> Response:
    """One entry as the element holds it now."""
    element, key = _element(request), request.path_params["key"]
    with stack.db.begin() as tx:
        entry = _entry(tx, element, key)
    if entry is None:
        raise missing(f"{request.path_params['element']} entry", key)
    return JSONResponse(dict(entry))


async def put(stack: Stack, request: Request) -> Response:
    """Makes an entry or changes one; the same command given twice changes nothing more."""
    element, key, body = _element(request), request.path_params["key"], await body_of(request)
    with stack.db.begin() as tx:
        before = _entry(tx, element, key)
        base = dict(before) if before else dict(element.defaults or {}) | {element.key: key}
        _store(tx, element, key, base | _known(element, body))
    return JSONResponse({"result": "OK"}, 200 if before else 201)


async def patch(stack: Stack, request: Request) -> Response:
    """Changes an entry that exists; a new key moves the entry."""
    element, key, body = _element(request), request.path_params["key"], await body_of(request)
    with stack.db.begin() as tx:
        before = _entry(tx, element, key)
        moved = None if before else _entry(tx, element, str(body.get(element.key)))
        if before is None and moved is None:
            raise missing(f"{request.path_params['element']} entry", key)
        if before is not None:
            _store(tx, element, key, dict(before) | _known(element, body))
    return JSONResponse({"result": "OK"})


async def remove(stack: Stack, request: Request) -> Response:
    """Removes an entry; removing what is not there is done already."""
    element, key = _element(request), request.path_params["key"]
    with stack.db.begin() as tx:
        tx.execute(delete(element.table).where(element.table.c[element.key] == key))
    return JSONResponse({"result": "OK"})


def _known(element: Element, body: Mapping[str, object]) -> dict[str, object]:
    """The attributes of a command; an element refuses one that it does not have."""
    strange = [name for name in body if name not in element.table.c]
    if strange:
        raise invalid(f"unknown attribute {', '.join(strange)}", f"known: {', '.join(element.table.c.keys())}")
    return dict(body)


def _store(tx: Connection, element: Element, key: str, values: Mapping[str, object]) -> None:
    """Replaces the entry, refusing a value that another entry already has."""
    own: Column[object] = element.table.c[element.key]
    for name in element.unique:
        other = tx.execute(select(own).where(element.table.c[name] == values.get(name), own != key)).scalar()
        if values.get(name) is not None and other is not None:
            raise conflict(f"{name} {values[name]} is in use by {other}", "remove it there first")
    tx.execute(delete(element.table).where(own == key))
    tx.execute(insert(element.table).values(**values))


SYSTEM = System(
    id="network",
    prefix="ne_",
    base="/network/v1",
    routes=(
        route("GET", "/{element}/{key}", read),
        route("PUT", "/{element}/{key}", put),
        route("PATCH", "/{element}/{key}", patch),
        route("DELETE", "/{element}/{key}", remove),
    ),
)
