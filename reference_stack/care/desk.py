"""Everything the console reads from the systems, fresh at each page; one system's silence blanks only its section."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from ringback.reference_stack.care import assortment, bill_view, customer_view, fallout_view, order_view
from ringback.reference_stack.care.assortment import Catalogue, Choice
from ringback.reference_stack.care.bill_view import Bill
from ringback.reference_stack.care.console import refusal, system_name
from ringback.reference_stack.care.customer_view import BillRow, Customer, OrderRow, ProductRow, Ticket
from ringback.reference_stack.care.documents import Document, party, record, records, text
from ringback.reference_stack.care.fallout_view import Case
from ringback.reference_stack.care.forms import AddressPage, plain_number
from ringback.reference_stack.care.order_view import Cancellation, EsimProfile, Order, Port, Step
from ringback.reference_stack.kernel.errors import CallRefused, SystemDown

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

T = TypeVar("T")
SEARCH_LIMIT = 50
OFFERED_NUMBERS = 8
LINE_TYPES = {"PS-MOBILE": "mobile", "PS-VOICE": "fixed"}


@dataclass(frozen=True, slots=True)
class Section(Generic[T]):
    """One part of a page: its value, or in words why there is none."""

    value: T
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Provider(Choice):
    """A provider that numbers are ported from."""

    spid: str = ""
    needs_pin: bool = False


async def section(reading: Awaitable[T], empty: T) -> Section[T]:
    """A part of a page that may fail without the rest."""
    try:
        return Section(await reading)
    except SystemDown as down:
        return Section(empty, f"The {system_name(down.system)} is not answering. Refresh the page to try again.")
    except CallRefused as refused:
        return Section(empty, f"The {system_name(refused.system)} could not answer: {refusal(refused)}.")


async def search_customers(stack: Stack, words: str) -> tuple[Customer, ...]:
    """Customers by part of a name, id or phone number."""
    reply = await stack.http.get("crm", "/crm/v1/customers", params={"q": plain_number(words)})
    return tuple(customer_view.customer(document) for document in reply.documents())


async def customer(stack: Stack, customer_id: str) -> Customer:
    """One customer."""
    return customer_view.customer((await stack.http.get("crm", f"/customer/{customer_id}")).document())


async def subscriber(stack: Stack, whom: Customer) -> tuple[str, str]:
    """Given and family name of the customer's person."""
    individual = (await stack.http.get("crm", f"/tmf-api/party/v4/individual/{whom.party_id}")).document()
    return text(individual.get("givenName")), text(individual.get("familyName"))


async def account_id(stack: Stack, customer_id: str) -> str:
    """The billing account that pays for the customer; empty without one."""
    reply = await stack.http.get("accounts", "/billingAccount", params={"relatedParty.id": customer_id})
    return next((text(document.get("id")) for document in reply.documents()), "")


async def products(stack: Stack, customer_id: str, paying_account: str) -> tuple[ProductRow, ...]:
    """The customer's products with the progress of their instalment plans."""
    listed, plans, sold = await asyncio.gather(
        stack.http.get("product-inventory", "/product", params={"relatedParty.id": customer_id}),
        section(_plans(stack, paying_account), []),
        section(catalogue(stack), Catalogue((), {})),
    )
    return customer_view.products(listed.documents(), plans.value, sold.value)


async def product(stack: Stack, product_id: str) -> tuple[ProductRow, str, Catalogue]:
    """One product with its customer's id, and the catalogue that tells what it may become."""
    reply, sold = await asyncio.gather(stack.http.get("product-inventory", f"/product/{product_id}"), catalogue(stack))
    document = reply.document()
    (row,) = customer_view.products([document], sold=sold)
    return row, text(party(document).get("id")), sold


async def orders(stack: Stack, customer_id: str) -> tuple[OrderRow, ...]:
    """The customer's orders."""
    reply = await stack.http.get("ordering", "/productOrder", params={"relatedParty.id": customer_id})
    return customer_view.orders(reply.documents())


async def bills(stack: Stack, paying_account: str) -> tuple[BillRow, ...]:
    """The bills of an account."""
    if not paying_account:
        return ()
    reply = await stack.http.get("billing", "/customerBill", params={"billingAccount.id": paying_account})
    return customer_view.bills(reply.documents())


async def cases(stack: Stack) -> tuple[Case, ...]:
    """Every open case of the operational queue, whatever its number."""
    documents = (await stack.http.get("fallout", "/fallout/v1/cases")).documents()
    still_open = [document for document in documents if document.get("status") != "closed"]
    return fallout_view.cases(still_open, stack.clock.stamp())


async def numbers(stack: Stack) -> dict[str, list[str]]:
    """Some free numbers of each kind of line, to choose from."""
    found: dict[str, list[str]] = {}
    for specification, kind in LINE_TYPES.items():
        query = {"status": "available", "lineType": kind}
        reply = await stack.http.get("resource-inventory", "/resource-inventory/v1/numbers", params=query)
        found[specification] = [text(number.get("tn")) for number in reply.documents()][:OFFERED_NUMBERS]
    return found


async def visited(stack: Stack, specifications: Iterable[str]) -> tuple[str, ...]:
    """Those of the specifications for which a technician comes, as the catalogue decomposes them."""
    needed = []
    for specification in sorted(specifications):
        query = {"productSpecification": specification}
        reply = await stack.http.get("catalogue", "/catalogue/v1/decomposition", params=query)
        parts = records(reply.document().get("items"))
        needed += [specification] if any(part.get("controller") == "workforce" for part in parts) else []
    return tuple(needed)


async def order(stack: Stack, order_id: str) -> tuple[Order, str]:
    """One order with its correlation id."""
    reply = await stack.http.get("ordering", f"/productOrder/{order_id}")
    return order_view.order(reply.document()), reply.headers.get("x-correlation-id", "")


async def port(stack: Stack, order_id: str) -> Port | None:
    """The port of an order's number."""
    reply = await stack.http.get("portability", "/portability/v1/ports", params={"orderId": order_id})
    return order_view.port(reply.documents())


async def timeline(stack: Stack, correlation: str) -> tuple[Step, ...]:
    """What happened for one correlation id."""
    if not correlation:
        return ()
    reply = await stack.http.get("events", "/events/v1/log", params={"correlationId": correlation})
    return order_view.timeline(reply.documents())


async def tickets(stack: Stack, customer_id: str) -> tuple[Ticket, ...]:
    """The customer's trouble tickets (TMF621)."""
    path = "/tmf-api/troubleTicket/v4/troubleTicket"
    reply = await stack.http.get("assurance", path, params={"relatedParty.id": customer_id})
    return customer_view.tickets(reply.documents())


async def cancellation(stack: Stack, order_id: str) -> Cancellation | None:
    """The latest wish to cancel an order; None without one."""
    reply = await stack.http.get("ordering", "/cancelProductOrder", params={"productOrder.id": order_id})
    wishes = reply.documents()
    return order_view.cancellation(wishes[-1]) if wishes else None


async def esim_profiles(stack: Stack, order_id: str) -> tuple[EsimProfile, ...]:
    """The eSIM profiles that an order has asked for."""
    reply = await stack.http.get("gateway", "/gateway/v1/esim-orders", params={"orderId": order_id})
    return tuple(order_view.esim_profile(document) for document in reply.documents())


async def bill(stack: Stack, bill_id: str) -> tuple[Bill, str]:
    """One bill with its lines, and why the lines are missing where they are."""
    document = (await stack.http.get("billing", f"/customerBill/{bill_id}")).document()
    rates, names = await asyncio.gather(
        section(_rates(stack, bill_id), []),
        section(_product_names(stack, text(record(document.get("billingAccount")).get("id"))), {}),
    )
    return bill_view.bill(document, rates.value, names.value), rates.trouble


async def _product_names(stack: Stack, paying_account: str) -> dict[str, str]:
    """What the products of an account are called, by their ids."""
    listed, sold = await asyncio.gather(
        stack.http.get("product-inventory", "/product", params={"billingAccount.id": paying_account}), catalogue(stack)
    )
    return {row.id: row.name for row in customer_view.products(listed.documents(), sold=sold)}


async def catalogue(stack: Stack) -> Catalogue:
    """What is on sale."""
    return assortment.catalogue((await stack.http.get("catalogue", "/productOffering")).documents())


async def home_address(stack: Stack, whom: Customer) -> AddressPage:
    """The customer's own address; an empty page without one."""
    if not whom.address_id:
        return whom.address
    reply = await stack.http.get("location", f"/geographicAddress/{whom.address_id}")
    return customer_view.located(reply.document())


async def providers(stack: Stack) -> tuple[Provider, ...]:
    """The providers that numbers can be ported from."""
    documents = (await stack.http.get("portability", "/portability/v1/providers")).documents()
    return tuple(_provider(document) for document in documents)


def _provider(document: Document) -> Provider:
    identity = text(document.get("id"))
    name, spid = text(document.get("name")) or identity, text(document.get("spid"))
    return Provider(identity, name, spid=spid, needs_pin=bool(document.get("pinRequired")))


async def _plans(stack: Stack, paying_account: str) -> list[Document]:
    params = {"accountId": paying_account}
    return records((await stack.http.get("billing", "/billing/v1/installments", params=params)).documents())


async def _rates(stack: Stack, bill_id: str) -> list[Document]:
    reply = await stack.http.get("billing", "/appliedCustomerBillingRate", params={"bill.id": bill_id})
    return records(reply.documents())
