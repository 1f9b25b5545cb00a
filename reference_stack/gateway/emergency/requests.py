"""Records for the emergency registry: taken from resource ordering, checked with the network, queued for the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy import RowMapping, insert, select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.clock import text_of
from ringback.reference_stack.gateway.codecs.digits import is_tn
from ringback.reference_stack.gateway.codecs.nena_layouts import FUNCTIONS
from ringback.reference_stack.gateway.emergency.records import (
    FILTERS,
    RECORDS,
    RETURN_WITHIN,
    Document,
    announce,
    change_record,
    document_of,
    open_of_number,
    record_row,
    settled,
)
from ringback.reference_stack.gateway.outbound import enqueue
from ringback.reference_stack.gateway.partners import E911_REGISTRY
from ringback.reference_stack.gateway.preparation import Prepared, ascii_of
from ringback.reference_stack.kernel.bodies import body_of
from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.kernel.errors import conflict, invalid, missing
from ringback.reference_stack.systems.reading import text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_MANDATORY = ("function", "tn", "addressId", "customerName")
_MUST_BE_NEW, _MUST_BE_THERE = ("I",), ("C", "D", "U")
_ORDER_DIGITS = 10  # of an order number in the file


async def post_record(stack: Stack, request: Request) -> Response:
    """Takes a record in; the same one again is the one that is under way."""
    body = await body_of(request)
    _check(body)
    tn = text(body, "tn")
    with stack.db.begin() as tx:
        known = open_of_number(tx, tn)
        done = settled(tx, tn, text(body, "function"), text(body, "resourceOrderItemId")) if known is None else None
    if done is not None:
        return JSONResponse(document_of(done), 200)
    if known is not None:
        same = (known["function"], known["resource_order_item_id"] or "")
        if same != (text(body, "function"), text(body, "resourceOrderItemId")):
            raise conflict(f"record {known['id']} of {tn} is {known['status']}", "wait until it is posted")
        return JSONResponse(document_of(known), 200)
    await _check_network(stack, text(body, "function"), tn)
    address = await address_of(stack, text(body, "addressId"))
    with stack.db.begin() as tx:
        identity = stack.ids.new("E911")
        values = {column: text(body, name) or None for name, column in _COLUMNS.items()}
        times = {"sent_at": stack.clock.stamp(), "due_at": text_of(stack.clock.now() + RETURN_WITHIN)}
        journey = {"correlation_id": CORRELATION.get()}
        tx.execute(insert(RECORDS).values(id=identity, status="sent", tries=1, **values, **times, **journey))
        row = tx.execute(select(RECORDS).where(RECORDS.c.id == identity)).mappings().one()
        announce(stack, tx, row)
    queue(stack, row, address)
    return JSONResponse(document_of(row), 201)


_COLUMNS: Mapping[str, str] = {
    "tn": "tn",
    "function": "function",
    "addressId": "address_id",
    "customerName": "customer_name",
    "orderId": "order_id",
    "orderItemId": "order_item_id",
    "resourceOrderItemId": "resource_order_item_id",
}


def _check(body: Document) -> None:
    absent = [name for name in _MANDATORY if not text(body, name)]
    if absent:
        raise invalid(f"{', '.join(absent)} missing", "an emergency record needs all of them")
    if text(body, "function") not in FUNCTIONS:
        raise invalid(f"function {text(body, 'function')!r} is unknown", f"known are {' '.join(FUNCTIONS)}")
    if not is_tn(text(body, "tn")):
        raise invalid(f"tn {text(body, 'tn')!r} is no ten-digit North American number")


async def _check_network(stack: Stack, function: str, tn: str) -> None:
    """The registry refuses to insert twice and to change what is not there: so do we, before the file leaves."""
    found = await stack.http.get("network", f"/network/v1/e911/{tn}")
    if found.ok and function in _MUST_BE_NEW:
        raise conflict(f"{tn} has an emergency record already", "change it with function C")
    if found.status == 404 and function in _MUST_BE_THERE:
        raise conflict(f"{tn} has no emergency record", "insert it with function I, or M after a port")


async def address_of(stack: Stack, identity: str) -> Document:
    """The address with its place in the street guide; 400 without, for no emergency call could be routed."""
    reply = await stack.http.get("location", f"/geographicAddress/{identity}")
    if reply.status == 404:
        raise invalid(f"there is no address {identity}", "an emergency record needs a validated address")
    address = reply.document()
    if not text(address, "esn") or not text(address, "msagCommunity"):
        raise invalid(f"address {identity} is not in the street guide", "it has no emergency service number")
    return address


def queue(stack: Stack, row: RowMapping, address: Document) -> None:
    """Puts a record into the queue of the next file."""
    key = f"{row['id']}-{row['tries']}"
    prepared = Prepared(row["tn"], key, row["tn"], {**_fields(row, address), "tn": row["tn"]}, ())
    enqueue(stack, E911_REGISTRY.id, "E911SOI", prepared, row["correlation_id"] or "")


def _fields(row: RowMapping, address: Document) -> dict[str, str]:
    """The record in the columns of the file, upper case and ASCII."""
    first, _, last = str(row["customer_name"]).strip().rpartition(" ")
    fields = {
        "function_code": row["function"],
        "npa": row["tn"][:3],
        "calling_number": row["tn"][3:],
        "house_number": text(address, "streetNr"),
        "house_number_suffix": text(address, "streetNrSuffix"),
        "prefix_directional": text(address, "preDirection"),
        "street_name": text(address, "streetName"),
        "street_suffix": text(address, "streetType"),
        "post_directional": text(address, "postDirection"),
        "community": text(address, "msagCommunity"),
        "state": text(address, "stateOrProvince"),
        "location": text(address, "geographicSubAddress.0.subUnitNumber"),
        "customer_name": f"{last}, {first}" if first else last,
        "class_of_service": "1",
        "type_of_service": "0",
        "esn": text(address, "esn"),
        "order_number": (row["order_id"] or row["id"])[-_ORDER_DIGITS:],
        "company_id_1": E911_REGISTRY.us,
        "source_id": "C",
        "zip": text(address, "postcode"),
    }
    return {name: ascii_of(value).upper() for name, value in fields.items()}


async def resend(stack: Stack, request: Request) -> Response:
    """Sends a held record again, with the address as it is now."""
    identity = request.path_params["id"]
    with stack.db.begin() as tx:
        row = record_row(tx, identity)
    if row is None:
        raise missing("emergency record", identity)
    if row["status"] != "held":
        raise conflict(f"record {identity} is {row['status']}", "only a held record is sent again")
    return JSONResponse(document_of(await send_again(stack, row)), 202)


async def send_again(stack: Stack, row: RowMapping) -> RowMapping:
    """Queues a held record once more."""
    address = await address_of(stack, row["address_id"])
    values = {"status": "sent", "error_code": None, "tries": row["tries"] + 1}
    times = {"sent_at": stack.clock.stamp(), "due_at": text_of(stack.clock.now() + RETURN_WITHIN)}
    with stack.db.begin() as tx:
        row = change_record(stack, tx, row["id"], values | times)
    queue(stack, row, address)
    return row


async def list_records(stack: Stack, request: Request) -> Response:
    """Records, oldest first; filters are tn, orderId, orderItemId, resourceOrderItemId and status."""
    wanted = [RECORDS.c[FILTERS[name]] == value for name, value in request.query_params.items() if name in FILTERS]
    with stack.db.begin() as tx:
        rows = tx.execute(select(RECORDS).where(*wanted).order_by(RECORDS.c.sent_at, RECORDS.c.id)).mappings().all()
    return JSONResponse([document_of(row) for row in rows])


async def show_record(stack: Stack, request: Request) -> Response:
    """One record."""
    identity = request.path_params["id"]
    with stack.db.begin() as tx:
        row = record_row(tx, identity)
    if row is None:
        raise missing("emergency record", identity)
    return JSONResponse(document_of(row))
