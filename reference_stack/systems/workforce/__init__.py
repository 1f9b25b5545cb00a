"""Workforce: appointments (TMF646), work orders (TMF697), and the field force that does the work."""

from ringback.reference_stack.kernel.system import System, route
from ringback.reference_stack.systems.workforce.appointments import APPOINTMENT
from ringback.reference_stack.systems.workforce.cancellation import CANCEL
from ringback.reference_stack.systems.workforce.close_outs import close_out
from ringback.reference_stack.systems.workforce.time_slots import SEARCH
from ringback.reference_stack.systems.workforce.watch import on_product_order, on_shipment, start
from ringback.reference_stack.systems.workforce.work_orders import BASE, WORK_ORDER

SYSTEM = System(
    id="workforce",
    prefix="wfm_",
    base=BASE,
    routes=(route("POST", "/workforce/v1/close-outs", close_out),),
    resources=(APPOINTMENT, SEARCH, WORK_ORDER, CANCEL),
    listeners={
        "ShipmentStateChangeEvent": on_shipment,
        "ProductOrderCreateEvent": on_product_order,
        "ProductOrderStateChangeEvent": on_product_order,
    },
    start=start,
)
