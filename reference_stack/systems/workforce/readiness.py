"""Whether a technician may be sent: the address exists, the equipment is there, the customer will be at home."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import RowMapping

from ringback.reference_stack.systems.reading import text
from ringback.reference_stack.systems.workforce.equipment import SHIPPED
from ringback.reference_stack.systems.workforce.places import Place, place_of

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

READY = "ready"
_STAGED = ("shipped", "delivered")
_PROMISED = ("ordered", "acknowledged")


@dataclass(frozen=True, slots=True)
class Readiness:
    """What was found: the place, where there is one, and each thing that is still missing."""

    place: Place | None
    missing: tuple[str, ...]

    @property
    def said(self) -> str:
        """For the work order: ready, or what is missing."""
        return f"missing: {'; '.join(self.missing)}" if self.missing else READY


async def readiness(stack: Stack, order: RowMapping, appointment: RowMapping | None) -> Readiness:
    """Looks at address, equipment and appointment of a work order; SystemDown when a system does not answer."""
    address = order["address_id"] or (appointment["address_id"] if appointment is not None else None)
    place = await place_of(stack, address) if address else None
    obstacles = (
        _site(address, place, appointment),
        await _staging(stack, order),
        _customer(appointment),
    )
    return Readiness(place, tuple(obstacle for obstacle in obstacles if obstacle))


def _site(address: str | None, place: Place | None, appointment: RowMapping | None) -> str:
    if not address:
        return "address: none is given"
    if place is None or not place.validated:
        return f"address: {address} is not validated"
    if appointment is not None and appointment["address_id"] != address:
        return f"address: the appointment is for {appointment['address_id']}, the work is at {address}"
    return ""


async def _staging(stack: Stack, order: RowMapping) -> str:
    """Equipment that is sent to the customer must be on its way; other equipment comes in the van."""
    item, needed = order["product_order_item_id"] or order["id"], order["equipment"] == SHIPPED
    found = await stack.http.get("logistics", "/logistics/v1/shipments", params={"orderItemId": item})
    shipments = found.documents()
    staged = _STAGED + (_PROMISED if stack.defects.on("D10") else ())
    late = [f"shipment {text(one, 'po')} is {text(one, 'status')}" for one in shipments if one["status"] not in staged]
    if late:
        return f"equipment: {', '.join(late)}"
    return "equipment: no shipment yet" if needed and not shipments else ""


def _customer(appointment: RowMapping | None) -> str:
    if appointment is None:
        return "appointment: none is made"
    return (
        "" if appointment["status"] == "confirmed" else f"appointment: {appointment['id']} is {appointment['status']}"
    )
