"""The operator's API: status, clock, defects, lost deliveries, systems that stop and start."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.clock import seconds_of
from ringback.reference_stack.defects import DEFECTS, UnknownDefect
from ringback.reference_stack.kernel.bodies import body_of
from ringback.reference_stack.kernel.errors import TmfError, invalid, missing
from ringback.reference_stack.kernel.system import System, route
from ringback.reference_stack.systems.clock import show_clock

if TYPE_CHECKING:
    from ringback.reference_stack.gateway.sftp_server import SftpService
    from ringback.reference_stack.stack import Stack


async def status(stack: Stack, _request: Request) -> Response:
    """Which systems run, with how many workers, and which defects are on."""
    systems = {name: "stopped" if name in stack.stopped else "running" for name in stack.systems}
    workers = {name: stack.workers[name] for name in stack.systems if stack.workers[name]}
    shown = {"pid": os.getpid(), "systems": systems, "workers": workers, "defects": list(stack.defects.active)}
    return JSONResponse(shown)


async def advance_clock(stack: Stack, request: Request) -> Response:
    """Moves the clock forward by ``{"advance": "4h"}``."""
    body = await body_of(request)
    try:
        stack.clock.advance(seconds_of(str(body.get("advance", ""))))
    except ValueError as error:
        raise invalid(str(error)) from error
    stack.remember("clock.offset_s", str(stack.clock.offset_s))
    return await show_clock(stack, request)


async def list_defects(stack: Stack, _request: Request) -> Response:
    """The table of switchable defects."""
    return JSONResponse(
        [
            {
                "id": found.id,
                "system": found.system,
                "antiPattern": found.anti_pattern or None,
                "description": found.description,
                "on": stack.defects.on(found.id),
            }
            for found in DEFECTS.values()
        ]
    )


async def switch_defect(stack: Stack, request: Request) -> Response:
    """PUT switches a defect on, DELETE off."""
    try:
        stack.defects.switch(request.path_params["id"], on=request.method == "PUT")
    except UnknownDefect as error:
        raise TmfError(404, "notFound", str(error)) from error
    return JSONResponse({"defects": list(stack.defects.active)})


async def drop_delivery(stack: Stack, request: Request) -> Response:
    """Loses the next deliveries of ``{"eventType", "subscriber", "count", "correlationId"?}`` for ever."""
    body = await body_of(request)
    event_type, subscriber = str(body.get("eventType", "")), str(body.get("subscriber", ""))
    count = body.get("count", 1)
    if subscriber not in stack.systems or event_type not in stack.systems[subscriber].listeners:
        raise invalid(f"{subscriber!r} does not listen to {event_type!r}", _subscriptions(stack))
    if not isinstance(count, int) or count < 1:
        raise invalid(f"count is {count!r}", "give a whole number from 1")
    correlation = body.get("correlationId")
    stack.events.lose(event_type, subscriber, count, None if correlation is None else str(correlation))
    wish = {"eventType": event_type, "subscriber": subscriber, "count": count, "correlationId": correlation}
    return JSONResponse(wish, 201)


def _subscriptions(stack: Stack) -> str:
    known = {f"{event_type} -> {system.id}" for system in stack.systems.values() for event_type in system.listeners}
    return "known deliveries: " + ", ".join(sorted(known))


async def limit_rate(stack: Stack, request: Request) -> Response:
    """PUT ``{"perSecond": 5}`` limits what clients may ask of a system; DELETE takes the limit away."""
    name = _known(stack, request)
    per_second = (await body_of(request)).get("perSecond") if request.method == "PUT" else None
    if request.method == "DELETE":
        stack.limits.limit(name, None)
    elif isinstance(per_second, int | float) and per_second > 0:
        stack.limits.limit(name, per_second)
    else:
        raise invalid(f"perSecond is {per_second!r}", "give a number above 0")
    return JSONResponse(stack.limits.shown())


async def stop_system(stack: Stack, request: Request) -> Response:
    """From now on the system answers 503 to everything and its workers rest."""
    name = _known(stack, request)
    stack.stopped.add(name)
    return JSONResponse({"system": name, "state": "stopped"})


async def start_system(stack: Stack, request: Request) -> Response:
    """The system answers again."""
    name = _known(stack, request)
    stack.stopped.discard(name)
    return JSONResponse({"system": name, "state": "running"})


def _known(stack: Stack, request: Request) -> str:
    name = str(request.path_params["system"])
    if name not in stack.systems or name == "admin":
        raise missing(f"system that can be stopped (there are {', '.join(stack.systems)})", name)
    return name


async def stop_sftp(stack: Stack, _request: Request) -> Response:
    """The SFTP server refuses connections from now on."""
    await _sftp(stack).stop()
    return JSONResponse({"sftp": "stopped"})


async def start_sftp(stack: Stack, _request: Request) -> Response:
    """The SFTP server answers again on its port."""
    await _sftp(stack).start()
    return JSONResponse({"sftp": "running"})


def _sftp(stack: Stack) -> SftpService:
    if stack.sftp is None:
        raise missing("running part", "sftp")
    return stack.sftp


SYSTEM = System(
    id="admin",
    prefix="stk_",
    base="/admin",
    auth="admin",
    routes=(
        route("GET", "/status", status),
        route("GET", "/clock", show_clock),
        route("POST", "/clock", advance_clock),
        route("GET", "/defects", list_defects),
        route("PUT", "/defects/{id}", switch_defect),
        route("DELETE", "/defects/{id}", switch_defect),
        route("POST", "/drop-delivery", drop_delivery),
        route("POST", "/systems/{system}/stop", stop_system),
        route("POST", "/systems/{system}/start", start_system),
        route("PUT", "/rate-limits/{system}", limit_rate),
        route("DELETE", "/rate-limits/{system}", limit_rate),
        route("POST", "/sftp/stop", stop_sftp),
        route("POST", "/sftp/start", start_sftp),
    ),
)
