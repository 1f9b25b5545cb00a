"""What the wizard shows is what it sends: the cart, the quote, the review and the order document."""

from dataclasses import replace

import pytest

from ringback.reference_stack.care import requests
from ringback.reference_stack.care.assortment import Bundle, Choice, cart, catalogue
from ringback.reference_stack.care.customer_view import Customer, customer
from ringback.reference_stack.care.drafts import CheckedAddress, Draft
from ringback.reference_stack.care.forms import AddressPage, OfferPage
from ringback.reference_stack.care.review_view import read_quote, review

ADDRESS = AddressPage("77", "Massachusetts Ave", "", "Cambridge", "MA", "02139")
OFFER = OfferPage("BUNDLE", "PHX-128", "north-tel", "6175550123", "0012345", "0042", "yes")
OFFERINGS: list[dict[str, object]] = [
    {"id": "BUNDLE", "name": "Mobile Gold bundle", "isBundle": True, "lifecycleStatus": "Active",
     "bundledProductOffering": [{"id": "GOLD"}, {"id": "PHX-128"}, {"id": "PHX-256"}, {"id": "PORT-IN"}]},
    {"id": "OLD", "name": "Old bundle", "isBundle": True, "lifecycleStatus": "Retired"},
    {"id": "GOLD", "name": "Mobile Gold", "productSpecification": {"id": "PS-MOBILE"}},
    {"id": "PHX-128", "name": "Phoenix 128 GB", "productSpecification": {"id": "PS-DEVICE"}},
    {"id": "PHX-256", "name": "Phoenix 256 GB", "productSpecification": {"id": "PS-DEVICE"}},
    {"id": "PORT-IN", "name": "Keep your number", "productSpecification": {"id": "PS-PORTIN"}},
    {"id": "SAVER-20", "name": "Fibre and mobile saver"},
]  # fmt: skip
QUOTE = {
    "items": [
        {
            "itemNo": "2",
            "offeringId": "GOLD",
            "prices": [{"priceType": "recurring", "amount": 4500, "currency": "USD"}],
        },
    ],
    "promotionItems": [
        {
            "itemNo": "5",
            "offeringId": "SAVER-20",
            "prices": [{"priceType": "credit", "amount": -900, "currency": "USD", "months": 3}],
        },
    ],
    "totals": {"monthly": 3600, "oneTime": 2500, "installmentMonthly": 3000, "installmentMonths": 24},
}


@pytest.fixture
def bundle() -> Bundle:
    """The bundle on sale."""
    found = catalogue(OFFERINGS).bundle("BUNDLE")
    assert found is not None
    return found


@pytest.fixture
def whom() -> Customer:
    """A customer."""
    return customer({"id": "CUST-1", "name": "Ann Whitfield", "engagedParty": {"id": "IND-1"}})


@pytest.fixture
def draft() -> Draft:
    """A draft that is ready for review."""
    checked = CheckedAddress(ADDRESS, found=True, address_id="ADR-1", qualification="green")
    kept = Draft("d", "WEB-1", "CUST-1", "rep1", ADDRESS, checked)
    return replace(kept, address_kept=True, offer=OFFER, offer_kept=True)


def test_only_bundles_on_sale_are_offered(bundle: Bundle) -> None:
    """A retired bundle is gone at once, and children are sorted by their specification."""
    sold = catalogue(OFFERINGS)

    assert [choice.id for choice in sold.bundles] == ["BUNDLE"]
    assert [device.name for device in sold.devices] == ["Phoenix 128 GB", "Phoenix 256 GB"]
    assert (bundle.plans, bundle.port_in) == ((Choice("GOLD", "Mobile Gold"),), Choice("PORT-IN", "Keep your number"))


def test_the_cart_holds_what_was_chosen(bundle: Bundle) -> None:
    """The device and the port are in the cart only when the rep chose them."""
    chosen = cart(bundle, OFFER)
    plain = cart(bundle, replace(OFFER, device="", provider=""))

    assert [(item.no, item.offering.id, item.parent_no) for item in chosen] == [
        ("1", "BUNDLE", ""), ("2", "GOLD", "1"), ("3", "PHX-128", "1"), ("4", "PORT-IN", "1"),
    ]  # fmt: skip
    assert [item.offering.id for item in plain] == ["BUNDLE", "GOLD"]


def test_the_review_repeats_every_string_unchanged(draft: Draft, whom: Customer) -> None:
    """Leading zeros are on the review page as they were typed, beside totals to the cent."""
    quoted = read_quote(QUOTE, catalogue(OFFERINGS).names)

    groups = review(draft, whom, quoted, [Choice("north-tel", "north-tel")])

    shown = {entry.label: entry.value for group in groups for entry in group.values}
    expected = {
        "Customer": "Ann Whitfield",
        "ZIP": "02139",
        "Offer": "Mobile Gold bundle",
        "Device": "Phoenix 128 GB",
        "Previous provider": "north-tel",
        "Number to port": "6175550123",
        "Account number": "0012345",
        "PIN": "0042",
        "Promotion": "Fibre and mobile saver: 9.00 USD off each month for 3 months",
        "Monthly total": "36.00 USD",
        "Due today": "25.00 USD",
        "Device instalments": "24 x 30.00 USD",
    }
    assert expected.items() <= shown.items()


def test_a_lost_promotion_is_told(draft: Draft, whom: Customer) -> None:
    """Without a promotion item the review says so."""
    quoted = read_quote({**QUOTE, "promotionItems": []}, {})

    assert quoted.promotion == "None"


def test_the_order_carries_every_character_as_text(draft: Draft, whom: Customer, bundle: Bundle) -> None:
    """Account number, PIN and ZIP travel as the rep typed them, under the draft's own number."""
    document = requests.product_order(
        draft, whom, cart(bundle, OFFER), account_id="ACC-1", donor_spid="8Y02", subscriber=("Ann", "Whitfield")
    )

    items = document["productOrderItem"]
    assert isinstance(items, list)
    sent = {entry["name"]: entry["value"] for entry in items[3]["product"]["productCharacteristic"]}
    assert document["externalId"] == "WEB-1"
    assert document["billingAccount"] == {"id": "ACC-1"}
    assert (sent["accountNumber"], sent["pin"], sent["zip"]) == ("0012345", "0042", "02139")
    assert (sent["portInTn"], sent["donorSpid"], sent["lastName"]) == ("6175550123", "8Y02", "Whitfield")
    assert [item["action"] for item in items] == ["add"] * 4
