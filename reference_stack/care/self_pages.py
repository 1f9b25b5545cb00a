"""Self-care: a customer sees lines, usage and bills, changes the plan, orders an eSIM and tops up; nobody else's."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from starlette.responses import Response

from ringback.reference_stack.care import changes, desk, self_view
from ringback.reference_stack.care.assortment import Catalogue
from ringback.reference_stack.care.change_pages import Job, Preview, place, preview, told
from ringback.reference_stack.care.changes import Change
from ringback.reference_stack.care.console import Failure, Visit, refusal
from ringback.reference_stack.care.customer_view import EMPTY, ProductRow
from ringback.reference_stack.care.desk import Section, section
from ringback.reference_stack.care.drafts import mint_order_number
from ringback.reference_stack.care.forms import Problems
from ringback.reference_stack.care.moments import today
from ringback.reference_stack.care.self_view import Bucket, Usage
from ringback.reference_stack.kernel.errors import CallRefused

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

CHANNEL = {"id": "self-care", "name": "Self-care"}
DEEDS = {"plan": "plan", "esim": "sim"}  # the word in the address -> the kind of change
TOP_UPS = ("10.00", "20.00", "50.00")
NOTICES = {"topped": "Your balance was topped up."}
JobHandler = Callable[[Visit, Job], Awaitable[Response]]


async def home(visit: Visit) -> Response:
    """Everything of the customer on one page."""
    stack, customer_id = visit.stack, visit.session.user
    whom, account, sold = await asyncio.gather(
        desk.customer(stack, customer_id),
        section(desk.account_id(stack, customer_id), ""),
        section(desk.catalogue(stack), EMPTY),
    )
    lines, orders, bills, buckets = await asyncio.gather(
        section(desk.products(stack, customer_id, account.value), ()),
        section(desk.orders(stack, customer_id), ()),
        section(desk.bills(stack, account.value), ()),
        section(_buckets(stack, customer_id), ()),
    )
    live = [line for line in lines.value if line.status.state in {"active", "suspended"}]
    usage = await section(_usage(stack, live), ())
    return visit.show(
        "self_home.html",
        section="home",
        notice=NOTICES.get(visit.query("notice"), ""),
        customer=whom,
        lines=Section(lines.value, lines.trouble),
        deeds={line.id: _deeds(line, sold.value) for line in live},
        buckets={bucket.product_id: bucket for bucket in buckets.value},
        usage=usage,
        bills=bills,
        orders=Section(tuple(order for order in orders.value[:10]), orders.trouble),
    )


def for_own_line(handler: JobHandler) -> Callable[[Visit], Awaitable[Response]]:
    """A page about a change of one of the customer's own lines."""

    async def with_job(visit: Visit) -> Response:
        product, owner, sold = await desk.product(visit.stack, visit.path("id"))
        wanted = DEEDS.get(visit.path("deed"), "")
        action = next((one for one in changes.offered(product, sold) if one.id == wanted), None)
        if owner != visit.session.user:
            return visit.say("Not found", "There is no such line on your account.", 404)
        if action is None:
            return visit.say("Not possible now", f"{product.name} is {product.status.text}.", 409)
        return await handler(visit, Job(product, owner, sold, action))

    return with_job


async def form(visit: Visit, job: Job) -> Response:
    """What the customer may choose."""
    return _form(visit, job, Change(mint_order_number()))


async def review(visit: Visit, job: Job) -> Response:
    """What it comes to, before it is ordered."""
    typed = await _typed(visit)
    found = _problems(visit, job, typed)
    return _form(visit, job, typed, found) if found else await _review(visit, job, typed)


async def submit(visit: Visit, job: Job) -> Response:
    """Orders it; the same form again is the same order."""
    typed = await _typed(visit)
    found = _problems(visit, job, typed)
    if found:
        return _form(visit, job, typed, found)
    try:
        order_id = await place(visit.stack, job, typed, CHANNEL)
    except CallRefused as refused:
        return await _review(visit, job, typed, Failure("This cannot be ordered now.", refusal(refused)))
    return visit.go(f"/self/orders/{order_id}")


async def order(visit: Visit) -> Response:
    """How an order stands; an eSIM shows its activation code as soon as it is confirmed."""
    found, _ = await desk.order(visit.stack, visit.path("id"))
    if found.customer_id != visit.session.user:
        return visit.say("Not found", "There is no such order on your account.", 404)
    profiles = await section(desk.esim_profiles(visit.stack, found.id), ())
    return visit.show("self_order.html", section="home", order=found, profiles=profiles)


async def bill(visit: Visit) -> Response:
    """One bill."""
    account = await desk.account_id(visit.stack, visit.session.user)
    found, trouble = await desk.bill(visit.stack, visit.path("id"))
    if not account or found.account_id != account:
        return visit.say("Not found", "There is no such bill on your account.", 404)
    return visit.show("self_bill.html", section="home", bill=found, rates_trouble=trouble)


async def top_up_form(visit: Visit) -> Response:
    """How much is put on a prepaid line."""
    bucket = await _own_bucket(visit)
    if bucket is None:
        return visit.say("Not found", "This is no prepaid line of yours.", 404)
    return _top_up(visit, bucket, mint_order_number())


async def top_up(visit: Visit) -> Response:
    """Tops the line up; the same form again is the same top-up."""
    bucket = await _own_bucket(visit)
    if bucket is None:
        return visit.say("Not found", "This is no prepaid line of yours.", 404)
    typed = await visit.typed()
    amount, number = typed.get("amount", ""), typed.get("order_number", "")
    if amount not in TOP_UPS or not changes.ORDER_NUMBER.fullmatch(number):
        return _top_up(visit, bucket, mint_order_number(), {"amount": "Choose an amount."})
    body = {
        "amount": {"amount": float(amount), "units": "USD"},
        "usageType": "monetary",
        "bucket": {"id": bucket.id},
        "partyAccount": {"id": bucket.account_id},
        "correlatorId": number,
    }
    (await visit.stack.http.post("billing", "/tmf-api/prepayBalanceManagement/v4/topupBalance", json=body)).need()
    return visit.go("/self?notice=topped")


def _deeds(line: ProductRow, sold: Catalogue) -> list[tuple[str, str]]:
    """What the customer may do to a line himself: the address's word and the button's."""
    named = {"plan": "Change plan", "sim": "Order eSIM"}
    words = {kind: word for word, kind in DEEDS.items()}
    return [(words[one.id], named[one.id]) for one in changes.offered(line, sold) if one.id in named]


async def _typed(visit: Visit) -> Change:
    """What was typed; an eSIM takes the place of the present SIM."""
    change = changes.read_change(await visit.typed())
    return replace(change, sim="esim", reason="esim", iccid="") if visit.path("deed") == "esim" else change


def _problems(visit: Visit, job: Job, typed: Change) -> Problems:
    plans = [plan.id for plan in job.sold.successors(job.product.offering)]
    return changes.problems(job.action, typed, plans=plans, numbers=(), today=today(visit.stack.clock.now()))


def _form(visit: Visit, job: Job, typed: Change, problems: Problems | None = None) -> Response:
    return visit.show(
        "self_change.html",
        status=422 if problems else 200,
        section="home",
        product=job.product,
        deed=visit.path("deed"),
        plans=job.sold.successors(job.product.offering),
        typed=typed,
        problems=problems or {},
    )


async def _review(visit: Visit, job: Job, typed: Change, failure: Failure | None = None) -> Response:
    known: Section[Preview | None] = Section(None)
    if job.action.id == "plan":
        known = await section(preview(visit.stack, job.product.id, typed), None)
    return visit.show(
        "self_review.html",
        status=422 if failure else 200,
        section="home",
        failure=failure,
        product=job.product,
        deed=visit.path("deed"),
        typed=typed,
        preview=known,
        values=told(job, typed),
    )


def _top_up(visit: Visit, bucket: Bucket, number: str, problems: Problems | None = None) -> Response:
    return visit.show(
        "self_top_up.html",
        status=422 if problems else 200,
        section="home",
        bucket=bucket,
        amounts=TOP_UPS,
        number=number,
        problems=problems or {},
    )


async def _own_bucket(visit: Visit) -> Bucket | None:
    own = await _buckets(visit.stack, visit.session.user)
    return next((bucket for bucket in own if bucket.product_id == visit.path("id")), None)


async def _buckets(stack: Stack, customer_id: str) -> tuple[Bucket, ...]:
    path, query = "/tmf-api/prepayBalanceManagement/v4/bucket", {"relatedParty.id": customer_id}
    return tuple(self_view.bucket(one) for one in (await stack.http.get("billing", path, params=query)).documents())


async def _usage(stack: Stack, lines: list[ProductRow]) -> tuple[Usage, ...]:
    numbered = [line.id for line in lines if line.number]
    found = await asyncio.gather(*(_usage_of(stack, product_id) for product_id in numbered))
    return self_view.usage(chain.from_iterable(found))


async def _usage_of(stack: Stack, product_id: str) -> list[dict[str, object]]:
    query = {"ratedProductUsage.productRef.id": product_id}
    return (await stack.http.get("billing", "/tmf-api/usageManagement/v4/usage", params=query)).documents()
