"""The fallout queue: deadlines by code and segment, pages, closing with a cause, and the timers that feed it."""

from __future__ import annotations

import pytest

from tests.integration.reference_stack.assurance.conftest import Document, Watch
from tests.integration.reference_stack.conftest import RunningStack, Tables, external_id, until

CASES = "/fallout/v1/cases"
ORDERS = "/tmf-api/productOrderingManagement/v4/productOrder"


def opened(stack: RunningStack, **case: object) -> Document:
    """A case that some system reports."""
    reply = stack.client.post(CASES, json={"system": "billing", "code": "BIL-QUEUE"} | case)
    assert reply.status_code == 201, reply.text
    found: Document = reply.json()
    return found


def listed(stack: RunningStack, **query: str) -> list[Document]:
    """The queue, filtered."""
    found: list[Document] = stack.client.get(CASES, params=query).json()
    return found


def ordered(stack: RunningStack, customer: str, **more: object) -> Document:
    """An order of a mobile line that waits for nothing but what a test says."""
    body = {
        "externalId": external_id(),
        "relatedParty": [{"id": customer, "role": "customer", "@referredType": "Customer"}],
        "productOrderItem": [{"id": "1", "action": "add", "productOffering": {"id": "MOBILE-SILVER"}}],
    }  # fmt: skip
    reply = stack.client.post(ORDERS, json=body | more)
    assert reply.status_code == 201, reply.text
    found: Document = reply.json()
    return found


@pytest.mark.parametrize(
    ("code", "segment", "hours"),
    [("BIL-X", "", 4), ("BIL-X", "vip", 1), ("NP-6A", "business", 1), ("E911-E05", "consumer", 1)],
)
def test_a_deadline_follows_code_and_segment(watch: Watch, code: str, segment: str, hours: int) -> None:
    """What is more urgent for a more important customer is due sooner."""
    case = opened(watch.stack, code=code, orderId=f"Q-{code}-{segment}", segment=segment)

    gone = watch.stack.rows("select sla_due, opened_at from flt_case where id = ?", case["id"])[0]
    assert int(str(gone["sla_due"])[11:13]) - int(str(gone["opened_at"])[11:13]) in (hours, hours - 24)


def test_the_queue_has_filters_order_and_pages(watch: Watch) -> None:
    """Oldest deadline first; either of two states; one page of it and how many there are; no order that is unknown."""
    for number, segment in enumerate(("", "vip", "business")):
        opened(watch.stack, code=f"BIL-P{number}", orderId="Q-PAGES", segment=segment)

    whole = listed(watch.stack, orderId="Q-PAGES", status="open,inProgress")
    page = watch.stack.client.get(CASES, params={"orderId": "Q-PAGES", "limit": "2", "offset": "1"})
    back = listed(watch.stack, orderId="Q-PAGES", sort="-code")

    assert [case["segment"] for case in whole] == ["vip", "business", None]
    assert (page.status_code, page.headers["x-total-count"]) == (206, "3")
    assert [case["id"] for case in page.json()] == [case["id"] for case in whole[1:]]
    assert [case["code"] for case in back] == ["BIL-P2", "BIL-P1", "BIL-P0"]
    assert watch.stack.client.get(CASES, params={"sort": "colour"}).status_code == 400
    assert listed(watch.stack, orderId="Q-PAGES", overdue="true") == []


def test_a_case_is_closed_with_its_cause_and_may_come_back(watch: Watch) -> None:
    """No closing without a root cause; a closed case is opened again with a new deadline, unless there is another."""
    case = opened(watch.stack, orderId="Q-CLOSE")
    path = f"{CASES}/{case['id']}"

    silent = watch.stack.client.patch(path, json={"status": "closed"})
    closed = watch.stack.client.patch(path, json={"status": "closed", "rootCause": "wrong price"})
    taken = watch.stack.client.patch(path, json={"owner": "me"})
    again = watch.stack.client.patch(path, json={"status": "open"})
    watch.stack.client.patch(path, json={"status": "closed"})
    other = opened(watch.stack, orderId="Q-CLOSE")
    refused = watch.stack.client.patch(path, json={"status": "open"})

    assert (silent.status_code, closed.status_code, taken.status_code) == (400, 200, 409)
    assert (again.status_code, again.json()["status"], again.json()["closedAt"]) == (200, "open", None)
    assert again.json()["slaDue"] >= case["slaDue"]
    assert (refused.status_code, str(other["id"]) in refused.json()["reason"]) == (409, True)


def test_a_ticket_of_type_test_fallout_is_a_case(watch: Watch) -> None:
    """It has the customer's segment, and so its deadline."""
    watch.segment("CUST-00204", "vip")
    ticket = watch.ticket("CUST-00204", "CFS-F00204", ticketType="testFallout")

    (case,) = until(lambda: listed(watch.stack, code="TEST-FALLOUT", orderId=str(ticket["id"])), "a case")

    assert (case["customerId"], case["segment"], case["rootCause"]) == ("CUST-00204", "vip", "no internet")


@pytest.mark.defect("D23")
def test_silent_orders_become_cases_unless_they_wait_for_a_day(watch: Watch) -> None:
    """Five hours in one state: a case for the one that waits for a partner, none for the one that waits for its day."""
    watch.segment("CUST-00205", "vip")
    characteristics = {"portInTn": "6175550999", "donorSpid": "8Y02", "accountNumber": "1", "pin": "7391"}
    child = {"productOrderItemRelationship": [{"id": "1", "relationshipType": "bundledBy"}]}
    ported = {
        "productOffering": {"id": "PORT-IN"}, "action": "add", "id": "4",
        "product": {"productCharacteristic": [{"name": k, "value": v} for k, v in characteristics.items()]}, **child,
    }  # fmt: skip
    items = [
        {"id": "1", "action": "add", "productOffering": {"id": "MOBILE-GOLD-BUNDLE"}},
        {"id": "2", "action": "add", "productOffering": {"id": "MOBILE-GOLD"}, **child},
        ported,
    ]
    now = watch.stack.client.get("/clock").json()["now"]
    waiting = ordered(watch.stack, "CUST-00205", productOrderItem=items)
    scheduled = ordered(watch.stack, "CUST-00206", requestedStartDate=f"{int(now[:4]) + 1}{now[4:]}")
    until(lambda: watch.stack.rows("select id from flt_timer where code = 'NP-TIMEOUT' and order_id = ?",
                                   waiting["id"]), "a port request")  # fmt: skip

    watch.stack.admin.post("/admin/clock", json={"advance": "5h"}).raise_for_status()
    case = until(lambda: listed(watch.stack, code="COM-SILENT", orderId=str(waiting["id"])), "a case")[0]
    late = until(lambda: listed(watch.stack, code="NP-TIMEOUT", orderId=str(waiting["id"])), "another case")[0]
    moved = "select due_at from flt_timer where code = 'COM-SILENT' and order_id = ?"
    until(lambda: str(watch.stack.rows(moved, scheduled["id"])[0]["due_at"]) > f"{int(now[:4]) + 1}", "a later look")

    assert (case["owner"], case["segment"], case["customerId"]) == ("order-management", "vip", "CUST-00205")
    assert late["owner"] == "number-portability"
    assert listed(watch.stack, orderId=str(scheduled["id"])) == []
    _close_by_age(watch, str(waiting["id"]))


def _close_by_age(watch: Watch, order: str) -> None:
    """D23: the queue is empty, as the hurried tester likes it, while the order stands still without an owner."""
    mine = {"orderId": order, "status": "open,inProgress"}

    def is_silent() -> bool:
        return order in [row["order_id"] for row in watch.spoken("R29")]

    watch.stack.admin.post("/admin/clock", json={"advance": "5h"}).raise_for_status()
    assert (bool(listed(watch.stack, **mine)), is_silent()) == (True, False)
    with watch.stack.defect("D23"):
        # What became a case only after the first hours has a deadline after them, too.
        watch.stack.admin.post("/admin/clock", json={"advance": "5h"}).raise_for_status()
        until(lambda: not listed(watch.stack, **mine) and is_silent(), "an empty queue and an order without an owner")


def test_a_product_without_a_charge_becomes_a_case(watch: Watch) -> None:
    """A quarter of an hour after it is active; a product that is charged is none."""
    timer = "select id from flt_timer where code = 'PRODUCT-UNCHARGED' and order_id = ?"
    orders = [str(ordered(watch.stack, customer)["id"]) for customer in ("CUST-00207", "CUST-00208")]
    for order in orders:
        for query in (timer, "select id from bil_charge where order_id = ?"):
            until(lambda order=order, query=query: watch.stack.rows(query, order), query)  # type: ignore[misc]
    Tables(watch.stack.ready["database"]).write("delete from bil_charge where order_id = ?", orders[0])

    watch.stack.admin.post("/admin/clock", json={"advance": "16m"}).raise_for_status()
    for order in orders:
        until(lambda order=order: not watch.stack.rows(timer, order), "the end of the timer")  # type: ignore[misc]

    found = [[case["owner"] for case in listed(watch.stack, code="PRODUCT-UNCHARGED", orderId=one)] for one in orders]
    assert found == [["billing-operations"], []]
