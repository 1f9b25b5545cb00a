"""What a system is to the server: an id, routes, listeners and a start; all of it data."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

if TYPE_CHECKING:
    from ringback.reference_stack.kernel.resource import Resource
    from ringback.reference_stack.stack import Stack

_ROOTS = ("/tmf-api/", "/payment/")  # TMF676 stands beside the others

Handler = Callable[["Stack", Request], Awaitable[Response]]
Listener = Callable[["Stack", dict[str, object]], Awaitable[None]]
Start = Callable[["Stack"], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Route:
    """One path of a system and what answers it."""

    method: str
    path: str
    handler: Handler


def route(method: str, path: str, handler: Handler) -> Route:
    """A route; paths under ``/tmf-api/`` or ``/{system}/`` are whole, others follow the base."""
    return Route(method, path, handler)


@dataclass(frozen=True, slots=True)
class System:
    """One system of the stack.

    Args:
        id: its name in the stack, e.g. ``ordering``.
        prefix: the prefix of the tables it owns.
        base: the path that its own paths follow.
        routes: further paths beside those of its resources.
        resources: its TM Forum resources; their paths come with them.
        listeners: what it does with an event, by event type. They must bear the same event twice.
        start: begins its workers once the server answers.
        auth: ``token`` (the stack checks the bearer token), ``admin``, ``none`` or ``own`` (the system does).
    """

    id: str
    prefix: str
    base: str
    routes: tuple[Route, ...] = ()
    resources: tuple[Resource, ...] = ()
    listeners: Mapping[str, Listener] = field(default_factory=dict)
    start: Start | None = None
    auth: str = "token"

    def path(self, path: str) -> str:
        """The full path of one of the system's own paths."""
        whole = path.startswith((*_ROOTS, f"/{self.id}/")) or path == f"/{self.id}"
        return path if whole else f"{self.base}{path}"
