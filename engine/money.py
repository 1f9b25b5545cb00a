"""Money as exact decimal with a currency; amounts of different notations compare by value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

ANY_CURRENCY = ""  # an amount whose source does not name one: {cents: 3600}
TEXT = re.compile(r"(-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?) ([A-Z]{3})\Z")
# ISO 4217 minor units that are not two; `{cents: n}` means hundredths and never equals these.
MINOR_UNITS = {
    "JPY": 0,
    "KRW": 0,
    "CLP": 0,
    "VND": 0,
    "ISK": 0,
    "PYG": 0,
    "BHD": 3,
    "KWD": 3,
    "OMR": 3,
    "JOD": 3,
    "TND": 3,
}


@dataclass(frozen=True, slots=True)
class Money:
    """An amount; `currency` is an ISO 4217 code, or ANY_CURRENCY."""

    amount: Decimal
    currency: str

    @classmethod
    def of(cls, value: object) -> Money | None:
        """The money that a value stands for: Money, `36.00 USD`, or TM Forum's {unit, value}; None for all else."""
        if isinstance(value, Money):
            return value
        if isinstance(value, str):
            found = TEXT.match(value.strip())
            return cls(Decimal(found[1].replace(",", "")), found[2]) if found else None
        if isinstance(value, Mapping) and "unit" in value and "value" in value and isinstance(value["unit"], str):
            amount = _decimal(value["value"])
            return cls(amount, value["unit"]) if amount is not None else None
        return None

    @classmethod
    def of_cents(cls, value: object) -> Money | None:
        """The money of a source that counts hundredths without a currency; None when `value` is not a whole number."""
        amount = _decimal(value)
        if amount is None or amount != amount.to_integral_value():
            return None
        return cls(amount.scaleb(-2).quantize(Decimal("0.01")), ANY_CURRENCY)

    def equals(self, other: Money) -> bool:
        """Whether both are the same amount of the same (or of an unnamed two-decimal) currency."""
        return self.amount == other.amount and self.comparable(other)

    def comparable(self, other: Money) -> bool:
        """Whether the currencies allow a comparison."""
        if self.currency == other.currency:
            return True
        named = self.currency or other.currency
        return ANY_CURRENCY in (self.currency, other.currency) and MINOR_UNITS.get(named, 2) == 2

    def plus(self, other: Money) -> Money:
        """The sum; ValueError for two different currencies."""
        if not self.comparable(other):
            message = f"{self} and {other} have different currencies"
            raise ValueError(message)
        return Money(self.amount + other.amount, self.currency or other.currency)

    def times(self, factor: Decimal) -> Money:
        """The product with a plain number."""
        return Money(self.amount * factor, self.currency)

    def __str__(self) -> str:
        amount = self.amount
        if MINOR_UNITS.get(self.currency, 2) == 2 and amount.as_tuple().exponent != -2 and amount == round(amount, 2):
            amount = amount.quantize(Decimal("0.01"))
        return f"{amount} {self.currency}".rstrip()


def _decimal(value: object) -> Decimal | None:
    """An exact decimal; a float by its shortest text, so that 45.1 is 45.1; None for booleans and all else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        amount = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def decimal_of(value: object) -> Decimal | None:
    """The exact number a value stands for (a number, or decimal text), or None."""
    return _decimal(value)
