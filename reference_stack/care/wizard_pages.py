"""The order wizard: address, offer, review, submit; nothing is ordered before Submit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ringback.reference_stack.care import desk, requests
from ringback.reference_stack.care.address_check import check
from ringback.reference_stack.care.assortment import Bundle, cart, device_choices, find
from ringback.reference_stack.care.console import (
    Failure,
    for_reps,
    message,
    redirect,
    refusal,
    shelf,
    show,
    system_name,
)
from ringback.reference_stack.care.customer_pages import trail_to
from ringback.reference_stack.care.customer_view import Customer
from ringback.reference_stack.care.desk import Provider
from ringback.reference_stack.care.documents import records, text
from ringback.reference_stack.care.drafts import Draft
from ringback.reference_stack.care.forms import (
    AddressPage,
    OfferPage,
    Page,
    Problems,
    address_problems,
    offer_problems,
    read_address,
    read_offer,
    without_leading_zeros,
)
from ringback.reference_stack.care.review_view import (
    Quote,
    offering_names,
    quote,
    review,
)
from ringback.reference_stack.care.sessions import Session
from ringback.reference_stack.kernel.errors import CallRefused, SystemDown
from starlette.requests import Request
from starlette.responses import Response

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

DraftHandler = Callable[["Stack", Request, Session, Draft], Awaitable[Response]]
UNCHECKED = {"address": "Check the address before you continue."}
QUALIFIED = frozenset({"green", "qualified", "alternate", "success"})


def for_draft(handler: DraftHandler) -> Callable[[Stack, Request], Awaitable[Response]]:
    """A wizard page: it needs the rep's own draft, and a submitted draft leads to its order."""

    async def with_draft(stack: Stack, request: Request, session: Session) -> Response:
        draft = shelf(stack).find(request.path_params["draft"], session.user)
        if draft is None:
            words = "It was discarded, or the console was restarted. Start a new order from the customer."
            return message(stack, request, session, "This draft is gone", words, 404)
        if draft.order_id:
            return redirect(f"/orders/{draft.order_id}")
        return await handler(stack, request, session, draft)

    return for_reps(with_draft)


async def start(stack: Stack, request: Request, session: Session) -> Response:
    """Begins a draft with the customer's own address typed in."""
    whom = await desk.customer(stack, request.path_params["id"])
    draft = shelf(stack).new(whom.id, session.user, whom.address)
    return redirect(f"/drafts/{draft.id}/address")


async def drafts(stack: Stack, request: Request, session: Session) -> Response:
    """The rep's unfinished orders."""
    found = shelf(stack).unfinished(session.user)
    return show(stack, request, session, "drafts.html", drafts=found, section="drafts")


async def address_page(stack: Stack, request: Request, session: Session, draft: Draft) -> Response:
    """Wizard page 1."""
    return await _address(stack, request, session, draft)


async def check_address(stack: Stack, request: Request, session: Session, draft: Draft) -> Response:
    """Asks location and qualification about the address; nothing is kept but their answer."""
    typed = read_address(await request.form())
    problems = address_problems(typed)
    if problems:
        return await _address(stack, request, session, draft, typed=typed, problems=problems)
    checked = await check(stack, draft.customer_id, typed)
    shelf(stack).keep(replace(draft, checked=checked))
    return redirect(f"/drafts/{draft.id}/address")


async def keep_address(stack: Stack, request: Request, session: Session, draft: Draft) -> Response:
    """Keeps page 1 when its address is the one that was found serviceable."""
    typed = read_address(await request.form())
    problems = address_problems(typed)
    is_checked = draft.checked is not None and draft.checked.typed == typed and draft.checked.is_serviceable
    if problems or not is_checked:
        return await _address(stack, request, session, draft, typed=typed, problems=problems or UNCHECKED)
    shelf(stack).keep(replace(draft, address=_as_kept(stack, typed), address_kept=True))
    return redirect(f"/drafts/{draft.id}/offer")


async def offer_page(stack: Stack, request: Request, session: Session, draft: Draft) -> Response:
    """Wizard page 2."""
    if not draft.address_kept:
        return redirect(f"/drafts/{draft.id}/address")
    return await _offer(stack, request, session, draft)


async def keep_offer(stack: Stack, request: Request, session: Session, draft: Draft) -> Response:
    """Keeps page 2 when it is right and the customer may have these offerings."""
    if not draft.address_kept:
        return redirect(f"/drafts/{draft.id}/address")
    typed = read_offer(await request.form())
    bundles, providers = await asyncio.gather(desk.bundles(stack), desk.providers(stack))
    problems = _offer_problems(typed, bundles, providers)
    bundle = find(bundles, typed.offer)
    if bundle is not None and not problems:
        qualification, problems = await _qualify(stack, draft, bundle, typed)
        draft = replace(draft, offering_qualification_id=qualification)
    if problems:
        return await _offer(stack, request, session, draft, typed=typed, problems=problems)
    shelf(stack).keep(replace(draft, offer=_as_kept(stack, typed), offer_kept=True))
    return redirect(f"/drafts/{draft.id}/review")


async def review_page(stack: Stack, request: Request, session: Session, draft: Draft) -> Response:
    """Wizard page 3: everything as typed, with a fresh quote."""
    if draft.next_page != "review":
        return redirect(f"/drafts/{draft.id}/{draft.next_page}")
    return await _review(stack, request, session, draft)


async def submit(stack: Stack, request: Request, session: Session, draft: Draft) -> Response:
    """Sends the order; the draft and its order number stay when the order system does not take it."""
    if draft.next_page != "review":
        return redirect(f"/drafts/{draft.id}/{draft.next_page}")
    try:
        order_id = await _place(stack, draft)
    except SystemDown as down:
        words = f"Nothing was ordered. Draft {draft.order_number} is kept: try Submit order again in a moment."
        failure = Failure(f"The {system_name(down.system)} is not answering.", words)
        return await _review(stack, request, session, draft, status=503, failure=failure)
    except CallRefused as refused:
        words = f"{refusal(refused)}. Draft {draft.order_number} is kept."
        failure = Failure(f"The {system_name(refused.system)} did not accept the order.", words)
        return await _review(stack, request, session, draft, status=422, failure=failure)
    shelf(stack).submitted(draft, order_id)
    return redirect(f"/orders/{order_id}?notice=submitted")


async def discard(stack: Stack, request: Request, session: Session, draft: Draft) -> Response:
    """Throws the draft away."""
    shelf(stack).discard(draft)
    return redirect(f"/customers/{draft.customer_id}?notice=discarded")


def _as_kept(stack: Stack, page: Page) -> Page:
    """What the draft keeps of a posted page: every character as it was typed."""
    if stack.defects.on("D11"):
        return without_leading_zeros(page)
    return page


def _offer_problems(typed: OfferPage, bundles: Sequence[Bundle], providers: Sequence[Provider]) -> Problems:
    bundle = find(bundles, typed.offer)
    return offer_problems(
        typed,
        offers=[choice.id for choice in bundles],
        devices=[device.id for device in (bundle.devices if bundle else device_choices(bundles))],
        providers={provider.id: provider.needs_pin for provider in providers},
    )


async def _qualify(stack: Stack, draft: Draft, bundle: Bundle, typed: OfferPage) -> tuple[str, Problems]:
    """Asks whether the customer may have the offerings: the qualification's id and what stands against it."""
    address_id = draft.checked.address_id if draft.checked else ""
    body = requests.offering_qualification(draft.customer_id, address_id, cart(bundle, typed))
    path = "/productOfferingQualification"
    answer = (await stack.http.post("offering-qualification", path, json=body)).document()
    reasons = [
        text(reason.get("label") or reason.get("code"))
        for item in records(answer.get("productOfferingQualificationItem"))
        for reason in records(item.get("eligibilityUnavailabilityReason"))
    ]
    if text(answer.get("qualificationResult")) in QUALIFIED:
        return text(answer.get("id")), {}
    return text(answer.get("id")), {
        "offer": f"The customer cannot have this offer: {', '.join(reasons) or 'unavailable'}."
    }


async def _place(stack: Stack, draft: Draft) -> str:
    """Posts the order and returns its id; the same order number again is answered with the same order."""
    whom, bundles, providers, account = await asyncio.gather(
        desk.customer(stack, draft.customer_id),
        desk.bundles(stack),
        desk.providers(stack),
        desk.account_id(stack, draft.customer_id),
    )
    bundle = _bundle(bundles, draft)
    body = requests.product_order(
        draft,
        whom,
        cart(bundle, draft.offer),
        account_id=account,
        donor_spid=next(
            (provider.spid for provider in providers if provider.id == draft.offer.provider),
            "",
        ),
        subscriber=await desk.subscriber(stack, whom),
    )
    return text((await stack.http.post("ordering", "/productOrder", json=body)).document().get("id"))


async def _quote(stack: Stack, draft: Draft, bundle: Bundle) -> Quote:
    items = cart(bundle, draft.offer)
    reply = await stack.http.post("pricing", "/pricing/v1/quote", json=requests.quote(draft.customer_id, items))
    return quote(reply.document(), offering_names(items))


def _bundle(bundles: Sequence[Bundle], draft: Draft) -> Bundle:
    bundle = find(bundles, draft.offer.offer)
    if bundle is None:
        raise CallRefused(
            "catalogue",
            "/productOffering",
            409,
            {"reason": f"{draft.offer.offer} is no longer on sale"},
        )
    return bundle


async def _address(
    stack: Stack,
    request: Request,
    session: Session,
    draft: Draft,
    *,
    typed: AddressPage | None = None,
    problems: Problems | None = None,
) -> Response:
    checked = draft.checked if typed is None or (draft.checked and draft.checked.typed == typed) else None
    if typed is None:
        typed = draft.address if draft.address_kept or draft.checked is None else draft.checked.typed
    values = {"typed": typed, "checked": checked, "problems": problems or {}}
    return await _wizard(
        stack,
        request,
        session,
        draft,
        "address",
        values,
        status=422 if problems else 200,
    )


async def _offer(
    stack: Stack,
    request: Request,
    session: Session,
    draft: Draft,
    *,
    typed: OfferPage | None = None,
    problems: Problems | None = None,
) -> Response:
    bundles, providers = await asyncio.gather(desk.bundles(stack), desk.providers(stack))
    values: dict[str, object] = {
        "typed": typed or draft.offer,
        "offers": bundles,
        "devices": device_choices(bundles),
        "providers": providers,
        "problems": problems or {},
    }
    return await _wizard(stack, request, session, draft, "offer", values, status=422 if problems else 200)


async def _review(
    stack: Stack,
    request: Request,
    session: Session,
    draft: Draft,
    *,
    status: int = 200,
    failure: Failure | None = None,
) -> Response:
    whom, bundles, providers = await asyncio.gather(
        desk.customer(stack, draft.customer_id),
        desk.bundles(stack),
        desk.providers(stack),
    )
    bundle = _bundle(bundles, draft)
    quoted = await _quote(stack, draft, bundle)
    groups = review(draft, whom, bundle, quoted, providers)
    values = {"groups": groups, "quote": quoted, "failure": failure}
    return await _wizard(stack, request, session, draft, "review", values, status=status, whom=whom)


async def _wizard(
    stack: Stack,
    request: Request,
    session: Session,
    draft: Draft,
    page: str,
    values: Mapping[str, object],
    *,
    status: int = 200,
    whom: Customer | None = None,
) -> Response:
    whom = whom or await desk.customer(stack, draft.customer_id)
    known = {"draft": draft, "customer": whom, "page": page, "section": "customers"}
    trail = trail_to(whom, ("New order", ""))
    return show(
        stack,
        request,
        session,
        f"wizard_{page}.html",
        status=status,
        **{"trail": trail, **known, **values},
    )
