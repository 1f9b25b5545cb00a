"""From one product order item to the service and resource items that build it, by the catalogue's own rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# What is ordered from resource ordering for a resource-facing service that needs no numbered resource of its own.
IMPLIED_RESOURCES: Mapping[str, str] = {"RFS-PCRF-POLICY": "PCRF_PROFILE", "RFS-VOICEMAIL": "VOICEMAIL_BOX"}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the catalogue's decomposition: a CFS relies on an RFS, an RFS needs `quantity` of a resource."""

    cfs: str | None
    rfs: str
    resource: str | None
    quantity: int
    controller: str
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class ResourceNeed:
    """One resource of an RFS and the controller that provides it."""

    spec: str
    controller: str


@dataclass(frozen=True, slots=True)
class ServiceNeed:
    """A resource-facing service with everything it needs."""

    spec: str
    resources: tuple[ResourceNeed, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What one product order item becomes. `cfs` is None where the catalogue sells no customer-facing service."""

    cfs: str | None
    services: tuple[ServiceNeed, ...]


def row_of(document: Mapping[str, object]) -> Row:
    """Read one item of `GET /catalogue/v1/decomposition`."""
    quantity = document.get("qty") or 1
    return Row(
        cfs=_text(document.get("cfs")),
        rfs=str(document["rfs"]),
        resource=_text(document.get("resource")),
        quantity=quantity if isinstance(quantity, int) else int(str(quantity)),
        controller=_text(document.get("controller")) or "nso",
        condition=_text(document.get("condition")),
    )


def _text(value: object) -> str | None:
    return str(value) if value else None


def plan(rows: Sequence[Row], characteristics: Mapping[str, str]) -> Plan:
    """Group the rows that apply to this order by RFS, in the catalogue's order.

    A row with a condition ("sim", "esim") applies when the item's characteristic `simType` names it; a physical SIM
    is what is sold when the order does not say.
    """
    sim_type = characteristics.get("simType", "sim").lower()
    grouped: dict[str, list[ResourceNeed]] = {}
    cfs: str | None = None
    for row in rows:
        if row.condition in ("sim", "esim") and row.condition != sim_type:
            continue
        cfs = cfs or row.cfs
        grouped.setdefault(row.rfs, []).extend(_needs(row))
    return Plan(cfs, tuple(ServiceNeed(spec, tuple(needs)) for spec, needs in grouped.items()))


def _needs(row: Row) -> list[ResourceNeed]:
    resource = row.resource or IMPLIED_RESOURCES.get(row.rfs)
    return [ResourceNeed(resource, row.controller)] * row.quantity if resource else []
