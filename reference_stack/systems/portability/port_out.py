"""Numbers that leave us: a request is checked and answered in time, and the line ends when NPAC says so."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, func, insert, select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.clock import moment_of
from ringback.reference_stack.kernel.bodies import body_of
from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.kernel.errors import CallRefused, SystemDown
from ringback.reference_stack.schema import NPG_PORT
from ringback.reference_stack.systems.fallout_report import report
from ringback.reference_stack.systems.patience import Patience
from ringback.reference_stack.systems.portability.life_cycle import Refusal
from ringback.reference_stack.systems.portability.line_checks import refusal_of
from ringback.reference_stack.systems.portability.lines import line_of
from ringback.reference_stack.systems.portability.records import (
    OUR_SPID,
    change,
    iso,
    port_by,
    set_values,
    stamp14,
    values_of,
)
from ringback.reference_stack.systems.reading import Document, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_TURN_S = 0.1
_ANSWER_S = 3.0  # in which a newer version of the request may still come
_PAUSE_S = 5.0  # after a refusal
_ANSWER_WITHIN = timedelta(minutes=30)
_KEPT = ("first_name", "last_name", "bus_name", "zip", "tax_id4", "npdi")
_ORDERS = "/tmf-api/productOrderingManagement/v4/productOrder"
_FINAL = ("activated", "cancelled")


async def post_port_request(stack: Stack, request: Request) -> Response:
    """Takes one NPORT record of another provider: a new request, a supplement, or a cancellation."""
    body = await body_of(request)
    record = {str(name): str(value) for name, value in body.items() if isinstance(value, str | int)}
    try:
        with stack.db.begin() as tx:
            port = _taken(stack, tx, record)
    except Refusal as refusal:
        return JSONResponse({"code": refusal.code, "reason": refusal.text, "text": refusal.text}, 422)
    return JSONResponse({"entityType": "npg_port", "entityId": port})


def _taken(stack: Stack, tx: Connection, record: Mapping[str, str]) -> str:
    """The newest version wins; one that is older than what we have is refused."""
    version, row = int(record["version"]), port_by(tx, req_no=record["req_no"])
    if record["onsp"] != OUR_SPID:
        raise Refusal("R102", f"the old provider is {record['onsp']}, not {OUR_SPID}")
    if row is not None and version <= row["version"]:
        raise Refusal("R108", f"version {version:02d} is not newer than {row['version']:02d}, which we have")
    if row is not None and row["status"] in _FINAL:
        raise Refusal("R110", f"a port that is {row['status']} takes no further version")
    if row is None and record["action"] != "N":
        deed = "cancel" if record["action"] == "C" else "supplement"
        raise Refusal("R105", f"there is no request {record['req_no']} to {deed}")
    values: Document = {
        "version": version, "status": "cancelled" if record["action"] == "C" else "requested",
        "account_number": record.get("account_no", ""), "pin": record.get("pin", ""),
        "due_at": iso(record["ddd_t"]), "response_type": None, "reason_code": None,
    }  # fmt: skip
    if row is None:
        identity = stack.ids.new("PORT")
        fixed = {"direction": "out", "tn": record["tn"], "nnsp": record["nnsp"], "onsp": OUR_SPID}
        correlation = CORRELATION.get() or stack.ids.new("CORR")
        number = {"id": identity, "req_no": record["req_no"], "correlation_id": correlation}
        tx.execute(insert(NPG_PORT).values(**number, **fixed, **values))
    else:
        identity = str(row["id"])
        change(stack, tx, identity, values)
    kept = {name: record.get(name, "") for name in _KEPT}
    set_values(tx, identity, {**kept, "receivedAt": stack.clock.stamp()})
    return identity


def left(stack: Stack, tx: Connection, tn: str, sv_id: str) -> None:
    """NPAC has the number active with another provider: the port that was confirmed is done."""
    row = port_by(tx, tn=tn, direction="out")
    if row is not None and row["status"] in ("confirmed", "svPending"):
        done: Document = {"status": "activated", "activated_at": stack.clock.stamp(), "sv_id": sv_id}
        change(stack, tx, row["id"], done)


async def start(stack: Stack) -> None:
    """Begins to answer requests, and to end the lines whose numbers have left."""
    patience = Patience(stack.pace(_PAUSE_S))
    seen: dict[str, float] = {}

    async def port_outs() -> None:
        for row, values in _open(stack):
            key = f"{row['id']}-{row['version']}-{row['status']}"
            first = seen.setdefault(key, asyncio.get_running_loop().time())
            waited = asyncio.get_running_loop().time() - first >= stack.pace(_ANSWER_S)
            late = stack.clock.now() - moment_of(values["receivedAt"]) >= _ANSWER_WITHIN
            if patience.ready(row["id"]) and (row["status"] == "activated" or waited or late):
                await _work(stack, row, values, patience, late=late)

    stack.every(_TURN_S, port_outs)


def _open(stack: Stack) -> list[tuple[RowMapping, dict[str, str]]]:
    """Requests without our answer to their version, and departures without an order that ends the line."""
    columns = NPG_PORT.c
    mine = select(NPG_PORT).where(columns.direction == "out", columns.status.in_(("requested", "activated")))
    with stack.db.begin() as tx:
        rows = tx.execute(mine.order_by(columns.req_no)).mappings().all()
        found = [(row, values_of(tx, row["id"])) for row in rows]
    return [(row, values) for row, values in found if (row["status"] == "requested" or "orderId" not in values)]


async def _work(stack: Stack, row: RowMapping, values: Mapping[str, str], patience: Patience, *, late: bool) -> None:
    CORRELATION.set(row["correlation_id"])
    step = _answer if row["status"] == "requested" else _end_line
    try:
        await step(stack, row, values)
    except (SystemDown, CallRefused) as problem:
        patience.later(row["id"])
        code = "NP-OUT-LATE" if late else "NP-OUT-REFUSED"
        if late or isinstance(problem, CallRefused):
            await report(stack, system="portability", order=row["id"], code=code, detail=problem)


async def _answer(stack: Stack, row: RowMapping, values: Mapping[str, str]) -> None:
    """Sends NPRESP: confirmed, or what has to be resolved."""
    asked = dict(values) | {"account_no": row["account_number"] or "", "pin": row["pin"] or ""}
    line = await line_of(stack, row["tn"])
    reason = refusal_of(line, asked, is_pending=_is_pending(stack, row))
    kind = "R" if reason else "C"
    with stack.db.begin() as tx:
        is_numbered = values.get("respVersion") == str(row["version"])
        number = values["respNo"] if is_numbered else _response_number(stack)
        set_values(tx, row["id"], {"respNo": number, "respVersion": str(row["version"])})
    record = {
        "req_no": row["req_no"],
        "version": row["version"],
        "resp_no": number,
        "response_type": kind,
        "reason_code": reason,
        "cd_tsent": stack.clock.stamp(),
        "due": stamp14(row["due_at"]) if kind == "C" else "",
        "tn": row["tn"],
        "onsp": row["onsp"],
        "nnsp": row["nnsp"],
    }
    body: Document = {"partner": "clearing-house", "feed": "NPRESP", "key": number, "record": record}
    body["correlation"] = row["correlation_id"]
    (await stack.http.post("gateway", "/gateway/v1/outbound", json=body)).need()
    status = "resolutionRequired" if reason else "confirmed"
    answered: Document = {"status": status, "response_type": kind, "reason_code": reason or None}
    if not reason:
        answered["confirmed_at"] = stack.clock.stamp()
    with stack.db.begin() as tx:
        now = port_by(tx, id=row["id"])
        if now is not None and now["version"] == row["version"] and now["status"] == "requested":
            set_values(tx, row["id"], {"productId": line.product, "customerId": line.customer})
            change(stack, tx, row["id"], answered)


def _response_number(stack: Stack) -> str:
    """Our SPID and 12 digits: milliseconds, which never go back."""
    last = stack.state.get("portability.response")
    moment = int(stack.clock.now().timestamp() * 1000) % 10**12
    number = max(moment, (last if isinstance(last, int) else 0) + 1)
    stack.state["portability.response"] = number
    return f"{OUR_SPID}{number:012d}"


def _is_pending(stack: Stack, row: RowMapping) -> bool:
    """Whether another provider has a confirmed request for the same number."""
    columns = NPG_PORT.c
    others = (columns.tn == row["tn"], columns.direction == "out", columns.id != row["id"])
    confirmed = select(func.count()).select_from(NPG_PORT).where(*others, columns.status == "confirmed")
    with stack.db.begin() as tx:
        return bool(tx.execute(confirmed).scalar())


async def _end_line(stack: Stack, row: RowMapping, values: Mapping[str, str]) -> None:
    """Orders the end of the line that had the number."""
    told = [{"name": "portOut", "value": "true"}, {"name": "newSpid", "value": row["nnsp"]}]
    product = {"id": values["productId"], "productCharacteristic": told}
    body = {
        "externalId": f"PORT-OUT-{row['req_no']}",
        "description": f"Number {row['tn']} went to {row['nnsp']}",
        "relatedParty": [{"id": values["customerId"], "role": "customer", "@referredType": "Customer"}],
        "productOrderItem": [{"id": "1", "action": "delete", "product": product}],
    }
    order = (await stack.http.post("ordering", _ORDERS, json=body)).document()
    with stack.db.begin() as tx:
        set_values(tx, row["id"], {"orderId": text(order, "id")})
        change(stack, tx, row["id"], {"order_item_id": text(order, "productOrderItem.0.orderItemId") or None})
