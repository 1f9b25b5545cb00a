"""Many customers at once: what they buy, what becomes of it, and the waves in which that is ordered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.integration.reference_stack.company import FINAL, ORDERS, Company, wait
from tests.integration.reference_stack.conftest import flagship
from tests.integration.reference_stack.mixed.people import Leavers
from tests.integration.reference_stack.ordering.conftest import item

_CANCELS = "/tmf-api/productOrderingManagement/v4/cancelProductOrder"
_BILLS = "/tmf-api/customerBillManagement/v4/customerBillOnDemand"
_PATIENCE_S = 120.0
Body = dict[str, Any]


def _eid(number: int) -> str:
    body = f"890490320000000000000000{number:06d}"
    return f"{body}{98 - int(body + '00') % 97:02d}"


def _bundle(number: int) -> Body:
    body = flagship("", "", f"617{6000000 + number:07d}")
    return {"productOrderItem": body["productOrderItem"]}


def _bundle_without_port(number: int) -> Body:
    items = _bundle(number)["productOrderItem"]
    return {"productOrderItem": items[:3]}


def _line(offering: str) -> Callable[[int], Body]:
    return lambda _number: {"productOrderItem": [item(1, "add", offering=offering)]}


def _esim(number: int) -> Body:
    values = {"simType": "esim", "eid": _eid(number)}
    return {"productOrderItem": [item(1, "add", offering="MOBILE-SILVER", characteristics=values)]}


BOUGHT: Mapping[str, Callable[[int], Body]] = {
    "bundle with port-in": _bundle,
    "silver line": _line("MOBILE-SILVER"),
    "eSIM line": _esim,
    "bundle": _bundle_without_port,
    "prepaid line": _line("PREPAID-START"),
    "bundle with port-in, cancelled in flight": _bundle,
    "gold line": _line("MOBILE-GOLD"),
}

CHANGED: Mapping[str, Callable[[str], Body]] = {
    "plan": lambda product: item(1, "modify", product, offering="MOBILE-PLATINUM"),
    "suspend": lambda product: item(1, "modify", product, status="suspended"),
    "number": lambda product: item(1, "modify", product, characteristics={"newNumber": "any"}),
    "card": lambda product: item(1, "modify", product, characteristics={"simType": "sim", "swapReason": "loss"}),
    "disconnect": lambda product: item(1, "delete", product),
    "resume": lambda product: item(1, "modify", product, status="active"),
}


@dataclass
class Lives:
    """The orders of a run of mixed orders.

    Args:
        running: the company.
        size: how many orders in all, about half of them purchases.
    """

    running: Company
    size: int
    orders: dict[str, str] = field(default_factory=dict)  # id -> what it is
    left: list[str] = field(default_factory=list)  # numbers that went to another provider

    def play(self) -> None:
        """Purchases first; then every line has one change; then the suspended ones come back."""
        self._buy(range(self.size // 2))
        self._end()
        lines = self.lines("active")
        leaving, staying = lines[:: len(CHANGED)], [line for place, line in enumerate(lines) if place % len(CHANGED)]
        kinds = [kind for kind in CHANGED if kind != "resume"]
        suspended = []
        for place, line in enumerate(staying):
            kind = kinds[place % len(kinds)]
            self.change(kind, line)
            if kind == "suspend":
                suspended.append(line)
        self.leave(leaving)
        self._end()
        for line in suspended:
            self.change("resume", line)
        self._end()
        self.bill(lines)

    def states(self) -> dict[str, dict[str, int]]:
        """How many orders of each kind are in which state."""
        rows = self.running.stack.rows("select id, state from com_product_order")
        found: dict[str, dict[str, int]] = {}
        for row in rows:
            kind = self.orders.get(str(row["id"]))
            if kind:
                counts = found.setdefault(kind, {})
                counts[str(row["state"])] = counts.get(str(row["state"]), 0) + 1
        return found

    def _buy(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            self.buy(number)

    def buy(self, number: int) -> str:
        """The purchase of this number, cancelled at once where its kind says so; its kind."""
        kind = list(BOUGHT)[number % len(BOUGHT)]
        order = self._post(kind, f"CUST-{number % 210 + 1:05d}", BOUGHT[kind](number))
        if "cancelled" in kind:
            reply = self.running.stack.client.post(_CANCELS, json={"productOrder": {"id": order}})
            reply.raise_for_status()
        return kind

    def change(self, kind: str, line: Body) -> None:
        """Orders a change of a line."""
        self._post(kind, str(line["customer"]), {"productOrderItem": [CHANGED[kind](str(line["product"]))]})

    def leave(self, lines: list[Body]) -> None:
        """Ten numbers a request, as a clearing house sends them."""
        leavers = Leavers(self.running)
        try:
            for first in range(0, len(lines), 10):
                self.left += leavers.leave(
                    [line | {"customer": int(line["customer"][-5:])} for line in lines[first : first + 10]]
                )
        finally:
            leavers.close()
        ending = "select id from com_product_order where external_id like 'PORT-OUT-%'"
        wait(
            lambda: len(self.running.stack.rows(ending)) >= len(self.left),
            _PATIENCE_S,
            "an order for each line that left",
        )
        self.orders |= {str(row["id"]): "port-out" for row in self.running.stack.rows(ending)}

    def bill(self, lines: list[Body]) -> None:
        """A bill on demand for everybody whose line was bought here."""
        accounts = {f"ACC-{line['customer'][-5:]}" for line in lines}
        for account in sorted(accounts):
            self.running.stack.client.post(_BILLS, json={"billingAccount": {"id": account}}).raise_for_status()
        made = f"select id from bil_bill_request where state = 'done' limit {len(accounts)}"
        wait(lambda: len(self.running.stack.rows(made)) == len(accounts), _PATIENCE_S, "a bill for everybody")

    def _post(self, kind: str, customer: str, body: Body) -> str:
        party = {"id": customer, "role": "customer", "@referredType": "Customer"}
        whole = {"externalId": f"LOAD-{len(self.orders):06d}", "relatedParty": [party], **body}
        reply = self.running.stack.client.post(ORDERS, json=whole)
        if reply.status_code != 201:
            raise RuntimeError(f"{kind} of {customer} was refused: {reply.text}")
        order = str(reply.json()["id"])
        self.orders[order] = kind
        return order

    def _end(self) -> None:
        """Waits until every order, those that others made too, is final; RuntimeError names those that are not."""
        final = ", ".join(f"'{state}'" for state in FINAL)
        sql = (
            "select o.id, o.external_id, o.state, i.offering_id, i.action, i.state as item, i.reason "
            f"from com_product_order o join com_order_item i on i.order_id = o.id where o.state not in ({final})"
        )
        try:
            wait(lambda: not self.running.stack.rows(sql), _PATIENCE_S, "an end of all orders")
        except RuntimeError as late:
            left = [f"{self.orders.get(str(row['id']), '?')}: {row}" for row in self.running.stack.rows(sql)]
            raise RuntimeError("\n".join((str(late), *left[:20]))) from late

    def lines(self, *states: str) -> list[Body]:
        """The lines that were bought and are in one of these states, with what their owners know of them."""
        wanted = ", ".join(f"'{state}'" for state in states)
        sql = (
            "select distinct po.external_id, p.id as product, p.status, p.customer_id as customer, i.given_name, "
            "i.family_name, i.id_last4, a.postcode, n.tn from pinv_product p "
            "join com_order_item o on o.id = p.order_item_id join com_product_order po on po.id = o.order_id "
            "join crm_customer c on c.id = p.customer_id "
            "join crm_individual i on i.id = c.party_id join loc_address a on a.id = c.address_id "
            "join pinv_service ps on ps.product_id = p.id join sinv_rel r on r.service_id = ps.service_id "
            "join num_tn n on n.service_id = r.related_service_id "
            f"where po.external_id like 'LOAD-%' and p.status in ({wanted}) and p.offering_id like 'MOBILE-%' "
            "order by po.external_id"
        )
        return self.running.stack.rows(sql)
