"""Moving an appointment: the free windows by the clock at the site, so that a day with 23 or 25 hours is no trap."""

from __future__ import annotations

from starlette.responses import Response

from ringback.reference_stack.care import appointments
from ringback.reference_stack.care.appointments import Appointment
from ringback.reference_stack.care.console import Failure, Visit, refusal
from ringback.reference_stack.care.customer_pages import CUSTOMERS
from ringback.reference_stack.care.forms import Problems
from ringback.reference_stack.kernel.errors import CallRefused


async def show(visit: Visit) -> Response:
    """The present window and those that are free."""
    return await _page(visit, await appointments.one(visit.stack, visit.path("id")))


async def move(visit: Visit) -> Response:
    """Takes another window; the technician may be on the way already, then nothing moves."""
    found = await appointments.one(visit.stack, visit.path("id"))
    wanted = (await visit.typed()).get("slot", "")
    days = await appointments.free(visit.stack, found.address_id)
    chosen = next((window for _, windows in days for window in windows if window.id == wanted), None)
    if chosen is None:
        return await _page(visit, found, problems={"slot": "Choose a window that is still free."})
    try:
        await appointments.move(visit.stack, found.id, chosen)
    except CallRefused as refused:
        return await _page(visit, found, failure=Failure("The appointment was not moved.", refusal(refused)))
    order_id = visit.query("order")
    return visit.go(f"/orders/{order_id}?notice=moved" if order_id else f"/appointments/{found.id}")


async def _page(
    visit: Visit, found: Appointment, *, problems: Problems | None = None, failure: Failure | None = None
) -> Response:
    order_id = visit.query("order") or found.order_id
    order = ((f"Order {order_id}", f"/care/orders/{order_id}"),) if order_id else ()
    return visit.show(
        "appointment.html",
        status=422 if problems else 409 if failure else 200,
        section="customers",
        trail=(*CUSTOMERS, *order, (f"Appointment {found.id}", "")),
        failure=failure,
        found=found,
        order_id=order_id,
        days=await appointments.free(visit.stack, found.address_id) if found.can_move else (),
        problems=problems or {},
    )
