"""Changes of a line that exists, ordered as COM orders them, and what network and inventories then hold."""

from __future__ import annotations

from collections.abc import Mapping

from tests.integration.reference_stack.conftest import RunningStack, until
from tests.integration.reference_stack.fulfilment.conftest import SOM, Order

_STATES = {"suspend": "inactive", "disconnect": "terminated", "port-out": "terminated"}


def change(
    before: Order, kind: str, values: Mapping[str, str] | None = None, *, specification: str = "PS-MOBILE"
) -> Order:
    """Posts the service order for a change of the service that an earlier order built."""
    order = Order(before.stack)
    ending = kind in ("disconnect", "port-out")
    item = {
        "id": "1",
        "action": "delete" if ending else "modify",
        "changeKind": kind,
        "productOrderItemId": order.item(specification),
        "service": {
            "id": service_of(before, specification)["id"],
            "state": _STATES.get(kind, "active"),
            "serviceSpecification": {"id": specification},
            "serviceCharacteristic": [{"name": name, "value": value} for name, value in (values or {}).items()],
        },
    }
    body = {
        "externalId": order.name,
        "relatedParty": [{"id": "CUST-00001", "role": "customer", "@referredType": "Customer"}],
        "serviceOrderItem": [item],
    }
    reply = before.stack.client.post(SOM, json=body, headers={"x-correlation-id": order.correlation})
    assert reply.status_code == 201, reply.text
    order.id = reply.json()["id"]
    return order


def changed(
    before: Order, kind: str, values: Mapping[str, str] | None = None, *, specification: str = "PS-MOBILE"
) -> Order:
    """A change that is built."""
    order = change(before, kind, values, specification=specification)
    until(lambda: order.state() == "completed", f"a completed order of kind {kind}")
    return order


def service_of(order: Order, specification: str) -> dict[str, object]:
    """The service that an order built for a product."""
    sql = "select * from sinv_service where service_order_id = ? and spec_id = ?"
    top = {"PS-MOBILE": "CFS-MOBILE", "PS-PORTIN": "CFS-NUMBER", "PS-DEVICE": "RFS-SHIP"}[specification]
    return order.stack.rows(sql, order.id, top)[0]


class Line:
    """A mobile line as the inventories and the network hold it."""

    def __init__(self, order: Order) -> None:
        self.stack, self.order = order.stack, order

    def service(self, specification: str = "RFS-HLR-SUB") -> dict[str, object]:
        """The resource-facing service of the line."""
        sql = "select * from sinv_service where service_order_id = ? and spec_id = ?"
        return self.stack.rows(sql, self.order.id, specification)[0]

    def values(self) -> dict[str, str]:
        """What the subscriber service shows."""
        rows = self.stack.rows("select name, value from sinv_char where service_id = ?", self.service()["id"])
        return {str(row["name"]): str(row["value"]) for row in rows}

    def subscriber(self, imsi: str = "") -> dict[str, object]:
        """The HLR's entry; empty when there is none."""
        rows = self.stack.rows("select * from ne_hlr where imsi = ?", imsi or self.values()["imsi"])
        return rows[0] if rows else {}

    def number(self, number: str) -> dict[str, object]:
        """A number of the number inventory."""
        return self.stack.rows("select * from num_tn where tn = ?", number)[0]

    def resource(self, kind: str, value: str) -> dict[str, object]:
        """A resource of the inventory."""
        return self.stack.rows("select * from rinv_resource where kind = ? and value = ?", kind, value)[0]


def live_line(stack: RunningStack) -> Line:
    """A line on a number of its own."""
    order = Order(stack).place("PS-MOBILE")
    until(lambda: order.state() == "completed", "a completed line")
    return Line(order)
