"""Fixed lines are qualified before they are built, whether their address comes by id or by value."""

from __future__ import annotations

import pytest

from tests.integration.reference_stack.conftest import RunningStack, until
from tests.integration.reference_stack.ordering.conftest import COPPER, ORDERS, Shop, item

FIBRE_LESS = {"streetNr": "99", "streetName": "Nowhere", "streetType": "St", "city": "Boston"}
UNKNOWN = FIBRE_LESS | {"stateOrProvince": "MA", "postcode": "02101", "country": "US", "role": "installationAddress"}


@pytest.fixture
def shop(running: RunningStack) -> Shop:
    """The counter of the shared stack."""
    return Shop(running)


def home_of(running: RunningStack, customer: str) -> dict[str, object]:
    """The address of a customer, from CRM and Location."""
    media = running.client.get(f"/tmf-api/customerManagement/v4/customer/{customer}").json()["contactMedium"]
    place = next(medium["place"]["id"] for medium in media if medium["mediumType"] == "postalAddress")
    path = f"/tmf-api/geographicAddressManagement/v4/geographicAddress/{place}"
    found: dict[str, object] = running.client.get(path).json()
    return found


def test_a_line_that_cannot_be_had_at_an_address_is_rejected(shop: Shop) -> None:
    """The order is rejected with the reason, and no service order is made."""
    order = shop.order(41, item(1, "add", offering="FIBRE-1000", place=[COPPER]))

    shop.reaches(order, "rejected")
    note = shop.items(order)[0]["note"]
    assert isinstance(note, list)
    assert "no fibre reaches the address" in note[0]["text"]
    assert shop.stack.rows("select id from som_service_order where product_order_id = ?", order) == []


def test_an_address_by_value_is_validated_first(shop: Shop) -> None:
    """An address that nobody knows is no place to build at."""
    order = shop.order(42, item(1, "add", offering="FIBRE-1000", place=[UNKNOWN]))

    shop.reaches(order, "rejected")

    note = shop.items(order)[0]["note"]
    assert isinstance(note, list)
    assert "the address is not validated: fails" in note[0]["text"]


def test_an_address_by_value_becomes_the_address_of_the_item(shop: Shop) -> None:
    """Typed text is one row of Location; the item and its service go there."""
    home = home_of(shop.stack, "CUST-00043")
    typed = {
        name: home[name] for name in ("streetNr", "streetName", "streetType", "city", "stateOrProvince", "postcode")
    }

    order = shop.order(43, item(1, "add", offering="VOICE-HOME", place=[typed | {"role": "installationAddress"}]))

    shop.reaches(order, "inProgress", "held", "completed")
    product = shop.items(order)[0]["product"]
    assert isinstance(product, dict)
    assert [place["id"] for place in product["place"]] == [home["id"]]


def test_the_line_is_qualified_before_its_service_order(shop: Shop) -> None:
    """The events of the journey come in that order."""
    party = {"id": "CUST-00044", "role": "customer", "@referredType": "Customer"}
    line = item(1, "add", offering="VOICE-HOME")
    reply = shop.stack.client.post(ORDERS, json={"relatedParty": [party], "productOrderItem": [line]})

    types = until(lambda: _types(shop.stack, reply.headers["x-correlation-id"]), "a service order")

    assert types.index("CheckServiceQualificationCreateEvent") < types.index("ServiceOrderCreateEvent")


def _types(stack: RunningStack, journey: str) -> list[object]:
    types = [event["eventType"] for event in stack.log(journey)]
    return types if "ServiceOrderCreateEvent" in types else []
