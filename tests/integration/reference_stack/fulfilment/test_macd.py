"""Changes of a mobile line: services, resources and the network follow together."""

from __future__ import annotations

from tests.integration.reference_stack.conftest import RunningStack, until
from tests.integration.reference_stack.fulfilment.conftest import Order
from tests.integration.reference_stack.fulfilment.macd import Line, change, changed, live_line


def _states(line: Line) -> set[str]:
    rows = line.stack.rows("select state from sinv_service where service_order_id = ?", line.order.id)
    return {str(row["state"]) for row in rows}


def test_a_suspended_line_is_barred_and_comes_back(stack: RunningStack) -> None:
    """Suspend bars the subscriber (emergency calls stay), stops data and mailbox; resume undoes all of it."""
    line = live_line(stack)
    before = line.subscriber()

    changed(line.order, "suspend")
    barred, states, values = line.subscriber(), _states(line), line.values()
    policy = stack.rows("select state from ne_pcrf where imsi = ?", values["imsi"])
    changed(line.order, "resume")

    assert (barred["odb"], barred["state"], states) == ("barred", "active", {"inactive"})
    assert policy == [{"state": "suspended"}]
    assert line.subscriber() == before
    assert _states(line) == {"active"}
    assert len(stack.rows("select * from sinv_resource where service_id = ?", line.service()["id"])) == 3


def test_a_plan_change_reaches_network_and_inventory(stack: RunningStack) -> None:
    """The same line gets another profile and policy, each command given once."""
    line = live_line(stack)
    imsi = line.values()["imsi"]

    order = changed(line.order, "plan", {"profile": "POSTPAID-PLATINUM", "policy": "PLATINUM-DATA"})

    tasks = stack.rows("select command from act_task where correlation_id = ? order by command", order.correlation)
    assert [task["command"] for task in tasks] == ["HLR-CHANGE-PROFILE", "PCRF-CHANGE"]
    assert (line.subscriber()["profile"], line.values()["profile"]) == ("POSTPAID-PLATINUM", "POSTPAID-PLATINUM")
    assert stack.rows("select policy from ne_pcrf where imsi = ?", imsi) == [{"policy": "PLATINUM-DATA"}]


def test_a_lost_card_is_barred_before_its_successor_rings(stack: RunningStack) -> None:
    """The number moves to the new card; the old one is out of use for good."""
    line = live_line(stack)
    before = line.values()

    order = changed(line.order, "sim-swap", {"swapReason": "theft"})

    after = line.values()
    sql = "select command from act_task where correlation_id = ? order by verified_at, command"
    commands = [str(row["command"]) for row in stack.rows(sql, order.correlation)]
    assert commands.index("HLR-BAR-OLD") < commands.index("HLR-REMOVE-OLD") < commands.index("HLR-ACTIVATE")
    assert after["iccid"] != before["iccid"]
    assert (after["msisdn"], after["profile"]) == (before["msisdn"], before["profile"])
    assert line.subscriber(before["imsi"]) == {}
    assert line.subscriber()["msisdn"] == before["msisdn"]
    old, new = line.resource("SIM", before["iccid"]), line.resource("SIM", after["iccid"])
    assert (old["resource_status"], old["usage_state"], old["administrative_state"]) == ("suspended", "idle", "locked")
    assert (new["resource_status"], new["usage_state"]) == ("standby", "active")
    held = {
        row["resource_id"]
        for row in stack.rows("select * from sinv_resource where service_id = ?", line.service()["id"])
    }
    assert new["id"] in held
    assert old["id"] not in held
    mailbox = stack.rows("select imsi from ne_voicemail where msisdn = ?", after["msisdn"])
    assert mailbox == [{"imsi": after["imsi"]}]


def test_a_number_change_ages_the_old_number(stack: RunningStack) -> None:
    """The line rings on its new number; the old one is nobody's for ninety days."""
    line = live_line(stack)
    old = line.values()["msisdn"]

    changed(line.order, "number-change", {"newNumber": "5125550420"})

    assert line.values()["msisdn"] == "5125550420"
    assert line.subscriber()["msisdn"] == "5125550420"
    assert (line.number("5125550420")["status"], line.number("5125550420")["service_id"]) == (
        "assigned",
        line.service()["id"],
    )
    aged = line.number(old)
    assert (aged["status"], aged["service_id"]) == ("ageing", None)
    assert str(aged["ageing_until"]) > str(aged["changed_at"])
    assert stack.rows("select imsi from ne_voicemail where msisdn = ?", old) == []


def test_a_disconnected_line_leaves_the_network(stack: RunningStack) -> None:
    """Services terminated, nothing in the network, card locked, number ageing, nothing in use."""
    line = live_line(stack)
    values = line.values()

    changed(line.order, "disconnect")

    assert _states(line) == {"terminated"}
    assert line.subscriber(values["imsi"]) == {}
    assert stack.rows("select * from ne_pcrf where imsi = ?", values["imsi"]) == []
    assert stack.rows("select * from ne_voicemail where msisdn = ?", values["msisdn"]) == []
    assert line.number(values["msisdn"])["status"] == "ageing"
    assert line.resource("SIM", values["iccid"])["usage_state"] == "idle"
    left = stack.rows(
        "select r.* from rinv_resource r where r.usage_state = 'active' and r.value in (?, ?, ?, ?, ?)",
        *values.values(),
        f"PCRF-{values['imsi']}",
    )
    assert left == []


def test_a_suspended_line_can_be_disconnected(stack: RunningStack) -> None:
    """The legal way of the inventory from inactive to terminated is taken."""
    line = live_line(stack)
    changed(line.order, "suspend")

    changed(line.order, "disconnect")

    assert _states(line) == {"terminated"}


def test_a_number_that_leaves_is_the_new_providers(stack: RunningStack) -> None:
    """Port-out ends the line and gives the number away; it does not age."""
    line = live_line(stack)
    number = line.values()["msisdn"]

    changed(line.order, "port-out", {"newSpid": "8Y02"})

    gone = line.number(number)
    assert (gone["status"], gone["current_spid"], gone["service_id"]) == ("portedOut", "8Y02", None)
    assert line.resource("MSISDN", number)["usage_state"] == "idle"


def test_a_change_of_a_line_in_the_wrong_state_waits_for_a_person(stack: RunningStack) -> None:
    """A line that is not suspended cannot be resumed: a case, and nothing in the network."""
    line = live_line(stack)

    order = change(line.order, "resume")
    case = order.row("select * from flt_case where order_id = ? and code = 'SOM-REFUSED'", order.name)

    assert "inactive" in str(case["root_cause"])
    assert stack.rows("select * from act_task where correlation_id = ?", order.correlation) == []


def test_a_number_that_came_to_us_goes_back_when_its_line_ends(stack: RunningStack, order: Order) -> None:
    """It is its native holder's again: no subscription version of ours, nothing of it in use."""
    order.place("PS-MOBILE", "PS-PORTIN")
    order.answer("C")
    order.go_live()
    until(lambda: order.state() == "completed", "a completed order")

    changed(order, "disconnect")
    changed(order, "disconnect", specification="PS-PORTIN")

    number = Line(order).number(order.number)
    assert (number["status"], number["current_spid"], number["service_id"]) == ("portedOut", "8Y02", None)
    versions = stack.rows("select status from npg_sv where tn = ?", order.number)
    assert {row["status"] for row in versions} == {"old"}
    in_use = "select * from rinv_resource where value = ? and usage_state = 'active'"
    assert stack.rows(in_use, order.number) == []
