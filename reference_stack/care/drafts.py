"""Order drafts of the wizard: kept in memory only, because a draft holds a customer's PIN."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from ringback.reference_stack.care.forms import AddressPage, OfferPage

# Without letters and digits that look alike: a rep reads an order number out on the phone.
READABLE = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def mint_order_number() -> str:
    """A new order number of the web channel, for example WEB-7F3K2M9QTD."""
    return "WEB-" + "".join(secrets.choice(READABLE) for _ in range(10))


@dataclass(frozen=True, slots=True)
class CheckedAddress:
    """What location and qualification answered for one typed address."""

    typed: AddressPage
    found: bool
    address_id: str = ""
    formatted: str = ""
    qualification_id: str = ""
    qualification: str = ""
    message: str = ""
    alternatives: tuple[AddressPage, ...] = ()

    @property
    def is_serviceable(self) -> bool:
        """Whether the order may go on with this address."""
        return self.found and self.qualification == "green"


@dataclass(frozen=True, slots=True)
class Visit:
    """When a technician comes and what he brings; `appointment_id` is the window that is held for the customer."""

    slot: str = ""
    equipment: str = ""
    appointment_id: str = ""
    window: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """One unfinished order. Its order number is minted once, so that a second Submit is the same order."""

    id: str
    order_number: str
    customer_id: str
    rep: str
    address: AddressPage = field(default_factory=AddressPage)
    checked: CheckedAddress | None = None
    address_kept: bool = False
    offer: OfferPage = field(default_factory=OfferPage)
    offer_kept: bool = False
    offering_qualification_id: str = ""
    visited: tuple[str, ...] = ()
    visit: Visit = field(default_factory=Visit)
    order_id: str = ""

    @property
    def needs_visit(self) -> bool:
        """Whether a technician has to come for something in the cart."""
        return bool(self.visited)

    @property
    def next_page(self) -> str:
        """The first wizard page that is still to be filled in."""
        if not self.address_kept:
            return "address"
        if not self.offer_kept:
            return "offer"
        return "appointment" if self.needs_visit and not self.visit.appointment_id else "review"

    @property
    def is_started(self) -> bool:
        """Whether a rep has typed anything worth keeping."""
        return not self.order_id and (self.checked is not None or self.address_kept)


class DraftShelf:
    """All drafts of all reps; the least recently used go first when the shelf is full."""

    def __init__(self, capacity: int = 2000, mint: Callable[[], str] = mint_order_number) -> None:
        self._drafts: OrderedDict[str, Draft] = OrderedDict()
        self._capacity = capacity
        self._mint = mint

    def new(self, customer_id: str, rep: str, address: AddressPage) -> Draft:
        """Starts a draft for a customer."""
        return self.keep(Draft(secrets.token_urlsafe(9), self._mint(), customer_id, rep, address))

    def keep(self, draft: Draft) -> Draft:
        """Stores a draft in place of its earlier version."""
        self._drafts[draft.id] = draft
        self._drafts.move_to_end(draft.id)
        while len(self._drafts) > self._capacity:
            self._drafts.popitem(last=False)
        return draft

    def find(self, draft_id: str, rep: str) -> Draft | None:
        """A rep's own draft; None for an unknown one or another rep's."""
        draft = self._drafts.get(draft_id)
        return draft if draft is not None and draft.rep == rep else None

    def submitted(self, draft: Draft, order_id: str) -> Draft:
        """Marks a draft as ordered and forgets the secret in it."""
        return self.keep(replace(draft, order_id=order_id, offer=replace(draft.offer, pin="")))

    def discard(self, draft: Draft) -> None:
        """Throws a draft away."""
        self._drafts.pop(draft.id, None)

    def unfinished(self, rep: str, customer_id: str | None = None) -> tuple[Draft, ...]:
        """A rep's drafts that were begun and not yet ordered, latest first."""
        drafts = (draft for draft in reversed(self._drafts.values()) if draft.rep == rep and draft.is_started)
        return tuple(draft for draft in drafts if customer_id in {None, draft.customer_id})
