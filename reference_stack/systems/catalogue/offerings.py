"""Offerings (TMF620): what is on sale, with its prices, its parts and what it fixes about the service behind it.

What is published here is on sale in every channel at once, and gone from all of them as soon as it is retired: nobody
keeps a copy of the catalogue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, Table, insert, select, update
from starlette.requests import Request

from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.errors import invalid
from ringback.reference_stack.kernel.resource import Created, Document, Resource
from ringback.reference_stack.kernel.statements import change_by_id, gone_by, rows_by
from ringback.reference_stack.schema import (
    CAT_BUNDLE_ITEM,
    CAT_OFFERING,
    CAT_OFFERING_CHAR,
    CAT_PRICE,
    CAT_SPECIFICATION,
)
from ringback.reference_stack.systems.catalogue.words import BASE, LIFE, NEW, valid_for
from ringback.reference_stack.systems.documents import touched
from ringback.reference_stack.systems.reading import at, documents, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_ENDED = ("Retired", "Obsolete")
_IN_TABLES = (
    "isBundle",
    "validFor",
    "productSpecification",
    "productOfferingPrice",
    "bundledProductOffering",
    "prodSpecCharValueUse",
)


def _offering(tx: Connection, row: RowMapping) -> dict[str, object]:
    prices = tx.execute(
        select(CAT_PRICE.c.id, CAT_PRICE.c.name)
        .where(CAT_PRICE.c.offering_id == row["id"], CAT_PRICE.c.replaced_by.is_(None))
        .order_by(CAT_PRICE.c.id)
    ).all()
    children = tx.execute(
        select(CAT_BUNDLE_ITEM, CAT_OFFERING.c.name)
        .join(CAT_OFFERING, CAT_OFFERING.c.id == CAT_BUNDLE_ITEM.c.child_offering_id)
        .where(CAT_BUNDLE_ITEM.c.offering_id == row["id"])
        .order_by(CAT_BUNDLE_ITEM.c.child_offering_id)
    ).all()
    fixed = [
        {"name": name, "productSpecCharacteristicValue": [{"value": value}]}
        for name, value in characteristics_of(tx, row["id"]).items()
    ]
    document: dict[str, object] = {
        "isBundle": bool(row["is_bundle"]),
        "lastUpdate": row["valid_from"],
        "validFor": valid_for(row),
        "productOfferingPrice": [
            {"id": price.id, "href": f"{BASE}/productOfferingPrice/{price.id}", "name": price.name} for price in prices
        ],
        "bundledProductOffering": [
            {
                "id": child.child_offering_id,
                "href": f"{BASE}/productOffering/{child.child_offering_id}",
                "name": child.name,
                "bundledProductOfferingOption": {
                    "numberRelOfferLowerLimit": child.min_qty,
                    "numberRelOfferUpperLimit": child.max_qty,
                },
            }
            for child in children
        ],
        "prodSpecCharValueUse": fixed,
    }
    if row["product_spec_id"]:
        specification = row["product_spec_id"]
        document["productSpecification"] = {"id": specification, "href": f"{BASE}/productSpecification/{specification}"}
    return document


def characteristics_of(tx: Connection, offering: str) -> dict[str, str]:
    """What an offering fixes about the service that is built for it: profile, policy, speed."""
    mine = select(CAT_OFFERING_CHAR).where(CAT_OFFERING_CHAR.c.offering_id == offering)
    return {row.name: row.value for row in tx.execute(mine.order_by(CAT_OFFERING_CHAR.c.name))}


async def _publish(stack: Stack, body: Document, _request: Request) -> Created:
    """A new offering; what it refers to must be there."""
    identity = stack.ids.new("OFF")
    values = {
        "id": identity,
        "name": body["name"],
        "version": body["version"],
        "lifecycle_status": body["lifecycleStatus"],
        "is_bundle": 0,
        "valid_from": stack.clock.stamp(),
    }
    with stack.db.begin() as tx:
        tx.execute(insert(CAT_OFFERING).values(**values))
        _write(stack, tx, identity, body)
        OFFERING.extend(tx, identity, _beside(body))
        OFFERING.publish(stack, tx, identity, "CreateEvent")
    return Created(identity)


def _merge(stack: Stack, tx: Connection, identity: str, changes: Document) -> None:
    """A changed offering; one that is retired is not on sale from this moment on."""
    _write(stack, tx, identity, changes)
    OFFERING.merge_attributes(stack, tx, identity, _beside(changes))


def _beside(body: Document) -> Document:
    return {name: value for name, value in body.items() if name not in _IN_TABLES}


def _write(stack: Stack, tx: Connection, identity: str, body: Document) -> None:
    """Puts what a body says about prices, parts and characteristics into their tables."""
    own = _columns(stack, tx, body)
    if own:
        tx.execute(change_by_id(CAT_OFFERING, *sorted(own)), {**own, "by_id": identity})
    if "bundledProductOffering" in body:
        _replace(tx, CAT_BUNDLE_ITEM, identity, [_child(tx, one) for one in documents(body, "bundledProductOffering")])
    if "prodSpecCharValueUse" in body:
        values = {
            text(one, "name"): text(one, "productSpecCharacteristicValue.0.value")
            for one in documents(body, "prodSpecCharValueUse")
        }
        _replace(tx, CAT_OFFERING_CHAR, identity, [{"name": name, "value": values[name]} for name in values])
    for price in documents(body, "productOfferingPrice"):
        _adopt(tx, identity, text(price, "id"))


def _columns(stack: Stack, tx: Connection, body: Document) -> dict[str, object]:
    own: dict[str, object] = {}
    if "isBundle" in body or "bundledProductOffering" in body:
        own["is_bundle"] = int(bool(body.get("isBundle") or body.get("bundledProductOffering")))
    if "productSpecification" in body:
        specification = text(body, "productSpecification.id") or None
        if specification and not tx.execute(rows_by(CAT_SPECIFICATION, "id"), {"id": specification}).first():
            raise invalid(f"there is no product specification {specification!r}", "publish it first")
        own["product_spec_id"] = specification
    if body.get("lifecycleStatus") in _ENDED:
        own["valid_to"] = stack.clock.stamp()
    moments = {"valid_from": "validFor.startDateTime", "valid_to": "validFor.endDateTime"}
    return own | {column: text(body, path) for column, path in moments.items() if text(body, path)}


def _child(tx: Connection, part: Document) -> dict[str, object]:
    child = text(part, "id")
    if not tx.execute(rows_by(CAT_OFFERING, "id"), {"id": child}).first():
        raise invalid(f"there is no product offering {child!r}", "publish the parts of a bundle first")
    limits = [at(part, f"bundledProductOfferingOption.numberRelOffer{one}Limit") for one in ("Lower", "Upper")]
    least, most = (limit if isinstance(limit, int) and 0 <= limit <= _MOST else 1 for limit in limits)
    return {"child_offering_id": child, "min_qty": least, "max_qty": most}


_MOST = 1000  # parts of one kind in a bundle


def _replace(tx: Connection, table: Table, identity: str, rows: list[dict[str, object]]) -> None:
    tx.execute(gone_by(table, "offering_id"), {"by_offering_id": identity})
    if rows:
        tx.execute(insert(table), [row | {"offering_id": identity} for row in rows])


def _adopt(tx: Connection, identity: str, price: str) -> None:
    """Gives a price that belongs to nothing yet to an offering."""
    row = tx.execute(rows_by(CAT_PRICE, "id"), {"id": price}).mappings().first()
    if row is None or row["offering_id"] not in ("", identity):
        raise invalid(f"price {price!r} cannot be taken", "post a productOfferingPrice of its own first")
    tx.execute(update(CAT_PRICE).where(CAT_PRICE.c.id == price).values(offering_id=identity))


def _remove(tx: Connection, identity: str) -> None:
    for table in (CAT_BUNDLE_ITEM, CAT_OFFERING_CHAR, CAT_PRICE):
        tx.execute(gone_by(table, "offering_id"), {"by_offering_id": identity})


OFFERING = Resource(
    name="productOffering",
    path=f"{BASE}/productOffering",
    table=CAT_OFFERING,
    prefix="OFF",
    tag="Product Catalog",
    columns={"name": "name", "version": "version", "lifecycleStatus": "lifecycle_status"},
    shape=_offering,
    overridable=("lastUpdate",),
    mergeable=_IN_TABLES,
    mandatory=("name",),
    defaults=NEW,
    state="lifecycleStatus",
    create=_publish,
    merge=_merge,
    remove=_remove,
    before_patch=touched("lastUpdate"),
    required=("name", "lifecycleStatus", "lastUpdate", "isBundle", "version"),
    properties={
        "name": shapes.TEXT,
        "version": shapes.TEXT,
        "lifecycleStatus": LIFE,
        "lastUpdate": shapes.TIME,
        "isBundle": shapes.FLAG,
        "validFor": shapes.PERIOD,
        "productSpecification": shapes.REFERENCE,
        "productOfferingPrice": shapes.many(shapes.REFERENCE),
        "bundledProductOffering": shapes.many(shapes.REFERENCE),
        "prodSpecCharValueUse": shapes.many(shapes.record({"name": shapes.TEXT}, "name")),
    },
)
