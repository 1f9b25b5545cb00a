"""Activation: the TMF640 front of the controllers; a configuration is completed only when the network was read back."""

from ringback.reference_stack.kernel.system import System, route
from ringback.reference_stack.systems.activation.tasks import BASE, create, get_monitor, get_service
from ringback.reference_stack.systems.activation.work import start

SYSTEM = System(
    id="activation",
    prefix="act_",
    base=BASE,
    routes=(
        route("POST", "/service", create),
        route("GET", "/service/{id}", get_service),
        route("GET", "/monitor/{id}", get_monitor),
    ),
    start=start,
)
