"""Service order management (TMF641): one product order becomes services, and their resources are ordered."""

from ringback.reference_stack.kernel.system import System

SYSTEM = System(id="service-ordering", prefix="som_", base="/tmf-api/serviceOrdering/v4")
