"""The product catalogue (TMF620, promotions as TMF671): what is on sale, its price, and what it decomposes into."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.errors import invalid, missing
from ringback.reference_stack.kernel.resource import Resource
from ringback.reference_stack.kernel.system import System, route
from ringback.reference_stack.schema import (
    CAT_BUNDLE_ITEM,
    CAT_DECOMPOSITION,
    CAT_OFFERING,
    CAT_OFFERING_CHAR,
    CAT_PRICE,
    CAT_PROMOTION,
    CAT_SPECIFICATION,
)
from ringback.reference_stack.systems.documents import touched
from ringback.reference_stack.systems.money import money

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

BASE = "/tmf-api/productCatalogManagement/v4"
_LIFE = shapes.one_of("In study", "In design", "In test", "Active", "Launched", "Retired", "Obsolete")
_NEW: dict[str, object] = {
    "lifecycleStatus": "In study",
    "version": "1.0",
    "isBundle": False,
    "lastUpdate": lambda stack: stack.clock.stamp(),
}


def _valid_for(row: RowMapping) -> dict[str, object]:
    times = {"startDateTime": row["valid_from"], "endDateTime": row["valid_to"]}
    return {name: value for name, value in times.items() if value}


def _offering(tx: Connection, row: RowMapping) -> dict[str, object]:
    prices = tx.execute(
        select(CAT_PRICE.c.id, CAT_PRICE.c.name).where(CAT_PRICE.c.offering_id == row["id"]).order_by(CAT_PRICE.c.id)
    ).all()
    children = tx.execute(
        select(CAT_BUNDLE_ITEM, CAT_OFFERING.c.name)
        .join(CAT_OFFERING, CAT_OFFERING.c.id == CAT_BUNDLE_ITEM.c.child_offering_id)
        .where(CAT_BUNDLE_ITEM.c.offering_id == row["id"])
        .order_by(CAT_BUNDLE_ITEM.c.child_offering_id)
    ).all()
    fixed = [
        {"name": name, "productSpecCharacteristicValue": [{"value": value}]}
        for name, value in _characteristics(tx, row["id"]).items()
    ]
    document: dict[str, object] = {
        "isBundle": bool(row["is_bundle"]),
        "lastUpdate": row["valid_from"],
        "validFor": _valid_for(row),
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


def _characteristics(tx: Connection, offering: str) -> dict[str, str]:
    """What an offering fixes about the service that is built for it: profile, policy, speed."""
    mine = select(CAT_OFFERING_CHAR).where(CAT_OFFERING_CHAR.c.offering_id == offering)
    return {row.name: row.value for row in tx.execute(mine.order_by(CAT_OFFERING_CHAR.c.name))}


def _price(_tx: Connection, row: RowMapping) -> dict[str, object]:
    return {
        "price": money(row["amount"], row["currency"]),
        "lifecycleStatus": "Active",
        "lastUpdate": row["valid_from"],
        "isBundle": False,
        "validFor": _valid_for(row),
        "productOffering": {"id": row["offering_id"], "href": f"{BASE}/productOffering/{row['offering_id']}"},
    }


def _promotion(_tx: Connection, row: RowMapping) -> dict[str, object]:
    reduction = f"{row['percent']} %" if row["percent"] else f"{row['amount'] / 100:.2f}"
    return {
        "name": f"{reduction} off for {row['duration_months']} months",
        "lifecycleStatus": "Active",
        "validFor": _valid_for(row),
    }


OFFERING = Resource(
    name="productOffering",
    path=f"{BASE}/productOffering",
    table=CAT_OFFERING,
    prefix="OFF",
    tag="Product Catalog",
    columns={"name": "name", "version": "version", "lifecycleStatus": "lifecycle_status"},
    shape=_offering,
    overridable=(
        "isBundle",
        "lastUpdate",
        "validFor",
        "productSpecification",
        "productOfferingPrice",
        "bundledProductOffering",
        "prodSpecCharValueUse",
    ),
    mandatory=("name",),
    defaults=_NEW,
    state="lifecycleStatus",
    before_patch=touched("lastUpdate"),
    required=("name", "lifecycleStatus", "lastUpdate", "isBundle", "version"),
    properties={
        "name": shapes.TEXT,
        "version": shapes.TEXT,
        "lifecycleStatus": _LIFE,
        "lastUpdate": shapes.TIME,
        "isBundle": shapes.FLAG,
        "validFor": shapes.PERIOD,
        "productSpecification": shapes.REFERENCE,
        "productOfferingPrice": shapes.many(shapes.REFERENCE),
        "bundledProductOffering": shapes.many(shapes.REFERENCE),
        "prodSpecCharValueUse": shapes.many(shapes.record({"name": shapes.TEXT}, "name")),
    },
)
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
    operations="LG",
    required=("name", "priceType", "price", "lifecycleStatus", "lastUpdate"),
    properties={
        "name": shapes.TEXT,
        "priceType": shapes.PRICE_TYPE,
        "price": shapes.MONEY,
        "recurringChargePeriodType": shapes.TEXT,
        "months": shapes.NUMBER,
        "chargeCode": shapes.TEXT,
        "taxCode": shapes.TEXT,
        "lifecycleStatus": _LIFE,
        "lastUpdate": shapes.TIME,
        "isBundle": shapes.FLAG,
        "validFor": shapes.PERIOD,
        "productOffering": shapes.REFERENCE,
    },
)
SPECIFICATION = Resource(
    name="productSpecification",
    path=f"{BASE}/productSpecification",
    table=CAT_SPECIFICATION,
    prefix="PS",
    tag="Product Catalog",
    columns={"name": "name", "version": "version", "lifecycleStatus": "lifecycle_status"},
    shape=lambda _tx, _row: {"isBundle": False, "lastUpdate": "2024-01-01T00:00:00.000Z"},
    operations="LG",
    required=("name", "lifecycleStatus", "lastUpdate"),
    properties={
        "name": shapes.TEXT,
        "version": shapes.TEXT,
        "lifecycleStatus": _LIFE,
        "lastUpdate": shapes.TIME,
        "isBundle": shapes.FLAG,
    },
)
PROMOTION = Resource(
    name="promotion",
    path="/tmf-api/promotionManagement/v4/promotion",
    table=CAT_PROMOTION,
    prefix="PRM",
    tag="Promotion",
    columns={
        "priceId": "price_id",
        "percent": "percent",
        "amount": "amount",
        "durationMonths": "duration_months",
        "requiresOfferingId": "requires_offering_id",
        "bundleOfferingId": "bundle_offering_id",
        "startsWith": "starts_with",
        "carrierOfferingId": "carrier_offering_id",
    },
    shape=_promotion,
    operations="LG",
    required=("name",),
    properties={
        "name": shapes.TEXT,
        "lifecycleStatus": _LIFE,
        "validFor": shapes.PERIOD,
        "priceId": shapes.TEXT,
        "percent": shapes.NUMBER,
        "amount": shapes.NUMBER,
        "durationMonths": shapes.NUMBER,
        "requiresOfferingId": shapes.TEXT,
        "bundleOfferingId": shapes.TEXT,
        "startsWith": shapes.one_of("carrier", "lastChild"),
        "carrierOfferingId": shapes.TEXT,
    },
)


async def decomposition(stack: Stack, request: Request) -> Response:
    """What a product specification decomposes into: service and resource specifications with their controllers."""
    specification = request.query_params.get("productSpecification")
    if not specification:
        raise invalid("productSpecification is missing", "ask for ?productSpecification=PS-MOBILE")
    statement = (
        select(CAT_DECOMPOSITION)
        .where(CAT_DECOMPOSITION.c.product_spec_id == specification)
        .order_by(CAT_DECOMPOSITION.c.id)
    )
    with stack.db.begin() as tx:
        rows = tx.execute(statement).mappings().all()
    items = [
        {
            "cfs": row["cfs_spec_id"],
            "rfs": row["rfs_spec_id"],
            "resource": row["resource_spec_id"],
            "qty": row["qty"],
            "controller": row["controller"],
            "condition": row["condition"],
        }
        for row in rows
    ]
    return JSONResponse({"items": items})


async def characteristics(stack: Stack, request: Request) -> Response:
    """What an offering fixes about its service, by name; an offering that the catalogue does not know is a 404."""
    offering = request.path_params["id"]
    with stack.db.begin() as tx:
        if OFFERING.row(tx, offering) is None:
            raise missing("product offering", offering)
        return JSONResponse(_characteristics(tx, offering))


SYSTEM = System(
    id="catalogue",
    prefix="cat_",
    base=BASE,
    resources=(OFFERING, PRICE, SPECIFICATION, PROMOTION),
    routes=(
        route("GET", "/catalogue/v1/decomposition", decomposition),
        route("GET", "/catalogue/v1/offerings/{id}/characteristics", characteristics),
    ),
)
