"""The discount engine: what a cart costs, promotions included. Care's review page and COM ask the same question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.kernel.bodies import body_of
from ringback.reference_stack.kernel.errors import invalid
from ringback.reference_stack.kernel.system import System, route
from ringback.reference_stack.systems.reading import at, documents, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_PROMOTIONS = "/tmf-api/promotionManagement/v4/promotion"


@dataclass(frozen=True, slots=True)
class Price:
    """A price of the catalogue, in cents."""

    id: str
    offering: str
    kind: str
    cents: int
    currency: str
    months: int | None

    def line(self, promotion: str | None = None) -> dict[str, object]:
        """The price as a line of a quote."""
        line: dict[str, object] = {
            "priceId": self.id,
            "priceType": self.kind,
            "amount": self.cents,
            "currency": self.currency,
        }
        optional = {"promoId": promotion, "months": self.months}
        return line | {name: value for name, value in optional.items() if value is not None}


async def quote(stack: Stack, request: Request) -> Response:
    """Prices every item, adds the promotions that the customer has earned, and totals to the cent."""
    body = await body_of(request)
    cart = documents(body, "items")
    if not cart:
        raise invalid("the cart is empty", "post {customerId, items: [{itemNo, offeringId}]}")
    prices = await _prices(stack)
    versions = await _versions(stack)
    items = [_item(item, prices, versions) for item in cart]
    owned = await _owned(stack, text(body, "customerId"))
    promoted = await _promoted(stack, cart, prices, owned)
    lines = [line for item in (*items, *promoted) for line in documents(item, "prices")]
    return JSONResponse({"items": items, "promotionItems": promoted, "totals": _totals(lines)})


def _item(item: dict[str, object], prices: list[Price], versions: dict[str, str]) -> dict[str, object]:
    offering = text(item, "offeringId")
    if offering not in versions:
        raise invalid(f"offering {offering!r} is not on sale", f"on sale: {', '.join(sorted(versions))}")
    return {
        "itemNo": text(item, "itemNo"),
        "offeringId": offering,
        "offeringVersion": versions[offering],
        "prices": [price.line() for price in prices if price.offering == offering],
    }


async def _promoted(
    stack: Stack, cart: list[dict[str, object]], prices: list[Price], owned: set[str]
) -> list[dict[str, object]]:
    """One further item per promotion whose offering is in the cart and whose condition the customer meets."""
    on_instalments = {price.offering for price in prices if price.kind == "installment"}
    if stack.defects.on("D05") and any(text(item, "offeringId") in on_instalments for item in cart):
        return []
    discounted = {price.id: price.offering for price in prices}
    found: list[dict[str, object]] = []
    for promotion in (await stack.http.get("catalogue", _PROMOTIONS)).documents():
        target = discounted.get(text(promotion, "priceId"), "")
        carriers = [item for item in cart if text(item, "offeringId") == target]
        if carriers and text(promotion, "requiresOfferingId") in owned:
            found.append(_promotion_item(promotion, carriers[0], prices, _free_number(cart) + len(found)))
    return found


def _free_number(cart: list[dict[str, object]]) -> int:
    """The first item number above all that are taken."""
    return 1 + max((int(number) for item in cart if (number := text(item, "itemNo")).isdigit()), default=len(cart))


def _promotion_item(
    promotion: dict[str, object], carrier: dict[str, object], prices: list[Price], number: int
) -> dict[str, object]:
    """The item that carries the credit: a percentage of the discounted price, for some months."""
    offering = text(promotion, "carrierOfferingId")
    reductions = [price for price in prices if price.offering == offering]
    return {
        "itemNo": str(number),
        "parentItemNo": text(carrier, "itemNo"),
        "offeringId": offering,
        "offeringVersion": "1.0",
        "promoId": text(promotion, "id"),
        "prices": [price.line(text(promotion, "id")) for price in reductions],
    }


def _totals(lines: list[dict[str, object]]) -> dict[str, object]:
    def cents(*kinds: str) -> int:
        return sum(int(str(line["amount"])) for line in lines if line["priceType"] in kinds)

    months = [int(str(line["months"])) for line in lines if line["priceType"] == "installment"]
    return {
        "monthly": cents("recurring", "credit"),
        "oneTime": cents("oneTime"),
        "installmentMonthly": cents("installment"),
        "installmentMonths": max(months, default=0),
        "currency": str(lines[0]["currency"]) if lines else "USD",
    }


async def _prices(stack: Stack) -> list[Price]:
    return [
        Price(
            id=text(document, "id"),
            offering=text(document, "productOffering.id"),
            kind=text(document, "priceType"),
            cents=round(float(text(document, "price.value")) * 100),
            currency=text(document, "price.unit"),
            months=int(text(document, "months")) if at(document, "months") else None,
        )
        for document in (await stack.http.get("catalogue", "/productOfferingPrice")).documents()
    ]


async def _versions(stack: Stack) -> dict[str, str]:
    """The offerings on sale with their versions."""
    active = await stack.http.get("catalogue", "/productOffering", params={"lifecycleStatus": "Active"})
    return {text(document, "id"): text(document, "version") for document in active.documents()}


async def _owned(stack: Stack, customer: str) -> set[str]:
    """The offerings that the customer uses today."""
    if not customer:
        return set()
    query = {"relatedParty.id": customer, "status": "active"}
    products = (await stack.http.get("product-inventory", "/product", params=query)).documents()
    return {text(product, "productOffering.id") for product in products}


SYSTEM = System(id="pricing", prefix="cat_", base="/pricing/v1", routes=(route("POST", "/quote", quote),))
