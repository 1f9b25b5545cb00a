"""COM over HTTP: capture, idempotency, refusals, credit, cancellation, events."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.reference_stack.conftest import RunningStack, external_id, flagship, started, until

ORDERS = "/tmf-api/productOrderingManagement/v4/productOrder"
CANCELS = "/tmf-api/productOrderingManagement/v4/cancelProductOrder"


def answer_credit(stack: RunningStack, order: str, decision: str, limit: int = 100_000) -> None:
    """The bureau's answer, as the gateway hands it over."""
    inquiry = until(lambda: _inquiry(stack, order), "a credit inquiry in the gateway's queue")
    record = {
        "request_id": inquiry["id"],
        "customer_id": inquiry["customer_id"],
        "decision": decision,
        "score": "720",
        "device_limit": f"{limit:08d}",
        "deposit": "00000000",
        "decided_ts": "20261121120000",
    }
    reply = stack.client.post("/credit/v1/decisions", json=record)
    assert reply.status_code == 200, reply.text


def _inquiry(stack: RunningStack, order: str) -> dict[str, object]:
    """What the bureau was asked about the order, once it was sent."""
    found = stack.rows("select id, customer_id from crd_inquiry where order_id = ? and state = 'sent'", order)
    return found[0] if found else {}


def state(stack: RunningStack, order: str) -> str:
    """The state of an order."""
    return str(stack.client.get(f"{ORDERS}/{order}").json()["state"])


def test_an_order_is_acknowledged_with_the_prices_of_the_catalogue(running: RunningStack) -> None:
    """45.00 less 20 % each month, 25.00 once, 24 instalments; the promotion adds an item of its own."""
    body = flagship(external_id())

    reply = running.client.post(ORDERS, json=body)

    order = reply.json()
    totals = [(price["name"], price["price"]["dutyFreeAmount"]["value"]) for price in order["orderTotalPrice"]]
    assert (reply.status_code, order["state"]) == (201, "acknowledged")
    assert reply.headers["x-correlation-id"].startswith("CORR-")
    assert totals == [("Monthly total", 36.0), ("Due today", 25.0), ("Device instalments", 30.0)]
    assert [item["productOffering"]["id"] for item in order["productOrderItem"]][-1] == "SAVER-20"


def test_a_customer_without_fibre_earns_no_promotion(running: RunningStack) -> None:
    """The discount needs an active fibre line."""
    reply = running.client.post(ORDERS, json=flagship(external_id(), customer="CUST-00215", number="6175550215"))

    assert reply.json()["orderTotalPrice"][0]["price"]["dutyFreeAmount"] == {"unit": "USD", "value": 45.0}


def test_typed_strings_come_back_unchanged(running: RunningStack) -> None:
    """Account number, PIN and ZIP keep their leading zeros."""
    order = running.client.post(ORDERS, json=flagship(external_id())).json()

    values = {char["name"]: char["value"] for char in order["productOrderItem"][3]["product"]["productCharacteristic"]}

    assert (values["accountNumber"], values["pin"], values["zip"]) == ("0012345", "0042", "02139")


def test_the_same_order_sent_again_is_the_same_order(running: RunningStack) -> None:
    """A repeated externalId answers 200 with the order that exists, under its own correlation id."""
    body = flagship(external_id())
    first = running.client.post(ORDERS, json=body)

    second = running.client.post(ORDERS, json=body)

    found = running.client.get(ORDERS, params={"externalId": str(body["externalId"])})
    assert (second.status_code, second.json()["id"]) == (200, first.json()["id"])
    assert second.headers["x-correlation-id"] == first.headers["x-correlation-id"] == found.headers["x-correlation-id"]
    assert len(found.json()) == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"productOrderItem": []}, "productOrderItem"),
        ({"relatedParty": []}, "relatedParty names no customer"),
        ({"relatedParty": [{"id": "CUST-99999"}]}, "CRM does not know customer"),
        ({"billingAccount": {"id": "ACC-00001"}}, "does not belong to customer CUST-00007"),
        ({"productOrderItem": [{"id": "1", "action": "add"}]}, "names no productOffering"),
        ({"productOrderItem": [{"id": "1", "action": "fly", "productOffering": {"id": "PORT-IN"}}]}, "action 'fly'"),
        ({"productOrderItem": [{"id": "1", "action": "add", "productOffering": {"id": "NOPE"}}]}, "not on sale"),
    ],
)
def test_an_order_that_cannot_be_taken_is_refused_with_its_reason(
    running: RunningStack, change: dict[str, object], reason: str
) -> None:
    """400 in TM Forum's error body, and nothing is stored."""
    body = flagship(external_id()) | change

    reply = running.client.post(ORDERS, json=body)

    assert reply.status_code == 400
    assert reason in reply.json()["reason"]
    assert running.client.get(ORDERS, params={"externalId": str(body["externalId"])}).json() == []


def test_an_illegal_step_is_refused_and_a_legal_one_is_kept_with_its_history(running: RunningStack) -> None:
    """PATCH obeys the state machine: 409, and the order stays as it was."""
    order = running.client.post(ORDERS, json=flagship(external_id())).json()["id"]

    illegal = running.client.patch(f"{ORDERS}/{order}", json={"state": "completed"})
    legal = running.client.patch(f"{ORDERS}/{order}", json={"state": "pending", "description": "waits for papers"})

    assert (illegal.status_code, illegal.json()["code"]) == (409, "conflict")
    assert "inProgress" in illegal.json()["message"]
    assert (legal.status_code, legal.json()["state"], legal.json()["description"]) == (
        200,
        "pending",
        "waits for papers",
    )


def test_an_order_date_cannot_be_patched(running: RunningStack) -> None:
    """What TMF622 leaves out of its update stays as it is."""
    order = running.client.post(ORDERS, json=flagship(external_id())).json()["id"]

    reply = running.client.patch(f"{ORDERS}/{order}", json={"orderDate": "2020-01-01T00:00:00.000Z"})

    assert (reply.status_code, "orderDate" in reply.json()["reason"]) == (400, True)


def test_nothing_is_built_before_credit_is_approved(running: RunningStack) -> None:
    """The order waits as acknowledged, then turns inProgress and reaches the product inventory and SOM."""
    reply = running.client.post(ORDERS, json=flagship(external_id(), "CUST-00008", "6175550108"))
    order, journey = reply.json()["id"], reply.headers["x-correlation-id"]

    answer_credit(running, order, "A")

    until(lambda: state(running, order) == "inProgress", "an order in progress")
    until(lambda: "ServiceOrderCreateEvent" in _types(running, journey), "a service order")
    types = _types(running, journey)
    assert types.index("CreditDecisionEvent") < types.index("ServiceOrderCreateEvent")
    products = [event for event in running.log(journey) if event["eventType"] == "ProductCreateEvent"]
    assert [event["state"] for event in products] == ["pendingActive"] * 5


def _types(stack: RunningStack, journey: str) -> list[object]:
    return [event["eventType"] for event in stack.log(journey)]


def test_a_declined_customer_gets_a_rejected_order(running: RunningStack) -> None:
    """The decision ends the order and all its items."""
    order = running.client.post(ORDERS, json=flagship(external_id(), "CUST-00009", "6175550109")).json()["id"]

    answer_credit(running, order, "D", limit=0)

    until(lambda: state(running, order) == "rejected", "a rejected order")
    items = running.client.get(f"{ORDERS}/{order}").json()["productOrderItem"]
    assert {item["state"] for item in items} == {"rejected"}


def test_a_device_beyond_the_limit_is_referred(running: RunningStack) -> None:
    """An approval that does not cover the device makes the order wait, and it says why."""
    order = running.client.post(ORDERS, json=flagship(external_id(), "CUST-00010", "6175550110")).json()["id"]

    answer_credit(running, order, "A", limit=10_000)

    until(lambda: state(running, order) == "pending", "a pending order")
    note = running.client.get(f"{ORDERS}/{order}").json()["productOrderItem"][0]["note"]
    assert "credit" in note[0]["text"]


def test_the_same_bureau_answer_twice_is_refused(running: RunningStack) -> None:
    """An inquiry is answered once."""
    order = running.client.post(ORDERS, json=flagship(external_id(), "CUST-00011", "6175550111")).json()["id"]
    answer_credit(running, order, "A")
    request = running.client.get("/credit/v1/decisions", params={"orderId": order}).json()

    again = running.client.post("/credit/v1/decisions", json={"request_id": "CRQ-UNKNOWN", "decision": "A"})

    assert len(request) == 1
    assert (again.status_code, again.json()["code"]) == (404, "R105")


def test_an_order_that_was_never_built_can_be_cancelled(running: RunningStack) -> None:
    """The task runs to done and the order to cancelled, by legal steps only."""
    reply = running.client.post(ORDERS, json=flagship(external_id(), "CUST-00012", "6175550112"))
    order, journey = reply.json()["id"], reply.headers["x-correlation-id"]

    task = running.client.post(CANCELS, json={"productOrder": {"id": order}})

    assert task.status_code == 201
    until(lambda: state(running, order) == "cancelled", "a cancelled order")
    assert running.client.get(f"{CANCELS}/{task.json()['id']}").json()["state"] == "done"
    steps = [event["state"] for event in running.log(journey) if event["eventType"] == "ProductOrderStateChangeEvent"]
    assert steps == ["pending", "assessingCancellation", "pendingCancellation", "cancelled"]
    again = running.client.post(CANCELS, json={"productOrder": {"id": order}})
    assert again.status_code == 409


def test_every_transition_is_an_event_with_a_sequence_without_gaps(running: RunningStack) -> None:
    """The seq rises by one per resource, every delivery is made once, and no secret is inside."""
    reply = running.client.post(ORDERS, json=flagship(external_id(), "CUST-00013", "6175550113"))
    order, journey = reply.json()["id"], reply.headers["x-correlation-id"]
    answer_credit(running, order, "D", limit=0)
    until(lambda: state(running, order) == "rejected", "a rejected order")

    def settled() -> list[dict[str, object]]:
        events = running.log(journey)
        statuses = {delivery["status"] for event in events for delivery in event["deliveries"]}  # type: ignore[attr-defined]
        return events if statuses == {"delivered"} else []

    events = until(settled, "every event delivered")

    seqs = [event["seq"] for event in events if event["resourceId"] == order]
    attempts = {delivery["attempts"] for event in events for delivery in event["deliveries"]}  # type: ignore[attr-defined]
    assert seqs == list(range(1, len(seqs) + 1))
    assert attempts == {1}
    assert "0042" not in str(events)


def test_a_lost_delivery_stops_the_order(running: RunningStack) -> None:
    """Systems know each other only by calls and events: without the decision's delivery COM never goes on."""
    drop = {"eventType": "CreditDecisionEvent", "subscriber": "ordering", "count": 1}
    reply = running.client.post(ORDERS, json=flagship(external_id(), "CUST-00014", "6175550114"))
    order, journey = reply.json()["id"], reply.headers["x-correlation-id"]
    assert running.admin.post("/admin/drop-delivery", json=drop).status_code == 201

    answer_credit(running, order, "A")

    def lost() -> bool:
        decisions = [event for event in running.log(journey) if event["eventType"] == "CreditDecisionEvent"]
        deliveries = [one for event in decisions for one in event["deliveries"]]  # type: ignore[attr-defined]
        return any(one["subscriber"] == "ordering" and one["status"] == "dropped" for one in deliveries)

    until(lost, "the delivery that was lost")
    assert state(running, order) == "acknowledged"


def test_a_stopped_system_answers_503_and_the_order_goes_on_once_it_is_back(running: RunningStack) -> None:
    """A delivery that finds nobody is tried again."""
    reply = running.client.post(ORDERS, json=flagship(external_id(), "CUST-00015", "6175550115"))
    order = reply.json()["id"]
    until(lambda: _inquiry(running, order), "a sent inquiry")
    assert running.admin.post("/admin/systems/ordering/stop").status_code == 200
    try:
        answer_credit(running, order, "D", limit=0)
        stopped = running.client.get(f"{ORDERS}/{order}")
    finally:
        running.admin.post("/admin/systems/ordering/start")

    assert (stopped.status_code, stopped.json()["code"]) == (503, "stopped")
    until(lambda: state(running, order) == "rejected", "a rejected order after the restart")


def test_defect_d05_loses_the_promotion_only_with_a_device(tmp_path: Path) -> None:
    """The line alone keeps its discount; with a device on instalments it is gone."""
    with started(tmp_path, "--defect", "D05") as stack:
        body = flagship("D05-WITH")
        alone = flagship("D05-ALONE")
        alone["productOrderItem"] = [item for item in alone["productOrderItem"] if item["id"] != "3"]  # type: ignore[attr-defined]

        monthly = [
            stack.client.post(ORDERS, json=one).json()["orderTotalPrice"][0]["price"]["dutyFreeAmount"]["value"]
            for one in (body, alone)
        ]

    assert monthly == [45.0, 36.0]


def test_defect_d14_makes_a_second_order(running: RunningStack) -> None:
    """Switched on in a running stack, the same externalId becomes two orders; switched off again it does not."""
    body = flagship(external_id())
    running.client.post(ORDERS, json=body)
    running.admin.put("/admin/defects/D14")
    try:
        second = running.client.post(ORDERS, json=body)
    finally:
        running.admin.delete("/admin/defects/D14")
    third = running.client.post(ORDERS, json=body)

    assert (second.status_code, third.status_code) == (201, 200)
    assert len(running.client.get(ORDERS, params={"externalId": str(body["externalId"])}).json()) == 2
