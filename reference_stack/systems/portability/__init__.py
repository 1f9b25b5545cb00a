"""The number portability gateway: port requests, the partner's answers, the mirror of subscription versions."""

from ringback.reference_stack.kernel.system import System, route
from ringback.reference_stack.systems.portability.answers import post_response, post_subscription_version
from ringback.reference_stack.systems.portability.requests import (
    cancel,
    get_port,
    list_ports,
    post_port,
    providers,
    start,
    supplement,
)

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
        route("POST", "/responses", post_response),
        route("POST", "/subscription-versions", post_subscription_version),
    ),
    start=start,
)
