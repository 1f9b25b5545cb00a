"""Payments, debits that the bank returns, and what happens to those who do not pay."""

from __future__ import annotations

from datetime import timedelta

import httpx

from tests.integration.reference_stack.billing.conftest import BILLS, GOLD, Biller, local
from tests.integration.reference_stack.conftest import until

PAYMENTS = "/payment/v4/payment"


def billed(biller: Biller) -> tuple[str, str]:
    """An account with one bill of its cycle; the account and the bill."""
    account = biller.account()
    line = biller.product(account, "MOBILE-GOLD", GOLD)
    biller.charged(line)
    bank = {"autopayMethod": "ACH", "routing": "231380104", "bankAccount": "70000001", "bankAccountType": "checking"}
    biller.stack.client.patch(f"/billing/v1/accounts/{account}", json=bank).raise_for_status()
    return account, biller.run(account, local(biller.now()).isoformat())[0]


def bill_of(biller: Biller, bill: str) -> dict[str, object]:
    """State and what is left to pay, in cents."""
    found: dict[str, object] = biller.stack.rows("select * from bil_bill where id = ?", bill)[0]
    return found


def pay(biller: Biller, account: str, cents: int, **beside: object) -> httpx.Response:
    """A payment by card."""
    body = {
        "account": {"id": account},
        "paymentMethod": {"@type": "bankCard", "cardNumber": "4111111111111111", "brand": "Visa"},
        "totalAmount": {"unit": "USD", "value": cents / 100},
        **beside,
    }
    return biller.stack.client.post(PAYMENTS, json=body)


def payment_run(biller: Biller, account: str) -> list[str]:
    """The debits of one account on the day its bills are due."""
    due = (local(biller.now()) + timedelta(days=30)).isoformat()
    body = {"accountId": account, "businessDate": due}
    reply = biller.stack.client.post("/billing/v1/payment-runs", json=body)
    assert reply.status_code == 201, reply.text
    made: list[str] = reply.json()["payments"]
    return made


def returned(biller: Biller, payment: str, reason: str) -> httpx.Response:
    """A return, as the gateway hands it over."""
    body = {"kind": "return", "payment_id": payment, "return_reason": reason}
    return biller.stack.client.post("/billing/v1/ach-returns", json=body)


def payment(biller: Biller, identity: str) -> dict[str, object]:
    """The row of a payment."""
    return biller.stack.rows("select * from bil_payment where id = ?", identity)[0]


def test_the_same_correlator_pays_once_and_what_is_too_much_is_credit(biller: Biller) -> None:
    """Part, then more than the rest: the bill is settled, the credit is refunded but not more of it."""
    account, bill = billed(biller)
    owed = int(str(bill_of(biller, bill)["remaining"]))

    part = pay(biller, account, 100, correlatorId=f"{account}-1")
    again = pay(biller, account, 100, correlatorId=f"{account}-1")
    after = bill_of(biller, bill)
    pay(biller, account, owed - 100 + 500, correlatorId=f"{account}-2")

    assert (part.status_code, again.status_code, part.json()["id"]) == (201, 200, again.json()["id"])
    assert (after["state"], after["remaining"]) == ("partiallyPaid", owed - 100)
    assert (bill_of(biller, bill)["state"], bill_of(biller, bill)["remaining"]) == ("settled", 0)
    assert "4111111111111111" not in part.text
    paid = biller.stack.client.get(f"{BILLS}/customerBill/{bill}").json()["appliedPayment"]
    assert sorted(one["appliedAmount"]["value"] for one in paid) == sorted([1.0, (owed - 100) / 100])
    codes = [_refund(biller, account, cents, f"{account}-r{cents}").status_code for cents in (600, 500)]
    assert codes == [409, 201]
    assert _refund(biller, account, 500, f"{account}-r500").status_code == 200


def _refund(biller: Biller, account: str, cents: int, correlator: str) -> httpx.Response:
    body = {
        "account": {"id": account},
        "paymentMethod": {"@type": "bankCard"},
        "totalAmount": {"unit": "USD", "value": cents / 100},
        "correlatorId": correlator,
    }
    return biller.stack.client.post("/payment/v4/refund", json=body)


def test_an_authorized_payment_pays_when_it_is_captured(biller: Biller) -> None:
    """Until then the bill is open; a second capture is refused."""
    account, bill = billed(biller)
    owed = int(str(bill_of(biller, bill)["remaining"]))
    waiting = pay(biller, account, owed, status="authorized").json()
    assert bill_of(biller, bill)["remaining"] == owed

    path = f"/billing/v1/payments/{waiting['id']}/capture"
    codes = [biller.stack.client.post(path).status_code for _ in range(2)]

    assert codes == [200, 409]
    assert bill_of(biller, bill)["state"] == "settled"


def test_a_debit_that_does_not_come_back_settles_its_bill(biller: Biller) -> None:
    """One entry per open bill; a second run asks for nothing; after the bank's days the payment is done."""
    account, bill = billed(biller)

    made = payment_run(biller, account)
    again = payment_run(biller, account)

    assert (len(made), again) == (1, [])
    assert payment(biller, made[0])["status"] == "captured"
    assert payment(biller, made[0])["trace_no"]
    assert (bill_of(biller, bill)["state"], bill_of(biller, bill)["remaining"]) == ("partiallyPaid", 0)
    biller.advance("97h")
    until(lambda: payment(biller, made[0])["status"] == "done", "the payment is done")
    assert bill_of(biller, bill)["state"] == "settled"


def test_a_return_restores_the_bill_and_costs_a_fee(biller: Biller) -> None:
    """R01 may be presented again, R02 may not; the fee comes on the next bill."""
    account, bill = billed(biller)
    owed = bill_of(biller, bill)["remaining"]
    first = payment_run(biller, account)[0]

    assert returned(biller, first, "R01").status_code == 200
    assert returned(biller, first, "R01").status_code == 200

    assert (payment(biller, first)["status"], payment(biller, first)["return_code"]) == ("failed", "R01")
    assert bill_of(biller, bill)["remaining"] == owed
    fees = biller.stack.client.get("/billing/v1/adjustments", params={"accountId": account}).json()
    assert [(fee["amount"], fee["state"]) for fee in fees] == [(1500, "pending")]
    second = payment_run(biller, account)[0]
    assert second != first
    returned(biller, second, "R02")
    assert payment_run(biller, account) == []
    assert returned(biller, "PAY-NOBODY", "R01").json()["code"] == "R105"


def test_a_notice_of_change_mends_the_account_and_reverses_nothing(biller: Biller) -> None:
    """C02 brings another routing number; the payment stays."""
    account, bill = billed(biller)
    made = payment_run(biller, account)[0]
    told = {"kind": "change", "payment_id": made, "change_code": "C02", "corrected_data": "091400606" + " " * 20}

    assert biller.stack.client.post("/billing/v1/ach-returns", json=told).status_code == 200

    assert payment(biller, made)["status"] == "captured"
    assert bill_of(biller, bill)["remaining"] == 0
    assert biller.stack.client.get(f"/billing/v1/accounts/{account}").json()["routing"] == "091400606"


def test_an_unpaid_bill_is_reminded_of_then_the_line_is_suspended_and_resumed(biller: Biller) -> None:
    """Each step once, by orders; the payment brings the order to resume."""
    account, bill = billed(biller)
    settings = {"autopayMethod": None}
    biller.stack.client.patch(f"/billing/v1/accounts/{account}", json=settings).raise_for_status()
    line = biller.stack.rows("select product_id from bil_charge where account_id = ?", account)[0]["product_id"]

    biller.advance(f"{24 * 23}h")
    until(lambda: _steps(biller, bill) == ["reminder"], "a reminder")
    biller.advance(f"{24 * 10}h")
    until(lambda: _steps(biller, bill) == ["reminder", "suspension"], "a suspension")

    order = biller.stack.rows("select order_id from bil_dunning where bill_id = ? and step = 'suspension'", bill)
    asked = biller.stack.rows("select action, product_id from com_order_item where order_id = ?", order[0]["order_id"])
    assert asked == [{"action": "modify", "product_id": line}]
    biller.change(str(line), status="suspended")
    open_pause = "select * from bil_pause where product_id = ? and ended_at is null"
    until(lambda: biller.stack.rows(open_pause, line), "the pause")
    owed = biller.stack.rows("select sum(remaining) as cents from bil_bill where account_id = ?", account)[0]["cents"]
    pay(biller, account, int(str(owed)))
    until(lambda: _steps(biller, bill) == ["reminder", "suspension", "resumption"], "a resumption")


def _steps(biller: Biller, bill: str) -> list[object]:
    rows = biller.stack.rows("select step from bil_dunning where bill_id = ? order by at", bill)
    return [row["step"] for row in rows]
