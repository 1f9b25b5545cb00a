"""What billing refuses, with a reason: amounts and days that cannot be, steps that would hide money."""

from __future__ import annotations

import pytest

from tests.integration.reference_stack.billing.conftest import BILLS, GOLD, Biller

V1 = "/billing/v1"
HUGE = 10**30


@pytest.fixture(scope="module")
def account(biller: Biller) -> str:
    """An account that billing knows."""
    made = biller.account()
    biller.charged(biller.product(made, "MOBILE-GOLD", GOLD))
    return made


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/payment/v4/payment", {"totalAmount": {"unit": "USD", "value": HUGE}}),
        ("/payment/v4/payment", {"totalAmount": {"unit": "USD", "value": -1}}),
        ("/payment/v4/refund", {"totalAmount": {"unit": "USD", "value": HUGE}}),
        (f"{V1}/adjustments", {"amount": HUGE, "reason": "r", "reference": "huge"}),
        (f"{V1}/adjustments", {"amount": -500, "reason": "r"}),
        (f"{V1}/adjustments", {"amount": "5.00", "reason": "r", "reference": "text"}),
        (f"{V1}/bill-runs", {"businessDate": "9999-12-31"}),
        (f"{V1}/bill-runs", {"businessDate": "soon"}),
        (f"{V1}/payment-runs", {"businessDate": "2026-13-01"}),
        (f"{V1}/reratings", {}),
        (f"{V1}/previews", {"productId": "P", "productOffering": {"id": "NOTHING"}}),
        ("/tmf-api/usageManagement/v4/usage", {"usageDate": "0001-01-01T00:00:00+14:00"}),
        (
            "/tmf-api/usageManagement/v4/usage",
            {"usageCharacteristic": [{"name": "quantity", "value": str(HUGE)}]},
        ),
    ],
)
def test_what_cannot_be_is_refused(biller: Biller, account: str, path: str, body: dict[str, object]) -> None:
    """400 with a reason that names the attribute, never an error inside."""
    whole = {"account": {"id": account}, "accountId": account, "paymentMethod": {"@type": "bankCard"}, **body}

    reply = biller.stack.client.post(path, json=whole)

    assert reply.status_code == 400, reply.text
    assert reply.json()["reason"]


def test_unknown_things_are_not_found(biller: Biller) -> None:
    """404 for a line, a dispute, a payment and an account that nobody has."""
    client = biller.stack.client
    replies = [
        client.post(f"{V1}/disputes", json={"lineId": "LINE-X", "reason": "r"}),
        client.get(f"{V1}/disputes/DSP-X"),
        client.post(f"{V1}/payments/PAY-X/capture"),
        client.get(f"{V1}/accounts/ACC-X"),
    ]

    assert [reply.status_code for reply in replies] == [404] * 4


def test_a_bill_with_a_rest_is_not_settled_by_hand(biller: Biller, account: str) -> None:
    """Only a payment settles it."""
    bill = biller.demand(account)

    reply = biller.stack.client.patch(f"{BILLS}/customerBill/{bill}", json={"state": "settled"})

    assert reply.status_code == 409
    assert "payment" in reply.json()["message"]


def test_records_that_cannot_be_read_are_told_apart(biller: Biller) -> None:
    """A batch is taken whole; the records that make no sense get R109 or R105, each on its line."""
    records = [
        {"line_no": 1, "record_key": "odd-a", "usage_type": "voice", "started_at": "yesterday", "quantity": 1},
        {"line_no": 2, "record_key": "odd-b", "usage_type": "voice", "started_at": biller.now(), "quantity": -5},
        {"line_no": 3, "record_key": "odd-c", "usage_type": "voice", "started_at": biller.now(), "quantity": str(HUGE)},
        {"line_no": 4, "record_key": "odd-d", "usage_type": "voice", "started_at": biller.now(), "quantity": 1},
    ]

    reply = biller.stack.client.post(f"{V1}/usage-batches", json={"file_id": "FILE-ODD", "records": records})

    assert [(one["line_no"], one["code"]) for one in reply.json()["results"]] == [
        (1, "R109"),
        (2, "R109"),
        (3, "R109"),
        (4, "R105"),
    ]
