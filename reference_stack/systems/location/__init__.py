"""Location: addresses and their validation (TMF673), the street guide, and the answers of the address registry."""

from ringback.reference_stack.kernel.system import System, route
from ringback.reference_stack.systems.location.addresses import ADDRESS, BASE, list_units, show_unit
from ringback.reference_stack.systems.location.answers import post_answer, post_request, start
from ringback.reference_stack.systems.location.footprint import show_footprint
from ringback.reference_stack.systems.location.street_guide import look_up, post_rows
from ringback.reference_stack.systems.location.validation import VALIDATION

_UNITS = f"{BASE}/geographicAddress/{{id}}/geographicSubAddress"

SYSTEM = System(
    id="location",
    prefix="loc_",
    base=BASE,
    routes=(
        route("GET", _UNITS, list_units),
        route("GET", f"{_UNITS}/{{unit}}", show_unit),
        route("POST", "/location/v1/msag", post_rows),
        route("GET", "/location/v1/msag", look_up),
        route("GET", "/location/v1/footprint", show_footprint),
        route("POST", "/location/v1/validation-requests", post_request),
        route("POST", "/location/v1/validations", post_answer),
    ),
    resources=(ADDRESS, VALIDATION),
    start=start,
)
