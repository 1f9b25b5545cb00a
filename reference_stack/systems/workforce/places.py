"""What workforce needs to know of a place, asked of the location system."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ringback.reference_stack.systems.reading import text
from ringback.reference_stack.systems.workforce.zones import area_of, zone_of

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack


@dataclass(frozen=True, slots=True)
class Place:
    """An address: where the technician goes, whose crews go there, and by which clock."""

    id: str
    street_nr: str
    street: str
    unit: str
    city: str
    state: str
    postcode: str
    validated: bool

    @property
    def zone(self) -> str:
        """Its IANA time zone."""
        return zone_of(self.state, self.postcode)

    @property
    def area(self) -> str:
        """The area of its crews."""
        return area_of(self.postcode)


async def place_of(stack: Stack, address: str) -> Place | None:
    """An address by its id; None when there is none. SystemDown when location does not answer."""
    reply = await stack.http.get("location", f"/geographicAddress/{address}")
    if not reply.ok:
        return None
    found = reply.document()
    street = (text(found, "streetName"), text(found, "streetType"))
    return Place(
        id=address,
        street_nr=text(found, "streetNr"),
        street=" ".join(part for part in street if part),
        unit=text(found, "geographicSubAddress.0.subUnitNumber"),
        city=text(found, "city"),
        state=text(found, "stateOrProvince"),
        postcode=text(found, "postcode"),
        validated=text(found, "validationResult") == "success",
    )
