"""The resources of TMF654: buckets, top-ups, adjustments of a balance and the history of all that moved one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, Table, select
from starlette.requests import Request

from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.errors import conflict, invalid, missing
from ringback.reference_stack.kernel.resource import Created, Resource
from ringback.reference_stack.schema import BIL_BALANCE_ACTION, BIL_BALANCE_CHANGE, BIL_BUCKET, BIL_TOPUP
from ringback.reference_stack.systems.billing.limits import cents_of
from ringback.reference_stack.systems.billing.prepaid import Movement, move, renewed
from ringback.reference_stack.systems.reading import Document, at, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

BASE = "/tmf-api/prepayBalanceManagement/v4"
_QUANTITY = shapes.record({"amount": {"type": "number"}, "units": shapes.TEXT}, "amount", "units")


def _amount(cents: int, unit: str = "USD") -> Document:
    return {"amount": cents / 100, "units": unit}


def _cents(body: Document) -> int:
    """The amount of a request in cents; TmfError 400 for another unit than money, which no bucket here holds."""
    value, units = at(body, "amount.amount"), text(body, "amount.units")
    cents = cents_of(value)
    if cents is None or units != "USD":
        raise invalid(f"amount {value!r} {units!r} is no money", 'write {"amount": 10.0, "units": "USD"}')
    return cents


def _bucket(_tx: Connection, row: RowMapping) -> Document:
    return {
        "remainingValue": _amount(row["remaining"], row["unit"]),
        "validFor": {"startDateTime": row["valid_from"], "endDateTime": row["valid_to"]},
        "product": [{"id": row["product_id"], "@referredType": "Product"}],
        "partyAccount": {"id": row["account_id"], "@referredType": "BillingAccount"},
        "relatedParty": [{"id": row["customer_id"], "role": "customer", "@referredType": "Customer"}],
        "isShared": False,
    }


BUCKET = Resource(
    name="bucket",
    path=f"{BASE}/bucket",
    table=BIL_BUCKET,
    prefix="BKT",
    tag="Prepay Balance",
    columns={"status": "status", "usageType": "usage_type"},
    filters={"partyAccount.id": "account_id", "product.id": "product_id", "relatedParty.id": "customer_id"},
    shape=_bucket,
    state="status",
    operations="LG",
    required=("status", "usageType", "remainingValue"),
    properties={
        "status": shapes.one_of("active", "suspended", "expired"),
        "usageType": shapes.one_of("monetary", "voice", "data", "sms", "other"),
        "remainingValue": _QUANTITY,
        "validFor": shapes.PERIOD,
        "product": shapes.many(shapes.REFERENCE),
        "partyAccount": shapes.REFERENCE,
        "relatedParty": shapes.many(shapes.PARTY),
        "isShared": shapes.FLAG,
    },
)


def _moved(tx: Connection, row: RowMapping) -> Document:
    unit = tx.execute(select(BIL_BUCKET.c.unit).where(BIL_BUCKET.c.id == row["bucket_id"])).scalar() or "USD"
    bucket = {"id": row["bucket_id"], "href": f"{BUCKET.path}/{row['bucket_id']}"}
    return {"amount": _amount(row["amount"], unit), "bucket": bucket, "confirmationDate": row["created_at"]}


def _of(tx: Connection, body: Document) -> RowMapping:
    row = BUCKET.row(tx, text(body, "bucket.id"))
    if row is None:
        raise missing("bucket", text(body, "bucket.id"))
    if text(body, "usageType") != row["usage_type"]:
        raise invalid(f"bucket {row['id']} holds {row['usage_type']}", f"not {text(body, 'usageType')}")
    return row


async def _top_up(stack: Stack, body: Document, request: Request) -> Created:
    """Raises a bucket once per correlator, and makes it valid anew."""
    correlator = text(body, "correlatorId") or request.headers.get("x-correlator") or None
    cents = _cents(body)
    if cents <= 0:
        raise invalid("a top-up needs an amount above zero", "use adjustBalance to take something away")
    with stack.db.begin() as tx:
        known = select(BIL_TOPUP.c.id).where(BIL_TOPUP.c.correlator_id == correlator)
        existing = tx.execute(known).scalar() if correlator else None
        if existing:
            return Created(str(existing), 200)
        bucket, identity = _of(tx, body), stack.ids.new("TOP")
        values = {"id": identity, "bucket_id": bucket["id"], "amount": cents, "correlator_id": correlator}
        TOPUP.extend(tx, identity, {name: value for name, value in body.items() if name not in ("amount", "bucket")})
        renewed(stack, tx, bucket["id"])
        move(stack, tx, bucket["id"], Movement("topup", cents, identity))
        TOPUP.insert(stack, tx, values | {"status": "confirmed", "created_at": stack.clock.stamp()})
    return Created(identity)


async def _adjust(stack: Stack, body: Document, _request: Request) -> Created:
    """Raises or lowers a valid bucket, never below nothing."""
    cents = _cents(body)
    with stack.db.begin() as tx:
        bucket, identity = _of(tx, body), stack.ids.new("ABL")
        if bucket["status"] != "active" or bucket["remaining"] + cents < 0:
            raise conflict(f"bucket {bucket['id']} is {bucket['status']} with {bucket['remaining']} cents", "top it up")
        reason = text(body, "reason") or "adjustment"
        ADJUST.extend(tx, identity, {name: value for name, value in body.items() if name not in ("amount", "bucket")})
        move(stack, tx, bucket["id"], Movement("adjust", cents, identity))
        values = {"id": identity, "bucket_id": bucket["id"], "amount": cents, "reason": reason}
        ADJUST.insert(stack, tx, values | {"created_at": stack.clock.stamp()})
    return Created(identity)


_MOVED: dict[str, object] = {
    "amount": _QUANTITY,
    "bucket": shapes.REFERENCE,
    "usageType": shapes.TEXT,
    "confirmationDate": shapes.TIME,
}
TOPUP = Resource(
    name="topupBalance",
    path=f"{BASE}/topupBalance",
    table=BIL_TOPUP,
    prefix="TOP",
    tag="Prepay Balance",
    columns={"status": "status", "correlatorId": "correlator_id"},
    filters={"bucket.id": "bucket_id"},
    shape=_moved,
    state="status",
    mandatory=("amount", "usageType", "bucket", "partyAccount"),
    create=_top_up,
    operations="LGP",
    required=("amount", "bucket", "status"),
    properties=_MOVED | {"status": shapes.TEXT, "correlatorId": shapes.TEXT, "partyAccount": shapes.REFERENCE},
)
ADJUST = Resource(
    name="adjustBalance",
    path=f"{BASE}/adjustBalance",
    table=BIL_BALANCE_CHANGE,
    prefix="ABL",
    tag="Prepay Balance",
    columns={"reason": "reason"},
    filters={"bucket.id": "bucket_id"},
    shape=_moved,
    mandatory=("amount", "usageType", "bucket"),
    create=_adjust,
    operations="LGP",
    required=("amount", "bucket"),
    properties=_MOVED | {"reason": shapes.TEXT},
)


def _action(tx: Connection, row: RowMapping) -> Document:
    balances = {"balanceBefore": _amount(row["before_amount"]), "balanceAfter": _amount(row["after_amount"])}
    return _moved(tx, row) | balances | {"date": row["created_at"]}


def _history(table: Table) -> Resource:
    return Resource(
        name="balanceActionHistory",
        path=f"{BASE}/balanceActionHistory",
        table=table,
        prefix="BAH",
        tag="Prepay Balance",
        columns={"action": "action", "reference": "reference"},
        filters={"bucket.id": "bucket_id"},
        shape=_action,
        operations="LG",
        required=("action", "amount", "bucket"),
        properties=_MOVED
        | {"balanceBefore": _QUANTITY, "balanceAfter": _QUANTITY, "date": shapes.TIME, "action": shapes.TEXT},
    )


HISTORY = _history(BIL_BALANCE_ACTION)
