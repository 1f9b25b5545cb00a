"""The bill viewer, and disputes: a line is led back to what it bills before anybody decides."""

from __future__ import annotations

from starlette.responses import Response

from ringback.reference_stack.care import desk
from ringback.reference_stack.care.console import Failure, Trail, Visit, refusal
from ringback.reference_stack.care.customer_pages import CUSTOMERS
from ringback.reference_stack.care.documents import Document, record, text
from ringback.reference_stack.care.words import pill, spaced
from ringback.reference_stack.kernel.errors import CallRefused


async def bill(visit: Visit) -> Response:
    """One bill."""
    found, trouble = await desk.bill(visit.stack, visit.path("id"))
    customer_id = visit.query("customer") or found.customer_id
    trail = (*_owner(customer_id), (f"Bill {found.number}", ""))
    return visit.show(
        "bill.html", trail=trail, section="customers", bill=found, rates_trouble=trouble, customer_id=customer_id
    )


async def dispute_form(visit: Visit) -> Response:
    """What a rep says about a line that the customer does not accept."""
    return await _dispute_form(visit)


async def dispute(visit: Visit) -> Response:
    """Opens the dispute and shows where it leads."""
    reason = (await visit.typed()).get("reason", "")
    if not reason:
        return await _dispute_form(visit, problem="Say what is wrong, in the customer's words.")
    body = {"lineId": visit.path("line"), "reason": reason}
    try:
        opened = (await visit.stack.http.post("billing", "/billing/v1/disputes", json=body)).document()
    except CallRefused as refused:
        return await _dispute_form(visit, reason, failure=Failure("The dispute was not opened.", refusal(refused)))
    return visit.go(f"/disputes/{text(opened.get('id'))}?customer={visit.query('customer')}")


async def show_dispute(visit: Visit) -> Response:
    """One dispute with what its line bills."""
    found = (await visit.stack.http.get("billing", f"/billing/v1/disputes/{visit.path('id')}")).document()
    bill_id = text(found.get("billId"))
    trail = (
        *_owner(visit.query("customer")),
        (f"Bill {bill_id}", f"/care/bills/{bill_id}?customer={visit.query('customer')}"),
        (f"Dispute {text(found.get('id'))}", ""),
    )
    state = pill(found.get("state"))
    return visit.show(
        "dispute.html", trail=trail, section="customers", dispute=found, state=state, origin=_origin(found)
    )


def _origin(found: Document) -> list[tuple[str, str]]:
    """What the line bills, in words."""
    return [(spaced(name), text(value)) for name, value in record(found.get("origin")).items()]


def _owner(customer_id: str) -> Trail:
    return (*CUSTOMERS, (customer_id, f"/care/customers/{customer_id}")) if customer_id else CUSTOMERS


async def _dispute_form(
    visit: Visit, reason: str = "", *, problem: str = "", failure: Failure | None = None
) -> Response:
    found, _ = await desk.bill(visit.stack, visit.path("id"))
    line = next((line for line in found.lines if line.id == visit.path("line")), None)
    if line is None:
        return visit.say("Not found", "The bill has no such line.", 404)
    customer_id = visit.query("customer") or found.customer_id
    back = f"/care/bills/{found.id}?customer={customer_id}"
    return visit.show(
        "dispute_form.html",
        status=422 if problem else 409 if failure else 200,
        trail=(*_owner(customer_id), (f"Bill {found.number}", back), ("Dispute", "")),
        section="customers",
        failure=failure,
        bill=found,
        line=line,
        back=back,
        customer_id=customer_id,
        reason=reason,
        problems={"reason": problem} if problem else {},
    )
