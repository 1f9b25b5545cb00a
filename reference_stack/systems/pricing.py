"""The discount engine: what a cart costs, promotions included. Care's review page and COM ask the same question."""

from __future__ import annotations

from collections.abc import Mapping
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

Document = dict[str, object]
_LIVE = ("active", "suspended")
_VALID = {"lifecycleStatus": "Active"}  # who ordered before keeps the version of then
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


@dataclass(frozen=True, slots=True)
class Earned:
    """What promotions are judged by: prices, promotions, the customer's products by id today and after the order."""

    prices: list[Price]
    promotions: list[Document]
    owned: Mapping[str, Document]
    after: Mapping[str, Document]

    def target(self, promotion: Document) -> str:
        """The offering whose price a promotion reduces."""
        discounted = {price.id: price.offering for price in self.prices}
        return discounted.get(text(promotion, "priceId"), "")


async def quote(stack: Stack, request: Request) -> Response:
    """Prices every item, adds the promotions that the customer earns and names those that end, totals to the cent."""
    body = await body_of(request)
    cart = documents(body, "items")
    ending = at(body, "ending")
    if not cart and not ending:
        raise invalid("the cart is empty", "post {customerId, items: [{itemNo, offeringId}]}")
    prices = await _prices(stack)
    versions = await _versions(stack)
    items = [_item(item, prices, versions) for item in cart]
    owned = await _owned(stack, text(body, "customerId"))
    after = _after(owned, cart, set(ending) if isinstance(ending, list) else set())
    earned = Earned(prices, (await stack.http.get("catalogue", _PROMOTIONS)).documents(), owned, after)
    number = _free_number(body, cart)
    promoted = _promoted(stack, cart, earned, number)
    ended = _ended(earned, number + len(promoted))
    lines = [line for item in (*items, *promoted) for line in documents(item, "prices")]
    answer = {"items": items, "promotionItems": promoted, "endedPromotions": ended, "totals": _totals(lines)}
    return JSONResponse(answer)


def _item(item: Document, prices: list[Price], versions: dict[str, str]) -> Document:
    """An item with its prices; who changes the plan of a line pays no fee that was for its beginning."""
    offering = text(item, "offeringId")
    if offering not in versions:
        raise invalid(f"offering {offering!r} is not on sale", f"on sale: {', '.join(sorted(versions))}")
    is_new = text(item, "action") != "modify"
    return {
        "itemNo": text(item, "itemNo"),
        "offeringId": offering,
        "offeringVersion": versions[offering],
        "prices": [one.line() for one in prices if one.offering == offering and (is_new or one.kind == "recurring")],
    }


def _after(owned: Mapping[str, Document], cart: list[Document], ending: set[object]) -> dict[str, Document]:
    """The products of the customer as they will be: without those that end, with their new offerings."""
    changed = {text(item, "productId"): text(item, "offeringId") for item in cart}
    return {
        identity: product | ({"productOffering": {"id": changed[identity]}} if identity in changed else {})
        for identity, product in owned.items()
        if identity not in ending
    }


def _promoted(stack: Stack, cart: list[Document], earned: Earned, number: int) -> list[Document]:
    """One further item per promotion that the cart earns; a product has a promotion once."""
    on_instalments = {price.offering for price in earned.prices if price.kind == "installment"}
    if stack.defects.on("D05") and any(text(item, "offeringId") in on_instalments for item in cart):
        return []
    found: list[Document] = []
    for promotion in earned.promotions:
        carrier = _carrier(promotion, cart, earned)
        if carrier is not None:
            found.append(_promotion_item(promotion, carrier, earned.prices, number + len(found)))
    return found


def _carrier(promotion: Document, cart: list[Document], earned: Earned) -> Document | None:
    """The item of the cart that a promotion hangs on: its bundle, or the discounted offering; None if not earned."""
    bundle, required = text(promotion, "bundleOfferingId"), text(promotion, "requiresOfferingId")
    used = {offering_of(product) for product in earned.after.values() if text(product, "status") == "active"}
    if required and required not in used & {offering_of(product) for product in earned.owned.values()}:
        return None
    target = bundle or earned.target(promotion)
    carrier = next((item for item in cart if text(item, "offeringId") == target), None)
    has_it_already = carrier is not None and any(
        promotion_of(product) == text(promotion, "id") and _parent(product) == text(carrier, "productId")
        for product in earned.after.values()
    )
    return None if has_it_already else carrier


def _ended(earned: Earned, number: int) -> list[Document]:
    """The promotions that the customer has and will not earn any more."""
    promotions = {text(promotion, "id"): promotion for promotion in earned.promotions}
    offerings = {offering_of(product) for product in earned.after.values()}
    found: list[Document] = []
    for identity, product in earned.after.items():
        promotion = promotions.get(promotion_of(product))
        if promotion is None:
            continue
        required, bundle = text(promotion, "requiresOfferingId"), text(promotion, "bundleOfferingId")
        carried = offering_of(earned.after.get(_parent(product), {}))
        if carried == (bundle or earned.target(promotion)) and (not required or required in offerings):
            continue
        found.append(
            {
                "itemNo": str(number + len(found)),
                "productId": identity,
                "parentProductId": _parent(product),
                "offeringId": offering_of(product),
                "offeringVersion": text(product, "productOffering.version"),
                "promoId": text(promotion, "id"),
            }
        )
    return found


def offering_of(product: Document) -> str:
    """The offering of a product."""
    return text(product, "productOffering.id")


def promotion_of(product: Document) -> str:
    """The promotion that a product carries the credit of; empty for any other product."""
    prices = documents(product, "productPrice")
    return next((text(price, "promotionId") for price in prices if price.get("promotionId")), "")


def _parent(product: Document) -> str:
    return text(product, "productRelationship.0.product.id")


def _free_number(body: Document, cart: list[Document]) -> int:
    """The first item number above all that are taken."""
    taken = at(body, "takenItemNos")
    numbers = [str(number) for number in taken] if isinstance(taken, list) else [text(item, "itemNo") for item in cart]
    return 1 + max((int(number) for number in numbers if number.isdigit()), default=len(numbers))


def _promotion_item(promotion: Document, carrier: Document, prices: list[Price], number: int) -> Document:
    """The item that carries the credit: a percentage of the discounted price or an amount, for some months."""
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
        for document in (await stack.http.get("catalogue", "/productOfferingPrice", params=_VALID)).documents()
    ]


async def _versions(stack: Stack) -> dict[str, str]:
    """The offerings on sale with their versions."""
    active = await stack.http.get("catalogue", "/productOffering", params={"lifecycleStatus": "Active"})
    return {text(document, "id"): text(document, "version") for document in active.documents()}


async def _owned(stack: Stack, customer: str) -> dict[str, Document]:
    """The live products of the customer, by id."""
    if not customer:
        return {}
    query = {"relatedParty.id": customer}
    products = (await stack.http.get("product-inventory", "/product", params=query)).documents()
    return {text(product, "id"): product for product in products if text(product, "status") in _LIVE}


SYSTEM = System(id="pricing", prefix="cat_", base="/pricing/v1", routes=(route("POST", "/quote", quote),))
