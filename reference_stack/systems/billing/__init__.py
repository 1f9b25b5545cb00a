"""Billing (TMF678): charges from products, instalment plans, credits and bills on demand."""

from ringback.reference_stack.kernel.system import System, route
from ringback.reference_stack.systems.billing.bills import start
from ringback.reference_stack.systems.billing.charging import on_product, on_shipment
from ringback.reference_stack.systems.billing.documents import BASE, BILL, RATE, REQUEST, installments

SYSTEM = System(
    id="billing",
    prefix="bil_",
    base=BASE,
    routes=(route("GET", "/billing/v1/installments", installments),),
    resources=(BILL, REQUEST, RATE),
    listeners={"ProductStateChangeEvent": on_product, "ShipmentStateChangeEvent": on_shipment},
    start=start,
)
