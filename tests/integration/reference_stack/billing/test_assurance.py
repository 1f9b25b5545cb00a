"""Revenue assurance, suspense, adjustments, and the smaller parts of account management."""

from __future__ import annotations

import pytest

from tests.integration.reference_stack.billing.conftest import GOLD, Biller
from tests.integration.reference_stack.conftest import until

ACCOUNTS = "/tmf-api/accountManagement/v4"


def test_revenue_assurance_finds_what_is_not_charged_and_what_is_charged_for_nothing(biller: Biller) -> None:
    """A price that billing cannot book is missing, and in suspense; a charge that outlives its product is a ghost."""
    account = biller.account()
    lost = biller.product(account, "TV-BASIC", ("PR-NOBODY-KNOWS", "recurring", 15.0))
    good = biller.product(account, "MOBILE-GOLD", GOLD)
    biller.charged(good)
    until(lambda: _suspended(biller, lost), "the price in suspense")

    seen = biller.stack.client.get("/billing/v1/revenue-assurance").json()
    with biller.stack.defect("D46"):
        biller.change(good, status="terminated")
        ended = "select 1 as one from evt_delivery d join evt_event e on e.event_id = d.event_id where d.status = ?"
        until(
            lambda: biller.stack.rows(
                f"{ended} and d.subscriber = 'billing' and e.resource_id = ? and e.state = 'terminated'",
                "delivered",
                good,
            ),
            "billing knows of the end",
        )
    later = biller.stack.client.get("/billing/v1/revenue-assurance").json()

    assert {"productId": lost, "priceId": "PR-NOBODY-KNOWS"} in seen["missing"]
    assert good not in {one["productId"] for one in [*seen["missing"], *seen["ghost"]]}
    assert good in {one["productId"] for one in later["ghost"]}


def _suspended(biller: Biller, product: str) -> list[dict[str, object]]:
    waiting: list[dict[str, object]] = biller.stack.client.get("/billing/v1/suspense").json()
    return [one for one in waiting if one.get("productId") == product]


def test_an_adjustment_comes_on_the_next_bill_once(biller: Biller) -> None:
    """The same reference again is the same credit; an unknown account is refused."""
    account = biller.account()
    line = biller.product(account, "MOBILE-GOLD", GOLD)
    biller.charged(line)
    credit = {"accountId": account, "amount": -500, "reason": "Outage", "reference": f"SLA-{account}"}

    codes = [biller.stack.client.post("/billing/v1/adjustments", json=credit).status_code for _ in range(2)]
    wrong = biller.stack.client.post("/billing/v1/adjustments", json=credit | {"accountId": "ACC-X", "reference": "Y"})

    assert codes == [201, 200]
    assert wrong.status_code == 400
    assert biller.amounts(biller.demand(account)) == [4500, -500]
    assert biller.demand(account) == ""


@pytest.mark.parametrize(
    "name", ["partyAccount", "financialAccount", "billingCycleSpecification", "billFormat", "billPresentationMedia"]
)
def test_the_parts_of_account_management_are_kept_found_and_removed(biller: Biller, name: str) -> None:
    """Create, list by name, change, delete."""
    party = [{"name": "A party", "id": "CUST-00001", "role": "customer", "@referredType": "Customer"}]
    body = {"name": f"first {name}", "relatedParty": party, "description": "a part"}
    made = biller.stack.client.post(f"{ACCOUNTS}/{name}", json=body)
    path = f"{ACCOUNTS}/{name}/{made.json()['id']}"

    changed = biller.stack.client.patch(path, json={"description": "changed"}).json()
    found = biller.stack.client.get(f"{ACCOUNTS}/{name}", params={"name": f"first {name}"}).json()

    assert made.status_code == 201
    assert (changed["description"], changed["name"]) == ("changed", f"first {name}")
    assert [one["id"] for one in found] == [made.json()["id"]]
    assert biller.stack.client.post(f"{ACCOUNTS}/{name}", json={"description": "no name"}).status_code == 400
    assert biller.stack.admin.delete(path).status_code == 204
    assert biller.stack.client.get(path).status_code == 404
