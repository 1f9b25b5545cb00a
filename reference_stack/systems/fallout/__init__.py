"""The one operational queue of production fallout, and the timers that feed it."""

from ringback.reference_stack.kernel.system import System, route
from ringback.reference_stack.systems.fallout.queue import get_case, list_cases, patch_case, post_case
from ringback.reference_stack.systems.fallout.watch import (
    on_port,
    on_product,
    on_product_order,
    on_shipment,
    on_ticket,
    start,
)

SYSTEM = System(
    id="fallout",
    prefix="flt_",
    base="/fallout/v1",
    routes=(
        route("GET", "/cases", list_cases),
        route("POST", "/cases", post_case),
        route("GET", "/cases/{id}", get_case),
        route("PATCH", "/cases/{id}", patch_case),
    ),
    listeners={
        "ProductOrderCreateEvent": on_product_order,
        "ProductOrderStateChangeEvent": on_product_order,
        "PortStatusChangeEvent": on_port,
        "ShipmentStateChangeEvent": on_shipment,
        "ProductStateChangeEvent": on_product,
        "TroubleTicketCreateEvent": on_ticket,
    },
    start=start,
)
