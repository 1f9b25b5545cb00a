"""Tickets, alarm tasks, problem tasks and tests of services, as people at a desk use them."""

from __future__ import annotations

import pytest

from tests.integration.reference_stack.assurance.conftest import ALARM, PROBLEM, TICKET, Watch

ALARMS = ALARM.removesuffix("/alarm")
PROBLEMS = PROBLEM.removesuffix("/serviceProblem")
TESTS = "/assurance/v1/service-tests"


@pytest.mark.parametrize(
    ("segment", "asked", "severity"),
    [("vip", "minor", "critical"), ("business", "minor", "major"), ("consumer", "major", "major")],
)
def test_a_ticket_is_as_severe_as_its_customer_is_important(
    watch: Watch, segment: str, asked: str, severity: str
) -> None:
    """The segment raises the severity, and never lowers it."""
    watch.segment("CUST-00201", segment)

    ticket = watch.ticket("CUST-00201", "CFS-F00201", asked)

    assert ticket["severity"] == severity
    query = {"relatedParty.id": "CUST-00201", "severity": severity}
    assert ticket["id"] in [one["id"] for one in watch.stack.client.get(TICKET, params=query).json()]


def test_a_ticket_keeps_to_its_states(watch: Watch) -> None:
    """An illegal step is refused; the same external id is the same ticket."""
    ticket = watch.ticket("CUST-00202", "CFS-F00202", externalId="CARE-1")
    path = f"{TICKET}/{ticket['id']}"

    skipped = watch.stack.client.patch(path, json={"status": "resolved"})
    again = watch.stack.client.post(TICKET, json=ticket)

    assert (skipped.status_code, watch.stack.client.get(path).json()["status"]) == (409, "acknowledged")
    assert (again.status_code, again.json()["id"]) == (200, ticket["id"])


def test_alarms_are_acknowledged_by_pattern(watch: Watch) -> None:
    """Only those that fit, and back again."""
    here, there = watch.alarm("RTR-1", "major"), watch.alarm("RTR-2", "major")
    pattern = [{"alarmedObject": {"id": "RTR-1"}}]
    who = {"ackSystemId": "NOC", "ackUserId": "kim", "alarmPattern": pattern}

    acked = watch.stack.client.post(f"{ALARMS}/ackAlarms", json=who)
    states = [watch.stack.client.get(f"{ALARM}/{one['id']}").json()["ackState"] for one in (here, there)]
    back = watch.stack.client.post(f"{ALARMS}/unAckAlarms", json=who)
    empty = watch.stack.client.post(f"{ALARMS}/ackAlarms", json=who | {"alarmPattern": [{}]})

    assert (acked.status_code, acked.json()["state"]) == (201, "done")
    assert [one["id"] for one in acked.json()["ackedAlarm"]] == [here["id"]]
    assert states == ["acknowledged", "unacknowledged"]
    assert [one["id"] for one in back.json()["unAckedAlarm"]] == [here["id"]]
    assert empty.status_code == 400


def test_alarms_are_grouped_and_commented(watch: Watch) -> None:
    """The parent names its children, each child its parent; a comment is added to those before."""
    parent, child = watch.alarm("RTR-3", "major"), watch.alarm("RTR-3/1", "minor")
    group = {
        "sourceSystemId": "NOC", "alarmChangedTime": "2026-03-02T08:00:00.000Z",
        "parentAlarm": {"id": parent["id"]}, "correlatedAlarm": [{"id": child["id"]}],
    }  # fmt: skip
    remark = {"comment": {"comment": "fan", "userId": "kim"}, "alarmPattern": [{"id": parent["id"]}]}

    watch.stack.client.post(f"{ALARMS}/groupAlarms", json=group).raise_for_status()
    for _ in range(2):
        watch.stack.client.post(f"{ALARMS}/commentAlarms", json=remark).raise_for_status()
    above, below = (watch.stack.client.get(f"{ALARM}/{one['id']}").json() for one in (parent, child))
    watch.stack.client.post(f"{ALARMS}/unGroupAlarms", json=group).raise_for_status()

    assert [one["id"] for one in above["correlatedAlarm"]] == [child["id"]]
    assert [one["id"] for one in below["parentAlarm"]] == [parent["id"]]
    assert [one["comment"] for one in above["comment"]] == ["fan", "fan"]
    assert watch.stack.client.get(f"{ALARM}/{child['id']}").json()["parentAlarm"] == []


def test_a_cleared_alarm_stays_cleared(watch: Watch) -> None:
    """The state and its time are kept; it cannot be raised again."""
    alarm = watch.alarm("RTR-4", "major")
    watch.clear(alarm)
    path = f"{ALARM}/{alarm['id']}"

    refused = watch.stack.client.patch(path, json={"state": "raised"})
    now = watch.stack.client.get(path).json()

    assert refused.status_code == 409
    assert (now["state"], bool(now["alarmClearedTime"])) == ("cleared", True)


def test_problems_are_acknowledged_and_put_under_one(watch: Watch) -> None:
    """The tasks leave their marks on the problems that they name; an unknown problem is a 404."""
    body = {
        "category": "supplier.originated", "priority": 3, "description": "slow", "reason": "test",
        "originatorParty": {"id": "noc", "@referredType": "Individual"},
    }  # fmt: skip
    first, second = (watch.stack.client.post(PROBLEM, json=body).json() for _ in range(2))
    pair = {"parentProblem": {"id": first["id"]}, "childProblem": [{"id": second["id"]}]}

    acked = watch.stack.client.post(f"{PROBLEMS}/problemAcknowledgement", json={"problem": [{"id": first["id"]}]})
    grouped = watch.stack.client.post(f"{PROBLEMS}/problemGroup", json=pair)
    nobody = watch.stack.client.post(f"{PROBLEMS}/problemAcknowledgement", json={"problem": [{"id": "SP-NONE"}]})
    above, below = (watch.stack.client.get(f"{PROBLEM}/{one['id']}").json() for one in (first, second))

    assert (acked.status_code, grouped.status_code, nobody.status_code) == (201, 201, 404)
    assert above["trackingRecord"][0]["description"] == "acknowledged"
    assert [one["id"] for one in above["underlyingProblem"]] == [second["id"]]
    assert [one["id"] for one in below["parentProblem"]] == [first["id"]]


def test_a_service_test_reads_the_network_back(watch: Watch) -> None:
    """It passes while the network is as the inventory says, fails when it is not, and the ticket gets the result."""
    ticket = watch.ticket("CUST-00203", "CFS-F00203")
    port = watch.stack.rows("select value from sinv_char where service_id = ? and name = 'oltPort'",
                            "RFS-GPON-ACCESS-F00203")[0]["value"]  # fmt: skip
    asked = {"serviceId": "CFS-F00203", "ticketId": ticket["id"]}

    good = watch.stack.client.post(TESTS, json=asked)
    watch.stack.admin.patch(f"/network/v1/olt/{port}", json={"down_mbps": 100}).raise_for_status()
    bad = watch.stack.client.post(TESTS, json=asked)
    watch.stack.admin.patch(f"/network/v1/olt/{port}", json={"down_mbps": 500}).raise_for_status()

    assert (good.status_code, good.json()["state"]) == (201, "passed")
    assert (bad.status_code, bad.json()["state"]) == (201, "failed")
    measured = {one["element"]: one["differences"] for one in bad.json()["measurement"]}
    assert measured == {"olt": {"down_mbps": {"expected": "500", "found": "100"}}, "edge": {}}
    listed = watch.stack.client.get(TESTS, params={"ticketId": str(ticket["id"])}).json()
    assert [one["state"] for one in listed] == ["passed", "failed"]
    notes = watch.stack.client.get(f"{TICKET}/{ticket['id']}").json()["note"]
    assert [note["text"].split()[-1] for note in notes] == ["passed", "failed"]


def test_what_cannot_be_tested_is_refused(watch: Watch) -> None:
    """A service that nobody knows, and a ticket that nobody knows."""
    unknown = watch.stack.client.post(TESTS, json={"serviceId": "CFS-NONE"})
    lost = watch.stack.client.post(TESTS, json={"serviceId": "CFS-F00203", "ticketId": "TT-NONE"})

    assert (unknown.status_code, lost.status_code) == (400, 404)
