"""The network elements: what a line is configured as, read back by anybody who wants to know whether it rings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Column, Connection, Integer, RowMapping, Table, delete, insert, select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack import schema as t
from ringback.reference_stack.kernel.bodies import body_of
from ringback.reference_stack.kernel.errors import conflict, invalid, missing

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_FOUND_AT_MOST = 1000


@dataclass(frozen=True, slots=True)
class Element:
    """A kind of network element.

    Args:
        table: its entries.
        key: the column that names an entry.
        unique: what may exist only once.
        defaults: what a new entry begins with.
        order: the newest entry is the highest of this column, where a key may stand for several.
        writable: whether it takes commands over HTTP; the old exchange speaks only its line protocol.
    """

    table: Table
    key: str
    unique: tuple[str, ...] = ()
    defaults: Mapping[str, str] | None = None
    order: str = ""
    writable: bool = True


ELEMENTS: Mapping[str, Element] = {
    "hlr": Element(t.NE_HLR, "imsi", unique=("iccid", "msisdn"), defaults={"odb": "none"}),
    "pcrf": Element(t.NE_PCRF, "imsi"),
    "roaming": Element(t.NE_ROAMING, "msisdn"),
    "voicemail": Element(t.NE_VOICEMAIL, "msisdn", writable=False),
    "olt": Element(t.NE_OLT, "port", unique=("ont_serial", "vlan")),
    "access": Element(t.NE_ACCESS, "port", unique=("vlan",)),
    "edge": Element(t.NE_EDGE, "name", unique=("ip",)),
    "ims": Element(t.NE_IMS, "tn"),
    "e911": Element(t.NE_E911, "tn"),
    "iptv": Element(t.NE_IPTV, "subscription"),
    "dsl": Element(t.NE_LEGACY_LINE, "line", order="id", writable=False),
}


def _element(request: Request, *, to_write: bool = False) -> Element:
    name = request.path_params["element"]
    if name not in ELEMENTS:
        raise missing("network element", name)
    if to_write and not ELEMENTS[name].writable:
        raise conflict(f"{name} takes no commands over HTTP", "it is configured through the old exchange's line")
    return ELEMENTS[name]


def _entry(tx: Connection, element: Element, key: str) -> RowMapping | None:
    mine = select(element.table).where(element.table.c[element.key] == key)
    newest = mine.order_by(element.table.c[element.order or element.key].desc()).limit(1)
    return tx.execute(newest).mappings().first()


async def entries(stack: Stack, request: Request) -> Response:
    """The entries of an element, those with the given values only: ``/network/v1/dsl?line=...``."""
    element = _element(request)
    query = select(element.table).order_by(element.table.c[element.order or element.key]).limit(_FOUND_AT_MOST)
    for name, value in request.query_params.items():
        wanted = _known(element, {name: value})[name]
        query = query.where(element.table.c[name] == wanted)
    with stack.db.begin() as tx:
        return JSONResponse([dict(row) for row in tx.execute(query).mappings()])


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
    element, key, body = _element(request, to_write=True), request.path_params["key"], await body_of(request)
    with stack.db.begin() as tx:
        before = _entry(tx, element, key)
        base = dict(before) if before else dict(element.defaults or {}) | {element.key: key}
        _store(tx, element, key, base | _known(element, body))
    return JSONResponse({"result": "OK"}, 200 if before else 201)


async def patch(stack: Stack, request: Request) -> Response:
    """Changes an entry that exists; a new key moves the entry."""
    element, key, body = _element(request, to_write=True), request.path_params["key"], await body_of(request)
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
    element, key = _element(request, to_write=True), request.path_params["key"]
    with stack.db.begin() as tx:
        tx.execute(delete(element.table).where(element.table.c[element.key] == key))
    return JSONResponse({"result": "OK"})


def _known(element: Element, body: Mapping[str, object]) -> dict[str, object]:
    """The attributes of a command; an element refuses one that it does not have."""
    strange = [name for name in body if name not in element.table.c]
    if strange:
        raise invalid(f"unknown attribute {', '.join(strange)}", f"known: {', '.join(element.table.c.keys())}")
    return {name: _typed(element.table.c[name], value) for name, value in body.items()}


def _typed(column: Column[object], value: object) -> object:
    """A value as its column holds it: speeds and VLANs are whole numbers, in Mbit/s and without a unit."""
    if not isinstance(column.type, Integer) or value is None:
        return value
    if not str(value).isdigit():
        raise invalid(f"{column.name} {value!r} is no whole number", "speeds are whole Mbit/s")
    return int(str(value))


def _store(tx: Connection, element: Element, key: str, values: Mapping[str, object]) -> None:
    """Replaces the entry, refusing a value that another entry already has."""
    own: Column[object] = element.table.c[element.key]
    for name in element.unique:
        other = tx.execute(select(own).where(element.table.c[name] == values.get(name), own != key)).scalar()
        if values.get(name) is not None and other is not None:
            raise conflict(f"{name} {values[name]} is in use by {other}", "remove it there first")
    tx.execute(delete(element.table).where(own == key))
    tx.execute(insert(element.table).values(**values))
