"""From a filled-in draft to an order: may the customer have it, what does it cost, and the order itself."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ringback.reference_stack.care import appointments, desk, forms, requests
from ringback.reference_stack.care.assortment import MOBILE_SPECIFICATION, Bundle, Catalogue, cart
from ringback.reference_stack.care.documents import records, text
from ringback.reference_stack.care.drafts import Draft
from ringback.reference_stack.care.forms import OfferPage, Problems
from ringback.reference_stack.care.review_view import Quote, read_quote
from ringback.reference_stack.kernel.errors import CallRefused

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack


@dataclass(frozen=True, slots=True)
class Qualification:
    """Whether a customer may have an offer; `obstacle` is empty when nothing stands against it."""

    id: str
    obstacle: str


async def offer_problems(stack: Stack, typed: OfferPage) -> Problems:
    """What is wrong on the offer page, measured by what is on sale now."""
    sold, providers, free = await asyncio.gather(desk.catalogue(stack), desk.providers(stack), desk.numbers(stack))
    bundle = sold.bundle(typed.offer)
    built = bundle.specifications if bundle else frozenset(free)
    takes_port = bundle is None or bundle.port_in is not None
    return forms.offer_problems(
        typed,
        offers=[choice.id for choice in sold.bundles],
        devices=[device.id for device in (bundle.devices if bundle else sold.devices)],
        providers={provider.id: provider.needs_pin for provider in providers if takes_port},
        numbers=[number for specification in built for number in free.get(specification, ())],
        has_sim=MOBILE_SPECIFICATION in built,
    )


async def visits(stack: Stack, typed: OfferPage) -> tuple[str, ...]:
    """What of the chosen offer a technician has to come for."""
    return await desk.visited(stack, _bundle(await desk.catalogue(stack), typed).specifications)


async def qualify(stack: Stack, draft: Draft, typed: OfferPage) -> Qualification:
    """Asks whether the customer may have the offerings at the checked address (TMF679)."""
    bundle = _bundle(await desk.catalogue(stack), typed)
    address_id = draft.checked.address_id if draft.checked else ""
    body = requests.offering_qualification(draft.customer_id, address_id, cart(bundle, typed))
    reply = await stack.http.post("offering-qualification", "/productOfferingQualification", json=body)
    answer = reply.document()
    if text(answer.get("qualificationResult")) == "green":
        return Qualification(text(answer.get("id")), "")
    reasons = [
        text(reason.get("label"))
        for item in records(answer.get("productOfferingQualificationItem"))
        for reason in records(item.get("eligibilityUnavailabilityReason"))
    ]
    words = ", ".join(dict.fromkeys(reasons)) or "no reason was given"
    return Qualification(text(answer.get("id")), f"The customer cannot have this offer: {words}.")


async def quote(stack: Stack, draft: Draft) -> Quote:
    """What the draft costs, fresh from the discount engine."""
    sold = await desk.catalogue(stack)
    body = requests.quote(draft.customer_id, cart(_bundle(sold, draft.offer), draft.offer))
    return read_quote((await stack.http.post("pricing", "/pricing/v1/quote", json=body)).document(), sold.names)


async def place(stack: Stack, draft: Draft) -> str:
    """Posts the order and returns its id; the same order number again is answered with the same order."""
    whom, sold, providers, account = await asyncio.gather(
        desk.customer(stack, draft.customer_id),
        desk.catalogue(stack),
        desk.providers(stack),
        desk.account_id(stack, draft.customer_id),
    )
    body = requests.product_order(
        draft,
        whom,
        cart(_bundle(sold, draft.offer), draft.offer),
        account_id=account,
        donor_spid=next((provider.spid for provider in providers if provider.id == draft.offer.provider), ""),
        subscriber=await desk.subscriber(stack, whom),
    )
    if draft.needs_visit:
        await appointments.confirm(stack, draft.visit.appointment_id)
    return text((await stack.http.post("ordering", "/productOrder", json=body)).document().get("id"))


def _bundle(sold: Catalogue, page: OfferPage) -> Bundle:
    bundle = sold.bundle(page.offer)
    if bundle is None:
        raise CallRefused("catalogue", "/productOffering", 409, {"reason": f"{page.offer} is no longer on sale"})
    return bundle
