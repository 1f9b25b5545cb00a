"""Service qualification (TMF645): what can be built at an address, checked for an order or asked in general."""

from ringback.reference_stack.kernel.system import System
from ringback.reference_stack.systems.qualification.check import CHECK
from ringback.reference_stack.systems.qualification.query import QUERY
from ringback.reference_stack.systems.qualification.reach import BASE

SYSTEM = System(id="qualification", prefix="loc_", base=BASE, resources=(CHECK, QUERY))
