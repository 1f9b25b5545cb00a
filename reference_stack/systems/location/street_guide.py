"""The master street address guide: which emergency service number answers for a house, by range and parity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, delete, func, insert, select, update
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.kernel.bodies import body_of
from ringback.reference_stack.kernel.errors import invalid
from ringback.reference_stack.schema import LOC_ADDRESS, LOC_MSAG
from ringback.reference_stack.systems.location.addresses import folded
from ringback.reference_stack.systems.reading import Document, at, documents, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_PARTS: Mapping[str, str] = {  # column of the guide -> field of the feed
    "pre_dir": "prefix_directional",
    "street_name": "street_name",
    "street_suffix": "street_suffix",
    "post_dir": "post_directional",
    "community": "community",
    "state_cd": "state",
    "odd_even": "odd_even",
}
_STREET = ("pre_dir", "street_name", "street_suffix", "post_dir", "state_cd")
_INSERTS, _REMOVES = ("I", "A"), ("D", "B")


class GuideFault(Exception):
    """A row that cannot be applied, with its record code."""

    def __init__(self, code: str, said: str) -> None:
        super().__init__(said)
        self.code = code
        self.said = said


async def post_rows(stack: Stack, request: Request) -> Response:
    """Applies rows of the guide in their order; addresses on their streets get the number that answers now."""
    body = await body_of(request)
    results: list[Document] = []
    with stack.db.begin() as tx:
        for row in documents(body, "rows"):
            result: Document = {"line_no": at(row, "line_no")}
            try:
                result |= {"entityId": str(_apply(tx, row, text(body, "fileId")))}
            except GuideFault as fault:
                result |= {"code": fault.code, "text": fault.said}
            results.append(result)
    return JSONResponse({"results": results})


def _apply(tx: Connection, row: Document, file_id: str) -> int:
    """One row: an insert or after image puts a range in, a delete or before image takes one out."""
    function = text(row, "function_of_change")
    low, high = text(row, "low_range").strip(), text(row, "high_range").strip()
    if not (low.isdigit() and high.isdigit()) or int(low) > int(high):
        raise GuideFault("R102", f"{low!r} to {high!r} is no range of house numbers")
    if function not in (*_INSERTS, *_REMOVES):
        raise GuideFault("R104", f"function_of_change {function!r} is none of I D B A")
    parts = {column: text(row, field).upper() for column, field in _PARTS.items()}
    values: Document = {**parts, "low": int(low), "high": int(high)}
    same = and_(*(func.coalesce(LOC_MSAG.c[name], "") == value for name, value in parts.items()))
    same = and_(same, LOC_MSAG.c.low == int(low), LOC_MSAG.c.high == int(high))
    known = tx.execute(select(LOC_MSAG.c.id).where(same)).scalar()
    if function in _REMOVES and known is None:
        raise GuideFault("R105", f"the guide has no range {low} to {high} of {parts['street_name']} with these parts")
    tx.execute(delete(LOC_MSAG).where(same))
    identity = int(known or 0)
    if function in _INSERTS:
        values |= {"esn": text(row, "esn").rjust(5, "0"), "county_id": text(row, "county_id") or None}
        values |= {"exchange": text(row, "exchange") or None, "function_code": function, "file_id": file_id}
        made = tx.execute(insert(LOC_MSAG).values(**values))
        identity = int(made.inserted_primary_key[0]) if made.inserted_primary_key else 0
    _refresh(tx, parts, int(low), int(high))
    return identity


def _refresh(tx: Connection, parts: Mapping[str, str], low: int, high: int) -> None:
    """Gives the addresses of a street in a range the community and emergency number that the guide has now."""
    columns = LOC_ADDRESS.c
    mine = [func.upper(func.coalesce(columns[name], "")) == parts[name] for name in _STREET]
    community = func.upper(func.coalesce(columns.msag_community, columns.city)) == parts["community"]
    for address in tx.execute(select(LOC_ADDRESS).where(*mine, community)).mappings().all():
        number = address["street_nr"] or ""
        if number.isdigit() and low <= int(number) <= high:
            found = answering(tx, address)
            values = {"esn": found["esn"] if found else None}
            values |= {"msag_community": found["community"]} if found else {}
            tx.execute(update(LOC_ADDRESS).where(columns.id == address["id"]).values(**values))


def answering(tx: Connection, address: Mapping[str, object] | RowMapping) -> RowMapping | None:
    """The row of the guide that a house is in: its street and community, range and parity; the narrowest wins."""
    number = str(address["street_nr"] or "")
    if not number.isdigit():
        return None
    columns = LOC_MSAG.c
    community = folded(str(address["msag_community"] or address["city"] or "")).upper()
    where: list[ColumnElement[bool]] = [
        func.coalesce(columns[name], "") == folded(str(address[name] or "")).upper() for name in _STREET
    ]
    where += [columns.community == community, columns.low <= int(number), columns.high >= int(number)]
    where.append(columns.odd_even.in_(("B", "O" if int(number) % 2 else "E")))
    query = select(LOC_MSAG).where(*where).order_by(columns.high - columns.low, columns.id.desc())
    return tx.execute(query).mappings().first()


async def look_up(stack: Stack, request: Request) -> Response:
    """The guide's row for a house, asked by `addressId`, or by streetNr, streetName, streetType, community, state."""
    asked = request.query_params
    with stack.db.begin() as tx:
        if asked.get("addressId"):
            query = select(LOC_ADDRESS).where(LOC_ADDRESS.c.id == asked["addressId"])
            house: Mapping[str, object] | RowMapping | None = tx.execute(query).mappings().first()
        else:
            names = {"street_nr": "streetNr", "street_name": "streetName", "street_suffix": "streetType"}
            names |= {"pre_dir": "preDirection", "post_dir": "postDirection", "state_cd": "stateOrProvince"}
            house = {column: asked.get(name, "") for column, name in names.items()}
            house |= {"msag_community": asked.get("community", ""), "city": ""}
        found = answering(tx, house) if house else None
    if not house or not str(house["street_nr"] or ""):
        raise invalid("no house to look up", "give addressId of an address, or streetNr and streetName")
    shown = {name: found[name] for name in ("low", "high", "odd_even", "community", "esn")} if found else None
    return JSONResponse({"found": found is not None, "row": shown})
