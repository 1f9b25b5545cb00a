"""The systems of the stack, one module each, in the order of the journey."""

from importlib import import_module
from importlib.util import find_spec

from ringback.reference_stack.kernel.system import System

_HERE = "ringback.reference_stack.systems"
_MODULES = (
    f"{_HERE}.admin",
    f"{_HERE}.clock",
    f"{_HERE}.crm",
    f"{_HERE}.location",
    f"{_HERE}.qualification",
    f"{_HERE}.offering_qualification",
    f"{_HERE}.catalogue",
    f"{_HERE}.pricing",
    f"{_HERE}.quotes",
    f"{_HERE}.ordering",
    f"{_HERE}.product_inventory",
    f"{_HERE}.campaign",
    f"{_HERE}.credit",
    f"{_HERE}.accounts",
    f"{_HERE}.exports",
    f"{_HERE}.event_log",
    f"{_HERE}.service_ordering",
    f"{_HERE}.resource_ordering",
    f"{_HERE}.service_inventory",
    f"{_HERE}.resource_inventory",
    f"{_HERE}.activation",
    f"{_HERE}.nso",
    f"{_HERE}.mano",
    f"{_HERE}.legacy",
    f"{_HERE}.network",
    f"{_HERE}.portability",
    f"{_HERE}.billing",
    f"{_HERE}.assurance",
    f"{_HERE}.fallout",
    f"{_HERE}.logistics",
    f"{_HERE}.workforce",
    "ringback.reference_stack.gateway.system",
    "ringback.reference_stack.care",
)


def all_systems() -> dict[str, System]:
    """Every system by its id."""
    modules = [import_module(name) for name in _MODULES if find_spec(name) is not None]
    found: list[System] = [module.SYSTEM for module in modules if hasattr(module, "SYSTEM")]
    return {system.id: system for system in found}
