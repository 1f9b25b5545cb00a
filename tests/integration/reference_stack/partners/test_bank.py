"""The bank sends back what came to nothing, and says what to write next time."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

from tests.integration.reference_stack.conftest import until
from tests.integration.reference_stack.partners.conftest import World

_CUSTOMERS = itertools.count(3)  # these have a fibre line, so their account owes something


def debit(world: World) -> tuple[str, str]:
    """A debit of one account that is on its way to the bank: the account, and its payment."""
    account = f"ACC-{next(_CUSTOMERS):05d}"
    bank = {"autopayMethod": "ACH", "routing": "231380104", "bankAccount": "70000001", "bankAccountType": "checking"}
    world.stack.client.patch(f"/billing/v1/accounts/{account}", json=bank).raise_for_status()
    billed = {"accountId": account}
    world.stack.client.post("/billing/v1/bill-runs", json=billed).raise_for_status()
    due = (date.today() + timedelta(days=60)).isoformat()  # noqa: DTZ011 # far enough behind every due date
    reply = world.stack.client.post("/billing/v1/payment-runs", json={"accountId": account, "businessDate": due})
    reply.raise_for_status()
    (payment,) = reply.json()["payments"]
    return account, str(payment)


def payment_of(world: World, payment: str) -> dict[str, object]:
    """The row of a payment."""
    return world.stack.rows("select status, return_code from bil_payment where id = ?", payment)[0]


def test_a_returned_debit_is_owed_again(world: World) -> None:
    """R01: the payment failed, the bill is open."""
    account, payment = debit(world)
    world.tell("bank", "debit", {"account": account}, {"return": {"reason": "R01"}})

    until(lambda: payment_of(world, payment)["status"] == "failed", "a failed payment")

    assert payment_of(world, payment)["return_code"] == "R01"
    assert world.acknowledged("bank", "ACHRET_FIRSTNAT_RINGBACK_")["decision"] == "ACCEPTED"


def test_a_notice_of_change_mends_the_account(world: World) -> None:
    """C01: the next debit goes to the account that the bank named; this one is paid."""
    account, payment = debit(world)
    world.tell("bank", "debit", {"account": account}, {"change": {"code": "C01", "corrected": "70009999"}})

    sql = "select id from bil_account where id = ? and bank_account = '70009999'"
    until(lambda: world.stack.rows(sql, account), "the new account number")

    assert payment_of(world, payment)["status"] == "captured"
