"""The order page, its cancellation, and the correction of a port that the previous provider cannot confirm."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from starlette.responses import Response

from ringback.reference_stack.care import appointments, desk
from ringback.reference_stack.care.appointments import Appointment
from ringback.reference_stack.care.console import Failure, Visit, refusal, system_name
from ringback.reference_stack.care.customer_pages import CUSTOMERS
from ringback.reference_stack.care.desk import Section, section
from ringback.reference_stack.care.documents import text
from ringback.reference_stack.care.fallout_view import of_orders
from ringback.reference_stack.care.forms import Problems, correction_problems
from ringback.reference_stack.care.order_view import EsimProfile, Order, Port
from ringback.reference_stack.kernel.errors import CallRefused, SystemDown

NOTICES = {
    "submitted": "The order was submitted. Give the customer the order number.",
    "cancelling": "The cancellation was asked for. Refresh the page to see whether the order can still be taken back.",
    "moved": "The appointment was moved.",
    "resubmitted": "The corrected port request was sent to the previous provider.",
}


@dataclass(frozen=True, slots=True)
class Correction:
    """What a rep typed to correct a port; an empty value stays as it was."""

    account_number: str = ""
    pin: str = ""

    def document(self) -> dict[str, str]:
        """The correction as the order system takes it."""
        named = {"accountNumber": self.account_number, "pin": self.pin}
        return {name: value for name, value in named.items() if value}


async def order(visit: Visit) -> Response:
    """One order as it stands now in the order system, with what all systems said about it."""
    return await _page(visit)


async def resubmit(visit: Visit) -> Response:
    """Sends the corrected account number or PIN to the previous provider, through the order system."""
    form = await visit.request.form()
    typed = Correction(text(form.get("account_number")).strip(), text(form.get("pin")).strip())
    problems = correction_problems(typed.account_number, typed.pin)
    if problems:
        return await _page(visit, typed, problems=problems)
    path = f"/ordering/v1/orders/{visit.path('id')}/port-correction"
    try:
        (await visit.stack.http.post("ordering", path, json=typed.document())).need()
    except SystemDown as down:
        failure = Failure(f"The {system_name(down.system)} is not answering.", "Nothing was sent. Try Resubmit again.")
        return await _page(visit, typed, failure=failure, status=503)
    except CallRefused as refused:
        return await _page(visit, typed, failure=Failure("The correction was not accepted.", refusal(refused)))
    return visit.go(f"/orders/{visit.path('id')}?notice=resubmitted")


async def cancel(visit: Visit) -> Response:
    """Asks the order system to take the order back; it answers in its own time."""
    reason = (await visit.typed()).get("cancellation_reason", "") or "asked for by the customer"
    body = {"productOrder": {"id": visit.path("id")}, "cancellationReason": reason}
    try:
        (await visit.stack.http.post("ordering", "/cancelProductOrder", json=body)).need()
    except CallRefused as refused:
        return await _page(visit, failure=Failure("The order cannot be cancelled.", refusal(refused)), status=409)
    return visit.go(f"/orders/{visit.path('id')}?notice=cancelling")


async def _page(
    visit: Visit,
    typed: Correction | None = None,
    *,
    problems: Problems | None = None,
    failure: Failure | None = None,
    status: int = 422,
) -> Response:
    """The order page; `status` counts only when something is wrong with a correction."""
    stack, order_id = visit.stack, visit.path("id")
    found, correlation = await desk.order(stack, order_id)
    visits, profiles, cancellation = await asyncio.gather(
        section(appointments.of_orders(stack, [order_id]), ()),
        section(desk.esim_profiles(stack, order_id), ()),
        section(desk.cancellation(stack, order_id), None),
    )
    whom, port, steps, cases = await asyncio.gather(
        section(desk.customer(stack, found.customer_id), None),
        section(desk.port(stack, order_id), None),
        section(desk.timeline(stack, correlation), ()),
        section(desk.cases(stack), ()),
    )
    customer_name = whom.value.name if whom.value else found.customer_id
    owner = (customer_name, f"/care/customers/{found.customer_id}")
    return visit.show(
        "order.html",
        status=status if problems or failure else 200,
        section="customers",
        trail=(*CUSTOMERS, owner, (f"Order {found.number}", "")),
        notice=NOTICES.get(visit.query("notice"), ""),
        failure=failure,
        order=found,
        waits=found.waits or awaited(found, port.value, visits.value, profiles.value),
        customer_name=customer_name,
        correlation=correlation,
        port=port,
        visits=visits,
        profiles=profiles,
        cancellation=cancellation,
        steps=Section(tuple(step for step in steps.value if not step.is_technical), steps.trouble),
        technical=tuple(step for step in steps.value if step.is_technical),
        cases=Section(of_orders(cases.value, [order_id]), cases.trouble),
        typed=typed or Correction(),
        problems=problems or {},
    )


def awaited(order: Order, port: Port | None, visits: Iterable[Appointment], profiles: Iterable[EsimProfile]) -> str:
    """Whom an open order waits for outside, where the order system itself says nothing."""
    if not order.is_open:
        return ""
    told = [f"The previous provider does not release the number: {port.reason}"] if port and port.reason else []
    told += [f"The technician comes {visit.window.local}" for visit in visits if visit.can_move and visit.window]
    told += ["The eSIM profile is not confirmed yet" for profile in profiles if not profile.activation_code]
    return "; ".join(told)
