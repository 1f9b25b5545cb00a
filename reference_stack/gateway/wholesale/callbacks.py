"""HTTP call-backs of the supplier: the envelope is judged at once, business errors are answered later in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import RowMapping, select, update
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.gateway.outbound import enqueue
from ringback.reference_stack.gateway.partners import WHOLESALE_ACCESS
from ringback.reference_stack.gateway.preparation import Prepared
from ringback.reference_stack.gateway.wholesale.messages import Outcome, answer_of, settle
from ringback.reference_stack.gateway.wholesale.orders import list_messages, list_orders, post_order, show_order
from ringback.reference_stack.gateway.wholesale.progress import empty_fields, envelope_faults
from ringback.reference_stack.gateway.wholesale.records import MESSAGES, ORDERS, add_message, message_row
from ringback.reference_stack.kernel.bodies import body_of
from ringback.reference_stack.kernel.errors import invalid, missing
from ringback.reference_stack.kernel.system import route
from ringback.reference_stack.systems.fallout_report import report

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_SETTLE_S = 0.1
_WATCH_S = 1.0
_HTTP = "http"


async def post_message(stack: Stack, request: Request) -> Response:
    """Takes a message in: 202 for whatever can be delivered; a re-delivery is answered like the first time."""
    message = await body_of(request)
    faults = list(envelope_faults(message))
    faults += empty_fields(message) if stack.defects.on("D08") else ()
    if faults:
        raise invalid("; ".join(faults), "a message needs its id and the entity it is about")
    with stack.db.begin() as tx:
        known = message_row(tx, str(message["id"]))
        if known is None:
            add_message(stack, tx, message, _HTTP)
    if known is not None and known["status"] != "received":
        _answer(stack, known, Outcome("DUPLICATE", known["order_id"] or ""))
    return JSONResponse({"id": message["id"], "status": "accepted for processing"}, 202)


async def show_message(stack: Stack, request: Request) -> Response:
    """What became of a message."""
    identity = request.path_params["id"]
    with stack.db.begin() as tx:
        row = message_row(tx, identity)
    if row is None:
        raise missing("wholesale message", identity)
    names = ("id", "order_id", "seq_no", "status", "channel", "code", "said", "received_at")
    return JSONResponse({name: row[name] for name in names})


def _answer(stack: Stack, row: RowMapping, outcome: Outcome) -> None:
    """Queues the business answer; a message that was held is answered again when its turn has come."""
    fields = answer_of(row, outcome)
    key = f"{row['id']}-{outcome.result}"
    enqueue(stack, WHOLESALE_ACCESS.id, "KCIRSP", Prepared(key, key, outcome.order, fields, ()), "")


async def start(stack: Stack) -> None:
    """Begins to decide on delivered messages and to watch for orders on which the supplier is silent."""

    async def wholesale_messages() -> None:
        columns = MESSAGES.c
        new = select(MESSAGES).where(columns.status == "received", columns.channel == _HTTP)
        with stack.db.begin() as tx:
            rows = tx.execute(new.order_by(columns.received_at, columns.seq_no)).mappings().all()
        for row in rows:
            outcome = await settle(stack, row)
            _answer(stack, row, outcome)
            for identity in outcome.released:
                with stack.db.begin() as tx:
                    held = message_row(tx, identity)
                if held is not None and held["channel"] == _HTTP:
                    refused = held["status"] == "refused"
                    result = "REJECTED" if refused else "ACCEPTED"
                    _answer(stack, held, Outcome(result, outcome.order, held["code"] or "", held["said"] or ""))

    async def wholesale_silence() -> None:
        columns = ORDERS.c
        silent = select(ORDERS).where(columns.due_at <= stack.clock.stamp()).order_by(columns.id)
        with stack.db.begin() as tx:
            rows = tx.execute(silent).mappings().all()
        for row in rows:
            waits = row["status"] == "SENT_TO_SUPPLIER"
            code = "WHS-ACK-LATE" if waits else "WHS-GAP"
            said = "has not acknowledged the order" if waits else f"has not sent message {row['last_seq'] + 1}"
            detail = f"the supplier {said} {row['id']} in time"
            await report(stack, system="gateway", order=str(row["order_id"] or row["id"]), code=code, detail=detail)
            with stack.db.begin() as tx:
                tx.execute(update(ORDERS).where(columns.id == row["id"]).values(due_at=None))

    stack.every(_SETTLE_S, wholesale_messages)
    stack.every(_WATCH_S, wholesale_silence)


ROUTES = (
    route("POST", "/wholesale-orders", post_order),
    route("GET", "/wholesale-orders", list_orders),
    route("GET", "/wholesale-orders/{id}", show_order),
    route("GET", "/wholesale-orders/{id}/messages", list_messages),
    route("POST", "/wholesale-messages", post_message),
    route("GET", "/wholesale-messages/{id}", show_message),
)
