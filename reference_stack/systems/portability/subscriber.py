"""Who the old provider knows the number by: as the order says, and from the customer's record what it does not say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ringback.reference_stack.systems.reading import Document, documents, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

# field of the request -> characteristic of the order
_FIELDS: Mapping[str, str] = {
    "first_name": "firstName",
    "last_name": "lastName",
    "street_nr": "streetNr",
    "street": "streetName",
    "city": "city",
    "state": "stateOrProvince",
    "zip": "zip",
}


async def subscriber_of(stack: Stack, values: Mapping[str, str]) -> dict[str, str]:
    """Name and address for a port request, exactly as they were typed where they were typed."""
    given = {field: values[name] for field, name in _FIELDS.items() if values.get(name)}
    if len(given) == len(_FIELDS):
        return given
    known = await _from_customer(stack, values.get("customerId", ""))
    return {field: given.get(field) or known.get(field, "") for field in _FIELDS}


async def _from_customer(stack: Stack, customer_id: str) -> dict[str, str]:
    customer = (await stack.http.get("crm", f"/tmf-api/customerManagement/v4/customer/{customer_id}")).document()
    party = text(customer, "engagedParty.id")
    person: Document = {}
    if party:
        person = (await stack.http.get("crm", f"/tmf-api/party/v4/individual/{party}")).document()
    media = documents(customer, "contactMedium")
    home = next((medium for medium in media if text(medium, "characteristic.city")), {})
    number, _, street = text(home, "characteristic.street1").partition(" ")
    return {
        "first_name": text(person, "givenName"),
        "last_name": text(person, "familyName"),
        "street_nr": number,
        "street": street,
        "city": text(home, "characteristic.city"),
        "state": text(home, "characteristic.stateOrProvince"),
        "zip": text(home, "characteristic.postCode"),
    }
