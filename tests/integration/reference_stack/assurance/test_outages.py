"""From an alarm to the customer's message and back: one problem, one ticket and one message for each, VIP first."""

from __future__ import annotations

from tests.integration.reference_stack.assurance.conftest import PROBLEM, TICKET, Watch
from tests.integration.reference_stack.conftest import until


def test_an_outage_from_its_alarm_to_its_end(watch: Watch) -> None:
    """A critical alarm of an OLT: all services on it, the VIP first, everything closed when it is cleared."""
    olt = "OLT-BOS-01"
    watch.segment("CUST-00060", "vip")
    watch.segment("CUST-00050", "business")

    alarm = watch.alarm(olt)
    problem = watch.problem(olt, "inProgress")
    hit = watch.told(problem)

    expected = watch.dependents(olt)
    assert len(expected) == 63
    assert [one["id"] for one in problem["affectedService"]] == expected
    assert problem["affectedNumberOfServices"] == len(expected)
    assert [one["id"] for one in problem["underlyingAlarm"]] == [alarm["id"]]
    assert [row["customer_id"] for row in hit[:3]] == ["CUST-00060", "CUST-00050", "CUST-00001"]
    sent = "select customer_id from crm_message where reference like ? order by at, customer_id"
    messages = [row["customer_id"] for row in watch.stack.rows(sent, f"{problem['id']}-%")]
    assert messages[0] == "CUST-00060"
    assert sorted(str(one) for one in messages) == sorted(str(row["customer_id"]) for row in hit)
    tickets = watch.stack.rows("select * from tt_ticket where problem_id = ? order by created_at, id", problem["id"])
    assert len(tickets) == len(hit)
    assert {row["customer_id"]: row["severity"] for row in tickets if row["severity"] != "minor"} == {
        "CUST-00060": "critical",
        "CUST-00050": "major",
    }

    watch.clear(alarm)
    ended = watch.problem(olt, "closed")
    states = watch.stack.rows("select distinct status from tt_ticket where problem_id = ?", problem["id"])
    assert [row["status"] for row in states] == ["closed"]
    assert ended["resolutionDate"]
    assert len(ended["troubleTicket"]) == len(hit)
    kinds = ("TroubleTicketCreateEvent", "TroubleTicketStatusChangeEvent", "TroubleTicketResolvedEvent")
    for kind in kinds:
        query = {"eventType": kind, "resourceId": tickets[0]["id"]}
        assert watch.stack.client.get("/events/v1/log", params=query).json(), kind


def test_alarms_of_one_piece_of_equipment_are_one_problem(watch: Watch) -> None:
    """A card and its ports complain together; the problem ends with the last alarm."""
    first = watch.alarm("OLT-BOS-02/1/3")
    again = watch.alarm("OLT-BOS-02/1/3")
    problem = watch.problem("OLT-BOS-02/1/3", "inProgress")
    until(
        lambda: watch.stack.rows("select id from asr_alarm where id = ? and problem_id is not null", again["id"]),
        "the problem",
    )

    watch.clear(first)
    refused = watch.stack.client.patch(f"{PROBLEM}/{problem['id']}", json={"status": "resolved"})
    assert (refused.status_code, watch.problems("OLT-BOS-02/1/3")[0]["status"]) == (409, "inProgress")
    watch.clear(again)

    assert len(watch.problem("OLT-BOS-02/1/3", "closed")["underlyingAlarm"]) == 2
    assert len(watch.problems("OLT-BOS-02/1/3")) == 1


def test_an_alarm_that_is_not_critical_is_no_problem(watch: Watch) -> None:
    """It stands in the list, no more."""
    watch.alarm("OLT-BOS-03/1/9", "minor")
    marker = watch.alarm("OLT-BOS-03/1/8")
    watch.problem("OLT-BOS-03/1/8", "inProgress")
    watch.clear(marker)

    assert watch.problems("OLT-BOS-03/1/9") == []


def test_a_long_outage_is_credited_once(watch: Watch) -> None:
    """Longer than the segment is promised: a credit on the next bill, and only one."""
    port = "OLT-BOS-03/1/2"
    alarm = watch.alarm(port)
    problem = watch.problem(port, "inProgress")
    (hit,) = watch.told(problem)
    query = {"accountId": str(hit["account_id"])}
    assert watch.stack.client.get("/billing/v1/adjustments", params=query).json() == []

    watch.stack.admin.post("/admin/clock", json={"advance": "25h"}).raise_for_status()
    given = until(lambda: watch.stack.client.get("/billing/v1/adjustments", params=query).json(), "a credit")
    watch.stack.admin.post("/admin/clock", json={"advance": "25h"}).raise_for_status()
    watch.clear(alarm)
    watch.problem(port, "closed")

    assert [(one["amount"], one["productId"]) for one in given] == [(-500, hit["product_id"])]
    assert watch.stack.client.get("/billing/v1/adjustments", params=query).json() == given


def test_a_ticket_is_not_closed_while_its_service_is_down(watch: Watch) -> None:
    """An open problem, or a service that is not active, speaks against a solution."""
    port = "OLT-BOS-03/1/4"
    service = watch.dependents(port)[0]
    alarm = watch.alarm(port)
    watch.problem(port, "inProgress")
    ticket = watch.ticket("CUST-00132", service)
    path = f"{TICKET}/{ticket['id']}"
    watch.stack.client.patch(path, json={"status": "inProgress"}).raise_for_status()

    refused = watch.stack.client.patch(path, json={"status": "resolved"})
    watch.clear(alarm)
    watch.problem(port, "closed")
    solved = watch.stack.client.patch(path, json={"status": "resolved"})
    closed = watch.stack.client.patch(path, json={"status": "closed"})

    assert (refused.status_code, service in refused.json()["reason"]) == (409, True)
    assert (solved.status_code, closed.status_code, closed.json()["status"]) == (200, 200, "closed")


def test_a_reported_problem_is_analysed_too(watch: Watch) -> None:
    """Somebody names the cause; the workflow is the same, and the person says when it is over."""
    port = "OLT-BOS-03/1/6"
    body = {
        "category": "serviceProvider.declarer", "priority": 2, "description": "a digger", "reason": "cut cable",
        "originatorParty": {"id": "noc", "@referredType": "Individual"}, "rootCauseResource": [{"id": port}],
    }  # fmt: skip
    made = watch.stack.client.post(PROBLEM, json=body)
    problem = watch.problem(port, "inProgress")
    watch.told(problem)
    watch.stack.client.patch(f"{PROBLEM}/{problem['id']}", json={"status": "resolved"}).raise_for_status()
    closed = watch.problem(port, "closed")

    assert made.status_code == 201
    assert [one["id"] for one in closed["affectedService"]] == watch.dependents(port)
    records = {"serviceProblem.id": problem["id"]}
    found = watch.stack.client.get(f"{PROBLEM}EventRecord", params=records).json()
    assert [one["eventType"] for one in found][-1] == "ServiceProblemStateChangeEvent"
