"""The catalogue (TMF620, 633, 634, promotions as TMF671): what is on sale, its price, and what it is made of."""

from ringback.reference_stack.kernel.system import System, route
from ringback.reference_stack.systems.catalogue.answers import characteristics, decomposition
from ringback.reference_stack.systems.catalogue.offerings import OFFERING
from ringback.reference_stack.systems.catalogue.parts import PARTS, SPECIFICATION
from ringback.reference_stack.systems.catalogue.prices import PRICE
from ringback.reference_stack.systems.catalogue.promotions import PROMOTION
from ringback.reference_stack.systems.catalogue.words import BASE

SYSTEM = System(
    id="catalogue",
    prefix="cat_",
    base=BASE,
    resources=(OFFERING, PRICE, SPECIFICATION, *PARTS, PROMOTION),
    routes=(
        route("GET", "/catalogue/v1/decomposition", decomposition),
        route("GET", "/catalogue/v1/offerings/{id}/characteristics", characteristics),
    ),
)
