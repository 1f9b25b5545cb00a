"""Whether what is ordered can be built where it is wanted: each fixed line is asked about at TMF645."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import RowMapping, update

from ringback.reference_stack.schema import COM_ORDER_ITEM
from ringback.reference_stack.systems.ordering.documents import items_of
from ringback.reference_stack.systems.reading import documents, first, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

Document = dict[str, object]
_FIXED = {"PS-FIBRE", "PS-FIBRE-W", "PS-VOICE", "PS-DSL", "PS-TV"}


async def infeasible(stack: Stack, order: RowMapping) -> str:
    """Why an order cannot be built; empty when it can. Items that end or change something need no new line."""
    with stack.db.begin() as tx:
        items = [item for item in items_of(tx, order["id"]) if item["action"] == "add" and not item["promotion_id"]]
    for item in items:
        reason = await _obstacle(stack, order, item)
        if reason:
            return f"productOrderItem {item['item_no']} ({item['offering_id']}): {reason}"
    return ""


async def _obstacle(stack: Stack, order: RowMapping, item: RowMapping) -> str:
    journey = order["correlation_id"]
    offering = await stack.http.get("catalogue", f"/productOffering/{item['offering_id']}", correlation=journey)
    specification = text(offering.json, "productSpecification.id")
    if specification not in _FIXED:
        return ""
    address = item["address_id"]
    if item["place"]:
        address, reason = await _validated(stack, order, item)
        if reason:
            return reason
    elif stack.defects.on("D53"):
        return ""
    return await _qualified(stack, order, item, specification, str(address or ""))


async def _validated(stack: Stack, order: RowMapping, item: RowMapping) -> tuple[str, str]:
    """The id of an address that came by value, or why there is none; the item keeps the id."""
    body = {"submittedGeographicAddress": json.loads(item["place"]), "provideAlternative": True}
    path, journey = "/geographicAddressValidation", order["correlation_id"]
    found = (await stack.http.post("location", path, json=body, correlation=journey)).document()
    result, address = text(found, "validationResult"), text(found, "validGeographicAddress.id")
    if result != "success" or not address:
        return "", f"the address is not validated: {result or text(found, 'state')}"
    with stack.db.begin() as tx:
        tx.execute(update(COM_ORDER_ITEM).where(COM_ORDER_ITEM.c.id == item["id"]).values(address_id=address))
    return address, ""


async def _qualified(stack: Stack, order: RowMapping, item: RowMapping, specification: str, address: str) -> str:
    """What TMF645 answers for a service at an address: empty, or why it cannot be had there."""
    journey = order["correlation_id"]
    query = {"productSpecification": specification}
    parts = await stack.http.get("catalogue", "/catalogue/v1/decomposition", params=query, correlation=journey)
    service = text(first(documents(parts.document(), "items")), "cfs")
    path = f"/catalogue/v1/offerings/{item['offering_id']}/characteristics"
    speeds = (await stack.http.get("catalogue", path, correlation=journey)).json
    wanted: Document = {
        "id": item["item_no"],
        "service": {
            "serviceSpecification": {"id": service},
            "serviceCharacteristic": [
                {"name": name, "value": text(speeds, name)} for name in ("downMbps", "upMbps") if text(speeds, name)
            ],
            "place": [{"id": address, "role": "installationAddress"}] if address else [],
        },
        "productSpecification": {"id": specification},
    }
    body = {"serviceQualificationItem": [wanted], "externalId": order["id"]}
    reply = await stack.http.post("qualification", "/checkServiceQualification", json=body, correlation=journey)
    answer = first(documents(reply.document(), "serviceQualificationItem"))
    if text(answer, "qualificationResult") == "qualified":
        return ""
    return text(answer, "eligibilityUnavailabilityReason.0.label") or "the service cannot be had at this address"
