"""The order page, and the correction of a port that the previous provider cannot confirm."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ringback.reference_stack.care import desk
from ringback.reference_stack.care.console import (
    Failure,
    redirect,
    refusal,
    show,
    system_name,
)
from ringback.reference_stack.care.customer_pages import CUSTOMERS
from ringback.reference_stack.care.desk import Section, section
from ringback.reference_stack.care.documents import text
from ringback.reference_stack.care.fallout_view import of_orders
from ringback.reference_stack.care.forms import Problems, correction_problems
from ringback.reference_stack.care.sessions import Session
from ringback.reference_stack.kernel.errors import CallRefused, SystemDown
from starlette.requests import Request
from starlette.responses import Response

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

NOTICES = {
    "submitted": "The order was submitted. Give the customer the order number.",
    "resubmitted": "The corrected port request was sent to the previous provider.",
}
Correction = dict[str, str]
NOTHING_TYPED: Correction = {"account_number": "", "pin": ""}


async def order(stack: Stack, request: Request, session: Session) -> Response:
    """One order as it stands now in the order system, with what all systems said about it."""
    return await _page(
        stack,
        request,
        session,
        notice=NOTICES.get(request.query_params.get("notice", ""), ""),
    )


async def resubmit(stack: Stack, request: Request, session: Session) -> Response:
    """Sends the corrected account number or PIN to the previous provider, through the order system."""
    order_id = request.path_params["id"]
    form = await request.form()
    typed = {name: text(form.get(name)).strip() for name in NOTHING_TYPED}
    problems = correction_problems(typed["account_number"], typed["pin"])
    if problems:
        return await _page(stack, request, session, status=422, typed=typed, problems=problems)
    names = {"account_number": "accountNumber", "pin": "pin"}
    body = {names[name]: value for name, value in typed.items() if value}
    path = f"/ordering/v1/orders/{order_id}/port-correction"
    try:
        (await stack.http.post("ordering", path, json=body)).need()
    except SystemDown as down:
        failure = Failure(
            f"The {system_name(down.system)} is not answering.",
            "Nothing was sent. Try Resubmit again.",
        )
        return await _page(stack, request, session, status=503, typed=typed, failure=failure)
    except CallRefused as refused:
        failure = Failure("The correction was not accepted.", refusal(refused))
        return await _page(stack, request, session, status=422, typed=typed, failure=failure)
    return redirect(f"/orders/{order_id}?notice=resubmitted")


async def _page(
    stack: Stack,
    request: Request,
    session: Session,
    *,
    status: int = 200,
    notice: str = "",
    failure: Failure | None = None,
    typed: Correction | None = None,
    problems: Problems | None = None,
) -> Response:
    order_id = request.path_params["id"]
    found, correlation = await desk.order(stack, order_id)
    port, steps, cases = await asyncio.gather(
        section(desk.port(stack, order_id), None),
        section(desk.timeline(stack, correlation), ()),
        section(desk.cases(stack), ()),
    )
    owner = (
        found.customer_name or found.customer_id,
        f"/care/customers/{found.customer_id}",
    )
    return show(
        stack,
        request,
        session,
        "order.html",
        status=status,
        section="customers",
        trail=(*CUSTOMERS, owner, (f"Order {found.number}", "")),
        notice=notice,
        failure=failure,
        order=found,
        correlation=correlation,
        port=port,
        steps=steps,
        cases=Section(of_orders(cases.value, [order_id]), cases.trouble),
        typed=typed or NOTHING_TYPED,
        problems=problems or {},
    )
