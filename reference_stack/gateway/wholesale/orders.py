"""Orders to the supplier of the access line: taken from resource ordering, written as messages of the WSORDER feed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, insert, select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.gateway.outbound import enqueue
from ringback.reference_stack.gateway.partners import WHOLESALE_ACCESS
from ringback.reference_stack.gateway.preparation import Prepared
from ringback.reference_stack.gateway.wholesale.progress import OPEN_TYPES
from ringback.reference_stack.gateway.wholesale.records import (
    ACK_WITHIN,
    FILTERS,
    MESSAGES,
    ORDERS,
    Document,
    announce,
    change_order,
    document_of,
    due,
    latest_of_item,
    order_row,
    taken,
)
from ringback.reference_stack.kernel.bodies import body_of
from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.kernel.errors import conflict, invalid, missing
from ringback.reference_stack.systems.reading import text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_ENTITY_TYPES: Mapping[str, str] = {
    "PROVIDE": "PROVIDE_ORDER",
    "CEASE": "CEASE_ORDER",
    "AMEND": "MODIFY_ORDER",
    "CANCEL": "MODIFY_ORDER",
}
_ENTITY_ORDER_TYPES: Mapping[str, str] = {"PROVIDE": "NEW", "CEASE": "CEASE"}
_MANDATORY = ("orderItemId", "addressId")


async def post_order(stack: Stack, request: Request) -> Response:
    """Takes an order in; PROVIDE and CEASE open one, AMEND and CANCEL act on the one that is open."""
    body = await body_of(request)
    action = text(body, "orderType")
    if action not in _ENTITY_TYPES:
        raise invalid(f"orderType {action!r} is unknown", f"known are {', '.join(_ENTITY_TYPES)}")
    if not text(body, "orderItemId"):
        raise invalid("orderItemId is missing", "a wholesale order belongs to an item of a product order")
    if action in OPEN_TYPES:
        return await _open(stack, body, action)
    return await _supplement(stack, body, action)


async def _open(stack: Stack, body: Document, action: str) -> Response:
    item = text(body, "orderItemId")
    with stack.db.begin() as tx:
        known = taken(tx, item, text(body, "resourceOrderItemId"), action)
    if known is not None:
        return JSONResponse(document_of(known), 200)
    absent = [name for name in _MANDATORY if not text(body, name)]
    if absent:
        raise invalid(f"{' and '.join(absent)} missing", "say which line is meant")
    address = await _address(stack, text(body, "addressId"))
    with stack.db.begin() as tx:
        identity = _insert(stack, tx, body, action)
        row = tx.execute(select(ORDERS).where(ORDERS.c.id == identity)).mappings().one()
        announce(stack, tx, row)
    _send(stack, row, action, address)
    return JSONResponse(document_of(row), 201)


async def _address(stack: Stack, identity: str) -> Document:
    reply = await stack.http.get("location", f"/geographicAddress/{identity}")
    if reply.status == 404:
        raise invalid(f"there is no address {identity}", "a wholesale order needs a validated address")
    return reply.document()


def _insert(stack: Stack, tx: Connection, body: Document, action: str) -> str:
    speed = text(body, "downMbps")
    identity = stack.ids.new("WHO")
    values = {
        "id": identity,
        "supplier": WHOLESALE_ACCESS.name,
        "order_item_id": text(body, "orderItemId"),
        "order_type": action,
        "status": "SENT_TO_SUPPLIER",
        "order_id": text(body, "orderId") or None,
        "resource_order_item_id": text(body, "resourceOrderItemId") or None,
        "address_id": text(body, "addressId"),
        "down_mbps": int(speed) if speed.isdigit() else None,
        "appointment_reservation": text(body, "appointmentReservation") or None,
        "service_ref": text(body, "serviceRef") or None,
        "sent_seq": 1,
        "sent_at": stack.clock.stamp(),
        "due_at": due(stack, ACK_WITHIN),
        "correlation_id": CORRELATION.get(),
    }
    tx.execute(insert(ORDERS).values(**values))
    return identity


async def _supplement(stack: Stack, body: Document, action: str) -> Response:
    """AMEND changes the appointment or the speed of an open order, CANCEL takes it back before it is committed."""
    item = text(body, "orderItemId")
    with stack.db.begin() as tx:
        row = latest_of_item(tx, item)
    if row is None:
        raise conflict(f"item {item} has no open wholesale order", "PROVIDE or CEASE first")
    if action == "CANCEL" and row["committed_date"]:
        raise conflict(f"the supplier has committed order {row['id']}", "after that it can only be ceased")
    address = await _address(stack, row["address_id"])
    values: Document = {"sent_seq": row["sent_seq"] + 1}
    if action == "AMEND":
        speed = text(body, "downMbps")
        values |= {"down_mbps": int(speed)} if speed.isdigit() else {}
        reservation = text(body, "appointmentReservation")
        values |= {"appointment_reservation": reservation} if reservation else {}
    with stack.db.begin() as tx:
        row = change_order(stack, tx, row, values)
    _send(stack, row, action, address)
    return JSONResponse(document_of(row), 202)


def _send(stack: Stack, row: RowMapping, action: str, address: Document) -> None:
    """Queues the message that leaves with the next file."""
    number = row["sent_seq"]
    fields: Document = {
        "id": f"{row['id']}-{number}",
        "sequenceNumber": number,
        "issuedOn": stack.clock.stamp(),
        "action": action,
        "entityType": _ENTITY_TYPES[action],
        "entity": _entity(row, address),
    }
    prepared = Prepared(f"{row['id']}-{number}", f"{row['id']}-{number}", row["order_item_id"], fields, ())
    enqueue(stack, WHOLESALE_ACCESS.id, "WSORDER", prepared, row["correlation_id"] or "")


def _entity(row: RowMapping, address: Document) -> Document:
    """The whole latest order, as every message carries it."""
    street = " ".join(
        filter(None, (text(address, "streetNr"), text(address, "streetName"), text(address, "streetType")))
    )
    place: Document = {"id": row["address_id"], "type": "ADDRESS_ID", "street": street, "city": text(address, "city")}
    place |= {"postcode": text(address, "postcode"), "unit": text(address, "geographicSubAddress.0.subUnitNumber")}
    entity: Document = {
        "orderType": _ENTITY_ORDER_TYPES[row["order_type"]],
        "id": row["id"],
        "supplier": row["supplier"],
        "status": row["status"],
        "address": {name: value for name, value in place.items() if value},
        "serviceOrderItem": {
            "serviceSpecification": {"id": "ACCESS-LINE"},
            "serviceCharacteristics": [{"name": "downMbps", "value": row["down_mbps"]}],
        },
        "created": row["sent_at"],
    }
    optional = {"appointmentReservationId": "appointment_reservation", "serviceId": "service_ref"}
    optional |= {"supplierOrderNumber": "supplier_order_no", "committedDate": "committed_date"}
    return entity | {name: row[column] for name, column in optional.items() if row[column]}


async def list_orders(stack: Stack, request: Request) -> Response:
    """Orders, oldest first; filters are orderItemId, orderId, resourceOrderItemId, status and orderType."""
    wanted = [ORDERS.c[FILTERS[name]] == value for name, value in request.query_params.items() if name in FILTERS]
    with stack.db.begin() as tx:
        rows = tx.execute(select(ORDERS).where(*wanted).order_by(ORDERS.c.sent_at, ORDERS.c.id)).mappings().all()
    return JSONResponse([document_of(row) for row in rows])


async def show_order(stack: Stack, request: Request) -> Response:
    """One order."""
    return JSONResponse(document_of(_known(stack, request)))


async def list_messages(stack: Stack, request: Request) -> Response:
    """The messages about an order, in order of their numbers, with what became of each."""
    row = _known(stack, request)
    mine = select(MESSAGES).where(MESSAGES.c.order_id == row["id"]).order_by(MESSAGES.c.seq_no, MESSAGES.c.received_at)
    with stack.db.begin() as tx:
        rows = tx.execute(mine).mappings().all()
    names = {"id": "id", "sequenceNumber": "seq_no", "status": "status", "channel": "channel", "code": "code"}
    names |= {"text": "said", "receivedAt": "received_at"}
    return JSONResponse([{name: found[column] for name, column in names.items()} for found in rows])


def _known(stack: Stack, request: Request) -> RowMapping:
    identity = request.path_params["id"]
    with stack.db.begin() as tx:
        row = order_row(tx, identity)
    if row is None:
        raise missing("wholesale order", identity)
    return row
