"""The controller of virtual functions and network services, after ETSI NFV-SOL 005: instances and their operations.

An operation is accepted with 202 and the place of its occurrence; only the occurrence says whether it was carried out.
"""

from ringback.reference_stack.kernel.system import System, route
from ringback.reference_stack.systems.mano.instances import create, instance, operate
from ringback.reference_stack.systems.mano.operations import occurrence, occurrences, start

_INSTANCES = "/nslcm/v1/ns_instances"
_OCCURRENCES = "/nslcm/v1/ns_lcm_op_occs"
SYSTEM = System(
    id="mano",
    prefix="mano_",
    base="/mano",
    routes=(
        route("POST", _INSTANCES, create),
        route("GET", f"{_INSTANCES}/{{id}}", instance),
        route("POST", f"{_INSTANCES}/{{id}}/{{operation}}", operate),
        route("GET", _OCCURRENCES, occurrences),
        route("GET", f"{_OCCURRENCES}/{{id}}", occurrence),
    ),
    start=start,
)
