"""What is sold, at which price, and what it decomposes into."""

from __future__ import annotations

from ringback.reference_stack.schema import (
    CAT_BUNDLE_ITEM,
    CAT_DECOMPOSITION,
    CAT_OFFERING,
    CAT_PRICE,
    CAT_PROMOTION,
    CAT_SPECIFICATION,
)
from ringback.reference_stack.seed.planting import Rows

_SINCE = "2024-01-01T00:00:00.000Z"
FIBRE = "FIBRE-500"
FIBRE_PRICE, FIBRE_CENTS = "PR-FIBRE-500", 6500

_OFFERINGS = (  # id, name, version, bundle?, specification
    ("MOBILE-GOLD-BUNDLE", "Mobile Gold bundle", "2.0", 1, None),
    ("MOBILE-GOLD", "Mobile Gold", "3.1", 0, "PS-MOBILE"),
    ("PHX-128", "Phoenix 128 GB", "1.0", 0, "PS-DEVICE"),
    ("PHX-256", "Phoenix 256 GB", "1.0", 0, "PS-DEVICE"),
    ("PORT-IN", "Keep your number", "1.2", 0, "PS-PORTIN"),
    ("SAVER-20", "Fibre and mobile saver", "1.0", 0, None),
    (FIBRE, "Fibre 500", "4.0", 0, "PS-FIBRE"),
)
_BUNDLE = (  # child of MOBILE-GOLD-BUNDLE, min, max
    ("MOBILE-GOLD", 1, 1),
    ("PHX-128", 0, 1),
    ("PHX-256", 0, 1),
    ("PORT-IN", 0, 1),
)
_PRICES = (  # id, offering, name, type, cents, months, charge code
    ("PR-MOBILE-GOLD", "MOBILE-GOLD", "Mobile Gold monthly", "recurring", 4500, None, "MRC-MOBILE"),
    ("PR-MOBILE-GOLD-ACT", "MOBILE-GOLD", "Activation", "oneTime", 2500, None, "NRC-ACTIVATION"),
    ("PR-PHX-128", "PHX-128", "Phoenix 128 GB instalment", "installment", 3000, 24, "INST-DEVICE"),
    ("PR-PHX-256", "PHX-256", "Phoenix 256 GB instalment", "installment", 3500, 24, "INST-DEVICE"),
    ("PR-PORT-IN", "PORT-IN", "Keep your number", "oneTime", 0, None, "NRC-PORTIN"),
    ("PR-SAVER-20", "SAVER-20", "Fibre and mobile saver, 20 % off Mobile Gold", "credit", -900, 3, "CRD-SAVER"),
    (FIBRE_PRICE, FIBRE, "Fibre 500 monthly", "recurring", FIBRE_CENTS, None, "MRC-FIBRE"),
)
_SPECIFICATIONS = (  # id, name, kind
    ("PS-MOBILE", "Mobile line", "product"),
    ("PS-PORTIN", "Number brought along", "product"),
    ("PS-DEVICE", "Device on instalments", "product"),
    ("PS-FIBRE", "Fibre access", "product"),
    ("CFS-MOBILE", "Mobile service", "CFS"),
    ("CFS-NUMBER", "Number service", "CFS"),
    ("CFS-BROADBAND", "Broadband service", "CFS"),
)
DECOMPOSITION = (  # product specification, CFS, RFS, resource, controller, condition
    ("PS-MOBILE", "CFS-MOBILE", "RFS-HLR-SUB", "SIM", "nso", "sim"),
    ("PS-MOBILE", "CFS-MOBILE", "RFS-HLR-SUB", "IMSI", "nso", None),
    ("PS-MOBILE", "CFS-MOBILE", "RFS-HLR-SUB", "MSISDN", "nso", None),
    ("PS-MOBILE", "CFS-MOBILE", "RFS-PCRF-POLICY", "PCRF_PROFILE", "nso", None),
    ("PS-MOBILE", "CFS-MOBILE", "RFS-VOICEMAIL", "VOICEMAIL_BOX", "legacy", None),
    ("PS-PORTIN", "CFS-NUMBER", "RFS-PORT-IN", "TN", "npg", None),
    ("PS-DEVICE", None, "RFS-SHIP", "DEVICE", "logistics", None),
    ("PS-FIBRE", "CFS-BROADBAND", "RFS-GPON-ACCESS", "OLT_PORT", "nso", None),
    ("PS-FIBRE", "CFS-BROADBAND", "RFS-GPON-ACCESS", "VLAN", "nso", None),
    ("PS-FIBRE", "CFS-BROADBAND", "RFS-INTERNET-EDGE", "IP", "mano", None),
    ("PS-FIBRE", "CFS-BROADBAND", "RFS-CPE-INSTALL", "ONT", "workforce", None),
)


def catalogue(rows: Rows) -> None:
    """Adds the catalogue."""
    for identity, name, version, bundle, specification in _OFFERINGS:
        rows.add(
            CAT_OFFERING,
            id=identity,
            name=name,
            version=version,
            lifecycle_status="Active",
            is_bundle=bundle,
            product_spec_id=specification,
            valid_from=_SINCE,
        )
    for child, least, most in _BUNDLE:
        rows.add(
            CAT_BUNDLE_ITEM, offering_id="MOBILE-GOLD-BUNDLE", child_offering_id=child, min_qty=least, max_qty=most
        )
    for identity, offering, name, kind, cents, months, code in _PRICES:
        rows.add(
            CAT_PRICE,
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
    rows.add(
        CAT_PROMOTION,
        id="FIBRE-MOBILE-20",
        price_id="PR-MOBILE-GOLD",
        percent=20,
        duration_months=3,
        requires_offering_id=FIBRE,
        carrier_offering_id="SAVER-20",
        valid_from=_SINCE,
    )
    for identity, name, kind in _SPECIFICATIONS:
        rows.add(CAT_SPECIFICATION, id=identity, name=name, kind=kind, version="1.0", lifecycle_status="Active")
    for number, (product, cfs, rfs, resource, controller, condition) in enumerate(DECOMPOSITION, 1):
        rows.add(
            CAT_DECOMPOSITION,
            id=f"DEC-{number:02d}",
            product_spec_id=product,
            cfs_spec_id=cfs,
            rfs_spec_id=rfs,
            resource_spec_id=resource,
            qty=1,
            controller=controller,
            condition=condition,
        )
