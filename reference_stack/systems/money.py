"""Money on the wire: cents in the tables, TM Forum's unit and value in documents."""

from __future__ import annotations


def money(cents: int, currency: str = "USD") -> dict[str, object]:
    """``{"unit": "USD", "value": 45.0}``."""
    return {"unit": currency, "value": cents / 100}


def price(price_type: str, cents: int, currency: str, months: int | None = None) -> dict[str, object]:
    """A TM Forum price with its period; instalments and credits say for how many months."""
    found: dict[str, object] = {"priceType": price_type, "price": {"dutyFreeAmount": money(cents, currency)}}
    if price_type != "oneTime":
        found["recurringChargePeriod"] = "month"
    return found | ({"months": months} if months else {})
