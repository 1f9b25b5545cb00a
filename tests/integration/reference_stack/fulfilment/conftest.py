"""A whole stack as a process, driven from below COM: a test is COM, the old provider, NPAC and the parcel service."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import httpx
import pytest

DEADLINE_S = 10.0
T = TypeVar("T")

SOM = "/tmf-api/serviceOrdering/v4/serviceOrder"
ROM = "/tmf-api/resourceOrderingManagement/v4/resourceOrder"
SINV = "/tmf-api/serviceInventory/v4/service"
NUMBER = "6175550123"


class LiveStack:
    """The stack as a test sees it: its APIs and, read-only, its tables."""

    def __init__(self, home: Path) -> None:
        self.home = home
        ready = json.loads((home / "ready.json").read_text())
        self._client = httpx.Client(
            base_url=ready["url"],
            headers={"authorization": f"Bearer {ready['secrets']['API_TOKEN']}"},
            trust_env=False,
            timeout=10,
        )
        self.admin = httpx.Client(
            base_url=ready["url"],
            headers={"authorization": f"Bearer {ready['secrets']['ADMIN_TOKEN']}"},
            trust_env=False,
        )

    def close(self) -> None:
        """Ends the connections."""
        self._client.close()
        self.admin.close()

    def get(self, path: str, **params: str) -> object:
        """GET that must succeed."""
        reply = self._client.get(path, params=params)
        assert reply.is_success, reply.text
        return reply.json()

    def post(self, path: str, body: object, correlation: str = "") -> httpx.Response:
        """POST."""
        headers = {"x-correlation-id": correlation} if correlation else {}
        return self._client.post(path, json=body, headers=headers)

    def patch(self, path: str, body: object) -> httpx.Response:
        """PATCH."""
        return self._client.patch(path, json=body)

    def rows(self, sql: str, *values: object) -> list[dict[str, object]]:
        """Rows of the stack's database."""
        connection = sqlite3.connect(f"file:{self.home / 'stack.db'}?mode=ro", uri=True)
        connection.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in connection.execute(sql, values)]
        finally:
            connection.close()

    def row(self, sql: str, *values: object) -> dict[str, object]:
        """The first row, once there is one."""
        return until(lambda: self.rows(sql, *values), sql)[0]


def until(look: Callable[[], T], what: str = "it") -> T:
    """What `look` finds, as soon as it finds something."""
    deadline = time.monotonic() + DEADLINE_S
    while not (found := look()):
        if time.monotonic() > deadline:
            pytest.fail(f"within {DEADLINE_S:.0f} s there was not: {what}", pytrace=False)
    return found


class Order:
    """One service order of a test, with the partners' part in the test's hands."""

    def __init__(self, stack: LiveStack, name: str, number: str) -> None:
        self.stack, self.name, self.number = stack, name, number
        self.id = ""

    def place(self, *products: str) -> Order:
        """Posts what COM posts for these product specifications."""
        body = {
            "externalId": self.name,
            "relatedParty": [{"id": "CUST-00001", "role": "customer", "@referredType": "Customer"}],
            "serviceOrderItem": [self._item(specification) for specification in products],
        }
        reply = self.stack.post(SOM, body, correlation=f"CORR-{self.name}")
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
        return f"{self.name}-{specification}"

    def state(self) -> str:
        """State of the service order."""
        return str(self.stack.rows("select state from som_service_order where id = ?", self.id)[0]["state"])

    def port(self) -> dict[str, object]:
        """The port request, once it is sent."""
        sql = "select * from npg_port where order_item_id = ? and status <> 'draft'"
        return self.stack.row(sql, self.item("PS-PORTIN"))

    def answer(self, kind: str, **fields: str) -> httpx.Response:
        """The old provider's answer, as the gateway hands it over."""
        port = self.port()
        record = {
            "feed": "NPRESP", "req_no": port["req_no"], "version": f"{port['version']:02d}", "resp_no": "8Y02000000000001",
            "response_type": kind, "reason_code": "", "delay_code": "", "cd_tsent": "20261121120000",
            "due": "20261121143000", "tn": self.number, "onsp": "8Y02", "nnsp": "9X01", "remarks": "",
        }  # fmt: skip
        return self.stack.post("/portability/v1/responses", record | fields)

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
            reply = self.stack.post(path, common | record | {"activation_ts": "20261121143000"})
            assert reply.status_code == 200, reply.text

    def ship(self, imei: str) -> dict[str, object]:
        """The seller's notice for the box that was ordered."""
        shipment = self.stack.row("select * from pgw_shipment where order_item_id = ?", self.item("PS-DEVICE"))
        sim = self.stack.rows(
            "select c.value from pgw_outbound o, json_each(o.record) c where o.record_key = ? and c.key = 'iccids'",
            shipment["po_no"],
        )
        box = {"sku": "PHX-128", "quantity": 1, "imeis": [imei], "iccids": json.loads(str(sim[0]["value"]))}
        notice = {
            "asn": f"ASN-{self.name}", "purpose": "00", "date": "20261121", "time": "1200", "carrier": "UPSN",
            "tracking": "1Z", "orders": [{"po": shipment["po_no"], "items": [box]}],
        }  # fmt: skip
        reply = self.stack.post("/logistics/v1/ship-notices", notice)
        assert reply.status_code == 200, reply.text
        return shipment

    def deliver(self) -> None:
        """The parcel service's message."""
        shipment = self.stack.row("select * from pgw_shipment where order_item_id = ?", self.item("PS-DEVICE"))
        status = {"po": shipment["po_no"], "status": "D1", "date": "20261121", "time": "1500"}
        assert self.stack.post("/logistics/v1/delivery-statuses", status).status_code == 200


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveStack]:
    """One stack for the tests of a module; it ends with them."""
    home = tmp_path_factory.mktemp("stack")
    command("up", "--home", str(home), "--pace", "0.2")
    live = LiveStack(home)
    yield live
    live.close()
    command("down", "--home", str(home))


def command(*arguments: str) -> None:
    """One command of the stack's own command line."""
    subprocess.run([sys.executable, "-m", "ringback.reference_stack", *arguments], check=True, timeout=40)  # noqa: S603
