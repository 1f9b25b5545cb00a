"""The number portability gateway: port requests, the partner's answers, the mirror of subscription versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringback.reference_stack.kernel.system import System, route
from ringback.reference_stack.systems.portability.answers import post_response, post_subscription_version
from ringback.reference_stack.systems.portability.lines import get_line, put_line
from ringback.reference_stack.systems.portability.port_out import post_port_request
from ringback.reference_stack.systems.portability.port_out import start as start_port_out
from ringback.reference_stack.systems.portability.requests import (
    cancel,
    get_port,
    list_ports,
    post_port,
    providers,
    supplement,
)
from ringback.reference_stack.systems.portability.requests import start as start_port_in
from ringback.reference_stack.systems.portability.returned import post_return

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack


async def start(stack: Stack) -> None:
    """Begins to work on numbers that come and numbers that go."""
    await start_port_in(stack)
    await start_port_out(stack)


SYSTEM = System(
    id="portability",
    prefix="npg_",
    base="/portability/v1",
    routes=(
        route("GET", "/providers", providers),
        route("GET", "/ports", list_ports),
        route("POST", "/ports", post_port),
        route("GET", "/ports/{id}", get_port),
        route("POST", "/ports/{id}/supplement", supplement),
        route("POST", "/ports/{id}/cancel", cancel),
        route("GET", "/lines/{tn}", get_line),
        route("PUT", "/lines/{tn}", put_line),
        route("POST", "/port-requests", post_port_request),
        route("POST", "/returns", post_return),
        route("POST", "/responses", post_response),
        route("POST", "/subscription-versions", post_subscription_version),
    ),
    start=start,
)
