"""Changing a product: a small form, a review with what it costs, and one order however often it is submitted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import Response

from ringback.reference_stack.care import changes, desk, old_tool
from ringback.reference_stack.care.amounts import Amount, from_cents
from ringback.reference_stack.care.assortment import Catalogue
from ringback.reference_stack.care.changes import Action, Change
from ringback.reference_stack.care.console import Failure, Visit, refusal, system_name
from ringback.reference_stack.care.customer_pages import trail_to
from ringback.reference_stack.care.customer_view import ProductRow
from ringback.reference_stack.care.desk import Section, section
from ringback.reference_stack.care.documents import Document, record, records, text
from ringback.reference_stack.care.drafts import mint_order_number
from ringback.reference_stack.care.forms import Problems
from ringback.reference_stack.care.moments import today
from ringback.reference_stack.care.review_view import Labelled
from ringback.reference_stack.kernel.errors import CallRefused, SystemDown

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change of plan does to the next bill."""

    credit: Amount
    charge: Amount
    net: Amount
    tax: Amount
    total: Amount
    lines: tuple[tuple[str, str, Amount], ...]


@dataclass(frozen=True, slots=True)
class Job:
    """One change of one product, as a page has it before it."""

    product: ProductRow
    customer_id: str
    sold: Catalogue
    action: Action


JobHandler = Callable[[Visit, Job], Awaitable[Response]]


def for_job(handler: JobHandler) -> Callable[[Visit], Awaitable[Response]]:
    """A page about a change that the product may have now."""

    async def with_job(visit: Visit) -> Response:
        product, customer_id, sold = await desk.product(visit.stack, visit.path("id"))
        wanted = visit.path("action")
        action = next((one for one in changes.offered(product, sold) if one.id == wanted), None)
        if action is None:
            words = f"{product.name} is {product.status.text}. Go back to the customer to see what can be changed now."
            return visit.say("This cannot be changed now", words, 409)
        if product.specification == old_tool.LEGACY and visit.stack.defects.on("D58"):
            return await old_tool.page(visit, product, customer_id)
        return await handler(visit, Job(product, customer_id, sold, action))

    return with_job


async def form(visit: Visit, job: Job) -> Response:
    """The form of a change, with an order number of its own."""
    return await _form(visit, job, Change(mint_order_number()))


async def review(visit: Visit, job: Job) -> Response:
    """What was typed and what it costs; nothing is ordered yet."""
    typed = changes.read_change(await visit.typed())
    found = await _problems(visit, job, typed)
    return await _form(visit, job, typed, found) if found else await _review(visit, job, typed)


async def submit(visit: Visit, job: Job) -> Response:
    """Orders the change; the same form again is the same order."""
    typed = changes.read_change(await visit.typed())
    found = await _problems(visit, job, typed)
    if found:
        return await _form(visit, job, typed, found)
    channel = {"id": "care", "name": "Care console", "role": f"care rep {visit.session.user}"}
    try:
        order_id = await place(visit.stack, job, typed, channel)
    except SystemDown as down:
        failure = Failure(f"The {system_name(down.system)} is not answering.", "Nothing was ordered. Try again.")
        return await _review(visit, job, typed, failure, 503)
    except CallRefused as refused:
        title = f"The {system_name(refused.system)} did not accept the order."
        return await _review(visit, job, typed, Failure(title, refusal(refused)), 422)
    return visit.go(f"/orders/{order_id}?notice=submitted")


async def place(stack: Stack, job: Job, typed: Change, channel: Mapping[str, object]) -> str:
    """Posts the order of a change and returns its id."""
    account = await desk.account_id(stack, job.customer_id)
    body = changes.product_order(
        job.product, job.action, typed, customer_id=job.customer_id, account_id=account, channel=channel
    )
    return text((await stack.http.post("ordering", "/productOrder", json=body)).document().get("id"))


async def preview(stack: Stack, product_id: str, typed: Change) -> Preview | None:
    """The next bill after a change of plan, as billing counts it; None for what is not billed by the month."""
    body: dict[str, object] = {"productId": product_id, "productOffering": {"id": typed.plan}}
    body |= {"date": typed.starts} if typed.starts else {}
    return read_preview((await stack.http.post("billing", "/billing/v1/previews", json=body)).document())


def read_preview(document: Document) -> Preview:
    """The preview of billing's answer, which counts in cents."""
    bill = record(document.get("bill"))
    return Preview(
        credit=_cents(document.get("credit")),
        charge=_cents(document.get("charge")),
        net=_cents(bill.get("taxExcluded")),
        tax=_cents(bill.get("tax")),
        total=_cents(bill.get("taxIncluded")),
        lines=tuple(
            (text(line.get("description")), _period(line), _cents(line.get("amount")))
            for line in records(document.get("lines"))
        ),
    )


def _period(line: Document) -> str:
    return f"{text(line.get('periodStart'))} to {text(line.get('periodEnd'))}"


def _cents(value: object) -> Amount:
    return from_cents(int(text(value) or "0"))


async def _problems(visit: Visit, job: Job, typed: Change) -> Problems:
    numbers = (await desk.numbers(visit.stack))["PS-MOBILE"] if typed.number else []
    plans = [plan.id for plan in job.sold.successors(job.product.offering)]
    day = today(visit.stack.clock.now())
    return changes.problems(job.action, typed, plans=plans, numbers=numbers, today=day)


async def _form(visit: Visit, job: Job, typed: Change, problems: Problems | None = None) -> Response:
    numbers = (await desk.numbers(visit.stack))["PS-MOBILE"] if job.action.id == "number" else []
    plans = job.sold.successors(job.product.offering)
    page = {"typed": typed, "problems": problems or {}, "numbers": numbers, "plans": plans, "reasons": changes.REASONS}
    return await _show(visit, job, "change.html", 422 if problems else 200, **page)


async def _review(visit: Visit, job: Job, typed: Change, failure: Failure | None = None, status: int = 200) -> Response:
    known: Section[Preview | None] = Section(None)
    if job.action.id == "plan":
        known = await section(preview(visit.stack, job.product.id, typed), None)
    values = {"typed": typed, "preview": known, "values": told(job, typed), "failure": failure}
    return await _show(visit, job, "change_review.html", status, **values)


def told(job: Job, typed: Change) -> list[Labelled]:
    """What a change comes to, in the words of the form."""
    named = {
        "New plan": job.sold.names.get(typed.plan, "") if job.action.id == "plan" else "",
        "Takes effect": typed.starts or "As soon as it is built",
        "Reason": changes.REASONS.get(typed.reason, ""),
        "New SIM": ("eSIM" if typed.sim else "Card") if job.action.id == "sim" else "",
        "ICCID": typed.iccid,
        "EID": typed.eid,
        "New number": (typed.number or "Any free number") if job.action.id == "number" else "",
        "Offer": job.sold.names.get(changes.ROAMING_OFFERING, "") if job.action.id == "pass" else "",
    }
    return [Labelled(label, value) for label, value in named.items() if value]


async def _show(visit: Visit, job: Job, template: str, status: int, **values: object) -> Response:
    whom = await desk.customer(visit.stack, job.customer_id)
    return visit.show(
        template,
        status=status,
        section="customers",
        trail=trail_to(whom, (f"{job.action.label}: {job.product.name}", "")),
        customer=whom,
        product=job.product,
        action=job.action,
        **values,
    )
