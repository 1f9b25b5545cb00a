"""Who and where the customer is, for partners: as the order says, and from CRM and Location what it does not say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ringback.reference_stack.systems.reading import documents, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

NAMES = ("firstName", "lastName", "streetNr", "streetName", "city", "stateOrProvince", "zip")


async def subscriber(stack: Stack, customer: str, place: str, given: Mapping[str, str]) -> dict[str, str]:
    """Name and address, exactly as they were typed where they were typed.

    Args:
        stack: the stack.
        customer: customer id.
        place: id of the address the order is for; empty for the customer's own.
        given: what the order says itself, by the names of `NAMES`.
    """
    typed = {name: given[name] for name in NAMES if given.get(name)}
    if len(typed) == len(NAMES):
        return typed
    return dict.fromkeys(NAMES, "") | await _known(stack, customer, place) | typed


async def _known(stack: Stack, customer: str, place: str) -> dict[str, str]:
    record = (await stack.http.get("crm", f"/tmf-api/customerManagement/v4/customer/{customer}")).document()
    person = await stack.http.get("crm", f"/tmf-api/party/v4/individual/{text(record, 'engagedParty.id')}")
    home = next(
        (text(medium, "place.id") for medium in documents(record, "contactMedium") if text(medium, "place.id")), ""
    )
    address = await stack.http.get("location", f"/geographicAddress/{place or home}")
    street = (text(address.json, "streetName"), text(address.json, "streetType"))
    return {
        "firstName": text(person.json, "givenName"),
        "lastName": text(person.json, "familyName"),
        "streetNr": text(address.json, "streetNr"),
        "streetName": " ".join(part for part in street if part),
        "city": text(address.json, "city"),
        "stateOrProvince": text(address.json, "stateOrProvince"),
        "zip": text(address.json, "postcode"),
    }
