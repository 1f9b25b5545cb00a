"""Partners that do not answer: each silence becomes one case when its time is over, played by the stack's clock."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from tests.integration.reference_stack.conftest import RunningStack, started, until
from tests.integration.reference_stack.gateway.conftest import Door, PartnerAccount
from tests.integration.reference_stack.gateway.test_emergency import Registry


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A stack of its own, whose clock may be moved; nobody listens where its SM-DP+ should be."""
    with started(tmp_path_factory.mktemp("silence"), "--smdp", "http://127.0.0.1:9") as running:
        yield running


def _cases(stack: RunningStack, order: str, code: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = stack.client.get("/fallout/v1/cases", params={"orderId": order, "code": code}).json()
    return found


def test_each_silence_is_a_case_and_only_one(stack: RunningStack) -> None:
    """Ten minutes for address and SM-DP+, two hours for the acknowledgement, a day for the emergency registry."""
    wholesale = {"orderType": "PROVIDE", "orderItemId": "POI-1", "orderId": "PO-W", "addressId": "ADR-00001"}
    stack.client.post("/gateway/v1/wholesale-orders", json=wholesale).raise_for_status()
    emergency = {"function": "I", "tn": "6175550190", "addressId": "ADR-00001", "customerName": "Ada Finch"}
    stack.client.post("/gateway/v1/e911-records", json=emergency | {"orderId": "PO-E"}).raise_for_status()
    body = f"{890490320000000000000000000001:030d}"
    profile = {"eid": f"{body}{98 - int(body + '00') % 97:02d}", "orderId": "PO-S", "resourceOrderItemId": "ROI-1"}
    stack.client.post("/gateway/v1/esim-orders", json=profile).raise_for_status()
    asked = stack.client.post("/location/v1/validation-requests", json={"addressId": "ADR-00002"})
    steps = {
        "11m": [(asked.json()["requestId"], "AV-LATE"), ("PO-S", "ESIM-SMDP-SILENT")],
        "2h": [("PO-W", "WHS-ACK-LATE")],
        "23h": [("PO-E", "E911-RETURN-LATE")],
    }

    for advance, expected in steps.items():
        assert not any(_cases(stack, *one) for one in expected)
        stack.admin.post("/admin/clock", json={"advance": advance}).raise_for_status()
        for one in expected:
            until(partial(_cases, stack, *one), one[1])

    assert [len(_cases(stack, *one)) for expected in steps.values() for one in expected] == [1] * 4


def test_a_late_answer_of_the_supplier_is_still_taken(stack: RunningStack) -> None:
    """The case told of it; the acknowledgement moves the order all the same. A gap that stays open is told of, too."""
    (order,) = stack.client.get("/gateway/v1/wholesale-orders", params={"orderId": "PO-W"}).json()

    def message(number: int) -> dict[str, object]:
        entity = {"id": order["id"]}
        kind = {"updateType": "INFORMATIONAL", "information": {"type": "ACKNOWLEDGED"}, "entityType": "PROVIDE_ORDER"}
        return {"id": f"M-{number}", "sequenceNumber": number, "entity": entity, **kind}

    for number in (1, 3):
        stack.client.post("/gateway/v1/wholesale-messages", json=message(number)).raise_for_status()
    until(lambda: stack.client.get(order["href"]).json()["status"] == "ACKNOWLEDGED", "the acknowledgement")
    until(lambda: stack.client.get("/gateway/v1/wholesale-messages/M-3").json()["status"] == "held", "the held message")
    stack.admin.post("/admin/clock", json={"advance": "3h"}).raise_for_status()

    assert "message 2" in until(lambda: _cases(stack, "PO-W", "WHS-GAP"), "the gap")[0]["rootCause"]


def test_a_locked_number_is_sent_again_after_a_day(stack: RunningStack) -> None:
    """E06 mends itself once the old provider has unlocked: nobody has to press a button."""
    account = PartnerAccount(Door(stack.ready), "e911-registry")
    registry = Registry(stack, account)
    emergency = {"function": "M", "tn": "6175550191", "addressId": "ADR-00001", "customerName": "Ada Finch"}
    record = stack.client.post("/gateway/v1/e911-records", json=emergency | {"orderId": "PO-L"}).json()
    for earlier in stack.client.get("/gateway/v1/e911-records", params={"orderId": "PO-E"}).json():
        registry.answer(registry.file_of(earlier), {})  # return files come in the order of our files
    registry.answer(registry.file_of(record), {record["tn"]: "E06"})
    registry.record(record["id"], "held")

    stack.admin.post("/admin/clock", json={"advance": "25h"}).raise_for_status()

    registry.answer(registry.file_of(record, tries=2), {})
    registry.record(record["id"], "posted")
    account.close()
