"""What a rep may type into the order wizard: one rule and one message per field."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TypeVar

from ringback.reference_stack.care.check_digits import digits, is_eid, is_iccid, is_imei, optional

NANP = re.compile(r"[2-9]\d{2}[2-9]\d{6}")
PHONE_PUNCTUATION = re.compile(r"[\s().\-+]")
STATES = frozenset(
    [
        "AL",
        "AK",
        "AZ",
        "AR",
        "CA",
        "CO",
        "CT",
        "DE",
        "DC",
        "FL",
        "GA",
        "HI",
        "ID",
        "IL",
        "IN",
        "IA",
        "KS",
        "KY",
        "LA",
        "ME",
        "MD",
        "MA",
        "MI",
        "MN",
        "MS",
        "MO",
        "MT",
        "NE",
        "NV",
        "NH",
        "NJ",
        "NM",
        "NY",
        "NC",
        "ND",
        "OH",
        "OK",
        "OR",
        "PA",
        "RI",
        "SC",
        "SD",
        "TN",
        "TX",
        "UT",
        "VT",
        "VA",
        "WA",
        "WV",
        "WI",
        "WY",
    ]
)
Problems = Mapping[str, str]
Rule = tuple[Callable[[str], object], str]
_DIGITS = ("iccid", "eid", "own_imei")


@dataclass(frozen=True, slots=True)
class AddressPage:
    """Wizard page 1 as typed; every value is text, so a leading zero is a character like any other."""

    street_number: str = ""
    street: str = ""
    unit: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""

    @property
    def line(self) -> str:
        """The address on one line, as on an envelope; empty without a street."""
        street = " ".join(filter(None, (self.street_number, self.street, self.unit)))
        return f"{street}, {self.city}, {self.state} {self.zip}" if self.street else ""


@dataclass(frozen=True, slots=True)
class OfferPage:
    """Wizard page 2 as typed; an empty device or provider means that there is none.

    An empty `sim` is a card of our stock (the one of `iccid` where it is named), `esim` a profile for `eid`.
    """

    offer: str = ""
    device: str = ""
    provider: str = ""
    number: str = ""
    account_number: str = ""
    pin: str = ""
    credit_consent: str = ""
    new_number: str = ""
    sim: str = ""
    iccid: str = ""
    eid: str = ""
    own_imei: str = ""

    @property
    def ports_in(self) -> bool:
        """Whether the customer brings a number from another provider."""
        return bool(self.provider)


Page = TypeVar("Page", AddressPage, OfferPage)


def read_address(form: Mapping[str, object]) -> AddressPage:
    """The address page of a posted form."""
    page = AddressPage(**{field.name: _text(form, field.name) for field in fields(AddressPage)})
    return replace(page, state=page.state.upper())


def read_offer(form: Mapping[str, object]) -> OfferPage:
    """The offer page of a posted form, with the number reduced to its ten digits where it has a readable mask."""
    page = OfferPage(**{field.name: _text(form, field.name) for field in fields(OfferPage)})
    return replace(page, number=plain_number(page.number), **{name: digits(getattr(page, name)) for name in _DIGITS})


def plain_number(typed: str) -> str:
    """`(617) 555-0123` or `+1 617 555 0123` as `6175550123`; anything else unchanged, for the message to show."""
    digits = PHONE_PUNCTUATION.sub("", typed)
    if len(digits) == 11 and digits.startswith("1"):
        digits = digits[1:]
    return digits if digits.isdecimal() else typed


def address_problems(page: AddressPage) -> Problems:
    """What is wrong on the address page, by field."""
    return _problems(
        page,
        {
            "street_number": (_matches(r"[0-9A-Za-z/ -]{1,10}"), "Enter the street number, up to 10 characters."),
            "street": (_matches(r".{1,60}"), "Enter the street, for example Main St."),
            "unit": (_matches(r".{0,10}"), "Enter the unit with up to 10 characters."),
            "city": (_matches(r".{1,32}"), "Enter the city."),
            "state": (STATES.__contains__, "Enter the two-letter state, for example MA."),
            "zip": (_matches(r"\d{5}"), "Enter the ZIP as 5 digits, with its leading zero: 02139."),
        },
    )


def offer_problems(
    page: OfferPage,
    *,
    offers: Sequence[str],
    devices: Sequence[str],
    providers: Mapping[str, bool],
    numbers: Sequence[str] = (),
    has_sim: bool = True,
) -> Problems:
    """What is wrong on the offer page, by field.

    Args:
        page: The page as typed.
        offers: Ids that may be chosen.
        devices: Ids that may be chosen.
        providers: Ids that may be chosen, each with whether it asks for a PIN.
        numbers: The free numbers that the offer may get.
        has_sim: Whether the offer is one with a SIM.
    """
    rules: dict[str, Rule] = {
        "offer": (offers.__contains__, "Choose an offer."),
        "device": (lambda value: not value or value in devices, "Choose a device of the list, or none."),
        "provider": (lambda value: not value or value in providers, "Choose a provider of the list, or none."),
        "credit_consent": (bool, "The credit check needs the customer's consent."),
        "new_number": (lambda value: not value or value in numbers, "Choose a free number that suits the offer."),
        "sim": (lambda value: value in {"", "esim"} and (has_sim or not value), "This offer has no SIM."),
    }
    rules |= sim_rules(page.sim)
    if page.ports_in:
        pin_pattern = r"[0-9A-Za-z]{1,15}" if providers.get(page.provider) else r"[0-9A-Za-z]{0,15}"
        rules |= {
            "number": (NANP.fullmatch, "Enter the number as 10 digits, for example (617) 555-0123."),
            "account_number": (
                _matches(r"[0-9A-Za-z-]{1,20}"),
                "Enter the account number at the previous provider, up to 20 letters and digits.",
            ),
            "pin": (_matches(pin_pattern), "Enter the PIN of the previous provider, up to 15 letters and digits."),
        }
        rules["new_number"] = (lambda value: not value, "The customer keeps a number: choose no new one.")
    elif page.number:
        rules["provider"] = (bool, "Choose the provider that the number comes from.")
    return _problems(page, rules)


def sim_rules(sim: str) -> dict[str, Rule]:
    """What ICCID, EID and IMEI have to be, given the kind of SIM."""
    eid = "Enter the EID with its 32 digits; its check digits must be right."
    iccid = "Enter the 19 or 20 digits of the card; the last is its check digit."
    return {
        "iccid": ((lambda value: not value) if sim == "esim" else optional(is_iccid), iccid),
        "eid": (is_eid if sim == "esim" else (lambda value: not value), eid),
        "own_imei": (optional(is_imei), "Enter the 15 digits of the IMEI; the last is its check digit."),
    }


def correction_problems(account_number: str, pin: str) -> Problems:
    """What is wrong with a port correction: it names an account number, a PIN or both."""
    problems: dict[str, str] = {}
    if not account_number and not pin:
        problems["pin"] = "Enter the corrected PIN or account number."
    if not re.fullmatch(r"[0-9A-Za-z-]{0,20}", account_number):
        problems["account_number"] = "Use up to 20 letters and digits."
    if not re.fullmatch(r"[0-9A-Za-z]{0,15}", pin):
        problems["pin"] = "Use up to 15 letters and digits."
    return problems


def without_leading_zeros(page: Page) -> Page:
    """The page with ZIP, account number and PIN as if they were numbers (defect D11 only)."""
    numeric = {field.name for field in fields(page)} & {"zip", "account_number", "pin"}
    return replace(page, **{name: getattr(page, name).lstrip("0") for name in numeric})


def _problems(page: object, rules: Mapping[str, Rule]) -> Problems:
    return {name: message for name, (holds, message) in rules.items() if not holds(getattr(page, name))}


def _matches(pattern: str) -> Callable[[str], object]:
    return re.compile(pattern).fullmatch


def _text(form: Mapping[str, object], name: str) -> str:
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""
