"""The order wizard: address, offer, appointment where somebody comes, review; nothing is ordered before Submit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from ringback.reference_stack.care import appointments, desk
from ringback.reference_stack.care.address_check import check
from ringback.reference_stack.care.console import Failure, Visit, for_reps, refusal, system_name
from ringback.reference_stack.care.customer_pages import trail_to
from ringback.reference_stack.care.desk import section
from ringback.reference_stack.care.drafts import Draft
from ringback.reference_stack.care.drafts import Visit as TechnicianVisit
from ringback.reference_stack.care.forms import (
    AddressPage,
    OfferPage,
    Page,
    Problems,
    address_problems,
    read_address,
    read_offer,
    without_leading_zeros,
)
from ringback.reference_stack.care.placing import offer_problems, place, qualify, quote, visits
from ringback.reference_stack.care.review_view import review
from ringback.reference_stack.kernel.errors import CallRefused, SystemDown

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

DraftHandler = Callable[[Visit, Draft], Awaitable[Response]]
KINDS_OF_NUMBER = {"PS-MOBILE": "Mobile numbers", "PS-VOICE": "Landline numbers"}
UNCHECKED = {"address": "Check the address before you continue."}


def for_draft(handler: DraftHandler) -> Callable[[Stack, Request], Awaitable[Response]]:
    """A wizard page: it needs the rep's own draft, and a submitted draft leads to its order."""

    async def with_draft(visit: Visit) -> Response:
        draft = visit.drafts.find(visit.path("draft"), visit.session.user)
        if draft is None:
            words = "It was discarded, or the console was restarted. Start a new order from the customer."
            return visit.say("This draft is gone", words, 404)
        if draft.order_id:
            return visit.go(f"/orders/{draft.order_id}")
        return await handler(visit, draft)

    return for_reps(with_draft)


async def start(visit: Visit) -> Response:
    """Begins a draft with the customer's own address typed in."""
    whom = await desk.customer(visit.stack, visit.path("id"))
    own = await section(desk.home_address(visit.stack, whom), AddressPage())
    draft = visit.drafts.new(whom.id, visit.session.user, own.value)
    return visit.go(f"/drafts/{draft.id}/address")


async def drafts(visit: Visit) -> Response:
    """The rep's unfinished orders."""
    return visit.show("drafts.html", drafts=visit.drafts.unfinished(visit.session.user), section="drafts")


async def address_page(visit: Visit, draft: Draft) -> Response:
    """Wizard page 1."""
    return await _address(visit, draft)


async def check_address(visit: Visit, draft: Draft) -> Response:
    """Asks location and qualification about the address; nothing is kept but their answer."""
    typed = read_address(await visit.request.form())
    problems = address_problems(typed)
    if problems:
        return await _address(visit, draft, typed, problems)
    checked = await check(visit.stack, draft.customer_id, typed)
    visit.drafts.keep(replace(draft, checked=checked))
    return visit.go(f"/drafts/{draft.id}/address")


async def keep_address(visit: Visit, draft: Draft) -> Response:
    """Keeps page 1 when its address is the one that was found serviceable."""
    typed = read_address(await visit.request.form())
    problems = address_problems(typed)
    is_checked = draft.checked is not None and draft.checked.typed == typed and draft.checked.is_serviceable
    if problems or not is_checked:
        return await _address(visit, draft, typed, problems or UNCHECKED)
    visit.drafts.keep(replace(draft, address=_as_kept(visit.stack, typed), address_kept=True))
    return visit.go(f"/drafts/{draft.id}/offer")


async def offer_page(visit: Visit, draft: Draft) -> Response:
    """Wizard page 2."""
    if not draft.address_kept:
        return visit.go(f"/drafts/{draft.id}/address")
    return await _offer(visit, draft)


async def keep_offer(visit: Visit, draft: Draft) -> Response:
    """Keeps page 2 when it is right and the customer may have these offerings."""
    if not draft.address_kept:
        return visit.go(f"/drafts/{draft.id}/address")
    typed = read_offer(await visit.request.form())
    problems = await offer_problems(visit.stack, typed)
    if problems:
        return await _offer(visit, draft, typed, problems)
    answer = await qualify(visit.stack, draft, typed)
    if answer.obstacle:
        return await _offer(visit, draft, typed, {"offer": answer.obstacle})
    visited = await visits(visit.stack, typed)
    kept = replace(draft, offer=_as_kept(visit.stack, typed), offer_kept=True, offering_qualification_id=answer.id)
    kept = visit.drafts.keep(replace(kept, visited=visited))
    return visit.go(f"/drafts/{draft.id}/{kept.next_page}")


async def appointment_page(visit: Visit, draft: Draft) -> Response:
    """The wizard's page for what a technician installs."""
    if draft.next_page not in {"appointment", "review"} or not draft.needs_visit:
        return visit.go(f"/drafts/{draft.id}/{draft.next_page}")
    return await _appointment(visit, draft)


async def keep_appointment(visit: Visit, draft: Draft) -> Response:
    """Holds the chosen window; the one that was held before is given back."""
    typed = await visit.typed()
    address_id = draft.checked.address_id if draft.checked else ""
    days = await appointments.free(visit.stack, address_id)
    slot, equipment = typed.get("slot", ""), typed.get("equipment", "")
    chosen = next((window for _, windows in days for window in windows if window.id == slot), None)
    if slot == draft.visit.slot and draft.visit.appointment_id:
        visit.drafts.keep(replace(draft, visit=replace(draft.visit, equipment=equipment)))
        return visit.go(f"/drafts/{draft.id}/review")
    if chosen is None or equipment not in dict(appointments.EQUIPMENT):
        return await _appointment(visit, draft, {"slot": "Choose a window that is still free."})
    held = await appointments.hold(visit.stack, address_id, chosen)
    if draft.visit.appointment_id:
        await appointments.let_go(visit.stack, draft.visit.appointment_id)
    visit.drafts.keep(replace(draft, visit=TechnicianVisit(slot, equipment, held, f"{chosen.local} ({chosen.zone})")))
    return visit.go(f"/drafts/{draft.id}/review")


async def review_page(visit: Visit, draft: Draft) -> Response:
    """Wizard page 3: everything as typed, with a fresh quote."""
    if draft.next_page != "review":
        return visit.go(f"/drafts/{draft.id}/{draft.next_page}")
    return await _review(visit, draft)


async def submit(visit: Visit, draft: Draft) -> Response:
    """Sends the order; the draft and its order number stay when the order system does not take it."""
    if draft.next_page != "review":
        return visit.go(f"/drafts/{draft.id}/{draft.next_page}")
    try:
        order_id = await place(visit.stack, draft)
    except SystemDown as down:
        words = f"Nothing was ordered. Draft {draft.order_number} is kept: try Submit order again in a moment."
        return await _review(visit, draft, Failure(f"The {system_name(down.system)} is not answering.", words), 503)
    except CallRefused as refused:
        words = f"{refusal(refused)}. Draft {draft.order_number} is kept."
        title = f"The {system_name(refused.system)} did not accept the order."
        return await _review(visit, draft, Failure(title, words), 422)
    visit.drafts.submitted(draft, order_id)
    return visit.go(f"/orders/{order_id}?notice=submitted")


async def discard(visit: Visit, draft: Draft) -> Response:
    """Throws the draft away."""
    visit.drafts.discard(draft)
    return visit.go(f"/customers/{draft.customer_id}?notice=discarded")


def _as_kept(stack: Stack, page: Page) -> Page:
    """What the draft keeps of a posted page: every character as it was typed."""
    if stack.defects.on("D11"):
        return without_leading_zeros(page)
    return page


async def _address(
    visit: Visit, draft: Draft, typed: AddressPage | None = None, problems: Problems | None = None
) -> Response:
    if typed is None:
        typed = draft.address if draft.address_kept or draft.checked is None else draft.checked.typed
        checked = draft.checked
    else:
        checked = draft.checked if draft.checked and draft.checked.typed == typed else None
    return await _wizard(visit, draft, "address", typed=typed, checked=checked, problems=problems or {})


async def _offer(
    visit: Visit, draft: Draft, typed: OfferPage | None = None, problems: Problems | None = None
) -> Response:
    sold, providers, numbers = await asyncio.gather(
        desk.catalogue(visit.stack), desk.providers(visit.stack), section(desk.numbers(visit.stack), {})
    )
    lists: dict[str, Any] = {"offers": sold.bundles, "devices": sold.devices, "providers": providers}
    lists["numbers"] = [(KINDS_OF_NUMBER[kind], free) for kind, free in numbers.value.items() if free]
    return await _wizard(visit, draft, "offer", typed=typed or draft.offer, problems=problems or {}, **lists)


async def _appointment(visit: Visit, draft: Draft, problems: Problems | None = None) -> Response:
    days = await appointments.free(visit.stack, draft.checked.address_id if draft.checked else "")
    zones = sorted({window.zone for _, windows in days for window in windows})
    lists: dict[str, Any] = {"days": days, "zones": zones, "equipment": appointments.EQUIPMENT}
    return await _wizard(visit, draft, "appointment", typed=draft.visit, problems=problems or {}, **lists)


async def _review(visit: Visit, draft: Draft, failure: Failure | None = None, status: int = 200) -> Response:
    whom, priced, providers = await asyncio.gather(
        desk.customer(visit.stack, draft.customer_id), quote(visit.stack, draft), desk.providers(visit.stack)
    )
    groups = review(draft, whom, priced, providers)
    return await _wizard(visit, draft, "review", groups=groups, quote=priced, failure=failure, status=status)


async def _wizard(visit: Visit, draft: Draft, page: str, *, status: int = 200, **values: object) -> Response:
    whom = await desk.customer(visit.stack, draft.customer_id)
    return visit.show(
        f"wizard_{page}.html",
        status=422 if values.get("problems") else status,
        trail=trail_to(whom, ("New order", "")),
        section="customers",
        draft=draft,
        customer=whom,
        page=page,
        **values,
    )
