"""From a service order to a ringing line, with the partners' answers given by hand."""

from __future__ import annotations

import json

from tests.integration.reference_stack.conftest import RunningStack, until
from tests.integration.reference_stack.fulfilment.conftest import Order

TASKS = "select * from act_task where correlation_id = ?"


def test_the_flagship_order_rings(stack: RunningStack, order: Order) -> None:
    """Line, ported number and device: temporary number first, the swap after NPAC, everything in use and verified."""
    order.place("PS-MOBILE", "PS-PORTIN", "PS-DEVICE")
    order.ship()
    task = order.row(f"{TASKS} and command = 'HLR-ACTIVATE' and verified_at <> ''", order.correlation)
    temporary = json.loads(str(task["request"]))["msisdn"]
    order.answer("C")
    order.go_live()
    order.deliver()

    until(lambda: order.state() == "completed", "a completed service order")

    assert str(temporary).startswith("512555")
    tasks = stack.rows(TASKS, order.correlation)
    assert len(tasks) == 8
    assert all(task["status"] == "done" and task["verified_at"] and task["ne_result"] == "OK" for task in tasks)
    numbers = {row["tn"]: row for row in stack.rows("select * from num_tn where tn in (?, ?)", temporary, order.number)}
    assert (numbers[temporary]["status"], numbers[temporary]["service_id"]) == ("ageing", None)
    assert (numbers[order.number]["status"], numbers[order.number]["current_spid"]) == ("portedIn", "9X01")
    given = stack.rows(
        "select r.value from rom_order_item i join rinv_resource r on r.id = i.resource_id "
        "join rom_resource_order o on o.id = i.resource_order_id "
        "where i.resource_spec_id = 'MSISDN' and o.correlation_id = ?",
        order.correlation,
    )
    assert given == [{"value": temporary}]
    services = stack.rows("select * from sinv_service where correlation_id = ?", order.correlation)
    assert {row["spec_id"] for row in services} == {
        "CFS-MOBILE", "CFS-NUMBER", "RFS-HLR-SUB", "RFS-PCRF-POLICY", "RFS-VOICEMAIL", "RFS-PORT-IN", "RFS-SHIP",
    }  # fmt: skip
    assert {row["state"] for row in services} == {"active"}


def test_network_and_inventory_agree_on_the_line(stack: RunningStack, order: Order) -> None:
    """The HLR's number, card and profile are those of the service; the mailbox followed the number."""
    order.place("PS-MOBILE", "PS-PORTIN")
    order.answer("C")
    order.go_live()

    until(lambda: order.state() == "completed", "a completed service order")

    service = stack.rows(
        "select id from sinv_service where spec_id = 'RFS-HLR-SUB' and correlation_id = ?", order.correlation
    )
    values = {
        row["name"]: row["value"]
        for row in stack.rows("select * from sinv_char where service_id = ?", service[0]["id"])
    }
    line = stack.rows("select * from ne_hlr where imsi = ?", values["imsi"])[0]
    assert (line["msisdn"], line["iccid"], line["profile"]) == (order.number, values["iccid"], values["profile"])
    assert values["msisdn"] == order.number
    assert stack.rows("select imsi from ne_voicemail where msisdn = ?", order.number) == [{"imsi": values["imsi"]}]


def test_nothing_rings_before_the_sim_is_on_its_way(stack: RunningStack, order: Order) -> None:
    """With a device in the order no subscriber exists until the shipping notice names the SIM."""
    order.place("PS-MOBILE", "PS-DEVICE")
    order.shipment()

    before = stack.rows(TASKS, order.correlation)
    order.ship()
    task = order.row(TASKS, order.correlation)

    assert before == []
    assert task["command"] == "AUC-ADD"


def test_a_refused_port_waits_for_its_correction(stack: RunningStack, order: Order) -> None:
    """R opens a case and takes a supplement; the next version is confirmed and the case closes."""
    order.place("PS-MOBILE", "PS-PORTIN")
    assert order.answer("R", reason_code="PIN", due="").status_code == 200
    case = order.row("select * from flt_case where order_id = ? and code = 'NP-PIN'", order.name)
    reply = stack.client.post(f"/portability/v1/ports/{order.port()['id']}/supplement", json={"pin": "0043"})
    older = order.answer("C", version="01")
    order.answer("C")

    closed = order.row("select * from flt_case where id = ? and status = 'closed'", case["id"])

    assert (case["status"], case["owner"]) == ("open", "number-portability")
    assert (reply.status_code, reply.json()["version"], reply.json()["status"]) == (202, 2, "requested")
    assert (older.status_code, older.json()["code"]) == (422, "R108")
    assert closed["closed_at"]
    sent = stack.rows("select record from pgw_outbound where record like ?", f"%{order.port()['req_no']}%")
    assert len(sent) == 2


def test_a_lost_delivery_stops_the_order(stack: RunningStack, order: Order) -> None:
    """Systems hear of each other only through events: the order stops where one is lost."""
    drop = {"eventType": "MonitorStateChangeEvent", "subscriber": "resource-ordering", "count": 1}
    stack.admin.post("/admin/drop-delivery", json={**drop, "correlationId": order.correlation}).raise_for_status()
    order.place("PS-MOBILE")
    other = Order(stack).place("PS-MOBILE")

    until(lambda: other.state() == "completed", "the order that lost nothing")

    assert order.state() == "inProgress"


def test_a_cancelled_order_leaves_nothing_behind(stack: RunningStack, order: Order) -> None:
    """The line is removed from the network, card and number are free or ageing, the port request is withdrawn."""
    order.place("PS-MOBILE", "PS-PORTIN")
    order.port()
    order.row(f"{TASKS} and command = 'VM-ADD' and verified_at <> ''", order.correlation)

    reply = stack.client.post("/tmf-api/serviceOrdering/v4/cancelServiceOrder", json={"serviceOrder": {"id": order.id}})
    until(lambda: order.state() == "cancelled", "a cancelled service order")

    assert reply.status_code == 201
    services = stack.rows("select state from sinv_service where correlation_id = ?", order.correlation)
    assert {row["state"] for row in services} <= {"retired", "terminated"}
    assert order.port()["status"] == "cancelled"
    assert stack.rows("select * from rinv_resource where reserved_by = ?", order.name) == []
    removed = stack.rows(
        "select command, ne_result from act_task where correlation_id = ? and command like '%-REMOVE'",
        order.correlation,
    )
    assert {(row["command"], row["ne_result"]) for row in removed} == {
        ("HLR-REMOVE", "OK"), ("PCRF-REMOVE", "OK"), ("VM-REMOVE", "OK"),
    }  # fmt: skip


def test_an_order_past_its_point_of_no_return_is_not_cancelled(stack: RunningStack, order: Order) -> None:
    """Once the box is under way a cancellation is refused and the order goes on."""
    order.place("PS-MOBILE", "PS-DEVICE")
    order.ship()
    order.row(TASKS, order.correlation)

    reply = stack.client.post("/tmf-api/serviceOrdering/v4/cancelServiceOrder", json={"serviceOrder": {"id": order.id}})

    assert reply.status_code == 409
    assert "DEVICE" in reply.json()["reason"]
    assert order.state() == "inProgress"


def test_a_release_that_renames_the_order_reference(stack: RunningStack, order: Order) -> None:
    """Defect D20: the events of the service order no longer name the product order where COM looks for it."""
    stack.admin.put("/admin/defects/D20").raise_for_status()
    order.place("PS-MOBILE")
    sql = "select payload from evt_event where event_type = 'ServiceOrderStateChangeEvent' and resource_id = ?"
    order.row(sql, order.id)
    stack.admin.delete("/admin/defects/D20").raise_for_status()

    document = json.loads(str(stack.rows(sql, order.id)[0]["payload"]))["event"]["serviceOrder"]

    assert "externalId" not in document
    assert document["productOrderReference"] == order.name


def test_secrets_of_a_port_stay_out_of_events(stack: RunningStack, order: Order) -> None:
    """Account number and PIN reach the old provider only."""
    order.place("PS-MOBILE", "PS-PORTIN")
    order.answer("C")

    events = stack.rows("select payload from evt_event where correlation_id = ?", order.correlation)

    assert events
    assert not [event for event in events if '"0042"' in str(event["payload"]) or "0012345" in str(event["payload"])]
