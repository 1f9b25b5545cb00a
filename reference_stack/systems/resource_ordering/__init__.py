"""Resource order management (TMF652): reserves resources and lets each controller provide its part, in order."""

from ringback.reference_stack.kernel.system import System

SYSTEM = System(id="resource-ordering", prefix="rom_", base="/tmf-api/resourceOrderingManagement/v4")
