"""Quotes (TMF648): a cart with its prices that a customer may accept, and an accepted one becomes an order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.errors import TmfError, conflict, invalid, missing
from ringback.reference_stack.kernel.machines import QUOTE as MACHINE
from ringback.reference_stack.kernel.resource import Created, Resource
from ringback.reference_stack.kernel.system import System, route
from ringback.reference_stack.schema import COM_QUOTE
from ringback.reference_stack.systems.documents import store_document
from ringback.reference_stack.systems.money import price
from ringback.reference_stack.systems.reading import Document, at, documents, party, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

BASE = "/tmf-api/quoteManagement/v4"
_PRICED = ("add", "modify", "")


async def create_quote(stack: Stack, body: Document, _request: Request) -> Created:
    """Prices the items of a cart as an order would be priced; an offering that is not on sale is refused."""
    items = [
        {"id": str(number), "action": "add", **item} for number, item in enumerate(documents(body, "quoteItem"), 1)
    ]
    if not items:
        raise invalid("the quote has no quoteItem", "name at least one item with its productOffering")
    priced = await _priced(stack, body, items)
    lines = {text(line, "itemNo"): line for line in documents(priced, "items")}
    promoted = [_promotion_item(line) for line in documents(priced, "promotionItems")]
    shown = [_with_prices(item, lines.get(text(item, "id"), {})) for item in items] + promoted
    done = body | {
        "quoteItem": shown,
        "quoteTotalPrice": _totals(at(priced, "totals")),
        "state": "inProgress",
        "quoteDate": stack.clock.stamp(),
        "version": text(body, "version") or "1.0",
    }
    with stack.db.begin() as tx:
        return Created(store_document(stack, tx, QUOTE, done))


async def _priced(stack: Stack, body: Document, items: list[Document]) -> Document:
    """What the discount engine says; items that name no offering cost nothing and are not asked about."""
    cart = [
        {
            "itemNo": text(item, "id"),
            "offeringId": text(item, "productOffering.id"),
            "parentItemNo": text(item, "quoteItemRelationship.0.id"),
            "action": text(item, "action"),
            "productId": text(item, "product.id"),
        }
        for item in items
        if text(item, "productOffering.id") and text(item, "action") in _PRICED
    ]
    if not cart:
        return {}
    reply = await stack.http.post("pricing", "/quote", json={"customerId": party(body), "items": cart})
    if reply.status == 400:
        raise invalid(text(reply.json, "reason"), text(reply.json, "message"))
    return reply.document()


def _with_prices(item: Document, line: Document) -> Document:
    return item | {"state": "inProgress", "quoteItemPrice": [_price(one) for one in documents(line, "prices")]}


def _promotion_item(line: Document) -> Document:
    """The item that a promotion adds; it is not ordered, the order earns it again."""
    item: Document = {
        "id": text(line, "itemNo"),
        "action": "add",
        "productOffering": {"id": text(line, "offeringId")},
        "quoteItemRelationship": [{"id": text(line, "parentItemNo"), "relationshipType": "reliesOn"}],
        "promotionId": text(line, "promoId"),
    }
    return _with_prices(item, line)


def _price(line: Document) -> Document:
    months = at(line, "months")
    shown = price(
        text(line, "priceType"), int(text(line, "amount")), text(line, "currency"), int(str(months)) if months else None
    )
    return shown | {"productOfferingPrice": {"id": text(line, "priceId")}}


def _totals(totals: object) -> list[Document]:
    """What the quote costs: each month, once, and in instalments."""
    currency = text(totals, "currency") or "USD"
    named = (("recurring", "monthly", "Monthly total"), ("oneTime", "oneTime", "Due today"))
    shown = [price(kind, int(text(totals, key) or "0"), currency, None) | {"name": name} for kind, key, name in named]
    monthly, months = int(text(totals, "installmentMonthly") or "0"), int(text(totals, "installmentMonths") or "0")
    return shown + (
        [price("installment", monthly, currency, months) | {"name": "Device instalments"}] if months else []
    )


async def dated(stack: Stack, _before: Document, changes: Document) -> None:
    """A quote that becomes final is dated."""
    if changes.get("state") in ("accepted", "rejected", "cancelled"):
        changes["effectiveQuoteCompletionDate"] = stack.clock.stamp()


async def order(stack: Stack, request: Request) -> Response:
    """Makes the product order of an accepted quote, once: asked again it answers the order that there is."""
    identity = request.path_params["id"]
    with stack.db.begin() as tx:
        quote = QUOTE.find(tx, identity)
    if quote is None:
        raise missing("quote", identity)
    if quote["state"] != "accepted":
        raise conflict(f"quote {identity} is {quote['state']}", "only an accepted quote becomes an order")
    reply = await stack.http.post("ordering", "/productOrder", json=_order(quote))
    if not reply.ok:
        raise TmfError(reply.status, text(reply.json, "code"), text(reply.json, "reason"), text(reply.json, "message"))
    return JSONResponse(reply.json, reply.status)


def _order(quote: Document) -> Document:
    """The order of a quote: its parties and items, under the quote's id."""
    ordered = [item for item in documents(quote, "quoteItem") if not item.get("promotionId")]
    kept = ("relatedParty", "billingAccount", "channel", "note", "requestedStartDate", "requestedCompletionDate")
    return {name: quote[name] for name in kept if name in quote} | {
        "externalId": text(quote, "id"),
        "quote": [{"id": text(quote, "id"), "href": text(quote, "href")}],
        "productOrderItem": [_order_item(item) for item in ordered],
    }


def _order_item(item: Document) -> Document:
    left = ("quoteItemPrice", "state", "quoteItemRelationship")
    related = documents(item, "quoteItemRelationship")
    kept = {name: value for name, value in item.items() if name not in left}
    return kept | ({"productOrderItemRelationship": related} if related else {})


_ITEM = shapes.record(
    {
        "id": shapes.TEXT,
        "action": shapes.TEXT,
        "state": shapes.TEXT,
        "productOffering": shapes.REFERENCE,
        "quoteItemPrice": shapes.many(shapes.PRICE),
    },
    "action",
)
QUOTE = Resource(
    name="quote",
    path=f"{BASE}/quote",
    table=COM_QUOTE,
    prefix="QU",
    tag="Quote",
    columns={"state": "state"},
    mandatory=("quoteItem",),
    not_patchable=("id", "href", "quoteDate", "quoteItem", "quoteTotalPrice"),
    machine=MACHINE,
    create=create_quote,
    before_patch=dated,
    required=("quoteItem", "quoteDate", "state"),
    properties={
        "state": shapes.states(MACHINE),
        "quoteDate": shapes.TIME,
        "effectiveQuoteCompletionDate": shapes.TIME,
        "version": shapes.TEXT,
        "quoteItem": shapes.many(_ITEM, 1),
        "quoteTotalPrice": shapes.many(shapes.PRICE),
        "relatedParty": shapes.many(shapes.PARTY),
        "billingAccount": shapes.REFERENCE,
    },
)
SYSTEM = System(
    id="quotes",
    prefix="com_",
    base=BASE,
    resources=(QUOTE,),
    routes=(route("POST", "/quotes/v1/quotes/{id}/order", order),),
)
