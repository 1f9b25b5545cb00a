"""What happens when a part fails for good: everything built is taken back, and above it is told why."""

from __future__ import annotations

from tests.integration.reference_stack.conftest import RunningStack, until
from tests.integration.reference_stack.fulfilment.conftest import SOM, Order
from tests.integration.reference_stack.fulfilment.macd import Line, change

HLR = "/network/v1/hlr"


def _occupy(stack: RunningStack, order: Order) -> str:
    """Another subscriber that holds the number which this order will reserve: the HLR refuses the second."""
    number = stack.rows("select tn from num_tn where status = 'available' and line_type = 'mobile' order by tn limit 1")
    tn = str(number[0]["tn"])
    reply = stack.admin.put(f"{HLR}/99{order.imei[:13]}", json={"msisdn": tn, "state": "barred"})
    assert reply.status_code == 201, reply.text
    return tn


def _document(stack: RunningStack, order: Order) -> dict[str, object]:
    document: dict[str, object] = stack.client.get(f"{SOM}/{order.id}").json()
    return document


def test_a_line_that_the_network_refuses_is_taken_back(stack: RunningStack, order: Order) -> None:
    """The HLR refuses the number: nothing stays in network and inventories, and the order says why it failed."""
    number = _occupy(stack, order)
    order.place("PS-MOBILE")

    until(lambda: order.state() == "failed", "a failed service order")

    item = _document(stack, order)["serviceOrderItem"][0]
    assert item["state"] == "failed"
    assert "HLR-ACTIVATE" in item["note"][0]["text"]
    states = {row["state"] for row in stack.rows("select state from sinv_service where service_order_id = ?", order.id)}
    assert states == {"retired"}
    tasks = stack.rows("select command, status, request from act_task where correlation_id = ?", order.correlation)
    assert ("HLR-REMOVE", "done") in {(row["command"], row["status"]) for row in tasks}
    reserved = "select * from rinv_resource where reserved_by = ? and resource_status = 'reserved'"
    assert stack.rows(reserved, order.name) == []
    assert stack.rows("select status from num_tn where tn = ?", number) == [{"status": "available"}]
    below = stack.rows("select state from rom_resource_order where service_order_id = ?", order.id)
    assert below == [{"state": "failed"}]
    stack.admin.delete(f"{HLR}/99{order.imei[:13]}").raise_for_status()


def test_past_the_point_of_no_return_a_person_decides(stack: RunningStack, order: Order) -> None:
    """With the box under way the failed item is held, the order is in jeopardy and says so."""
    order.place("PS-MOBILE", "PS-DEVICE")
    order.shipment()
    number = stack.rows("select tn from num_tn where reserved_by = ?", order.name)[0]["tn"]
    reply = stack.admin.put(f"{HLR}/98{order.imei[:13]}", json={"msisdn": number, "state": "barred"})
    assert reply.status_code == 201, reply.text
    order.ship()

    until(lambda: order.state() == "held", "a held service order")

    document = _document(stack, order)
    line = next(item for item in document["serviceOrderItem"] if item["productOrderItemId"] == order.item("PS-MOBILE"))
    assert line["state"] == "held"
    assert "point of no return" in line["note"][0]["text"]
    assert "HLR-ACTIVATE" in document["jeopardyAlert"][0]["message"]
    told = stack.rows(
        "select event_type from evt_event where resource_id = ? and event_type = 'ServiceOrderJeopardyEvent'", order.id
    )
    assert len(told) == 1
    stack.admin.delete(f"{HLR}/98{order.imei[:13]}").raise_for_status()


def test_milestones_are_told_as_they_are_reached(stack: RunningStack, order: Order) -> None:
    """The ringing line is a milestone of the order, with its event, before the order is complete."""
    order.place("PS-MOBILE", "PS-PORTIN")
    order.row("select * from som_milestone where service_order_id = ? and name = 'line active'", order.id)
    open_order = order.state()
    order.answer("C")
    order.go_live()

    until(lambda: order.state() == "completed", "a completed service order")

    names = [milestone["name"] for milestone in _document(stack, order)["milestone"]]
    assert open_order == "inProgress"
    assert names.index("line active") < names.index("number ported")
    sql = "select seq from evt_event where resource_id = ? and event_type = 'ServiceOrderMilestoneEvent'"
    assert len(stack.rows(sql, order.id)) == len(names)


def test_a_port_that_waits_makes_the_order_wait(stack: RunningStack, order: Order) -> None:
    """D (delay) of the old provider: the number's item is pending, the order is not failed, and it goes on with C."""
    order.place("PS-MOBILE", "PS-PORTIN")
    order.answer("D", delay_code="SYS", due="20261122143000")

    until(
        lambda: order.state() in ("pending", "inProgress") and _port_state(stack, order) == "pending", "a pending item"
    )
    order.answer("C")

    until(lambda: _port_state(stack, order) == "inProgress", "an item that goes on")
    order.go_live()
    until(lambda: order.state() == "completed", "a completed service order")


def _port_state(stack: RunningStack, order: Order) -> str:
    sql = "select state from som_order_item where product_order_item_id = ? and parent_item_id is null"
    return str(stack.rows(sql, order.item("PS-PORTIN"))[0]["state"])


def test_a_change_that_fails_leaves_the_line_as_it_was(stack: RunningStack, order: Order) -> None:
    """A refused number change gives the new number back; the line rings on the old one."""
    order.place("PS-MOBILE")
    until(lambda: order.state() == "completed", "a completed line")
    line = Line(order)
    before = line.values()
    reply = stack.admin.put(f"{HLR}/97{order.imei[:13]}", json={"msisdn": "5125550481", "state": "barred"})
    assert reply.status_code == 201, reply.text

    swap = change(order, "number-change", {"newNumber": "5125550481"})
    until(lambda: swap.state() in ("failed", "held"), "a failed change")

    assert swap.state() == "failed"
    assert line.values() == before
    assert line.number("5125550481")["status"] == "available"
    assert line.service()["state"] == "active"
    stack.admin.delete(f"{HLR}/97{order.imei[:13]}").raise_for_status()
