"""Roaming passes: for which line, from which instant to which; usage inside costs nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, select, update

from ringback.reference_stack.clock import moment_of, text_of
from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.schema import BIL_PASS
from ringback.reference_stack.systems.billing.publishing import publish
from ringback.reference_stack.systems.reading import Document, characteristics, documents, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack


async def open_pass(stack: Stack, product: Document) -> None:
    """A pass runs from the start of its product for the days that the catalogue says; once per product."""
    offering, identity = text(product, "productOffering.id"), text(product, "id")
    fixed = (await stack.http.get("catalogue", f"/catalogue/v1/offerings/{offering}/characteristics")).document()
    start = text(product, "startDate") or stack.clock.stamp()
    values: Document = {
        "id": identity,
        "line_product_id": _line(product),
        "account_id": text(product, "billingAccount.id"),
        "starts_at": start,
        "ends_at": text_of(moment_of(start) + timedelta(days=int(text(fixed, "passDays") or "1"))),
        "state": "active",
        "correlation_id": CORRELATION.get(),
    }
    with stack.db.begin() as tx:
        if tx.execute(select(BIL_PASS.c.id).where(BIL_PASS.c.id == identity)).first() is None:
            tx.execute(insert(BIL_PASS).values(**values))
            publish(stack, tx, "roamingPass", "RoamingPassStateChangeEvent", values)


def _line(product: Document) -> str:
    """The product of the line that a pass belongs to."""
    relations = documents(product, "productRelationship")
    relying = [text(one, "product.id") for one in relations if text(one, "relationshipType") == "reliesOn"]
    named = characteristics(product, "productCharacteristic").get("lineProductId", "")
    bundled = [text(one, "product.id") for one in relations]
    return next(iter([*relying, *([named] if named else []), *bundled]), "")


def is_covered(tx: Connection, line_product: str, instant: str) -> bool:
    """Whether a line has a pass at an instant; the pass is off at the very instant of its end."""
    running = (
        (BIL_PASS.c.line_product_id == line_product)
        & (BIL_PASS.c.starts_at <= instant)
        & (BIL_PASS.c.ends_at > instant)
    )
    return tx.execute(select(BIL_PASS.c.id).where(running)).first() is not None


async def end_passes(stack: Stack) -> None:
    """Passes whose instant has come are over."""
    over = (BIL_PASS.c.state == "active") & (BIL_PASS.c.ends_at <= stack.clock.stamp())
    with stack.db.begin() as tx:
        for row in tx.execute(select(BIL_PASS).where(over)).mappings().all():
            tx.execute(update(BIL_PASS).where(BIL_PASS.c.id == row["id"]).values(state="expired"))
            publish(stack, tx, "roamingPass", "RoamingPassStateChangeEvent", dict(row) | {"state": "expired"})
