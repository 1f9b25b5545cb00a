"""Device logistics: what was ordered, what is in the box, where it is; each shipment bears its serial numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, select, update
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.clock import text_of
from ringback.reference_stack.gateway.codecs.stamps import moment
from ringback.reference_stack.kernel.bodies import body_of
from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.kernel.errors import TmfError, conflict, invalid, missing
from ringback.reference_stack.kernel.system import System, route
from ringback.reference_stack.schema import PGW_SHIPMENT
from ringback.reference_stack.systems.logistics_checks import Box, Ordered, box_fault
from ringback.reference_stack.systems.reading import at, documents, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_REFUSALS = ("RD", "RJ")
_UNDER_WAY = ("shipped", "delivered")
_ENDED = ("cancelled", "rejected")


async def order(stack: Stack, request: Request) -> Response:
    """Notes a purchase order that leaves with the next file; the same order number again changes nothing."""
    body = await body_of(request)
    po, item, sku = text(body, "po"), text(body, "order_item_id"), text(body, "sku")
    if not (po and item and sku):
        raise invalid("po, order_item_id or sku is missing", "give all three")
    with stack.db.begin() as tx:
        known = _shipment(tx, po)
        if known is None:
            values = {"id": stack.ids.new("SHIP"), "order_item_id": item, "po_no": po, "sku": sku}
            values |= {
                "order_id": text(body, "order_id"),
                "correlation_id": text(body, "correlation") or CORRELATION.get(),
            }
            tx.execute(insert(PGW_SHIPMENT).values(**values, qty=int(text(body, "quantity") or 1), status="ordered"))
            known = _announce(stack, tx, po)
    return JSONResponse(_document(known), 201)


async def take_back(stack: Stack, request: Request) -> Response:
    """860: we cancel an order; refused once the box is under way."""
    po = request.path_params["po"]
    with stack.db.begin() as tx:
        shipment = _shipment(tx, po)
        if shipment is None:
            raise missing("purchase order", po)
        if shipment["status"] in _UNDER_WAY:
            raise conflict(f"purchase order {po} is {shipment['status']}", "send the device back when it has arrived")
        values = {} if shipment["status"] in _ENDED else {"status": "cancelled"}
        return _moved(stack, tx, shipment, values)


async def answer(stack: Stack, request: Request) -> Response:
    """855: the seller takes or refuses an order."""
    body = await body_of(request)
    refused = text(body, "code") in _REFUSALS or any(text(line, "code") == "IR" for line in documents(body, "lines"))
    with stack.db.begin() as tx:
        shipment = _known(tx, text(body, "po"))
        if refused and shipment["status"] not in _ENDED:
            return _moved(stack, tx, shipment, {"status": "rejected"})
        return _moved(stack, tx, shipment, {"status": "acknowledged"} if shipment["status"] == "ordered" else {})


async def notice(stack: Stack, request: Request) -> Response:
    """856: a box with its serial numbers is on its way; nothing of a notice is taken unless all of it holds."""
    body = await body_of(request)
    asn, purpose = text(body, "asn"), text(body, "purpose")
    boxes = [_box(ordered, item) for ordered in documents(body, "orders") for item in documents(ordered, "items")]
    with stack.db.begin() as tx:
        shipments = [_checked(tx, box, asn, purpose) for box in boxes]
        for box, shipment in zip(boxes, shipments, strict=True):
            shipped = {"status": "shipped", "asn_no": asn, "imei": box.imeis[0], "iccid": (*box.iccids, None)[0]}
            shipped |= {"carrier": text(body, "carrier"), "tracking": text(body, "tracking")}
            shipped |= {"shipped_at": text_of(moment(f"{text(body, 'date')}{text(body, 'time'):0<6}"))}
            _moved(stack, tx, shipment, shipped)
    return JSONResponse({"entityType": "pgw_shipment", "entityId": str(shipments[0]["id"])})


async def status(stack: Stack, request: Request) -> Response:
    """214: AT7 D1 is delivered; every other status only tells where the box is."""
    body = await body_of(request)
    with stack.db.begin() as tx:
        shipment = _known(tx, text(body, "po"))
        if text(body, "status") != "D1" or shipment["status"] == "delivered":
            return _moved(stack, tx, shipment, {})
        if shipment["status"] != "shipped":
            raise TmfError(422, "R110", f"delivered before it was shipped: {shipment['po_no']} is {shipment['status']}")
        delivered_at = text_of(moment(f"{text(body, 'date')}{text(body, 'time'):0<6}"))
        return _moved(stack, tx, shipment, {"status": "delivered", "delivered_at": delivered_at})


async def list_shipments(stack: Stack, request: Request) -> Response:
    """Shipments; filters are po, orderItemId and orderId."""
    columns = {"po": "po_no", "orderItemId": "order_item_id", "orderId": "order_id"}
    wanted = [PGW_SHIPMENT.c[columns[name]] == value for name, value in request.query_params.items() if name in columns]
    with stack.db.begin() as tx:
        rows = tx.execute(select(PGW_SHIPMENT).where(*wanted)).mappings().all()
    return JSONResponse([_document(dict(row)) for row in rows])


async def show_shipment(stack: Stack, request: Request) -> Response:
    """One shipment."""
    identity = request.path_params["id"]
    with stack.db.begin() as tx:
        row = tx.execute(select(PGW_SHIPMENT).where(PGW_SHIPMENT.c.id == identity)).mappings().first()
    if row is None:
        raise missing("shipment", identity)
    return JSONResponse(_document(dict(row)))


def _box(ordered: object, item: object) -> Box:
    imeis, iccids = at(item, "imeis"), at(item, "iccids")
    return Box(
        text(ordered, "po"),
        text(item, "sku"),
        int(text(item, "quantity") or 0),
        tuple(map(str, imeis)) if isinstance(imeis, list) else (),
        tuple(map(str, iccids)) if isinstance(iccids, list) else (),
    )


def _checked(tx: Connection, box: Box, asn: str, purpose: str) -> dict[str, object]:
    """The shipment that a box belongs to; 422 with the record code when something in the box is wrong."""
    shipment = _known(tx, box.po)
    same_asn = select(PGW_SHIPMENT.c.id).where(PGW_SHIPMENT.c.asn_no == asn)
    elsewhere = select(PGW_SHIPMENT.c.po_no).where(PGW_SHIPMENT.c.imei.in_(box.imeis), PGW_SHIPMENT.c.po_no != box.po)
    ordered = Ordered(
        sku=str(shipment["sku"]),
        quantity=int(str(shipment["qty"])),
        status=str(shipment["status"]),
        asn_known=tx.execute(same_asn).first() is not None,
        imei_elsewhere=str(tx.execute(elsewhere).scalar() or ""),
    )
    fault = box_fault(box, ordered, replaces=purpose == "05")
    if fault is not None:
        raise TmfError(422, fault[0], fault[1])
    return shipment


def _known(tx: Connection, po: str) -> dict[str, object]:
    shipment = _shipment(tx, po)
    if shipment is None:
        raise TmfError(422, "R105", f"we never sent purchase order {po}")
    return shipment


def _shipment(tx: Connection, po: str) -> dict[str, object] | None:
    row = tx.execute(select(PGW_SHIPMENT).where(PGW_SHIPMENT.c.po_no == po)).mappings().first()
    return dict(row) if row else None


def _moved(stack: Stack, tx: Connection, shipment: Mapping[str, object], values: Mapping[str, object]) -> Response:
    """Stores what is new of a shipment, announces a new status, and answers what the gateway wants to know."""
    if values:
        tx.execute(update(PGW_SHIPMENT).where(PGW_SHIPMENT.c.id == shipment["id"]).values(**values))
        _announce(stack, tx, str(shipment["po_no"]))
    return JSONResponse({"entityType": "pgw_shipment", "entityId": str(shipment["id"])})


def _announce(stack: Stack, tx: Connection, po: str) -> dict[str, object]:
    shipment = _known(tx, po)
    stack.events.publish(
        tx,
        "ShipmentStateChangeEvent",
        resource_type="shipment",
        resource_id=str(shipment["id"]),
        document=_document(shipment),
        correlation=str(shipment["correlation_id"] or ""),
        state=str(shipment["status"]),
    )
    return shipment


def _document(shipment: Mapping[str, object]) -> dict[str, object]:
    shown = {
        "id": shipment["id"],
        "po": shipment["po_no"],
        "orderId": shipment["order_id"],
        "orderItemId": shipment["order_item_id"],
        "asn": shipment["asn_no"],
        "sku": shipment["sku"],
        "quantity": shipment["qty"],
        "status": shipment["status"],
        "imei": shipment["imei"],
        "iccid": shipment["iccid"],
        "carrier": shipment["carrier"],
        "tracking": shipment["tracking"],
        "shippedAt": shipment["shipped_at"],
        "deliveredAt": shipment["delivered_at"],
    }
    return {name: value for name, value in shown.items() if value is not None}


SYSTEM = System(
    id="logistics",
    prefix="pgw_",
    base="/logistics/v1",
    routes=(
        route("POST", "/purchase-orders", order),
        route("POST", "/purchase-orders/{po}/cancel", take_back),
        route("POST", "/order-answers", answer),
        route("POST", "/ship-notices", notice),
        route("POST", "/delivery-statuses", status),
        route("GET", "/shipments", list_shipments),
        route("GET", "/shipments/{id}", show_shipment),
    ),
)
