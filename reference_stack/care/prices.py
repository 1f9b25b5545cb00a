"""Prices of products, orders and quotes, sorted into what is due when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ringback.reference_stack.care.amounts import Amount, from_cents, from_money, total
from ringback.reference_stack.care.documents import Document, record, records, text

MONTHLY = frozenset({"recurring", "credit"})
INSTALMENT = frozenset({"installment", "instalment"})
ONE_TIME = frozenset({"oneTime", "onetime", "one-time"})


@dataclass(frozen=True, slots=True)
class Price:
    """One price: its kind, amount and, for instalments and credits, its number of months."""

    kind: str
    amount: Amount
    months: int = 0
    name: str = ""

    @property
    def label(self) -> str:
        """The price as a rep says it."""
        if self.kind in INSTALMENT:
            return f"{self.months} x {self.amount}" if self.months else f"{self.amount} / month"
        if self.kind in MONTHLY:
            return f"{self.amount} / month"
        return f"{self.amount} once"


@dataclass(frozen=True, slots=True)
class Totals:
    """What a set of prices comes to."""

    monthly: Amount
    once: Amount
    instalments: str


def document_prices(prices: object) -> tuple[Price, ...]:
    """The prices of a product or an order item (`productPrice`, `itemPrice`, `orderTotalPrice`)."""
    return tuple(price for document in records(prices) if (price := _document_price(document)) is not None)


def quoted_prices(item: Document) -> tuple[Price, ...]:
    """The prices of one item of a quote, which counts in cents."""
    return tuple(
        Price(
            text(price.get("priceType")),
            from_cents(int(price["amount"]), text(price.get("currency")) or "USD"),
            int(price.get("months") or 0),
            text(price.get("promoId") or price.get("priceId")),
        )
        for price in records(item.get("prices"))
    )


def totals(prices: Iterable[Price]) -> Totals:
    """The monthly total, what is due today, and the instalments as `24 x 30.00 USD`."""
    known = list(prices)
    return Totals(
        monthly=total([price.amount for price in known if price.kind in MONTHLY]),
        once=total([price.amount for price in known if price.kind in ONE_TIME]),
        instalments=", ".join(price.label for price in known if price.kind in INSTALMENT),
    )


def _document_price(document: Document) -> Price | None:
    price = record(document.get("price"))
    amount = from_money(price.get("dutyFreeAmount")) or from_money(price.get("taxIncludedAmount"))
    if amount is None:
        return None
    return Price(text(document.get("priceType")), amount, _months(document), text(document.get("name")))


def _months(document: Document) -> int:
    for holder in (document, record(document.get("price"))):
        for name in ("months", "numberOfInstallments", "unitOfMeasure", "recurringChargePeriod"):
            count = text(holder.get(name)).split(" ")[0]
            if count.isdecimal():
                return int(count)
    return 0
