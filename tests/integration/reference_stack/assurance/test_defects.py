"""The defects of assurance: what a tester in a hurry sees still looks right, what a careful one asks does not."""

from __future__ import annotations

import pytest

from tests.integration.reference_stack.assurance.conftest import PROBLEM, Document, Watch
from tests.integration.reference_stack.conftest import until


def reported(watch: Watch, resource: str) -> Document:
    """A problem with its cause; the hurried tester is content with the 201."""
    body = {
        "category": "serviceProvider.declarer", "priority": 1, "description": "outage", "reason": "test",
        "originatorParty": {"id": "noc", "@referredType": "Individual"}, "rootCauseResource": [{"id": resource}],
    }  # fmt: skip
    reply = watch.stack.client.post(PROBLEM, json=body)
    assert reply.status_code == 201
    found: Document = reply.json()
    watch.problem(resource, "inProgress")
    return found


def ended(watch: Watch, problem: Document) -> None:
    """The problem is over."""
    path = f"{PROBLEM}/{problem['id']}"
    watch.stack.client.patch(path, json={"status": "resolved"}).raise_for_status()
    until(lambda: watch.stack.client.get(path).json()["status"] == "closed", "the end of the problem")


@pytest.mark.defect("D38")
def test_the_impact_leaves_services_out(watch: Watch) -> None:
    """D38: the problem is created as ever, but the services between resource and product are not followed."""
    with watch.stack.defect("D38"):
        bad = reported(watch, "OLT-BOS-04/1/3")
    good = reported(watch, "OLT-BOS-04/1/5")

    assert [row["problem"] for row in watch.spoken("R52")] == [bad["id"]]
    assert watch.stack.client.get(f"{PROBLEM}/{bad['id']}").json()["affectedNumberOfServices"] == 0
    assert watch.stack.client.get(f"{PROBLEM}/{good['id']}").json()["affectedNumberOfServices"] == 1
    for problem in (bad, good):
        ended(watch, problem)
    watch.stack.admin.delete(f"{PROBLEM}/{bad['id']}").raise_for_status()


@pytest.mark.defect("D64")
def test_the_apology_comes_twice_and_the_ticket_never(watch: Watch) -> None:
    """D64: a message is sent, indeed two, but nobody has a ticket."""
    counts = []
    for port, defects in (("OLT-BOS-04/1/7", ("D64",)), ("OLT-BOS-04/1/9", ())):
        for defect in defects:
            watch.stack.admin.put(f"/admin/defects/{defect}").raise_for_status()
        problem = reported(watch, port)
        watch.told(problem)
        for defect in defects:
            watch.stack.admin.delete(f"/admin/defects/{defect}").raise_for_status()
        sent = watch.stack.rows("select id from crm_message where reference like ?", f"{problem['id']}-%")
        tickets = watch.stack.rows("select id from tt_ticket where problem_id = ?", problem["id"])
        counts.append((len(sent), len(tickets)))
        ended(watch, problem)

    (bad, good) = counts
    assert bad[0] >= 1, "the hurried tester sees a message"
    assert (bad, good) == ((2, 0), (1, 1))
    assert watch.spoken("R51") == []
