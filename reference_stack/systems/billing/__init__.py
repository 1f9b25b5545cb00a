"""Billing and charging (TMF678): charges, plans, credits, bills, and what is adjusted afterwards."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import TYPE_CHECKING

from ringback.reference_stack.kernel.system import System, route
from ringback.reference_stack.systems.billing import adjustments, autopay
from ringback.reference_stack.systems.billing.alerts import send_alerts
from ringback.reference_stack.systems.billing.assurance import list_charges, revenue_assurance
from ringback.reference_stack.systems.billing.balances import ADJUST, BUCKET, HISTORY, TOPUP
from ringback.reference_stack.systems.billing.bills import bills_on_demand
from ringback.reference_stack.systems.billing.charging import on_new_product, on_product, on_work_order
from ringback.reference_stack.systems.billing.documents import BASE, BILL, RATE, REQUEST
from ringback.reference_stack.systems.billing.dunning import dun
from ringback.reference_stack.systems.billing.guiding import on_service
from ringback.reference_stack.systems.billing.passes import end_passes
from ringback.reference_stack.systems.billing.payments import PAYMENT, REFUND
from ringback.reference_stack.systems.billing.payments import step as payment_step
from ringback.reference_stack.systems.billing.plans import installments, on_shipment
from ringback.reference_stack.systems.billing.prepaid import expire_buckets
from ringback.reference_stack.systems.billing.preview import preview
from ringback.reference_stack.systems.billing.runs import bill_cycles, bill_run
from ringback.reference_stack.systems.billing.usage import rate_usage, rerate, take_batch
from ringback.reference_stack.systems.billing.usage_documents import USAGE, USAGE_SPECIFICATION

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

# What somebody waits for is looked for often, what the calendar brings once a second.
_WORKERS = (
    (0.1, bills_on_demand),
    (0.1, rate_usage),
    (0.5, send_alerts),
    (1.0, bill_cycles),
    (1.0, autopay.settle_debits),
    (1.0, dun),
    (1.0, end_passes),
    (1.0, expire_buckets),
)


async def start(stack: Stack) -> None:
    """Begins the workers, each with a turn of its own."""
    for pause, work in _WORKERS:
        stack.every(pause, _turn(stack, work))


def _turn(stack: Stack, work: Callable[[Stack], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    """A worker's turn; it keeps the worker's name, which a fallout case shows."""

    @wraps(work)
    async def turn() -> None:
        await work(stack)

    return turn


SYSTEM = System(
    id="billing",
    prefix="bil_",
    base=BASE,
    routes=(
        route("GET", "/billing/v1/installments", installments),
        route("POST", "/billing/v1/bill-runs", bill_run),
        route("POST", "/billing/v1/previews", preview),
        route("POST", "/billing/v1/adjustments", adjustments.create_adjustment),
        route("GET", "/billing/v1/adjustments", adjustments.list_adjustments),
        route("POST", "/billing/v1/disputes", adjustments.open_dispute),
        route("GET", "/billing/v1/disputes/{id}", adjustments.show_dispute),
        route("PATCH", "/billing/v1/disputes/{id}", adjustments.decide_dispute),
        route("GET", "/billing/v1/suspense", adjustments.suspense),
        route("GET", "/billing/v1/charges", list_charges),
        route("POST", "/billing/v1/usage-batches", take_batch),
        route("GET", "/billing/v1/revenue-assurance", revenue_assurance),
        route("GET", "/billing/v1/accounts/{id}", autopay.show_account),
        route("PATCH", "/billing/v1/accounts/{id}", autopay.change_account),
        route("POST", "/billing/v1/payment-runs", autopay.payment_run),
        route("POST", "/billing/v1/ach-returns", autopay.take_return),
        route("POST", "/billing/v1/payments/{id}/{step}", payment_step),
        route("POST", "/billing/v1/reratings", rerate),
    ),
    resources=(BILL, REQUEST, RATE, USAGE, USAGE_SPECIFICATION, PAYMENT, REFUND, BUCKET, TOPUP, ADJUST, HISTORY),
    listeners={
        "ProductCreateEvent": on_new_product,
        "ProductStateChangeEvent": on_product,
        "ProductAttributeValueChangeEvent": on_product,
        "ShipmentStateChangeEvent": on_shipment,
        "WorkOrderStateChangeEvent": on_work_order,
        "ServiceStateChangeEvent": on_service,
        "ServiceAttributeValueChangeEvent": on_service,
    },
    start=start,
)
