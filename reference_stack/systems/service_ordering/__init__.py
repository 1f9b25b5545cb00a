"""Service order management (TMF641): one product order becomes services, and their resources are ordered."""

from dataclasses import replace

from ringback.reference_stack.kernel.system import System
from ringback.reference_stack.systems.service_ordering.cancellation import CANCEL
from ringback.reference_stack.systems.service_ordering.fulfilment import start
from ringback.reference_stack.systems.service_ordering.progress import on_resource_order_change
from ringback.reference_stack.systems.service_ordering.records import BASE, RESOURCE
from ringback.reference_stack.systems.service_ordering.steering import steer

_STEERED = replace(
    RESOURCE, before_patch=steer, not_patchable=("id", "href", "orderDate"), mergeable=("serviceOrderItem",)
)

SYSTEM = System(
    id="service-ordering",
    prefix="som_",
    base=BASE,
    resources=(_STEERED, CANCEL),
    listeners={
        "ResourceOrderStateChangeEvent": on_resource_order_change,
        "ResourceOrderAttributeValueChangeEvent": on_resource_order_change,
    },
    start=start,
)
