"""Resource order management (TMF652): reserves resources and lets each controller provide its part, in order."""

from dataclasses import replace

from ringback.reference_stack.kernel.system import System
from ringback.reference_stack.systems.resource_ordering.cancellation import CANCEL
from ringback.reference_stack.systems.resource_ordering.delivered import DELIVERED, listener
from ringback.reference_stack.systems.resource_ordering.fulfilment import on_monitor_change, start
from ringback.reference_stack.systems.resource_ordering.records import BASE, RESOURCE
from ringback.reference_stack.systems.resource_ordering.steering import steer

_STEERED = replace(RESOURCE, before_patch=steer, not_patchable=("id", "href", "orderDate"), mergeable=("orderItem",))

SYSTEM = System(
    id="resource-ordering",
    prefix="rom_",
    base=BASE,
    resources=(_STEERED, CANCEL),
    listeners={"MonitorStateChangeEvent": on_monitor_change} | {row.event: listener(row) for row in DELIVERED},
    start=start,
)
