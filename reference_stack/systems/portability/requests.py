"""Port requests: asked for by resource ordering, supplemented by a rep, sent to the clearing house by a worker."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, func, insert, select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.clock import text_of
from ringback.reference_stack.kernel.bodies import body_of
from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.kernel.errors import CallRefused, SystemDown, conflict, invalid, missing
from ringback.reference_stack.schema import NPG_PORT
from ringback.reference_stack.systems.fallout_report import report
from ringback.reference_stack.systems.patience import Patience
from ringback.reference_stack.systems.portability.life_cycle import SUPPLEMENTABLE
from ringback.reference_stack.systems.portability.records import (
    OUR_SPID,
    PROVIDERS,
    change,
    document_of,
    port_by,
    set_values,
    stamp14,
    values_of,
)
from ringback.reference_stack.systems.reading import Document, at, text
from ringback.reference_stack.systems.subscriber import subscriber

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_TURN_S = 0.05
_LIVE = ("svPending", "activated")
_PAUSE_S = 5.0  # after a refusal
_WIRELESS_PORT = timedelta(minutes=150)  # the customary time for a wireless port, from request to live


async def providers(_stack: Stack, _request: Request) -> Response:
    """The providers that a number can come from."""
    return JSONResponse(list(PROVIDERS))


async def list_ports(stack: Stack, request: Request) -> Response:
    """Port requests, oldest first, of a product order, an order item or a number."""
    wanted = {
        name: request.query_params[name]
        for name in ("orderId", "orderItemId", "tn", "id")
        if name in request.query_params
    }
    columns = {"orderItemId": "order_item_id", "tn": "tn", "id": "id"}
    where = [NPG_PORT.c[columns[name]] == value for name, value in wanted.items() if name in columns]
    with stack.db.begin() as tx:
        rows = tx.execute(select(NPG_PORT).where(*where).order_by(NPG_PORT.c.req_no)).mappings().all()
        documents = [document_of(tx, row) for row in rows]
    return JSONResponse(
        [found for found in documents if "orderId" not in wanted or found["orderId"] == wanted["orderId"]]
    )


async def get_port(stack: Stack, request: Request) -> Response:
    """One port request."""
    return _shown(stack, request.path_params["id"])


def _shown(stack: Stack, identity: str, status: int = 200) -> Response:
    with stack.db.begin() as tx:
        row = port_by(tx, id=identity)
        if row is None:
            raise missing("port", identity)
        document = document_of(tx, row)
    return JSONResponse(document, status)


async def post_port(stack: Stack, request: Request) -> Response:
    """Takes a port request in; the same order item asking again gets the same request."""
    body = await body_of(request)
    _check(body)
    with stack.db.begin() as tx:
        known = port_by(tx, order_item_id=text(body, "orderItemId"))
        identity = known["id"] if known is not None else _new(stack, tx, body)
    return _shown(stack, identity, 200 if known is not None else 201)


def _check(body: Document) -> None:
    """Refuses what the old provider would refuse for its form."""
    number, donor = text(body, "tn"), text(body, "donorSpid")
    provider = next((entry for entry in PROVIDERS if entry["spid"] == donor), None)
    wrong = [
        (not (number.isdigit() and len(number) == 10), f"tn {number!r} is not a number of 10 digits"),
        (provider is None, f"donorSpid {donor!r} is no provider we port from"),
        (not text(body, "orderItemId"), "orderItemId is missing"),
        (not text(body, "accountNumber"), "accountNumber is missing"),
        (
            bool(provider and provider["pinRequired"]) and not text(body, "pin"),
            "pin is missing; this provider asks for it",
        ),
    ]
    found = [said for is_wrong, said in wrong if is_wrong]
    if found:
        raise invalid("the port request cannot be sent", "; ".join(found))


def _new(stack: Stack, tx: Connection, body: Document) -> str:
    identity = stack.ids.new("PORT")
    values = {
        "id": identity, "direction": "in", "tn": text(body, "tn"), "order_item_id": text(body, "orderItemId"),
        "nnsp": OUR_SPID, "onsp": text(body, "donorSpid"), "req_no": _request_number(stack, tx), "version": 1,
        "status": "draft", "due_at": _wished(stack), "account_number": text(body, "accountNumber"),
        "pin": text(body, "pin"), "correlation_id": CORRELATION.get(),
    }  # fmt: skip
    tx.execute(insert(NPG_PORT).values(**values))
    kept = {name: text(body, name) for name in ("orderId", "customerId", "placeId")}
    typed = at(body, "subscriber")
    if isinstance(typed, dict):
        kept |= {str(name): str(value) for name, value in typed.items() if value}
    set_values(tx, identity, kept)
    return identity


def _request_number(stack: Stack, tx: Connection) -> str:
    """Our SPID and 12 digits, never used before: milliseconds, moved on when two requests fall into one."""
    last = tx.execute(select(func.max(NPG_PORT.c.req_no)).where(NPG_PORT.c.nnsp == OUR_SPID)).scalar() or ""
    following = int(last[len(OUR_SPID) :] or 0) + 1
    moment = int(stack.clock.now().timestamp() * 1000) % 10**12
    return f"{OUR_SPID}{max(moment, following):012d}"


def _wished(stack: Stack) -> str:
    return text_of(stack.clock.now() + _WIRELESS_PORT)


async def supplement(stack: Stack, request: Request) -> Response:
    """Sends the request again, one version higher, with what the customer corrected."""
    body, identity = await body_of(request), request.path_params["id"]
    with stack.db.begin() as tx:
        row = port_by(tx, id=identity, direction="in")
        if row is None:
            raise missing("port", identity)
        if row["status"] not in SUPPLEMENTABLE:
            raise conflict(
                f"a port that is {row['status']} takes no supplement", f"allowed in {', '.join(SUPPLEMENTABLE)}"
            )
        corrected = {"account_number": text(body, "accountNumber"), "pin": text(body, "pin")}
        values: Document = {name: value for name, value in corrected.items() if value}
        values |= {"status": "requested", "version": row["version"] + 1, "due_at": _wished(stack)}
        values |= {"reason_code": None, "response_type": None, "promised_at": None}
        set_values(tx, identity, {"reason": ""})
        change(stack, tx, identity, values)
    return _shown(stack, identity, 202)


async def cancel(stack: Stack, request: Request) -> Response:
    """Withdraws a request; what was sent is withdrawn at the old provider too."""
    identity = request.path_params["id"]
    with stack.db.begin() as tx:
        row = port_by(tx, id=identity, direction="in")
        if row is None:
            raise missing("port", identity)
        if row["status"] in _LIVE:
            raise conflict(f"port {identity} is {row['status']}", "a number that has come to us can only be ported out")
        if row["status"] != "cancelled":
            was_sent = "sentVersion" in values_of(tx, identity)
            if not was_sent:
                set_values(tx, identity, {"sentVersion": str(row["version"])})
            change(stack, tx, identity, {"status": "cancelled", "version": row["version"] + was_sent})
    return _shown(stack, identity)


async def start(stack: Stack) -> None:
    """Begins to send every request and supplement that was not handed to the gateway yet."""
    patience = Patience(stack.pace(_PAUSE_S))

    async def port_requests() -> None:
        with stack.db.begin() as tx:
            unsent_states = NPG_PORT.c.status.in_(("draft", "requested", "cancelled"))
            open_ports = select(NPG_PORT).where(NPG_PORT.c.direction == "in", unsent_states)
            rows = tx.execute(open_ports).mappings().all()
            unsent = [row for row in rows if values_of(tx, row["id"]).get("sentVersion") != str(row["version"])]
        await asyncio.gather(*(_send(stack, row, patience) for row in unsent if patience.ready(row["id"])))

    stack.every(_TURN_S, port_requests)


async def _send(stack: Stack, row: RowMapping, patience: Patience) -> None:
    CORRELATION.set(row["correlation_id"])
    with stack.db.begin() as tx:
        values = values_of(tx, row["id"])
    try:
        whom = await subscriber(stack, values.get("customerId", ""), values.get("placeId", ""), values)
        body = {
            "partner": "clearing-house",
            "feed": "NPORT",
            "key": f"{row['req_no']}-{row['version']:02d}",
            "record": _record(row) | {field: whom[name] for field, name in _FIELDS.items()},
            "correlation": row["correlation_id"],
        }
        (await stack.http.post("gateway", "/gateway/v1/outbound", json=body)).need()
    except SystemDown as down:
        stack.log.info("port %s waits: %s", row["id"], down)
        return
    except CallRefused as refusal:
        patience.later(row["id"])
        order = values.get("orderId", "")
        await report(stack, system="portability", order=order, code="NP-REFUSED", detail=refusal)
        return
    with stack.db.begin() as tx:
        set_values(tx, row["id"], {"sentVersion": str(row["version"])})
        if row["status"] == "draft":
            change(stack, tx, row["id"], {"status": "requested"})


# field of the request -> what it is called in orders
_FIELDS: Mapping[str, str] = {
    "first_name": "firstName",
    "last_name": "lastName",
    "street_nr": "streetNr",
    "street": "streetName",
    "city": "city",
    "state": "stateOrProvince",
    "zip": "zip",
}


def _record(row: RowMapping) -> dict[str, str]:
    """The fields of the request that the gateway does not fill itself."""
    return {
        "req_no": row["req_no"],
        "version": f"{row['version']:02d}",
        "action": "C" if row["status"] == "cancelled" else "N" if row["version"] == 1 else "S",
        "ddd_t": stamp14(row["due_at"]),
        "npdi": "A",
        "nnsp": row["nnsp"],
        "onsp": row["onsp"],
        "tn": row["tn"],
        "account_no": row["account_number"],
        "pin": row["pin"],
    }
