"""Orders of a whole stack, with the partners played by the test: the old provider, NPAC and the parcel service."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator

import httpx
import pytest

from tests.integration.reference_stack.conftest import RunningStack, started, until

SOM = "/tmf-api/serviceOrdering/v4/serviceOrder"
_COUNT = itertools.count(1)
_FIRST_NUMBER = 6175550300


class Order:
    """One service order of a test, with the partners' part in the test's hands."""

    def __init__(self, stack: RunningStack, name: str = "", items: dict[str, str] | None = None) -> None:
        count = next(_COUNT)
        self.stack, self.name, self.number = stack, name or f"PO-TEST-{count:03d}", str(_FIRST_NUMBER + count)
        self.imei = with_check_digit(f"35490100{count:06d}")
        self.items = items or {}
        self.more: dict[str, str] = {}  # further characteristics of the line
        self.id = ""

    @property
    def correlation(self) -> str:
        """The correlation id that the test gives to the order."""
        return f"CORR-{self.name}"

    def place(self, *products: str) -> Order:
        """Posts what COM posts for these product specifications."""
        body = {
            "externalId": self.name,
            "relatedParty": [{"id": "CUST-00001", "role": "customer", "@referredType": "Customer"}],
            "serviceOrderItem": [self._item(specification) for specification in products],
        }
        reply = self.stack.client.post(SOM, json=body, headers={"x-correlation-id": self.correlation})
        assert reply.status_code == 201, reply.text
        self.id = reply.json()["id"]
        return self

    def _item(self, specification: str) -> dict[str, object]:
        values = {
            "PS-PORTIN": {
                "portInTn": self.number, "donorSpid": "8Y02", "accountNumber": "0012345", "pin": "0042",
                "firstName": "Ada", "lastName": "Grey", "streetNr": "12", "streetName": "Main St",
                "city": "Cambridge", "stateOrProvince": "MA", "zip": "02139",
            },
            "PS-DEVICE": {"deviceSku": "PHX-128"},
            "PS-MOBILE": self.more,
        }.get(specification, {})  # fmt: skip
        return {
            "id": specification,
            "action": "add",
            "productOrderItemId": self.item(specification),
            "service": {
                "serviceSpecification": {"id": specification},
                "serviceCharacteristic": [{"name": name, "value": value} for name, value in values.items()],
            },
        }

    def item(self, specification: str) -> str:
        """The product order item of a product."""
        return self.items.get(specification, f"{self.name}-{specification}")

    def state(self) -> str:
        """State of the service order."""
        return str(self.stack.rows("select state from som_service_order where id = ?", self.id)[0]["state"])

    def port(self) -> dict[str, object]:
        """The port request, once it is sent."""
        sql = "select * from npg_port where order_item_id = ? and status <> 'draft'"
        return self.row(sql, self.item("PS-PORTIN"))

    def row(self, sql: str, *values: object) -> dict[str, object]:
        """The first row, once there is one."""
        return until(lambda: self.stack.rows(sql, *values), sql)[0]

    def shipment(self) -> dict[str, object]:
        """The box, once it is ordered."""
        return self.row("select * from pgw_shipment where order_item_id = ?", self.item("PS-DEVICE"))

    def answer(self, kind: str, **fields: str) -> httpx.Response:
        """The old provider's answer, as the gateway hands it over."""
        port = self.port()
        record = {
            "feed": "NPRESP", "req_no": port["req_no"], "version": f"{port['version']:02d}",
            "resp_no": "8Y02000000000001",
            "response_type": kind, "reason_code": "", "delay_code": "",
            "cd_tsent": "20261121120000",
            "due": "20261121143000", "tn": self.number, "onsp": "8Y02", "nnsp": "9X01", "remarks": "",
        }  # fmt: skip
        return self.stack.client.post("/portability/v1/responses", json=record | fields)

    def go_live(self) -> None:
        """NPAC's message and its download."""
        path = "/portability/v1/subscription-versions"
        common = {"tn": self.number, "lrn": "5125550000"}
        message = {
            "feed": "NPSV",
            "sv_id": f"7{self.number[-9:]}",
            "new_spid": "9X01",
            "sv_status": "1",
            "sv_type": "1",
        }
        download = {"feed": "BDD", "version_id": f"7{self.number[-9:]}", "spid": "9X01", "download_reason": "0"}
        for record in (message, download):
            reply = self.stack.client.post(path, json=common | record | {"activation_ts": "20261121143000"})
            assert reply.status_code == 200, reply.text

    def ship(self) -> None:
        """The seller's notice for the box that was ordered."""
        shipment = self.shipment()
        ordered = self.row("select record from pgw_outbound where record_key = ?", shipment["po_no"])
        sims = json.loads(str(ordered["record"]))["iccids"]
        box = {"sku": "PHX-128", "quantity": 1, "imeis": [self.imei], "iccids": sims}
        notice = {
            "asn": f"ASN-{self.name}", "purpose": "00", "date": "20261121", "time": "1200", "carrier": "UPSN",
            "tracking": "1Z", "orders": [{"po": shipment["po_no"], "items": [box]}],
        }  # fmt: skip
        reply = self.stack.client.post("/logistics/v1/ship-notices", json=notice)
        assert reply.status_code == 200, reply.text

    def deliver(self) -> None:
        """The parcel service's message."""
        status = {"po": self.shipment()["po_no"], "status": "D1", "date": "20261121", "time": "1500"}
        assert self.stack.client.post("/logistics/v1/delivery-statuses", json=status).status_code == 200


def with_check_digit(digits: str) -> str:
    """Digits with their Luhn digit."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return f"{digits}{-total % 10}"


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """One stack for the orders of these tests; it ends with them."""
    with started(tmp_path_factory.mktemp("fulfilment")) as running:
        yield running


@pytest.fixture
def order(stack: RunningStack) -> Order:
    """An order with a number and a device of its own."""
    return Order(stack)
