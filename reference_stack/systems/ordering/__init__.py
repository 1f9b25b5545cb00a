"""COM, customer order management (TMF622): the system of record of the product order, and of nothing technical."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ringback.reference_stack.kernel.system import System, route
from ringback.reference_stack.systems.ordering.cancellation import CANCEL, assess
from ringback.reference_stack.systems.ordering.capture import capture
from ringback.reference_stack.systems.ordering.corrections import port_correction
from ringback.reference_stack.systems.ordering.documents import BASE
from ringback.reference_stack.systems.ordering.fulfilment import hand_over
from ringback.reference_stack.systems.ordering.intake import qualify, release
from ringback.reference_stack.systems.ordering.listening import on_credit_decision, on_port_status, on_service_order
from ringback.reference_stack.systems.ordering.migration import install
from ringback.reference_stack.systems.ordering.order import ORDER
from ringback.reference_stack.systems.ordering.progress import note_patch

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_TURN_S = 0.1


async def start(stack: Stack) -> None:
    """Starts COM's workers."""

    async def qualifications() -> None:
        await qualify(stack)

    async def orders() -> None:
        await release(stack)
        await hand_over(stack)

    async def cancellations() -> None:
        await assess(stack)

    stack.every(_TURN_S, qualifications)
    stack.every(_TURN_S, orders)
    stack.every(_TURN_S, cancellations)


SYSTEM = System(
    id="ordering",
    prefix="com_",
    base=BASE,
    resources=(replace(ORDER, create=capture, patched=note_patch), CANCEL),
    routes=(
        route("POST", "/ordering/v1/orders/{id}/port-correction", port_correction),
        route("POST", "/ordering/v1/release", install),
    ),
    listeners={
        "CreditDecisionEvent": on_credit_decision,
        "ServiceOrderStateChangeEvent": on_service_order,
        "PortStatusChangeEvent": on_port_status,
    },
    start=start,
)
