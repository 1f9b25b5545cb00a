"""The documents that the console sends: address check, qualifications, quote and product order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ringback.reference_stack.care.assortment import MOBILE_SPECIFICATION, VOICE_SPECIFICATION, CartItem
from ringback.reference_stack.care.customer_view import Customer
from ringback.reference_stack.care.drafts import Draft
from ringback.reference_stack.care.forms import AddressPage

Json = dict[str, object]


def address_validation(page: AddressPage) -> Json:
    """The TMF673 request to validate an address as typed."""
    submitted: Json = {
        "streetNr": page.street_number,
        "streetName": page.street,
        "city": page.city,
        "stateOrProvince": page.state,
        "postcode": page.zip,
        "country": "US",
    }
    if page.unit:
        submitted["geographicSubAddress"] = [{"subUnitType": "APT", "subUnitNumber": page.unit}]
    return {"provideAlternative": True, "submittedGeographicAddress": submitted}


def service_qualification(customer_id: str, address_id: str) -> Json:
    """The TMF645 request whether a mobile line can be served at an address."""
    service: Json = {"serviceSpecification": {"id": "CFS-MOBILE"}, "place": [_place(address_id)]}
    return {
        "instantSyncQualification": True,
        "relatedParty": [_customer(customer_id)],
        "serviceQualificationItem": [{"id": "1", "service": service}],
    }


def offering_qualification(customer_id: str, address_id: str, cart: Sequence[CartItem]) -> Json:
    """The TMF679 request whether a customer may have these offerings."""
    return {
        "instantSyncQualification": True,
        "relatedParty": [_customer(customer_id)],
        "place": [_place(address_id)],
        "productOfferingQualificationItem": [
            {"id": item.no, "action": "add", "productOffering": {"id": item.offering.id}} for item in cart
        ],
    }


def quote(customer_id: str, cart: Sequence[CartItem]) -> Json:
    """The request to the discount engine for the whole cart."""
    items = [
        {"itemNo": item.no, "offeringId": item.offering.id}
        | ({"parentItemNo": item.parent_no} if item.parent_no else {})
        for item in cart
    ]
    return {"customerId": customer_id, "items": items}


def product_order(
    draft: Draft,
    customer: Customer,
    cart: Sequence[CartItem],
    *,
    account_id: str,
    donor_spid: str,
    subscriber: tuple[str, str],
) -> Json:
    """The TMF622 order of a draft; every characteristic is text, exactly as the rep typed it.

    Args:
        draft: The reviewed draft; its order number becomes the externalId.
        customer: Who orders.
        cart: The items.
        account_id: The billing account that pays.
        donor_spid: The service provider id of the number's present provider; empty without a port.
        subscriber: Given and family name, which the present provider compares with its own records.
    """
    address_id = draft.checked.address_id if draft.checked else ""
    port = _port_details(draft, donor_spid, subscriber)
    qualification = draft.offering_qualification_id
    return {
        "externalId": draft.order_number,
        "category": "consumer",
        "channel": [{"id": "care", "name": "Care console", "role": f"care rep {draft.rep}"}],
        "relatedParty": [_customer(customer.id) | {"name": customer.name}],
        "billingAccount": {"id": account_id},
        "productOfferingQualification": [{"id": qualification}] if qualification else [],
        "productOrderItem": [
            _item(item, address_id, port if item.kind == "port" else _details(draft, item))
            | (_appointment(draft) if item.offering.specification in draft.visited else {})
            for item in cart
        ],
    }


def _appointment(draft: Draft) -> Json:
    return {"appointment": {"id": draft.visit.appointment_id, "@referredType": "Appointment"}}


def _details(draft: Draft, item: CartItem) -> dict[str, str]:
    """The characteristics of an item: what the rep chose for it, nothing that was left empty."""
    page, specification = draft.offer, item.offering.specification
    chosen: dict[str, str] = {}
    if item.no == "1":
        chosen["creditConsent"] = "true"
    if item.kind == "device":
        chosen["deviceSku"] = item.offering.article or item.offering.id
    if specification in {MOBILE_SPECIFICATION, VOICE_SPECIFICATION}:
        chosen["newNumber"] = page.new_number
    if specification == MOBILE_SPECIFICATION:
        chosen |= {"simType": page.sim, "wishedIccid": page.iccid, "eid": page.eid, "ownImei": page.own_imei}
    if specification in draft.visited:
        chosen["equipment"] = draft.visit.equipment
    return {name: value for name, value in chosen.items() if value}


def _item(item: CartItem, address_id: str, details: Mapping[str, str]) -> Json:
    product: Json = {"isBundle": item.kind == "bundle", "place": [_place(address_id)]}
    if details:
        product["productCharacteristic"] = [
            {"name": name, "valueType": "string", "value": value} for name, value in details.items()
        ]
    document: Json = {
        "id": item.no,
        "action": "add",
        "quantity": 1,
        "productOffering": {"id": item.offering.id, "name": item.offering.name},
        "product": product,
    }
    if item.parent_no:
        document["productOrderItemRelationship"] = [{"id": item.parent_no, "relationshipType": "bundledBy"}]
    return document


def _port_details(draft: Draft, donor_spid: str, subscriber: tuple[str, str]) -> dict[str, str]:
    page, address = draft.offer, draft.address
    given_name, family_name = subscriber
    return {
        "portInTn": page.number,
        "donorName": page.provider,
        "donorSpid": donor_spid,
        "accountNumber": page.account_number,
        "pin": page.pin,
        "firstName": given_name,
        "lastName": family_name,
        "streetNr": address.street_number,
        "streetName": address.street,
        "city": address.city,
        "stateOrProvince": address.state,
        "zip": address.zip,
    }


def _customer(customer_id: str) -> Json:
    return {"id": customer_id, "role": "customer", "@referredType": "Customer"}


def _place(address_id: str) -> Json:
    return {"id": address_id, "role": "serviceAddress", "@referredType": "GeographicAddress"}
