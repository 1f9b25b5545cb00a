"""Checks a typed address: whether it exists, and whether it can be served."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ringback.reference_stack.care import requests
from ringback.reference_stack.care.customer_view import located
from ringback.reference_stack.care.documents import record, records, text
from ringback.reference_stack.care.drafts import CheckedAddress
from ringback.reference_stack.care.forms import AddressPage

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

MOST_ALTERNATIVES = 8


async def check(stack: Stack, customer_id: str, typed: AddressPage) -> CheckedAddress:
    """Validates the address (TMF673) and, when it exists, qualifies it for service (TMF645)."""
    body = requests.address_validation(typed)
    validation = (await stack.http.post("location", "/geographicAddressValidation", json=body)).document()
    found = record(validation.get("validGeographicAddress"))
    address_id = text(found.get("id"))
    if text(validation.get("validationResult")) != "success" or not address_id:
        near = tuple(located(one) for one in records(validation.get("alternateGeographicAddress")))
        return CheckedAddress(typed, found=False, message=_not_found(near), alternatives=near[:MOST_ALTERNATIVES])
    question = requests.service_qualification(customer_id, address_id)
    answer = (await stack.http.post("qualification", "/checkServiceQualification", json=question)).document()
    result = "green" if text(answer.get("qualificationResult")) == "qualified" else "red"
    return CheckedAddress(
        typed,
        found=True,
        address_id=address_id,
        formatted=located(found).line,
        qualification_id=text(answer.get("id")),
        qualification=result,
        message="" if result == "green" else "Service is not available at this address.",
    )


def _not_found(near: Sequence[AddressPage]) -> str:
    if not near:
        return "No such address is known. Check the street number, the street and the ZIP."
    lines = "; ".join(alternative.line for alternative in near[:3])
    return f"No such address is known. Did you mean: {lines}?"
