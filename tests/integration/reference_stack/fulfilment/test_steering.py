"""What a person may do with orders that wait, and what the APIs of orders and inventories refuse."""

from __future__ import annotations

import pytest

from tests.integration.reference_stack.conftest import RunningStack, until
from tests.integration.reference_stack.fulfilment.conftest import SOM, Order
from tests.integration.reference_stack.fulfilment.macd import Line, live_line

ROM = "/tmf-api/resourceOrderingManagement/v4/resourceOrder"
SERVICES = "/tmf-api/serviceInventory/v4/service"
RESOURCES = "/tmf-api/resourceInventoryManagement/v4/resource"
HLR = "/network/v1/hlr"


def _refused_behind_the_box(stack: RunningStack, order: Order, subscriber: str) -> str:
    """An order held past its point of no return: the HLR refuses its number after the box has left."""
    order.place("PS-MOBILE", "PS-DEVICE")
    order.shipment()
    number = stack.rows("select tn from num_tn where reserved_by = ?", order.name)[0]["tn"]
    stack.admin.put(f"{HLR}/{subscriber}", json={"msisdn": number, "state": "barred"}).raise_for_status()
    order.ship()
    until(lambda: order.state() == "held", "a held service order")
    root = "select id from som_order_item where product_order_item_id = ? and parent_item_id is null"
    return str(stack.rows(root, order.item("PS-MOBILE"))[0]["id"])


def test_a_held_item_tries_again_when_the_cause_is_mended(stack: RunningStack, order: Order) -> None:
    """PATCH to inProgress asks the network again; it cannot be given up, and other steps are refused."""
    item = _refused_behind_the_box(stack, order, "960000000000001")
    path = f"{SOM}/{order.id}"

    given_up = stack.client.patch(path, json={"serviceOrderItem": [{"id": item, "state": "failed"}]})
    skipped = stack.client.patch(path, json={"serviceOrderItem": [{"id": item, "state": "completed"}]})
    stack.admin.delete(f"{HLR}/960000000000001").raise_for_status()
    resumed = stack.client.patch(path, json={"serviceOrderItem": [{"id": item, "state": "inProgress"}]})
    order.deliver()

    assert (given_up.status_code, skipped.status_code, resumed.status_code) == (409, 409, 200)
    assert "point of no return" in given_up.json()["reason"]
    until(lambda: order.state() == "completed", "a completed service order")
    assert Line(order).subscriber()["state"] == "active"


def test_an_order_is_held_by_hand_and_given_up(stack: RunningStack, order: Order) -> None:
    """Held: nothing goes on. Given up: everything is taken back and the order has failed."""
    order.place("PS-MOBILE", "PS-DEVICE")
    order.shipment()
    path = f"{SOM}/{order.id}"

    stack.client.patch(path, json={"state": "held"}).raise_for_status()
    until(lambda: order.state() == "held", "a held service order")
    roots = stack.rows(
        "select id from som_order_item where service_order_id = ? and parent_item_id is null order by id", order.id
    )
    wish = {"serviceOrderItem": [{"id": roots[0]["id"], "state": "failed"}]}
    stack.client.patch(path, json=wish).raise_for_status()

    until(lambda: order.state() == "failed", "a failed service order")
    assert stack.rows("select * from rinv_resource where reserved_by = ?", order.name) == []


@pytest.mark.parametrize("path", [SOM, ROM])
def test_a_final_order_is_not_moved(stack: RunningStack, path: str) -> None:
    """A completed order is completed: any step is 409, a strange item 404, its date 400."""
    line = live_line(stack)
    below = stack.client.get(ROM, params={"externalId": line.order.id}).json()[0]["id"]
    order = f"{path}/{line.order.id if path == SOM else below}"
    items = "serviceOrderItem" if path == SOM else "orderItem"

    moved = stack.client.patch(order, json={"state": "inProgress"})
    strange = stack.client.patch(order, json={items: [{"id": "nobody", "state": "held"}]})
    dated = stack.client.patch(order, json={"orderDate": "2020-01-01T00:00:00.000Z"})
    described = stack.client.patch(order, json={"description": "for the demonstration"})

    assert (moved.status_code, strange.status_code, dated.status_code, described.status_code) == (409, 404, 400, 200)
    assert stack.client.get(order).json()["description"] == "for the demonstration"


def test_orders_are_found_by_what_they_hold(stack: RunningStack) -> None:
    """Filters of both order APIs really filter; fields are chosen, pages are counted."""
    line = live_line(stack)

    mine = stack.client.get(SOM, params={"externalId": line.order.name, "fields": "state"})
    below = stack.client.get(ROM, params={"externalId": line.order.id, "state": "completed"}).json()
    none = stack.client.get(ROM, params={"externalId": line.order.id, "state": "held"}).json()
    by_item = stack.client.get(SOM, params={"serviceOrderItem.productOrderItemId": line.order.item("PS-MOBILE")}).json()
    page = stack.client.get(SOM, params={"limit": 1})

    assert [set(one) for one in mine.json()] == [{"id", "href", "state"}]
    assert len(below) == 1
    assert none == []
    assert [one["id"] for one in by_item] == [line.order.id]
    assert (len(page.json()), int(page.headers["X-Total-Count"]) > 1) == (1, True)


def test_inventories_hold_their_state_machines(stack: RunningStack) -> None:
    """An active service is not designed again; what is in use is not idle; an available card is not in use."""
    line = live_line(stack)
    service, values = line.service(), line.values()
    used = line.resource("SIM", values["iccid"])

    back = stack.admin.patch(f"{SERVICES}/{service['id']}", json={"state": "designed"})
    idle = stack.client.patch(f"{RESOURCES}/{used['id']}", json={"usageState": "idle"})
    reserved = stack.client.patch(
        f"{RESOURCES}/{used['id']}", json={"resourceStatus": "available", "usageState": "busy"}
    )
    by_msisdn = stack.client.get(SERVICES, params={"serviceCharacteristic.value": values["msisdn"]}).json()
    by_value = stack.client.get(RESOURCES, params={"category": "SIM", "value": values["iccid"]}).json()
    pool = stack.client.get("/resource-inventory/v1/numbers", params={"status": "available", "limit": "3"}).json()

    assert (back.status_code, idle.status_code, reserved.status_code) == (409, 409, 409)
    assert service["id"] in [one["id"] for one in by_msisdn]
    assert [one["id"] for one in by_value] == [used["id"]]
    assert [one["status"] for one in pool] == ["available"] * 3


def test_a_chosen_number_and_card_are_reserved_and_expire(stack: RunningStack) -> None:
    """A reservation has an end; after it the number is free for others, before it nobody else gets it."""
    number = stack.client.get("/resource-inventory/v1/numbers", params={"status": "available"}).json()[-1]["tn"]
    wish = {"kind": "MSISDN", "value": number, "itemId": "CART-1", "orderId": "CART-1"}
    path = "/resource-inventory/v1/reservations"

    first = stack.client.post(path, json=wish)
    second = stack.client.post(path, json=wish | {"itemId": "CART-2", "orderId": "CART-2"})
    stack.admin.post("/admin/clock", json={"advance": "31d"}).raise_for_status()
    free = "select tn from num_tn where tn = ? and status = 'available' and reserved_by is null"
    until(lambda: stack.rows(free, number), "a number that is free again")

    assert (first.status_code, second.status_code) == (201, 409)
    assert first.json()["reservedUntil"]
