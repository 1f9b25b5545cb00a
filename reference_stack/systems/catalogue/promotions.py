"""Promotions (TMF671): which price they reduce, for whom and for how long."""

from __future__ import annotations

from sqlalchemy import Connection, RowMapping

from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.resource import Resource
from ringback.reference_stack.schema import CAT_PROMOTION
from ringback.reference_stack.systems.catalogue.words import LIFE, valid_for


def _promotion(_tx: Connection, row: RowMapping) -> dict[str, object]:
    reduction = f"{row['percent']} %" if row["percent"] else f"{row['amount'] / 100:.2f}"
    return {
        "name": f"{reduction} off for {row['duration_months']} months",
        "lifecycleStatus": "Active",
        "validFor": valid_for(row),
    }


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
        "lifecycleStatus": LIFE,
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
