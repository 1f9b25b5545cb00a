"""What reaches an address: its own access line, the supplier's footprint, and the services that both can carry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ringback.reference_stack.systems.reading import Document, characteristics, documents, listed, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

BASE = "/tmf-api/serviceQualificationManagement/v4"
WHOLESALE = "PS-FIBRE-W"
_FIBRE = {"FIBRE"}
_REACHES: Mapping[str, set[str]] = {  # service or product specification -> access technologies it can be had over
    "CFS-BROADBAND": _FIBRE,
    "CFS-TV": _FIBRE,
    "PS-FIBRE": _FIBRE,
    WHOLESALE: {"FIBRE", "WHOLESALE"},
    "PS-TV": {"FIBRE", "WHOLESALE"},
    "PS-DSL": {"FIBRE", "WHOLESALE", "DSL"},
}
_SERVICES: Mapping[str, str] = {  # product specification -> the service that a customer gets at an address
    "PS-FIBRE": "CFS-BROADBAND",
    WHOLESALE: "CFS-BROADBAND",
    "PS-DSL": "CFS-BROADBAND",
    "PS-TV": "CFS-TV",
    "PS-VOICE": "CFS-VOICE",
}


@dataclass(frozen=True, slots=True)
class Place:
    """An address with what reaches it; the footprint is empty where no supplier has a line."""

    address: Document
    footprint: Document

    @property
    def speed(self) -> int:
        """The highest speed of the line, in Mbit/s."""
        return int(text(self.address, "maxDownMbps") or "0")


async def place_of(stack: Stack, identity: str) -> Place | None:
    """What is known of an address; None when there is none of this id."""
    reply = await stack.http.get("location", f"/geographicAddress/{identity}") if identity else None
    if reply is None or not reply.ok:
        return None
    found = await stack.http.get("location", "/location/v1/footprint", params={"addressId": identity})
    return Place(reply.document(), found.document() if found.ok else {})


def obstacle_of(item: Document, place: Place | None) -> str:
    """Why a service cannot be built there; empty when it can."""
    if place is None or text(place.address, "validationResult") != "success":
        return "the address is not validated"
    named = (text(item, "productSpecification.id"), text(item, "service.serviceSpecification.id"))
    technologies = next((_REACHES[name] for name in named if name in _REACHES), None)
    if technologies is None:
        return ""
    if text(place.address, "accessTechnology") not in technologies:
        return "no fibre reaches the address"
    if WHOLESALE in named and not place.footprint:
        return "no supplier has a line to the address"
    most = _most(place, wholesale=WHOLESALE in named)
    speed = characteristics(item, "service.serviceCharacteristic").get("downMbps", "0")
    return f"only {most} Mbit/s reach the address" if speed.isdigit() and int(speed) > most else ""


def _most(place: Place, *, wholesale: bool) -> int:
    """The highest speed to be had: of our own line, or of the supplier's."""
    return min(place.speed, int(text(place.footprint, "maxDownMbps") or "0")) if wholesale else place.speed


def facts_of(item: Document, place: Place | None) -> Document:
    """What a qualified item is told of its line: the speed, and for a supplier's line whose and which it is."""
    if place is None:
        return {}
    wholesale = text(item, "productSpecification.id") == WHOLESALE
    facts: Document = {"maxDownMbps": _most(place, wholesale=wholesale)}
    if wholesale:
        facts |= {"supplier": place.footprint["supplier"], "supplierReference": place.footprint["reference"]}
    return facts


async def services_at(stack: Stack, place: Place | None, wanted: str = "") -> list[Document]:
    """The services that can be had at a place, one for each offering that its line carries.

    Args:
        stack: the stack.
        place: where.
        wanted: a service specification; empty for all of them.
    """
    if place is None:
        return []
    found: list[Document] = []
    for offering in (await stack.http.get("catalogue", "/productOffering", params={"limit": "1000"})).documents():
        specification = text(offering, "productSpecification.id")
        service = _SERVICES.get(specification, "")
        if not service or wanted not in ("", service):
            continue
        sold = _sold(offering)
        item = _item(specification, service, sold)
        if not obstacle_of(item, place):
            shown = _shown(offering, place, service, specification, sold)
            found.append({"id": str(len(found) + 1), "service": shown})
    return found


def _sold(offering: Document) -> dict[str, str]:
    """What an offering fixes about its service."""
    uses = documents(offering, "prodSpecCharValueUse")
    return {text(use, "name"): text(use, "productSpecCharacteristicValue.0.value") for use in uses}


def _item(specification: str, service: str, sold: Mapping[str, str]) -> Document:
    speed = {"downMbps": sold["downMbps"]} if sold.get("downMbps") else {}
    asked: Document = {"serviceSpecification": {"id": service}, "serviceCharacteristic": listed(speed)}
    return {"productSpecification": {"id": specification}, "service": asked}


def _shown(offering: Document, place: Place, service: str, specification: str, sold: Mapping[str, str]) -> Document:
    values = {"accessTechnology": text(place.address, "accessTechnology"), "productOffering": text(offering, "id")}
    values |= {name: sold[name] for name in ("downMbps", "upMbps") if sold.get(name)}
    if specification == WHOLESALE:
        named = {"supplier": "supplier", "supplierReference": "reference"}
        values |= {name: text(place.footprint, key) for name, key in named.items()}
    return {
        "@type": "Service",
        "name": text(offering, "name"),
        "serviceSpecification": {"id": service},
        "serviceCharacteristic": listed(values),
        "place": [{"id": text(place.address, "id"), "role": "installation", "@referredType": "GeographicAddress"}],
    }
