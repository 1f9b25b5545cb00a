"""What becomes a fallout case, and who must work it."""

from __future__ import annotations

from tests.integration.reference_stack.conftest import RunningStack
from tests.integration.reference_stack.fulfilment.conftest import Order

CASES = "/fallout/v1/cases"


def test_an_unanswered_port_request_runs_into_its_timer(stack: RunningStack, order: Order) -> None:
    """Half an hour without an answer of the old provider opens a case of number portability."""
    order.place("PS-MOBILE", "PS-PORTIN")
    order.port()
    order.row("select id from flt_timer where order_id = ? and code = 'NP-TIMEOUT'", order.name)

    stack.admin.post("/admin/clock", json={"advance": "31m"}).raise_for_status()
    case = order.row("select * from flt_case where order_id = ? and code = 'NP-TIMEOUT'", order.name)

    assert (case["owner"], case["status"]) == ("number-portability", "open")
    assert str(case["sla_due"]) > str(case["opened_at"])


def test_one_cause_makes_one_case(stack: RunningStack) -> None:
    """A second report of the same cause finds the open case; a closed one can only be opened again."""
    report = {"system": "billing", "code": "BIL-TEST", "orderId": "PO-TEST-FALLOUT", "rootCause": "no charge code"}

    first = stack.client.post(CASES, json=report)
    second = stack.client.post(CASES, json=report)
    closed = stack.client.patch(f"{CASES}/{first.json()['id']}", json={"status": "closed"})
    again = stack.client.patch(f"{CASES}/{first.json()['id']}", json={"owner": "me"})

    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json()["id"] == first.json()["id"]
    assert closed.json()["closedAt"]
    assert again.status_code == 409


def test_the_queue_shows_what_is_due_first(stack: RunningStack) -> None:
    """Cases come in the order of their deadlines, and only those asked for."""
    for code in ("BIL-A", "BIL-B"):
        stack.client.post(CASES, json={"system": "billing", "code": code, "orderId": "PO-TEST-QUEUE"})

    shown = stack.client.get(CASES, params={"orderId": "PO-TEST-QUEUE", "status": "open"}).json()

    assert [case["code"] for case in shown] == ["BIL-A", "BIL-B"]
    assert [case["owner"] for case in shown] == ["billing-operations", "billing-operations"]
