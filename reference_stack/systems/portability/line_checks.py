"""What must agree before a number is let go: the line, its account, its PIN, its address and its owner's name."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """A line of ours as the checks see it; one that we do not have is empty."""

    tn: str
    is_ours: bool = False
    is_active: bool = False
    is_frozen: bool = False
    product: str = ""
    customer: str = ""
    account: str = ""
    pin: str = ""
    last4: str = ""
    zip: str = ""
    given_name: str = ""
    family_name: str = ""
    name: str = ""


def plain(value: str) -> str:
    """A text for comparison: letters and digits only, without case and accents."""
    folded = unicodedata.normalize("NFKD", value).casefold()
    return "".join(letter for letter in folded if letter.isalnum())


def refusal_of(line: Line, asked: Mapping[str, str], *, is_pending: bool) -> str:
    """The reason code of the first thing that does not agree; empty when the number may go."""
    checks = (
        ("TNF", line.is_ours),
        ("TNI", line.is_active),
        ("FRZ", not line.is_frozen),
        ("PND", not is_pending),
        ("ACC", _account_agrees(line, asked)),
        ("PIN", asked.get("pin", "") == line.pin),
        ("ZIP", asked.get("zip", "") == line.zip),
        ("NAM", _name_agrees(line, asked)),
    )
    return next((code for code, agrees in checks if not agrees), "")


def _account_agrees(line: Line, asked: Mapping[str, str]) -> bool:
    """Account number or tax id: where both are given, one of them is enough."""
    by_account = plain(asked.get("account_no", "")) == plain(line.account)
    by_tax_id = bool(asked.get("tax_id4")) and asked["tax_id4"] == line.last4
    return by_account or by_tax_id


def _name_agrees(line: Line, asked: Mapping[str, str]) -> bool:
    if asked.get("bus_name"):
        return plain(asked["bus_name"]) == plain(line.name)
    first, last = asked.get("first_name", ""), asked.get("last_name", "")
    return plain(last) == plain(line.family_name) and (not first or plain(first) == plain(line.given_name))
