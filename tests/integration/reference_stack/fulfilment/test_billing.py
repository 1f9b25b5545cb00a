"""From a product order to its charges, its instalment plan and its bill."""

from __future__ import annotations

import pytest

from tests.integration.reference_stack.conftest import RunningStack, external_id, flagship, until
from tests.integration.reference_stack.fulfilment.conftest import Order
from tests.integration.reference_stack.test_ordering import ORDERS, answer_credit, state

BILLS = "/tmf-api/customerBillManagement/v4"
SPECIFICATIONS = {"PHX-128": "PS-DEVICE", "PORT-IN": "PS-PORTIN", "MOBILE-GOLD": "PS-MOBILE"}


class Sold:
    """A product order on its way, with the partners' part in the test's hands."""

    def __init__(self, stack: RunningStack, customer: str) -> None:
        self.stack, self.customer = stack, customer
        self.order = Order(stack)
        reply = stack.client.post(ORDERS, json=flagship(external_id(), customer, self.order.number))
        self.id, self.correlation = reply.json()["id"], reply.headers["x-correlation-id"]
        items = stack.rows("select id, offering_id from com_order_item where order_id = ?", self.id)
        for item in items:
            self.order.items[SPECIFICATIONS.get(str(item["offering_id"]), str(item["offering_id"]))] = str(item["id"])
        answer_credit(stack, self.id, "A")

    def complete(self) -> None:
        """Everything that the partners do."""
        self.order.ship()
        self.order.answer("C")
        self.order.go_live()
        self.order.deliver()
        until(lambda: state(self.stack, self.id) == "completed", "a completed product order")

    def charges(self) -> dict[str, int]:
        """The charges of the order: amount in cents by type and offering."""
        rows = self.stack.rows(
            "select c.*, p.offering_id from bil_charge c join pinv_product p on p.id = c.product_id "
            "join com_order_item i on i.id = p.order_item_id where i.order_id = ?",
            self.id,
        )
        return {f"{row['charge_type']} {row['offering_id']}": int(str(row["amount"])) for row in rows}


@pytest.fixture(scope="module")
def sold(stack: RunningStack) -> Sold:
    """A completed flagship order."""
    made = Sold(stack, "CUST-00011")
    made.complete()
    return made


def test_each_price_is_charged_once(sold: Sold) -> None:
    """Monthly price, activation and the promotion's credit; a price of nothing makes no charge."""
    expected = {"recurring MOBILE-GOLD": 4500, "oneTime MOBILE-GOLD": 2500, "credit SAVER-20": -900}

    until(lambda: sold.charges() == expected, "the charges of the order")


def test_the_device_plan_runs_for_the_device_that_was_delivered(sold: Sold) -> None:
    """24 x 30.00 for the very IMEI that was in the box."""
    sql = (
        "select n.state, n.total, n.months, n.monthly, r.value from bil_installment n "
        "join rinv_resource r on r.id = n.device_resource_id where n.order_item_id = ?"
    )

    plan = until(lambda: sold.stack.rows(sql, sold.order.item("PS-DEVICE")), "an active plan")[0]

    assert plan == {"state": "active", "total": 72000, "months": 24, "monthly": 3000, "value": sold.order.imei}


def test_a_bill_on_demand_proves_its_own_sums(sold: Sold) -> None:
    """The lines add up to the bill, the discount stands before the tax, and nothing is billed twice."""
    account = sold.stack.rows("select billing_account_id from com_product_order where id = ?", sold.id)[0]
    wish = {"billingAccount": {"id": account["billing_account_id"]}}
    until(lambda: len(sold.charges()) == 3, "all charges")

    asked = sold.stack.client.post(f"{BILLS}/customerBillOnDemand", json=wish).json()
    path = f"{BILLS}/customerBillOnDemand/{asked['id']}"
    made = until(lambda: _done(sold, path), "a bill")
    bill = sold.stack.client.get(f"{BILLS}/customerBill/{made['id']}").json()
    lines = sold.stack.client.get(f"{BILLS}/appliedCustomerBillingRate", params={"bill.id": made["id"]}).json()
    again = sold.stack.client.post(f"{BILLS}/customerBillOnDemand", json=wish).json()

    net = round(sum(line["taxExcludedAmount"]["value"] for line in lines), 2)
    assert asked["state"] == "inProgress"
    assert bill["taxExcludedAmount"]["value"] == net
    assert bill["taxIncludedAmount"]["value"] == round(net * 1.08, 2)
    assert bill["discountAmount"]["value"] == -9.0
    assert {line["taxExcludedAmount"]["value"] for line in lines} >= {45.0, 25.0, 30.0, -9.0}
    path = f"{BILLS}/customerBillOnDemand/{again['id']}"
    assert until(lambda: _final(sold, path), "an answer to the second request") == "rejected"


def _done(sold: Sold, path: str) -> dict[str, str]:
    bill: dict[str, str] = sold.stack.client.get(path).json().get("customerBill", {})
    return bill


def _final(sold: Sold, path: str) -> str:
    now = str(sold.stack.client.get(path).json()["state"])
    return "" if now == "inProgress" else now


def test_only_the_state_of_a_bill_changes(sold: Sold) -> None:
    """A bill is a document: its amounts cannot be patched."""
    wish = {"billingAccount": {"id": "ACC-00002"}}
    asked = sold.stack.client.post(f"{BILLS}/customerBillOnDemand", json=wish).json()
    bill = until(lambda: _done(sold, f"{BILLS}/customerBillOnDemand/{asked['id']}"), "a bill")

    reply = sold.stack.client.patch(f"{BILLS}/customerBill/{bill['id']}", json={"remainingAmount": {"value": 0}})

    assert reply.status_code == 400
