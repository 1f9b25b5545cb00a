"""Amounts as the care console prints them: to the cent, with the currency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount of one currency, exact to the cent."""

    value: Decimal
    currency: str = "USD"

    def __str__(self) -> str:
        return f"{self.value.quantize(CENT, ROUND_HALF_UP)} {self.currency}"

    @property
    def is_credit(self) -> bool:
        """Whether the customer gets this amount back."""
        return self.value < 0


def from_money(money: object) -> Amount | None:
    """The amount of a TM Forum money value, `{"unit": "USD", "value": 45.0}`; None when there is none."""
    if not isinstance(money, Mapping) or money.get("value") is None:
        return None
    return Amount(Decimal(str(money["value"])), str(money.get("unit") or "USD"))


def from_cents(cents: int, currency: str = "USD") -> Amount:
    """The amount of `cents` minor units."""
    return Amount(Decimal(cents) / 100, currency)


def total(amounts: list[Amount]) -> Amount:
    """The sum of amounts of one currency; 0.00 of the usual currency for none."""
    if not amounts:
        return Amount(Decimal(0))
    return Amount(sum((amount.value for amount in amounts), Decimal(0)), amounts[0].currency)
