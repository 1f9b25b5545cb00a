"""Orders of customers who have products already: the words these tests speak in."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from tests.integration.reference_stack.conftest import RunningStack, until

ORDERS = "/tmf-api/productOrderingManagement/v4/productOrder"
CANCELS = "/tmf-api/productOrderingManagement/v4/cancelProductOrder"
PRODUCTS = "/tmf-api/productInventory/v4/product"
COPPER = {"id": "ADR-COPPER", "role": "installationAddress"}  # a house that fibre does not reach
FINAL = ("completed", "partial", "failed", "cancelled", "rejected")


def fibre_of(customer: int) -> str:
    """The seeded fibre product of a customer."""
    return f"PROD-F{customer:05d}"


def item(number: int, action: str, product: str = "", /, **more: object) -> dict[str, object]:
    """An order item: `offering` and `characteristics` in short, everything else as TMF622 writes it."""
    described: dict[str, object] = {"id": product} if product else {}
    values = more.pop("characteristics", {})
    if isinstance(values, dict) and values:
        described["productCharacteristic"] = [{"name": name, "value": value} for name, value in values.items()]
    for name in ("status", "place", "productRelationship"):
        described |= {name: more.pop(name)} if name in more else {}
    offering = {"productOffering": {"id": more.pop("offering")}} if "offering" in more else {}
    return {"id": str(number), "action": action, "product": described, **offering, **more}


@dataclass(frozen=True, slots=True)
class Shop:
    """A stack seen from its counter: places orders for customers and follows them."""

    stack: RunningStack

    def post(self, customer: int, *items: dict[str, object], **more: object) -> httpx.Response:
        """Places an order."""
        party = {"id": f"CUST-{customer:05d}", "role": "customer", "@referredType": "Customer"}
        return self.stack.client.post(ORDERS, json={"relatedParty": [party], "productOrderItem": list(items), **more})

    def order(self, customer: int, *items: dict[str, object], **more: object) -> str:
        """Places an order that is taken; its id."""
        reply = self.post(customer, *items, **more)
        assert reply.status_code == 201, reply.text
        return str(reply.json()["id"])

    def state(self, order: str) -> str:
        """The state of an order."""
        return str(self.stack.client.get(f"{ORDERS}/{order}").json()["state"])

    def reaches(self, order: str, *states: str) -> str:
        """Waits until an order is in one of the states; which."""
        return until(lambda: found if (found := self.state(order)) in states else "", f"{order} {' or '.join(states)}")

    def items(self, order: str) -> list[dict[str, object]]:
        """The items of an order as its API shows them."""
        found: list[dict[str, object]] = self.stack.client.get(f"{ORDERS}/{order}").json()["productOrderItem"]
        return found

    def product(self, product: str) -> dict[str, object]:
        """A product as its API shows it."""
        found: dict[str, object] = self.stack.client.get(f"{PRODUCTS}/{product}").json()
        return found

    def finished(self, order: str) -> dict[str, str]:
        """The products of an order once it is complete, by offering."""
        self.reaches(order, "completed")
        rows = self.stack.rows("select offering_id, product_id from com_order_item where order_id = ?", order)
        return {str(row["offering_id"]): str(row["product_id"]) for row in rows}

    def bought(self, customer: int, *offerings: str) -> dict[str, str]:
        """Buys offerings; the product of each, promotions included."""
        items = (item(number, "add", offering=one) for number, one in enumerate(offerings, 1))
        return self.finished(self.order(customer, *items))

    def changed(self, customer: int, *items: dict[str, object]) -> dict[str, str]:
        """A change that is built; the products that its order touched, by offering."""
        return self.finished(self.order(customer, *items))

    def status(self, *products: str) -> list[object]:
        """The status of products."""
        return [self.product(product)["status"] for product in products]

    def characteristics(self, product: str) -> dict[str, str]:
        """The characteristics of a product."""
        found = self.product(product)["productCharacteristic"]
        assert isinstance(found, list)
        return {str(one["name"]): str(one["value"]) for one in found}
