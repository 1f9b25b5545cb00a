"""Products that go live, change and end as billing sees them, and the bills that follow."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.integration.reference_stack.conftest import RunningStack, Tables, started, until

PRODUCTS = "/tmf-api/productInventory/v4/product"
ACCOUNTS = "/tmf-api/accountManagement/v4/billingAccount"
BILLS = "/tmf-api/customerBillManagement/v4"
_CUSTOMERS = itertools.cycle(range(211, 241))  # those without a fibre line
_ITEMS = itertools.count(1)
GOLD = ("PR-MOBILE-GOLD", "recurring", 45.0)
PLATINUM = ("PR-MOBILE-PLATINUM", "recurring", 60.0)


class Biller:
    """The stack as billing's tests use it."""

    def __init__(self, stack: RunningStack) -> None:
        self.stack = stack
        self._owners: dict[str, str] = {}

    def account(self) -> str:
        """An account that no other test uses."""
        customer = f"CUST-{next(_CUSTOMERS):05d}"
        body = {"name": "A test's account", "relatedParty": [_party(customer)]}
        made = self.stack.client.post(ACCOUNTS, json=body)
        assert made.status_code == 201, made.text
        self._owners[made.json()["id"]] = customer
        return str(made.json()["id"])

    def owner(self, account: str) -> dict[str, str]:
        """The customer of an account, as a related party."""
        return _party(self._owners[account])

    def product(self, account: str, offering: str, *prices: tuple[str, str, float], **beside: object) -> str:
        """A live product of an account with its charges."""
        identity = self.planned(account, offering, *prices, **beside)
        self.change(identity, status="active")
        return identity

    def planned(self, account: str, offering: str, *prices: tuple[str, str, float], **beside: object) -> str:
        """A product that an order is still building."""
        number = next(_ITEMS)
        body = {
            "status": "pendingActive",
            "name": offering,
            "productOffering": {"id": offering, "version": "1.0"},
            "relatedParty": [self.owner(account)],
            "billingAccount": {"id": account},
            "productOrderItem": [
                {"productOrderId": f"PO-B{number}", "orderItemId": f"POI-B{number}", "orderItemAction": "add"}
            ],
            "productPrice": [price(*one) for one in prices],
            **beside,
        }
        made = self.stack.admin.post(PRODUCTS, json=body)
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    def change(self, product: str, **changes: object) -> None:
        """What COM would tell the product inventory."""
        reply = self.stack.admin.patch(f"{PRODUCTS}/{product}", json=changes)
        assert reply.status_code == 200, reply.text

    def charges(self, product: str, status: str = "active") -> list[dict[str, object]]:
        """The charges of a product in a state."""
        sql = "select * from bil_charge where product_id = ? and status = ? order by id"
        return self.stack.rows(sql, product, status)

    def charged(self, product: str, count: int = 1) -> list[dict[str, object]]:
        """The running charges of a product, once there are so many."""
        until(lambda: len(self.charges(product)) == count, f"{count} charges of {product}")
        return self.charges(product)

    def advance(self, duration: str) -> None:
        """Moves the stack's clock."""
        self.stack.admin.post("/admin/clock", json={"advance": duration}).raise_for_status()

    def demand(self, account: str) -> str:
        """A bill on demand; empty when nothing was due."""
        wish = {"billingAccount": {"id": account}}
        asked = self.stack.client.post(f"{BILLS}/customerBillOnDemand", json=wish).json()
        path = f"{BILLS}/customerBillOnDemand/{asked['id']}"
        until(lambda: self.stack.client.get(path).json()["state"] != "inProgress", "an answer to the request")
        return str(self.stack.client.get(path).json().get("customerBill", {}).get("id", ""))

    def run(self, account: str, day: str) -> list[str]:
        """The bills of a run for one account."""
        body = {"accountId": account, "businessDate": day}
        reply = self.stack.client.post("/billing/v1/bill-runs", json=body)
        assert reply.status_code == 201, reply.text
        found: list[str] = reply.json()["bills"]
        return found

    def lines(self, bill: str) -> list[dict[str, object]]:
        """The lines of a bill."""
        return self.stack.rows("select * from bil_line where bill_id = ? order by id", bill)

    def amounts(self, bill: str) -> list[int]:
        """The amounts of a bill's lines, in its order."""
        return [int(str(line["amount"])) for line in self.lines(bill)]

    def now(self) -> str:
        """The stack's time."""
        return str(self.stack.client.get("/clock").json()["now"])


def _party(customer: str) -> dict[str, str]:
    return {"id": customer, "role": "customer", "@referredType": "Customer"}


def price(identity: str, kind: str, value: float, **beside: object) -> dict[str, object]:
    """A price of a product."""
    money = {"dutyFreeAmount": {"unit": "USD", "value": value}}
    return {"priceType": kind, "price": money, "productOfferingPrice": {"id": identity}, **beside}


def local(stamp: str) -> date:
    """The day of a moment where the accounts live."""
    return datetime.fromisoformat(stamp).astimezone(ZoneInfo("America/New_York")).date()


@pytest.fixture(scope="package")
def biller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Biller]:
    """One stack for the tests of billing, whose clock they move."""
    with started(tmp_path_factory.mktemp("billing")) as running:
        # The clock jumps by months here: the lines that customers have from the start need not be billed each time.
        Tables(running.ready["database"]).write("update bil_account set state = 'closed'")
        yield Biller(running)
