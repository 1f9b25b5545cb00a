"""The HTTP side of the stack: all systems on one port, each behind the same door."""

from __future__ import annotations

import asyncio
import hmac
import math
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

import uvicorn
from sqlalchemy import bindparam, select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Match
from starlette.routing import Route as HttpRoute

from ringback.reference_stack.kernel.api import ResourceApi
from ringback.reference_stack.kernel.bodies import body_of, is_keepable
from ringback.reference_stack.kernel.context import CORRELATION, SYSTEM
from ringback.reference_stack.kernel.errors import CallRefused, SystemDown, TmfError, TooMany, invalid, missing
from ringback.reference_stack.kernel.http import CALLER
from ringback.reference_stack.kernel.hub import hub_routes
from ringback.reference_stack.kernel.openapi import contract
from ringback.reference_stack.kernel.routing import Directory
from ringback.reference_stack.kernel.system import Handler, Route, System
from ringback.reference_stack.schema import EVT_DELIVERY

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_STATUS = select(EVT_DELIVERY.c.status).where(
    EVT_DELIVERY.c.event_id == bindparam("event"), EVT_DELIVERY.c.subscriber == bindparam("to")
)

_COUNTED = ("client", "care")  # who is subject to a rate limit
_KEEP_ALIVE_S = 60  # systems call each other over kept connections

Endpoint = Callable[[Request], Awaitable[Response]]


def application(stack: Stack) -> Starlette:
    """The ASGI application of all systems."""
    routes = [
        HttpRoute(system.path(route.path), _endpoint(stack, system, route.handler), methods=[route.method])
        for system in stack.systems.values()
        for route in _routes(system)
    ]
    application = Starlette(exception_handlers={404: _unknown_path, 405: _unknown_path, Exception: _broken})
    application.router = Directory(routes)
    return application


def _routes(system: System) -> list[Route]:
    """All routes of a system: its own, its resources', one hub per API and its listeners."""
    bases = dict.fromkeys(resource.base for resource in system.resources)
    return [
        *system.routes,
        *(route for base in bases for route in hub_routes(base)),
        *(Route("GET", f"{base}/openapi.json", _published(contract(base, system.resources))) for base in bases),
        *(route for resource in system.resources for route in ResourceApi(resource).routes()),
        Route("POST", f"/{system.id}/listener/{{event_type}}", _listen(system)),
    ]


def _published(document: dict[str, object]) -> Handler:
    """A contract as its API publishes it."""

    async def publish(_stack: Stack, _request: Request) -> Response:
        return JSONResponse(document)

    return publish


def _endpoint(stack: Stack, system: System, handler: Handler) -> Endpoint:
    """A handler behind the door; errors leave as TM Forum's error body."""

    async def endpoint(request: Request) -> Response:
        try:
            _check_running(stack, system)
            request.state.caller = _caller(stack, system, request)
            request.state.admin = request.state.caller not in ("client", "")
            journey = request.headers.get("x-correlation-id") or stack.ids.new("CORR")
            CORRELATION.set(journey)
            SYSTEM.set(system.id)
            _check_limit(stack, system, request)
            _check_text(request)
            return await handler(stack, request)
        except TooMany as error:
            return JSONResponse(error.body(), error.status, {"Retry-After": str(math.ceil(error.after_s))})
        except TmfError as error:
            headers = {"WWW-Authenticate": "Bearer"} if error.status == HTTPStatus.UNAUTHORIZED else None
            return JSONResponse(error.body(), error.status, headers)
        except (SystemDown, CallRefused) as error:
            stack.log.warning("%s %s: %s", request.method, request.url.path, error)
            body = TmfError(502, "upstream", f"{system.id} could not finish: {error}").body()
            return JSONResponse(body, 502)

    return endpoint


def _check_running(stack: Stack, system: System) -> None:
    if system.id in stack.stopped:
        raise TmfError(503, "stopped", f"system {system.id} is stopped", "start it again through the admin API")


def _check_limit(stack: Stack, system: System, request: Request) -> None:
    """Clients and the care console are counted; what the systems say to each other is not."""
    after_s = stack.limits.refused_for_s(system.id) if request.state.caller in _COUNTED else 0.0
    if after_s:
        raise TooMany(system.id, after_s)


def _check_text(request: Request) -> None:
    """An id of no text names nothing, a query of no text cannot be understood."""
    if not all(is_keepable(value) for value in request.path_params.values()):
        raise missing("resource", "of that kind")
    if not all(is_keepable(value) for pair in request.query_params.multi_items() for value in pair):
        raise invalid("the query has characters that are no text", "leave NUL and the like out")


def _caller(stack: Stack, system: System, request: Request) -> str:
    """Who asks, by the bearer token: a client, an administrator or another system (by its name)."""
    if system.auth in ("none", "own"):
        return ""
    token = request.headers.get("authorization", "").removeprefix("Bearer ").encode()
    names = ("ADMIN_TOKEN", "INTERNAL_TOKEN", "API_TOKEN")
    known = next((name for name in names if hmac.compare_digest(token, stack.secret(name).encode())), "")
    if not known or (system.auth == "admin" and known == "API_TOKEN"):
        raise TmfError(
            401, "unauthorized", "the bearer token is missing or wrong", "send Authorization: Bearer <token>"
        )
    callers = {"ADMIN_TOKEN": "administrator", "API_TOKEN": "client"}
    return callers.get(known) or request.headers.get(CALLER, "administrator")


def _listen(system: System) -> Handler:
    """The listener of a system: acts on an event once, however often it is delivered."""

    async def listen(stack: Stack, request: Request) -> Response:
        event_type = request.path_params["event_type"]
        listener = system.listeners.get(event_type)
        if listener is None:
            raise missing(f"listener of {system.id}", event_type)
        envelope = await body_of(request)
        with stack.db.begin() as tx:
            known = tx.execute(_STATUS, {"event": str(envelope.get("eventId", "")), "to": system.id}).scalar()
        if known != "delivered":
            CORRELATION.set(str(envelope.get("correlationId", "")))
            await listener(stack, envelope)
        return Response(status_code=204)

    return listen


async def _unknown_path(request: Request, _error: Exception) -> Response:
    allowed = {method for found in request.app.routes if _fits(found, request) for method in found.methods or ()}
    if not allowed:
        return JSONResponse(TmfError(404, "notFound", f"there is no {request.url.path}").body(), 404)
    verbs = ", ".join(sorted(allowed))
    refused = TmfError(
        405, "methodNotAllowed", f"{request.url.path} does not know {request.method}", f"it knows {verbs}"
    )
    return JSONResponse(refused.body(), 405, {"Allow": verbs})


def _fits(found: BaseRoute, request: Request) -> bool:
    return found.matches(request.scope)[0] is not Match.NONE


async def _broken(request: Request, error: Exception) -> Response:
    """What a caller is told when a system fails inside; the server logs the rest."""
    reason = f"{request.method} {request.url.path} failed inside: {type(error).__name__}"
    return JSONResponse(TmfError(500, "internal", reason, "see the stack's log").body(), 500)


class _DeafServer(uvicorn.Server):
    """A uvicorn server that leaves the signals of the process to the command line."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Captures none."""
        yield


class Server:
    """The HTTP server of a stack on a port of its own.

    Args:
        stack: whose systems answer.
    """

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._socket = socket.create_server(("127.0.0.1", stack.settings.port))
        config = uvicorn.Config(
            application(stack),
            loop="uvloop",
            http="httptools",
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_keep_alive=_KEEP_ALIVE_S,
        )
        self._server = _DeafServer(config)

    @property
    def url(self) -> str:
        """Where the stack answers."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    async def start(self) -> None:
        """Begins to answer."""
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        while not self._server.started:
            if self._task.done():
                self._task.result()
            await asyncio.sleep(0.001)
        self._stack.http.at(self.url)

    async def stop(self) -> None:
        """Stops answering."""
        self._server.should_exit = True
        self._server.force_exit = True
        await self._task
