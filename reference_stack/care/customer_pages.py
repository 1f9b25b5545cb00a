"""Customer search and customer 360."""

from __future__ import annotations

import asyncio

from starlette.responses import Response

from ringback.reference_stack.care import appointments, desk
from ringback.reference_stack.care.changes import offered
from ringback.reference_stack.care.console import Trail, Visit
from ringback.reference_stack.care.customer_view import EMPTY, Customer
from ringback.reference_stack.care.desk import Section, section
from ringback.reference_stack.care.documents import ref_id
from ringback.reference_stack.care.fallout_view import of_orders

CUSTOMERS: Trail = (("Customers", "/care/customers"),)
NOTICES = {
    "discarded": "The draft was discarded.",
    "bill": "The bill was requested. Refresh the page if it is not in the list yet.",
}


async def home(visit: Visit) -> Response:
    """The console begins with the customers."""
    return visit.go("/customers")


async def customers(visit: Visit) -> Response:
    """The result of a search, or the first customers."""
    words = visit.query("q")
    found = await section(desk.search_customers(visit.stack, words), ())
    return visit.show("customers.html", q=words, found=found, limit=desk.SEARCH_LIMIT, section="customers")


async def customer(visit: Visit) -> Response:
    """Customer 360: products, orders, bills and open cases."""
    stack, customer_id = visit.stack, visit.path("id")
    whom, account = await asyncio.gather(
        desk.customer(stack, customer_id), section(desk.account_id(stack, customer_id), "")
    )
    address, products, orders, bills, cases = await asyncio.gather(
        section(desk.home_address(stack, whom), whom.address),
        section(desk.products(stack, customer_id, account.value), ()),
        section(desk.orders(stack, customer_id), ()),
        section(desk.bills(stack, account.value), ()),
        section(desk.cases(stack), ()),
    )
    sold, tickets, visits = await asyncio.gather(
        section(desk.catalogue(stack), EMPTY),
        section(desk.tickets(stack, customer_id), ()),
        section(appointments.of_orders(stack, [order.id for order in orders.value]), ()),
    )
    own_cases = of_orders(cases.value, (order.id for order in orders.value))
    return visit.show(
        "customer.html",
        section="customers",
        trail=trail_to(whom),
        notice=NOTICES.get(visit.query("notice"), ""),
        customer=whom,
        account=account,
        address=address,
        products=products,
        actions={product.id: offered(product, sold.value) for product in products.value},
        orders=orders,
        bills=bills,
        cases=Section(own_cases, cases.trouble),
        tickets=tickets,
        visits=visits,
        drafts=visit.drafts.unfinished(visit.session.user, customer_id),
    )


async def create_bill(visit: Visit) -> Response:
    """Asks billing for a bill on demand and shows it."""
    customer_id = visit.path("id")
    account = await desk.account_id(visit.stack, customer_id)
    body = {"billingAccount": {"id": account}, "name": "bill on demand"}
    made = (await visit.stack.http.post("billing", "/customerBillOnDemand", json=body)).document()
    bill_id = ref_id(made, "customerBill")
    if bill_id:
        return visit.go(f"/bills/{bill_id}?customer={customer_id}")
    return visit.go(f"/customers/{customer_id}?notice=bill")


def trail_to(whom: Customer, *further: tuple[str, str]) -> Trail:
    """The breadcrumb of a customer's pages."""
    return (*CUSTOMERS, (whom.name, f"/care/customers/{whom.id}"), *further)
