"""How orders end that do not go well: failed, partial, held, cancelled, and what their customers are told."""

from __future__ import annotations

import pytest

from tests.integration.reference_stack.conftest import RunningStack, until
from tests.integration.reference_stack.ordering.conftest import CANCELS, Shop, item

HLR = "/network/v1/hlr"
PARENT = {"productOrderItemRelationship": [{"id": "1", "relationshipType": "bundledBy"}]}


@pytest.fixture
def shop(running: RunningStack) -> Shop:
    """The counter of the shared stack."""
    return Shop(running)


@pytest.fixture
def occupied(running: RunningStack) -> str:
    """The number that the next line will reserve is another subscriber's: the HLR refuses it; the other subscriber."""
    free = "select tn from num_tn where status = 'available' and line_type = 'mobile' order by tn limit 1"
    number, stranger = str(running.rows(free)[0]["tn"]), "999019990199901"
    reply = running.admin.put(f"{HLR}/{stranger}", json={"msisdn": number, "state": "barred"})
    assert reply.status_code in (200, 201), reply.text
    return stranger


def told(shop: Shop, customer: int, order: str) -> list[str]:
    """What the customer was told about an order."""
    said = shop.stack.client.get(f"/crm/v1/customers/CUST-{customer:05d}/messages").json()
    return [message["text"] for message in said if message["orderId"] == order]


def test_a_line_that_the_network_refuses_fails_its_bundle(shop: Shop, occupied: str) -> None:
    """Nothing stays: products aborted, all items failed; the customer is told once, at the end, and why."""
    parts = [item(1, "add", offering="MOBILE-GOLD-BUNDLE"), item(2, "add", offering="MOBILE-GOLD", **PARENT)]
    order = shop.order(90, *parts)

    shop.reaches(order, "failed")

    shop.stack.admin.delete(f"{HLR}/{occupied}")
    rows = shop.stack.rows("select state, product_id from com_order_item where order_id = ?", order)
    assert {row["state"] for row in rows} == {"failed"}
    assert shop.status(*(str(row["product_id"]) for row in rows)) == ["aborted"] * 3
    messages = until(lambda: told(shop, 90, order), "a message")
    assert len(messages) == 1
    assert "could not carry out" in messages[0]


def test_an_order_of_which_a_part_fails_is_partial(shop: Shop, occupied: str) -> None:
    """Television is there, the line is not: one product lives, one is aborted, and the customer is told both."""
    order = shop.order(91, item(1, "add", offering="TV-BASIC"), item(2, "add", offering="MOBILE-SILVER"))

    shop.reaches(order, "partial")

    shop.stack.admin.delete(f"{HLR}/{occupied}")
    rows = shop.stack.rows("select state, product_id from com_order_item where order_id = ? order by item_no", order)
    assert [row["state"] for row in rows] == ["completed", "failed"]
    assert shop.status(*(str(row["product_id"]) for row in rows)) == ["active", "aborted"]
    assert "A part of your order" in until(lambda: told(shop, 91, order), "a message")[-1]


def test_what_relies_on_a_failed_item_fails_with_it(shop: Shop, occupied: str) -> None:
    """The old line is not ended when the new one did not come."""
    shop.stack.admin.delete(f"{HLR}/{occupied}")
    old = shop.bought(92, "TV-BASIC")["TV-BASIC"]
    free = "select tn from num_tn where status = 'available' and line_type = 'mobile' order by tn limit 1"
    taken = {"msisdn": str(shop.stack.rows(free)[0]["tn"]), "state": "barred"}
    shop.stack.admin.put(f"{HLR}/{occupied}", json=taken)
    relies = {"productOrderItemRelationship": [{"id": "1", "relationshipType": "reliesOn"}]}

    order = shop.order(92, item(1, "add", offering="MOBILE-SILVER"), item(2, "delete", old, **relies))

    shop.reaches(order, "failed")
    shop.stack.admin.delete(f"{HLR}/{occupied}")
    assert shop.status(old) == ["active"]


def test_a_scheduled_change_is_cancelled_and_changes_nothing(shop: Shop) -> None:
    """From pending by legal steps to cancelled; the product stays as it was."""
    line = shop.bought(93, "MOBILE-SILVER")["MOBILE-SILVER"]
    order = shop.order(93, item(1, "modify", line, status="suspended"), requestedStartDate="2031-01-01T00:00:00Z")
    shop.reaches(order, "pending")

    shop.stack.client.post(CANCELS, json={"productOrder": {"id": order}})

    shop.reaches(order, "cancelled")
    steps = shop.stack.rows("select to_state from com_state_history where entity_id = ? order by id", order)
    assert [step["to_state"] for step in steps] == [
        "acknowledged",
        "pending",
        "assessingCancellation",
        "pendingCancellation",
        "cancelled",
    ]
    assert shop.status(line) == ["active"]


def test_what_is_built_already_is_not_cancelled(shop: Shop) -> None:
    """Television is live while fibre waits for its visit: the task ends with an error, the order goes on."""
    order = shop.order(94, item(1, "add", offering="TV-BASIC"), item(2, "add", offering="FIBRE-1000"))
    built = "select * from com_order_item where order_id = ? and state = 'completed'"
    until(lambda: shop.stack.rows(built, order), "a completed item")

    task = shop.stack.client.post(CANCELS, json={"productOrder": {"id": order}}).json()["id"]

    until(lambda: _final(shop, task) == "terminatedWithError", "a refused task")
    assert shop.state(order) == "inProgress"
    reasons = shop.stack.rows("select reason from com_state_history where entity_id = ? order by id", order)
    assert "cancellation denied: productOrderItem 1 is complete" in [row["reason"] for row in reasons]


def _final(shop: Shop, task: str) -> str:
    return str(shop.stack.client.get(f"{CANCELS}/{task}").json()["state"])
