"""The wizard's fields are text, keep leading zeros, and each has its own message."""

from dataclasses import replace

import pytest

from ringback.reference_stack.care.forms import (
    AddressPage,
    OfferPage,
    Problems,
    address_problems,
    correction_problems,
    offer_problems,
    plain_number,
    read_address,
    read_offer,
    without_leading_zeros,
)

ADDRESS = AddressPage("77", "Massachusetts Ave", "", "Cambridge", "MA", "02139")
OFFER = OfferPage("GOLD", "PHX-128", "north-tel", "6175550123", "0012345", "0042", "yes")


def problems_of(page: OfferPage) -> Problems:
    """The problems of a page where GOLD, PHX-128 and two providers may be chosen."""
    providers = {"north-tel": True, "open-mobile": False}
    return offer_problems(page, offers=["GOLD"], devices=["PHX-128"], providers=providers)


def test_leading_zeros_survive_reading() -> None:
    """ZIP, account number and PIN are kept character by character."""
    address = read_address({"street_number": "7", "zip": " 02139 ", "state": "ma"})
    offer = read_offer({"account_number": "0012345", "pin": "0042"})

    assert (address.zip, address.state) == ("02139", "MA")
    assert (offer.account_number, offer.pin) == ("0012345", "0042")


@pytest.mark.parametrize("typed", ["(617) 555-0123", "617.555.0123", "+1 617 555 0123", "1-617-555-0123", "6175550123"])
def test_a_masked_number_becomes_ten_digits(typed: str) -> None:
    """A number may be typed as it is spoken or printed."""
    assert plain_number(typed) == "6175550123"


def test_a_number_with_letters_is_left_as_typed() -> None:
    """What cannot be a number is shown back unchanged."""
    assert plain_number("617-GET-FIBRE") == "617-GET-FIBRE"


def test_a_right_page_has_no_problems() -> None:
    """The flagship's own values are accepted."""
    assert address_problems(ADDRESS) == {}
    assert problems_of(OFFER) == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [("zip", "2139"), ("zip", "021390"), ("state", "XX"), ("city", ""), ("street_number", "12345678901")],
)
def test_each_wrong_address_field_is_named(field: str, value: str) -> None:
    """A wrong field is reported under its own name and no other."""
    assert set(address_problems(replace(ADDRESS, **{field: value}))) == {field}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("offer", ""),
        ("device", "BRICK-1"),
        ("provider", "nobody"),
        ("number", "617555012"),
        ("number", "1175550123"),
        ("account_number", ""),
        ("account_number", "00 12"),
        ("pin", ""),
        ("pin", "0042-0042-0042-0"),
        ("credit_consent", ""),
    ],
)
def test_each_wrong_offer_field_is_named(field: str, value: str) -> None:
    """A wrong field is reported under its own name."""
    assert field in problems_of(replace(OFFER, **{field: value}))


def test_a_pin_is_needed_only_where_the_provider_asks() -> None:
    """A provider that does not check a PIN gets an order without one."""
    assert problems_of(replace(OFFER, provider="open-mobile", pin="")) == {}


def test_without_a_provider_nothing_is_ported() -> None:
    """A new number needs no account, and a number without its provider is a mistake."""
    new_number = replace(OFFER, provider="", number="", account_number="", pin="")

    assert problems_of(new_number) == {}
    assert set(problems_of(replace(new_number, number="6175550123"))) == {"provider"}


def test_a_correction_names_at_least_one_value() -> None:
    """Nothing typed is nothing to send."""
    assert set(correction_problems("", "")) == {"pin"}
    assert correction_problems("", "0042") == {}
    assert set(correction_problems("a b", "0 0")) == {"account_number", "pin"}


def test_the_defect_trims_exactly_the_three_numeric_looking_fields() -> None:
    """D11 loses the zeros of ZIP, account number and PIN and leaves the rest alone."""
    assert without_leading_zeros(ADDRESS) == replace(ADDRESS, zip="2139")
    assert without_leading_zeros(OFFER) == replace(OFFER, account_number="12345", pin="42")
