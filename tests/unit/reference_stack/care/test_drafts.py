"""Drafts keep their order number, belong to one rep, and forget the PIN once ordered."""

from dataclasses import replace

from ringback.reference_stack.care.drafts import CheckedAddress, DraftShelf
from ringback.reference_stack.care.forms import AddressPage, OfferPage

CHECKED = CheckedAddress(AddressPage(), found=True, qualification="green")


def test_a_draft_keeps_its_order_number() -> None:
    """A second Submit of the same draft is the same order."""
    shelf = DraftShelf()
    draft = shelf.new("CUST-1", "rep1", AddressPage())

    kept = shelf.keep(replace(draft, address_kept=True))

    assert kept.order_number == draft.order_number
    assert draft.order_number.startswith("WEB-")


def test_drafts_have_different_order_numbers() -> None:
    """Two drafts are two orders."""
    shelf = DraftShelf()

    numbers = {shelf.new("CUST-1", "rep1", AddressPage()).order_number for _ in range(100)}

    assert len(numbers) == 100


def test_a_draft_is_found_by_its_own_rep_only() -> None:
    """Another rep's draft does not exist for this one."""
    shelf = DraftShelf()
    draft = shelf.new("CUST-1", "rep1", AddressPage())

    assert shelf.find(draft.id, "rep1") == draft
    assert shelf.find(draft.id, "rep2") is None


def test_a_submitted_draft_forgets_the_pin() -> None:
    """The secret lives no longer than the draft is of use."""
    shelf = DraftShelf()
    draft = replace(shelf.new("CUST-1", "rep1", AddressPage()), offer=OfferPage(pin="0042"))

    submitted = shelf.submitted(draft, "PO-1")

    assert (submitted.offer.pin, submitted.order_id) == ("", "PO-1")


def test_only_begun_and_not_ordered_drafts_are_unfinished() -> None:
    """A wizard that was only opened is not worth resuming, an ordered one is done."""
    shelf = DraftShelf()
    shelf.new("CUST-1", "rep1", AddressPage())
    begun = shelf.keep(replace(shelf.new("CUST-1", "rep1", AddressPage()), checked=CHECKED))
    shelf.submitted(replace(shelf.new("CUST-1", "rep1", AddressPage()), checked=CHECKED), "PO-1")

    assert shelf.unfinished("rep1", "CUST-1") == (begun,)
    assert shelf.unfinished("rep1", "CUST-2") == ()


def test_a_full_shelf_drops_the_oldest() -> None:
    """Abandoned drafts do not fill the memory."""
    shelf = DraftShelf(capacity=1)
    oldest = shelf.new("CUST-1", "rep1", AddressPage())
    newest = shelf.new("CUST-1", "rep1", AddressPage())

    assert shelf.find(oldest.id, "rep1") is None
    assert shelf.find(newest.id, "rep1") == newest


def test_a_draft_knows_its_next_page() -> None:
    """Resuming goes to the first page that is not filled in."""
    draft = DraftShelf().new("CUST-1", "rep1", AddressPage())

    pages = [draft, replace(draft, address_kept=True), replace(draft, address_kept=True, offer_kept=True)]

    assert [page.next_page for page in pages] == ["address", "offer", "review"]
