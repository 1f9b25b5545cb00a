"""Puts what is sold, at which price and made of what, into the catalogue's tables."""

from __future__ import annotations

from ringback.reference_stack import schema as t
from ringback.reference_stack.seed.decomposition import DECOMPOSITION, SPECIFICATIONS
from ringback.reference_stack.seed.offers import BUNDLES, CHARACTERISTICS, OFFERINGS, PRICES, PROMOTIONS
from ringback.reference_stack.seed.planting import Rows
from ringback.reference_stack.seed.technical import technical

_SINCE = "2024-01-01T00:00:00.000Z"


def catalogue(rows: Rows) -> None:
    """Adds the catalogue."""
    _offerings(rows)
    _prices(rows)
    _specifications(rows)
    technical(rows)


def _offerings(rows: Rows) -> None:
    bundles = {bundle for bundle, *_ in BUNDLES}
    for identity, name, version, specification in OFFERINGS:
        rows.add(
            t.CAT_OFFERING,
            id=identity,
            name=name,
            version=version,
            lifecycle_status="Active",
            is_bundle=int(identity in bundles),
            product_spec_id=specification,
            valid_from=_SINCE,
        )
    for bundle, child, least, most in BUNDLES:
        rows.add(t.CAT_BUNDLE_ITEM, offering_id=bundle, child_offering_id=child, min_qty=least, max_qty=most)
    for offering, values in CHARACTERISTICS.items():
        for name, value in values.items():
            rows.add(t.CAT_OFFERING_CHAR, offering_id=offering, name=name, value=value)


def _prices(rows: Rows) -> None:
    for identity, offering, name, kind, cents, months, code in PRICES:
        rows.add(
            t.CAT_PRICE,
            id=identity,
            offering_id=offering,
            name=name,
            price_type=kind,
            amount=cents,
            currency="USD",
            period=None if kind == "oneTime" else "month",
            months=months,
            charge_code=code,
            tax_code="STANDARD",
            valid_from=_SINCE,
        )
    for promotion in PROMOTIONS:
        rows.add(t.CAT_PROMOTION, **promotion, valid_from=_SINCE)


def _specifications(rows: Rows) -> None:
    for identity, name, kind in SPECIFICATIONS:
        if kind == "product":
            rows.add(t.CAT_SPECIFICATION, id=identity, name=name, version="1.0", lifecycle_status="Active")
    for number, (product, cfs, rfs, resource, controller, condition) in enumerate(DECOMPOSITION, 1):
        rows.add(
            t.CAT_DECOMPOSITION,
            id=f"DEC-{number:02d}",
            product_spec_id=product,
            cfs_spec_id=cfs,
            rfs_spec_id=rfs,
            resource_spec_id=resource,
            qty=1,
            controller=controller,
            condition=condition,
        )
