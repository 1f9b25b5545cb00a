"""Customer search, customer 360, bill viewer and fallout queue."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from ringback.reference_stack.care import desk
from ringback.reference_stack.care.console import Trail, redirect, shelf, show
from ringback.reference_stack.care.customer_view import Customer
from ringback.reference_stack.care.desk import Section, section
from ringback.reference_stack.care.documents import ref_id
from ringback.reference_stack.care.fallout_view import of_orders
from ringback.reference_stack.care.sessions import Session
from starlette.requests import Request
from starlette.responses import Response

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

CUSTOMERS: Trail = (("Customers", "/care/customers"),)
NOTICES = {
    "discarded": "The draft was discarded.",
    "bill": "The bill was requested and will appear below.",
}


async def home(stack: Stack, request: Request, session: Session) -> Response:
    """The console begins with the customers."""
    return redirect("/customers")


async def customers(stack: Stack, request: Request, session: Session) -> Response:
    """The result of a search, or the latest customers."""
    words = request.query_params.get("q", "").strip()
    found = await section(desk.search_customers(stack, words), ())
    values: dict[str, Any] = {
        "q": words,
        "found": found,
        "limit": desk.SEARCH_LIMIT,
        "section": "customers",
    }
    return show(stack, request, session, "customers.html", **values)


async def customer(stack: Stack, request: Request, session: Session) -> Response:
    """Customer 360: products, orders, bills and open cases."""
    customer_id = request.path_params["id"]
    whom, account = await asyncio.gather(
        desk.customer(stack, customer_id),
        section(desk.account_id(stack, customer_id), ""),
    )
    products, orders, bills, cases = await asyncio.gather(
        section(desk.products(stack, customer_id, account.value), ()),
        section(desk.orders(stack, customer_id), ()),
        section(desk.bills(stack, account.value), ()),
        section(desk.cases(stack), ()),
    )
    own_cases = of_orders(cases.value, (order.id for order in orders.value))
    return show(
        stack,
        request,
        session,
        "customer.html",
        section="customers",
        trail=trail_to(whom),
        notice=NOTICES.get(request.query_params.get("notice", ""), ""),
        customer=whom,
        account=account,
        products=products,
        orders=orders,
        bills=bills,
        cases=Section(own_cases, cases.trouble),
        drafts=shelf(stack).unfinished(session.user, customer_id),
    )


async def create_bill(stack: Stack, request: Request, session: Session) -> Response:
    """Asks billing for a bill on demand and shows it."""
    customer_id = request.path_params["id"]
    account = await desk.account_id(stack, customer_id)
    body = {"billingAccount": {"id": account}, "name": "bill on demand"}
    made = (await stack.http.post("billing", "/customerBillOnDemand", json=body)).document()
    bill_id = ref_id(made, "customerBill")
    if bill_id:
        return redirect(f"/bills/{bill_id}?customer={customer_id}")
    return redirect(f"/customers/{customer_id}?notice=bill")


async def bill(stack: Stack, request: Request, session: Session) -> Response:
    """One bill."""
    found, trouble = await desk.bill(stack, request.path_params["id"])
    customer_id = request.query_params.get("customer", "")
    owner = ((customer_id, f"/care/customers/{customer_id}"),) if customer_id else ()
    trail = (*CUSTOMERS, *owner, (f"Bill {found.number}", ""))
    values: dict[str, Any] = {
        "bill": found,
        "rates_trouble": trouble,
        "trail": trail,
        "section": "customers",
    }
    return show(stack, request, session, "bill.html", **values)


async def fallout(stack: Stack, request: Request, session: Session) -> Response:
    """The operational queue, whole."""
    cases = await section(desk.cases(stack), ())
    return show(stack, request, session, "fallout.html", cases=cases, section="fallout")


def trail_to(whom: Customer, *further: tuple[str, str]) -> Trail:
    """The breadcrumb of a customer's pages."""
    return (*CUSTOMERS, (whom.name, f"/care/customers/{whom.id}"), *further)
