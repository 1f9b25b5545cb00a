"""Prepaid balances (TMF654): buckets that a top-up raises once, that usage lowers and that expire at their instant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, insert, select, update

from ringback.reference_stack.clock import text_of
from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.schema import BIL_BALANCE_ACTION, BIL_BUCKET
from ringback.reference_stack.systems.billing.publishing import publish
from ringback.reference_stack.systems.reading import Document, party, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

VALID_FOR = timedelta(days=30)  # of a bucket, from its last top-up
_START = 1000  # cents that come with the start pack


@dataclass(frozen=True, slots=True)
class Movement:
    """A change of a balance in cents: what did it, and what it refers to."""

    action: str
    amount: int
    reference: str | None = None


def open_bucket(stack: Stack, tx: Connection, product: Document) -> None:
    """The bucket of a prepaid line, once, with what the start pack holds."""
    identity = text(product, "id")
    if tx.execute(select(BIL_BUCKET.c.id).where(BIL_BUCKET.c.product_id == identity)).first() is not None:
        return
    now = stack.clock.now()
    values: Document = {
        "id": stack.ids.new("BKT"), "product_id": identity, "account_id": text(product, "billingAccount.id"),
        "customer_id": party(product), "usage_type": "monetary", "unit": "USD", "remaining": 0, "status": "active",
        "valid_from": text_of(now), "valid_to": text_of(now + VALID_FOR), "correlation_id": CORRELATION.get(),
    }  # fmt: skip
    tx.execute(insert(BIL_BUCKET).values(**values))
    move(stack, tx, str(values["id"]), Movement("start", _START, identity))


def move(stack: Stack, tx: Connection, bucket: str, movement: Movement) -> int:
    """Raises or lowers a bucket and writes its history; answers what is left."""
    row = tx.execute(select(BIL_BUCKET).where(BIL_BUCKET.c.id == bucket)).mappings().one()
    left = int(row["remaining"]) + movement.amount
    tx.execute(update(BIL_BUCKET).where(BIL_BUCKET.c.id == bucket).values(remaining=left))
    values: Document = {
        "id": stack.ids.new("BAH"), "bucket_id": bucket, "action": movement.action, "amount": movement.amount,
        "before_amount": row["remaining"], "after_amount": left, "reference": movement.reference,
        "created_at": stack.clock.stamp(), "correlation_id": CORRELATION.get(),
    }  # fmt: skip
    tx.execute(insert(BIL_BALANCE_ACTION).values(**values))
    publish(stack, tx, "bucket", "BucketBalanceChangeEvent", dict(row) | {"remaining": left})
    return left


def bucket_of(tx: Connection, product: str) -> RowMapping | None:
    """The bucket of a prepaid product."""
    return tx.execute(select(BIL_BUCKET).where(BIL_BUCKET.c.product_id == product)).mappings().first()


def renewed(stack: Stack, tx: Connection, bucket: str) -> None:
    """A top-up makes a bucket valid anew."""
    until = text_of(stack.clock.now() + VALID_FOR)
    tx.execute(update(BIL_BUCKET).where(BIL_BUCKET.c.id == bucket).values(valid_to=until, status="active"))


async def expire_buckets(stack: Stack) -> None:
    """At its instant a bucket expires, and what is left in it is lost."""
    over = (BIL_BUCKET.c.status == "active") & (BIL_BUCKET.c.valid_to <= stack.clock.stamp())
    with stack.db.begin() as tx:
        for row in tx.execute(select(BIL_BUCKET).where(over)).mappings().all():
            tx.execute(update(BIL_BUCKET).where(BIL_BUCKET.c.id == row["id"]).values(status="expired"))
            if row["remaining"]:
                move(stack, tx, row["id"], Movement("expiry", -row["remaining"]))
            publish(stack, tx, "bucket", "BucketStateChangeEvent", dict(row) | {"status": "expired", "remaining": 0})
