"""What usage costs: a table of rates per offering, home and abroad."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

OUR_NETWORK = "USARB"
GIGABYTE = 1_000_000_000
_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Rate:
    """Cents per begun block of so many units."""

    name: str
    cents: int
    block: int


@dataclass(frozen=True, slots=True)
class Tariff:
    """The rates of an offering by kind of usage, at home and abroad; `included` bytes a month cost nothing at home."""

    home: Mapping[str, Rate]
    roaming: Mapping[str, Rate]
    included: int


_FREE = {kind: Rate(name, 0, 1) for kind, name in (
    ("voice", "Call"), ("voiceIn", "Incoming call"), ("sms", "Message"), ("smsIn", "Incoming message"),
)}  # fmt: skip
_ABROAD = {
    "voice": Rate("Call abroad", 25, 60),
    "voiceIn": Rate("Incoming call abroad", 10, 60),
    "sms": Rate("Message abroad", 10, 1),
    "smsIn": Rate("Incoming message abroad", 0, 1),
    "data": Rate("Data abroad", 5, _MEGABYTE),
}
_BEYOND = {"data": Rate("Data beyond the allowance", 1, _MEGABYTE)}
_PREPAID = {
    "voice": Rate("Call", 10, 60),
    "voiceIn": Rate("Incoming call", 0, 60),
    "sms": Rate("Message", 5, 1),
    "smsIn": Rate("Incoming message", 0, 1),
    "data": Rate("Data", 1, _MEGABYTE),
}
TARIFFS: Mapping[str, Tariff] = {
    "MOBILE-SILVER": Tariff(_FREE | _BEYOND, _ABROAD, 5 * GIGABYTE),
    "MOBILE-GOLD": Tariff(_FREE | _BEYOND, _ABROAD, 20 * GIGABYTE),
    "MOBILE-PLATINUM": Tariff(_FREE | _BEYOND, _ABROAD, 50 * GIGABYTE),
    "PREPAID-START": Tariff(_PREPAID, _ABROAD, 0),
}


@dataclass(frozen=True, slots=True)
class Use:
    """A piece of usage as it is rated; `before` is what the line used of its allowance earlier in the month."""

    offering: str
    kind: str
    quantity: int
    roaming: bool = False
    before: int = 0
    passed: bool = False


def rated(use: Use) -> tuple[str, int] | None:
    """The name of the rate and the cents; None when no tariff knows the offering or the kind."""
    tariff = TARIFFS.get(use.offering)
    rate = (tariff.roaming if use.roaming else tariff.home).get(use.kind) if tariff else None
    if tariff is None or rate is None:
        return None
    if use.roaming and use.passed:
        return f"{rate.name}, in the pass", 0
    quantity = use.quantity
    if use.kind == "data" and not use.roaming:
        quantity = max(0, use.before + use.quantity - max(tariff.included, use.before))
    return rate.name, -(-quantity // rate.block) * rate.cents
