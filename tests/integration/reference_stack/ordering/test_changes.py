"""Orders that change, suspend and end products that exist, up to the hand-over to service ordering."""

from __future__ import annotations

import pytest

from tests.integration.reference_stack.conftest import RunningStack, until
from tests.integration.reference_stack.ordering.conftest import CANCELS, Shop, fibre_of, item

SERVICE_ORDERS = "/tmf-api/serviceOrdering/v4/serviceOrder"
FAR = "2031-01-01T00:00:00.000Z"


@pytest.fixture
def shop(running: RunningStack) -> Shop:
    """The counter of the shared stack."""
    return Shop(running)


@pytest.mark.parametrize(
    ("wanted", "status", "reason"),
    [
        (item(1, "delete", "PROD-NOBODY"), 404, "there is no product 'PROD-NOBODY'"),
        (item(1, "modify", fibre_of(31), offering="FIBRE-1000"), 400, "does not belong to customer CUST-00030"),
        (item(1, "modify", fibre_of(30), status="active"), 400, "changes nothing"),
        (item(1, "modify", offering="FIBRE-1000"), 400, "names no product.id"),
        (item(1, "delete"), 400, "names no product.id"),
        (item(1, "modify", fibre_of(30), offering="NOPE"), 400, "not on sale"),
    ],
)
def test_a_change_that_cannot_be_made_is_refused(
    shop: Shop, wanted: dict[str, object], status: int, reason: str
) -> None:
    """An unknown product is 404; a stranger's, a change of nothing, and an unknown offering are 400."""
    reply = shop.post(30, wanted)

    assert (reply.status_code, reason in reply.json()["reason"]) == (status, True), reply.text


def test_a_product_with_an_open_order_is_not_changed_by_a_second_one(shop: Shop) -> None:
    """409 names the order that is changing it; once that is cancelled the product is free again."""
    first = shop.order(32, item(1, "modify", fibre_of(32), offering="FIBRE-1000"), requestedStartDate=FAR)

    second = shop.post(32, item(1, "delete", fibre_of(32)))

    assert (second.status_code, first in second.json()["reason"]) == (409, True)
    shop.stack.client.post(CANCELS, json={"productOrder": {"id": first}})
    shop.reaches(first, "cancelled")
    third = shop.order(32, item(1, "delete", fibre_of(32)), requestedCompletionDate=FAR)
    assert shop.reaches(third, "pending") == "pending"


def test_an_order_for_another_day_waits_and_says_so(shop: Shop) -> None:
    """Nothing reaches service ordering and the product stays as it is."""
    order = shop.order(33, item(1, "modify", fibre_of(33), offering="FIBRE-1000"), requestedStartDate=FAR)

    shop.reaches(order, "pending")

    note = shop.items(order)[0]["note"]
    assert isinstance(note, list)
    assert FAR in note[0]["text"]
    assert shop.stack.client.get(SERVICE_ORDERS, params={"externalId": order}).json() == []
    assert shop.product(fibre_of(33))["productOffering"] == {"id": "FIBRE-500", "version": "4.0"}


def test_a_plan_change_is_priced_and_handed_down_with_what_the_offering_fixes(shop: Shop) -> None:
    """The item carries what the new offering fixes about the service; a fee for a beginning is not asked again."""
    order = shop.order(34, item(1, "modify", fibre_of(34), offering="FIBRE-1000"))

    [wanted] = until(lambda: _handed_down(shop, order), "a service order")

    prices = shop.items(order)[0]["itemPrice"]
    service = wanted["service"]
    assert isinstance(prices, list)
    assert isinstance(service, dict)
    assert [price["productOfferingPrice"]["id"] for price in prices] == ["PR-FIBRE-1000"]
    assert wanted["action"] == "modify"
    assert {"name": "downMbps", "value": "1000", "valueType": "string"} in service["serviceCharacteristic"]


def _handed_down(shop: Shop, order: str) -> list[dict[str, object]]:
    found = shop.stack.client.get(SERVICE_ORDERS, params={"externalId": order}).json()
    return list(found[0]["serviceOrderItem"]) if found else []


def test_a_product_that_is_not_changed_completes_without_being_built(shop: Shop) -> None:
    """NoChange goes through without a service order."""
    order = shop.order(35, item(1, "noChange", fibre_of(35)))

    assert shop.reaches(order, "completed") == "completed"
    assert shop.stack.client.get(SERVICE_ORDERS, params={"externalId": order}).json() == []


def test_credit_is_asked_only_for_instalments(shop: Shop) -> None:
    """A line without a device goes on at once, and nobody asks the bureau."""
    order = shop.order(36, item(1, "add", offering="PREPAID-START"))

    shop.reaches(order, "completed")  # to its end: on its way it would take the number that another test foresees

    assert shop.stack.rows("select id from crd_inquiry where order_id = ?", order) == []


def test_every_step_says_who_and_why(shop: Shop) -> None:
    """No line of an order's history is without actor and reason."""
    order = shop.order(37, item(1, "noChange", fibre_of(37)))
    shop.reaches(order, "completed")

    mine = "entity_id = ? or entity_id in (select id from com_order_item where order_id = ?)"
    history = shop.stack.rows(f"select * from com_state_history where {mine}", order, order)

    assert len(history) == 6
    assert all(line["actor"] and line["reason"] for line in history)
