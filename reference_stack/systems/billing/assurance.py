"""Revenue assurance: what the product inventory sells by the month beside what billing charges for it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.schema import BIL_CHARGE, BIL_SUSPENSE
from ringback.reference_stack.systems.reading import Document, documents, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_PAGE = 500
_LIVE = ("active", "suspended", "pendingTerminate")


async def revenue_assurance(stack: Stack, _request: Request) -> Response:
    """Prices without a charge, charges without a live product, charges of another amount, and what is in suspense."""
    products = await _products(stack)
    charges = _charges(stack)
    sold = {
        (product, text(price, "productOfferingPrice.id")): _cents(price)
        for product, document in products.items()
        if text(document, "status") in _LIVE
        for price in documents(document, "productPrice")
        if text(price, "priceType") == "recurring"
    }
    live = {product for product, document in products.items() if text(document, "status") in _LIVE}
    times = Counter((product, price) for _, product, price, _ in charges)
    with stack.db.begin() as tx:
        waiting = tx.execute(select(BIL_SUSPENSE.c.id).where(BIL_SUSPENSE.c.state == "open")).scalars().all()
    ghosts = [(charge, product) for charge, product, _, _ in charges if product not in live]
    return JSONResponse({
        "checkedAt": stack.clock.stamp(),
        "products": len(live),
        "charges": len(charges),
        "missing": [_named(key) for key in sorted(sold) if not times[key] and _owes(products[key[0]])],
        "double": [_named(key) for key, count in sorted(times.items()) if count > 1],
        "ghost": [{"chargeId": charge, "productId": product} for charge, product in ghosts],
        "differing": [
            {"chargeId": charge, "productId": product, "charged": amount, "sold": sold[product, price]}
            for charge, product, price, amount in charges
            if (product, price) in sold and sold[product, price] != amount
        ],
        "suspense": list(waiting),
    })  # fmt: skip


async def list_charges(stack: Stack, request: Request) -> Response:
    """The charges of ``?productId=``, or all; an amount in cents, a credit negative."""
    product = request.query_params.get("productId")
    mine = [BIL_CHARGE.c.product_id == product] if product else []
    with stack.db.begin() as tx:
        rows = tx.execute(select(BIL_CHARGE).where(*mine).order_by(BIL_CHARGE.c.id)).mappings().all()
    names = {"id": "id", "account_id": "accountId", "product_id": "productId", "price_id": "priceId"}
    names |= {"charge_type": "chargeType", "charge_code": "chargeCode", "amount": "amount", "status": "state"}
    names |= {"start_date": "startDate", "end_date": "endDate"}
    return JSONResponse([{wire: row[column] for column, wire in names.items()} for row in rows])


async def _products(stack: Stack) -> dict[str, Document]:
    found: dict[str, Document] = {}
    while True:
        query = {"offset": str(len(found)), "limit": str(_PAGE)}
        page = (await stack.http.get("product-inventory", "/product", params=query)).documents()
        found |= {text(product, "id"): product for product in page}
        if len(page) < _PAGE:
            return found


def _charges(stack: Stack) -> list[tuple[str, str, str, int]]:
    running = (BIL_CHARGE.c.charge_type == "recurring") & (BIL_CHARGE.c.status == "active")
    with stack.db.begin() as tx:
        rows = tx.execute(select(BIL_CHARGE).where(running).order_by(BIL_CHARGE.c.id)).mappings().all()
    return [(row["id"], row["product_id"] or "", row["price_id"] or "", row["amount"]) for row in rows]


def _owes(product: Document) -> bool:
    return text(product, "status") == "active"


def _named(key: tuple[str, str]) -> Document:
    return {"productId": key[0], "priceId": key[1]}


def _cents(price: Document) -> int:
    return round(float(text(price, "price.dutyFreeAmount.value") or "0") * 100)
