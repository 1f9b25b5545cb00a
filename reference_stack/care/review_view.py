"""The review page: what was typed, unchanged, and what the discount engine quotes for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from ringback.reference_stack.care.amounts import Amount, from_cents
from ringback.reference_stack.care.appointments import EQUIPMENT
from ringback.reference_stack.care.assortment import Choice
from ringback.reference_stack.care.customer_view import Customer
from ringback.reference_stack.care.documents import Document, record, records, text
from ringback.reference_stack.care.drafts import Draft, Visit
from ringback.reference_stack.care.forms import OfferPage
from ringback.reference_stack.care.prices import Price, Totals, quoted_prices, totals

NOTHING = "None"


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """One line of the quote: an item or what a promotion adds to it."""

    name: str
    prices: tuple[Price, ...]
    is_promotion: bool


@dataclass(frozen=True, slots=True)
class Quote:
    """What the cart costs."""

    lines: tuple[QuoteLine, ...]
    totals: Totals
    names: Mapping[str, str]

    @property
    def promotion(self) -> str:
        """The promotions that the cart earns, as a rep tells them."""
        told = [_promotion_text(line) for line in self.lines if line.is_promotion]
        return ", ".join(told) or NOTHING


@dataclass(frozen=True, slots=True)
class Labelled:
    """One value with its label; `test_id` is what a test finds it by."""

    label: str
    value: str
    is_code: bool = False

    @property
    def test_id(self) -> str:
        """The label as an identifier: `Monthly total` -> `monthly-total`."""
        return self.label.lower().replace(" ", "-")


@dataclass(frozen=True, slots=True)
class Group:
    """Labelled values under one heading; `page` is the wizard page where they are changed."""

    title: str
    values: tuple[Labelled, ...]
    page: str = ""


def read_quote(document: Document, names: Mapping[str, str]) -> Quote:
    """The quote of a pricing answer; `names` gives the offerings' names by id."""
    items = [(item, False) for item in records(document.get("items"))]
    items += [(item, True) for item in records(document.get("promotionItems"))]
    lines = tuple(
        QuoteLine(_name(item, names), quoted_prices(item), is_promotion=is_promotion) for item, is_promotion in items
    )
    return Quote(lines, _totals(record(document.get("totals")), lines), names)


def review(draft: Draft, customer: Customer, quoted: Quote, providers: Sequence[Choice]) -> list[Group]:
    """What the review page repeats and quotes, in groups."""
    page, address = draft.offer, draft.address
    return [
        Group(
            "Customer and address",
            (
                Labelled("Customer", customer.name),
                Labelled("Customer id", customer.id, is_code=True),
                Labelled("Address", address.line),
                Labelled("ZIP", address.zip, is_code=True),
                Labelled("Service qualification", draft.checked.qualification if draft.checked else ""),
            ),
            "address",
        ),
        Group("Offer and device", _offer_values(page, quoted), "offer"),
        Group("Number", _port_values(page, providers), "offer"),
        *([Group("SIM", sim, "offer")] if (sim := _sim_values(page)) else []),
        *([Group("Appointment", _visit_values(draft.visit), "appointment")] if draft.needs_visit else []),
        Group("Credit", (Labelled("Credit consent", "Given"),), "offer"),
        Group(
            "Price",
            (
                Labelled("Promotion", quoted.promotion),
                Labelled("Monthly total", str(quoted.totals.monthly)),
                Labelled("Due today", str(quoted.totals.once)),
                Labelled("Device instalments", quoted.totals.instalments or NOTHING),
            ),
        ),
    ]


def _offer_values(page: OfferPage, quoted: Quote) -> tuple[Labelled, ...]:
    offer = Labelled("Offer", quoted.names.get(page.offer, page.offer))
    if not page.device:
        return offer, Labelled("Device", NOTHING)
    device = Labelled("Device", quoted.names.get(page.device, page.device))
    return offer, device, Labelled("Device SKU", page.device, is_code=True)


def _port_values(page: OfferPage, providers: Sequence[Choice]) -> tuple[Labelled, ...]:
    if not page.ports_in:
        chosen = (Labelled("New number", page.new_number, is_code=True),) if page.new_number else ()
        return (*chosen, Labelled("Number to port", NOTHING))
    name = next((provider.name for provider in providers if provider.id == page.provider), page.provider)
    return (
        Labelled("Previous provider", name),
        Labelled("Number to port", page.number, is_code=True),
        Labelled("Account number", page.account_number, is_code=True),
        Labelled("PIN", page.pin, is_code=True),
    )


def _sim_values(page: OfferPage) -> tuple[Labelled, ...]:
    """What was chosen about the SIM; nothing when any card will do."""
    kind = (Labelled("SIM", "eSIM"), Labelled("EID", page.eid, is_code=True)) if page.sim else ()
    card = (Labelled("SIM", "Card"), Labelled("ICCID", page.iccid, is_code=True)) if page.iccid else ()
    device = (Labelled("Own device IMEI", page.own_imei, is_code=True),) if page.own_imei else ()
    return (*kind, *card, *device)


def _visit_values(visit: Visit) -> tuple[Labelled, ...]:
    return Labelled("Appointment", visit.window), Labelled("Equipment", dict(EQUIPMENT).get(visit.equipment, ""))


def _name(item: Document, names: Mapping[str, str]) -> str:
    offering_id = text(item.get("offeringId"))
    return text(item.get("name") or item.get("offeringName")) or names.get(offering_id, offering_id)


def _totals(document: Document, lines: Sequence[QuoteLine]) -> Totals:
    """The totals as the discount engine gives them; its lines only tell the currency."""
    prices = list(chain.from_iterable(line.prices for line in lines))
    currency = prices[0].amount.currency if prices else "USD"
    if not document:
        return totals(prices)
    months, instalment = (int(document.get("installmentMonths") or 0), int(document.get("installmentMonthly") or 0))
    return Totals(
        monthly=from_cents(int(document.get("monthly") or 0), currency),
        once=from_cents(int(document.get("oneTime") or 0), currency),
        instalments=f"{months} x {from_cents(instalment, currency)}" if months else "",
    )


def _promotion_text(line: QuoteLine) -> str:
    credit = next((price for price in line.prices if price.amount.value), None)
    if credit is None:
        return line.name
    saving = Amount(abs(credit.amount.value), credit.amount.currency)
    return f"{line.name}: {saving} off each month" + (f" for {credit.months} months" if credit.months else "")
