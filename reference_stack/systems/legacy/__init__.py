"""The facade of the old exchange: standard changes in front, its line of text behind, a ticket for each between.

The exchange does twice what it is told twice and cannot be asked; the facade keeps a ticket per request, so that a
request that comes again - or was cut off in the middle - is not carried out again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from sqlalchemy import RowMapping, insert, select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.kernel.bodies import body_of
from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.kernel.errors import invalid, missing
from ringback.reference_stack.kernel.system import System, route
from ringback.reference_stack.schema import LEG_TICKET
from ringback.reference_stack.systems.legacy.exchange import start
from ringback.reference_stack.systems.reading import at, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

Values = Mapping[str, object]
_VERBS = {"add": "ADD", "modify": "MOD", "delete": "DEL"}
_LINES = {"voicemail": "VM", "dsl": "DSL"}


def _mailbox(action: str, values: Values) -> str:
    return ",".join(f"{name}={values[name]}" for name in sorted(values)) if action == "modify" else str(values["imsi"])


def _circuit(_action: str, values: Values) -> str:
    return f"{values['profile']},{values['pvc']}"


_PROFILES: Mapping[str, Callable[[str, Values], str]] = {"voicemail": _mailbox, "dsl": _circuit}


def command_of(action: str, device: str, entry: str, values: Values, *, doubles: bool = False) -> str:
    """The exchange's words for a standard change.

    Args:
        action: add, modify or delete.
        device: voicemail or dsl.
        entry: the number or the port.
        values: what is written.
        doubles: defect D56, a change goes out as if the line were new.
    """
    verb = "ADD" if doubles and action == "modify" else _VERBS[action]
    profile = "" if action == "delete" else f" {_PROFILES[device](action, values)}"
    return f"{verb} {_LINES[device]}-{entry}{profile}"


async def order(stack: Stack, request: Request) -> Response:
    """Takes a standard change in: 202 and its ticket; the same request again is the same ticket."""
    body = await body_of(request)
    action, device, entry, key = (text(body, name) for name in ("action", "device", "entry", "requestId"))
    if action not in _VERBS or device not in _LINES or not entry or not key:
        raise invalid(
            "a change needs requestId, action, device and entry",
            f"actions: {', '.join(_VERBS)}; devices: {', '.join(_LINES)}",
        )
    values = at(body, "values")
    try:
        told = values if isinstance(values, dict) else {}
        command = command_of(action, device, entry, told, doubles=stack.defects.on("D56"))
    except KeyError as error:
        raise invalid(f"a change of {device} needs the value {error.args[0]}") from error
    ticket = {
        "request_id": key, "line": f"{_LINES[device]}-{entry}", "command": command, "state": "queued",
        "device": device, "entry": text(body, "readEntry") or entry, "expected": json.dumps(at(body, "expected") or {}),
        "created_at": stack.clock.stamp(), "correlation_id": CORRELATION.get(),
    }  # fmt: skip
    mine = select(LEG_TICKET).where(LEG_TICKET.c.request_id == key)
    with stack.db.begin() as tx:
        known = tx.execute(mine).mappings().first()
        if known is None:
            tx.execute(insert(LEG_TICKET).values(**ticket))
            known = tx.execute(mine).mappings().one()
    return JSONResponse(_shape(known), 202, {"Location": f"/legacy/v1/tickets/{known['id']}"})


def _shape(row: RowMapping) -> dict[str, object]:
    return {
        "id": str(row["id"]),
        "requestId": row["request_id"],
        "command": row["command"],
        "ticket": row["ticket_no"],
        "state": row["state"],
        "answer": row["answer"],
    }


async def tickets(stack: Stack, request: Request) -> Response:
    """Tickets: those that ``id`` lists, or all that are open."""
    wanted = [int(part) for part in request.query_params.get("id", "").split(",") if part.isdigit()]
    chosen = LEG_TICKET.c.id.in_(wanted) if wanted else LEG_TICKET.c.state.in_(("queued", "sent"))
    with stack.db.begin() as tx:
        rows = tx.execute(select(LEG_TICKET).where(chosen).order_by(LEG_TICKET.c.id)).mappings().all()
    return JSONResponse([_shape(row) for row in rows])


async def ticket(stack: Stack, request: Request) -> Response:
    """One ticket by its id."""
    number = request.path_params["id"]
    with stack.db.begin() as tx:
        mine = select(LEG_TICKET).where(LEG_TICKET.c.id == int(number)) if number.isdigit() else None
        row = tx.execute(mine).mappings().first() if mine is not None else None
    if row is None:
        raise missing("ticket", number)
    return JSONResponse(_shape(row))


SYSTEM = System(
    id="legacy",
    prefix="leg_",
    base="/legacy/v1",
    routes=(
        route("POST", "/orders", order),
        route("GET", "/tickets", tickets),
        route("GET", "/tickets/{id}", ticket),
    ),
    start=start,
)
