"""What the next bill would be after a change of plan, made with the very sums that make the bill."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.kernel.bodies import body_of
from ringback.reference_stack.kernel.errors import invalid, missing
from ringback.reference_stack.schema import BIL_ACCOUNT, BIL_CHARGE
from ringback.reference_stack.systems.billing.arithmetic import Line, totals
from ringback.reference_stack.systems.billing.bills import price_names, today_of
from ringback.reference_stack.systems.billing.limits import day_of
from ringback.reference_stack.systems.billing.owed import adjustment_lines, charges_of, usage_lines
from ringback.reference_stack.systems.billing.periods import Charge, due_lines, ended
from ringback.reference_stack.systems.reading import Document, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack


async def preview(stack: Stack, request: Request) -> Response:
    """``{"productId", "productOffering": {"id"}, "date"?, "runType"?}``: credit, charge and the next bill."""
    body = await body_of(request)
    product, offering = text(body, "productId"), text(body, "productOffering.id")
    prices = await _prices(stack, offering)
    names = await price_names(stack)
    with stack.db.begin() as tx:
        account = _account(tx, product)
        today = today_of(stack, account)
        day = day_of("date", text(body, "date"), today) if "date" in body else today
        cycle = account["cycle_day"] if text(body, "runType") == "onCycle" else None
        charges = _after(charges_of(stack, tx, account, names), product, day, _new(prices, product, day))
        bill_day = max(today, day)
        lines = [*due_lines(charges, bill_day, cycle), *usage_lines(stack, tx, account)]
        lines += adjustment_lines(tx, account, bill_day)
    return JSONResponse(_shown(product, lines), 201)


async def _prices(stack: Stack, offering: str) -> list[Document]:
    query = {"productOffering.id": offering, "lifecycleStatus": "Active"}
    reply = await stack.http.get("catalogue", "/productOfferingPrice", params=query)
    found = [price for price in reply.documents() if text(price, "priceType") == "recurring"]
    if not found:
        raise invalid(f"offering {offering!r} has no monthly price", "name the offering to change to")
    return found


def _account(tx: Connection, product: str) -> RowMapping:
    """The account that pays for a product."""
    of = (
        select(BIL_ACCOUNT)
        .join(BIL_CHARGE, BIL_CHARGE.c.account_id == BIL_ACCOUNT.c.id)
        .where(BIL_CHARGE.c.product_id == product, BIL_CHARGE.c.status == "active")
    )
    row = tx.execute(of).mappings().first()
    if row is None:
        raise missing("product with a running charge", product)
    return row


def _new(prices: list[Document], product: str, day: date) -> list[Charge]:
    return [
        Charge(
            id=f"NEW-{text(price, 'id')}",
            product_id=product,
            kind="recurring",
            description=text(price, "name"),
            amount=round(float(text(price, "price.value")) * 100),
            start=day,
        )
        for price in prices
    ]


def _after(charges: list[Charge], product: str, day: date, new: list[Charge]) -> list[Charge]:
    """The charges as the change leaves them: the old plan ends on the day on which the new one begins."""
    kept = [
        ended(charge, day) if charge.product_id == product and charge.kind == "recurring" and not charge.end else charge
        for charge in charges
    ]
    paused = next((charge.pauses for charge in charges if charge.product_id == product), ())
    return kept + [replace(charge, pauses=paused) for charge in new]


def _shown(product: str, lines: list[Line]) -> Document:
    sums = totals(lines)
    mine = [line for line in lines if line.product_id == product]
    return {
        "productId": product,
        "credit": sum(line.amount for line in mine if line.kind == "refund"),
        "charge": sum(line.amount for line in mine if (line.charge_id or "").startswith("NEW-")),
        "bill": {"taxExcluded": sums.tax_excluded, "tax": sums.tax, "taxIncluded": sums.tax_included},
        "lines": [
            {
                "description": line.description, "amount": line.amount, "tax": line.tax, "productId": line.product_id,
                "periodStart": line.period_start.isoformat(), "periodEnd": line.period_end.isoformat(),
            }
            for line in lines
        ],
    }  # fmt: skip
