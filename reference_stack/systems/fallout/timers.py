"""The timers of production: how long each state may last before a person must look, whose queue it is, and until when.

Timers of other systems run there and come as reports: activation (2 minutes), the acknowledgement of a wholesale order
(2 hours), the close-out of an appointment (2 hours after its window).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Limit:
    """How long something may take, and what is wrong when it takes longer."""

    within: timedelta
    system: str
    said: str


LIMITS: Mapping[str, Limit] = {
    "COM-ACKNOWLEDGED": Limit(timedelta(minutes=5), "ordering", "the order is acknowledged for more than 5 minutes"),
    "COM-SILENT": Limit(timedelta(hours=4), "ordering", "the order has been in one state for more than 4 hours"),
    "NP-TIMEOUT": Limit(timedelta(minutes=30), "portability", "the old provider has not answered within 30 minutes"),
    "ASN-LATE": Limit(timedelta(hours=24), "logistics", "no shipping notice within 24 hours of the purchase order"),
    "PRODUCT-UNCHARGED": Limit(timedelta(minutes=15), "billing", "active for more than 15 minutes without a charge"),
}
OWNERS: Mapping[str, str] = {
    "assurance": "service-desk",
    "ordering": "order-management",
    "service-ordering": "order-management",
    "resource-ordering": "network-operations",
    "activation": "network-operations",
    "nso": "network-operations",
    "mano": "network-operations",
    "legacy": "network-operations",
    "portability": "number-portability",
    "logistics": "supply-chain",
    "gateway": "partner-operations",
    "billing": "billing-operations",
    "credit": "credit-operations",
    "workforce": "field-operations",
    "location": "address-operations",
    "events": "integration-operations",
}
OWNERS_BY_CODE: Mapping[str, str] = {  # where the cause says more than the system; by the beginning of the code
    "E911-": "emergency-records",
    "WHS-": "wholesale-operations",
    "ESIM-": "sim-operations",
    "worker.": "integration-operations",
}
# Within which a case must be closed, by the beginning of its code; the last row is for all others.
SLAS: tuple[tuple[str, timedelta], ...] = (
    ("E911-", timedelta(hours=1)),
    ("NP-", timedelta(hours=2)),
    ("ACT-", timedelta(hours=2)),
    ("EVENT-PARKED", timedelta(hours=2)),
    ("PGW-MISSING", timedelta(hours=8)),
    ("", timedelta(hours=4)),
)
SHARES: Mapping[str, float] = {"vip": 0.25, "business": 0.5}  # of that time, for the customers of a segment
ORDER_FINAL = ("completed", "failed", "partial", "cancelled", "rejected")


def order_timers(state: str) -> Mapping[str, bool]:
    """For each timer of a product order, whether it runs in this state."""
    running = state not in ORDER_FINAL
    return {"COM-ACKNOWLEDGED": state == "acknowledged", "COM-SILENT": running}


def port_timers(status: str) -> Mapping[str, bool]:
    """The answer of the old provider is awaited only while the port is requested."""
    return {"NP-TIMEOUT": status == "requested"}


def shipment_timers(state: str) -> Mapping[str, bool]:
    """The shipping notice is awaited until the box is under way."""
    return {"ASN-LATE": state in ("ordered", "acknowledged")}


def product_timers(status: str, *, costs: bool) -> Mapping[str, bool]:
    """A charge is awaited from the moment at which a product that costs something is active."""
    return {"PRODUCT-UNCHARGED": costs and status == "active"}


def owner_of(system: str, code: str = "") -> str:
    """The queue that works the cases of a system."""
    by_code = next((owner for beginning, owner in OWNERS_BY_CODE.items() if code.startswith(beginning)), "")
    return by_code or OWNERS.get(system, "service-desk")


def sla_of(code: str, segment: str) -> timedelta:
    """Within which a case of this code must be closed for a customer of this segment."""
    within = next(time for beginning, time in SLAS if code.startswith(beginning))
    return within * SHARES.get(segment.lower(), 1.0)
