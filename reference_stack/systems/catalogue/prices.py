"""Prices (TMF620), in versions: another amount is another price, and who ordered by the old one keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping
from starlette.requests import Request

from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.errors import conflict, invalid
from ringback.reference_stack.kernel.resource import Created, Document, Resource
from ringback.reference_stack.kernel.statements import rows_by
from ringback.reference_stack.schema import CAT_OFFERING, CAT_PRICE
from ringback.reference_stack.systems.catalogue.words import BASE, LIFE, cents_of, valid_for
from ringback.reference_stack.systems.money import money
from ringback.reference_stack.systems.reading import text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_KINDS = ("recurring", "oneTime", "installment", "credit")
_IN_TABLE = ("price", "productOffering", "lastUpdate", "lifecycleStatus", "isBundle", "validFor", "popRelationship")


def _price(_tx: Connection, row: RowMapping) -> Document:
    ended = row["replaced_by"]
    shown: Document = {
        "price": money(row["amount"], row["currency"]),
        "lifecycleStatus": "Retired" if ended else "Active",
        "lastUpdate": row["valid_to"] or row["valid_from"],
        "isBundle": False,
        "validFor": valid_for(row),
    }
    if row["offering_id"]:
        offering = row["offering_id"]
        shown["productOffering"] = {"id": offering, "href": f"{BASE}/productOffering/{offering}"}
    if ended:
        successor = {"id": ended, "href": f"{PRICE.path}/{ended}", "relationshipType": "replacedBy"}
        shown["popRelationship"] = [successor]
    return shown


async def _publish(stack: Stack, body: Document, _request: Request) -> Created:
    """A new price, valid from now; it belongs to its offering, or to the one that will name it."""
    cents, offering, kind = cents_of(body, "price"), text(body, "productOffering.id"), text(body, "priceType")
    if cents is None or kind not in _KINDS:
        raise invalid("a price needs an amount and a priceType", f"priceType is one of {', '.join(_KINDS)}")
    identity = stack.ids.new("PR")
    values = {column: body[name] for name, column in PRICE.columns.items() if name in body}
    values |= {
        "id": identity,
        "offering_id": offering,
        "amount": cents,
        "currency": text(body, "price.unit") or "USD",
        "charge_code": text(body, "chargeCode") or identity,
        "tax_code": text(body, "taxCode") or "STANDARD",
        "valid_from": stack.clock.stamp(),
    }
    with stack.db.begin() as tx:
        if offering and tx.execute(rows_by(CAT_OFFERING, "id"), {"id": offering}).first() is None:
            raise invalid(f"there is no product offering {offering!r}", "publish it first, or leave it out")
        PRICE.extend(tx, identity, {name: value for name, value in body.items() if name not in _IN_TABLE})
        PRICE.insert(stack, tx, values)
    return Created(identity)


async def _still_valid(_stack: Stack, before: Document, changes: Document) -> None:
    if changes and before["lifecycleStatus"] == "Retired":
        successor = text(before, "popRelationship.0.id")
        raise conflict(f"price {before['id']} is not valid any more", f"change its successor {successor}")


def _merge(stack: Stack, tx: Connection, identity: str, changes: Document) -> None:
    """Another amount ends this version of the price and begins the next one."""
    row = tx.execute(rows_by(CAT_PRICE, "id"), {"id": identity}).mappings().one()
    cents = cents_of(changes, "price")
    rest = {name: value for name, value in changes.items() if name != "price"}
    if rest:
        PRICE.merge_attributes(stack, tx, identity, rest)
    if cents is None or cents == row["amount"]:
        return
    if stack.defects.on("D07"):
        PRICE.update(stack, tx, identity, {"amount": cents})
        return
    now, successor = stack.clock.stamp(), stack.ids.new("PR")
    kept = tx.execute(rows_by(CAT_PRICE, "id"), {"id": identity}).mappings().one()
    PRICE.insert(stack, tx, {**kept, "id": successor, "amount": cents, "valid_from": now, "valid_to": None})
    PRICE.update(stack, tx, identity, {"valid_to": now, "replaced_by": successor})


PRICE = Resource(
    name="productOfferingPrice",
    path=f"{BASE}/productOfferingPrice",
    table=CAT_PRICE,
    prefix="PR",
    tag="Product Catalog",
    columns={
        "name": "name",
        "priceType": "price_type",
        "recurringChargePeriodType": "period",
        "months": "months",
        "chargeCode": "charge_code",
        "taxCode": "tax_code",
    },
    filters={"productOffering.id": "offering_id"},
    shape=_price,
    mergeable=("price",),
    mandatory=("name",),
    expected=("priceType", "price"),
    create=_publish,
    merge=_merge,
    before_patch=_still_valid,
    required=("name", "priceType", "price", "lifecycleStatus", "lastUpdate"),
    properties={
        "name": shapes.TEXT,
        "priceType": shapes.PRICE_TYPE,
        "price": shapes.MONEY,
        "recurringChargePeriodType": shapes.TEXT,
        "months": shapes.NUMBER,
        "chargeCode": shapes.TEXT,
        "taxCode": shapes.TEXT,
        "lifecycleStatus": LIFE,
        "lastUpdate": shapes.TIME,
        "isBundle": shapes.FLAG,
        "validFor": shapes.PERIOD,
        "productOffering": shapes.REFERENCE,
        "popRelationship": shapes.many(shapes.REFERENCE),
    },
)
