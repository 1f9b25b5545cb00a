"""The timers of production: how long each state may last before a person must look, and whose queue it is."""

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
}
OWNERS: Mapping[str, str] = {
    "ordering": "order-management",
    "service-ordering": "order-management",
    "resource-ordering": "network-operations",
    "activation": "network-operations",
    "portability": "number-portability",
    "logistics": "supply-chain",
    "gateway": "partner-operations",
    "billing": "billing-operations",
    "credit": "credit-operations",
    "workforce": "field-operations",
}
SLA = timedelta(hours=4)  # within which a case must be closed
_ORDER_FINAL = ("completed", "failed", "partial", "cancelled", "rejected")


def order_timers(state: str) -> Mapping[str, bool]:
    """For each timer of a product order, whether it runs in this state."""
    running = state not in _ORDER_FINAL
    return {"COM-ACKNOWLEDGED": state == "acknowledged", "COM-SILENT": running}


def port_timers(status: str) -> Mapping[str, bool]:
    """The answer of the old provider is awaited only while the port is requested."""
    return {"NP-TIMEOUT": status == "requested"}


def shipment_timers(state: str) -> Mapping[str, bool]:
    """The shipping notice is awaited until the box is under way."""
    return {"ASN-LATE": state in ("ordered", "acknowledged")}


def owner_of(system: str) -> str:
    """The queue that works the cases of a system."""
    return OWNERS.get(system, "service-desk")
