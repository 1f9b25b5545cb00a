"""Customer export, blocked devices and cancelled device orders, as the partners find them on a whole stack."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.integration.reference_stack.conftest import RunningStack, external_id, started, until
from tests.integration.reference_stack.fulfilment.conftest import Order, with_check_digit

NAMES = (("Núñez", "Inés"), ("Wałęsa", "Łukasz"), ("O'Brien, Sons", "Zoë"))
CANCEL = "/tmf-api/serviceOrdering/v4/cancelServiceOrder"


def sent(running: RunningStack, partner: Any, feed: str, reference: str) -> bytes:
    """The file of ours in which a record left."""
    files = "select f.file_name from pgw_outbound o join pgw_file f on f.id = o.file_id "
    sql = f"{files} where o.feed = ? and o.reference = ?"
    name = until(lambda: running.rows(sql, feed, reference), f"a file with {reference}")[0]["file_name"]
    content: bytes = partner.read(f"/from_us/{name}")
    return content


@pytest.fixture(scope="module")
def people(running: RunningStack) -> list[str]:
    """Customers whose names need more than ASCII."""
    made = []
    for family, given in NAMES:
        person = running.client.post("/tmf-api/party/v4/individual", json={"givenName": given, "familyName": family})
        party = {"id": person.json()["id"], "@referredType": "Individual"}
        body = {"name": f"{given} {family}", "engagedParty": party}
        reply = running.client.post("/tmf-api/customerManagement/v4/customer", json=body)
        assert reply.status_code == 201, reply.text
        made.append(reply.json()["id"])
    return made


def export(running: RunningStack, warehouse: Any) -> tuple[int, bytes]:
    """The number of customers that CRM says it exported, and the file."""
    made = running.client.post("/crm/v1/exports", json={}).json()
    return made["customers"], sent(running, warehouse, "CUSTEXP", made["id"])


def test_every_customer_is_in_the_export_with_the_right_name(
    running: RunningStack, account: Callable[[str], Any], people: list[str]
) -> None:
    """UTF-8; the count in the trailer is that of the records, and every name comes back as it is in CRM."""
    declared, content = export(running, account("data-warehouse"))

    *records, trailer = list(csv.DictReader(io.StringIO(content.decode("utf-8"))))
    known = {str(row["id"]): row["name"] for row in running.rows("select id, name from crm_customer")}
    assert {record["customer_id"]: record["name"] for record in records} == known
    assert (trailer["customer_id"], trailer["name"]) == ("#TRAILER", str(len(records)))
    assert declared == len(records)
    found = {record["customer_id"]: (record["family_name"], record["given_name"]) for record in records}
    assert tuple(found[customer] for customer in people) == NAMES


def test_the_schedule_exports_by_the_clock(tmp_path: Path) -> None:
    """Every day at its time by the stack's clock, until it is ended; a time that does not exist is refused."""
    with started(tmp_path) as stack:
        assert stack.client.put("/crm/v1/exports/schedule", json={"at": "25:00"}).status_code == 400
        due = stack.client.put("/crm/v1/exports/schedule", json={"at": "02:00"}).json()["next"]
        made = "select requested_at from crm_export where requested_by = 'schedule' order by requested_at"
        for count in (1, 2):
            stack.admin.post("/admin/clock", json={"advance": "24h"}).raise_for_status()
            until(lambda count=count: len(stack.rows(made)) == count, f"{count} exports")
        ended = stack.client.put("/crm/v1/exports/schedule", json={"at": ""}).json()

        assert due.endswith("T02:00:00.000Z")
        assert ended["next"] is None
        assert min(str(row["requested_at"]) for row in stack.rows(made)) >= due


def test_a_stolen_device_is_on_the_list_for_the_registry(running: RunningStack, account: Callable[[str], Any]) -> None:
    """Fourteen digits, the reason's code, insert or delete, and the count; a wrong check digit never leaves."""
    registry = account("imei-registry")
    body = {"partner": "imei-registry", "feed": "IMEI", "record": {"imei": "490154203237518", "reason": "stolen"}}
    assert running.client.post("/gateway/v1/outbound", json=body).status_code == 202
    wrong = body | {"record": {"imei": "490154203237519", "reason": "stolen"}}
    assert running.client.post("/gateway/v1/outbound", json=wrong).status_code == 400
    row = until(lambda: running.rows("select reference from pgw_outbound where feed = 'IMEI'"), "a change")[0]

    head, change, trailer = sent(running, registry, "IMEI", str(row["reference"])).decode("ascii").splitlines()

    assert head.split("|")[:4] == ["H", "IMEI", "RINGBACK", "00001"]
    assert change.split("|")[:4] == ["R", "I", "49015420323751", "0010"]
    assert trailer == "T|1"


def test_a_cancelled_device_order_is_taken_back_at_logistics(
    running: RunningStack, account: Callable[[str], Any]
) -> None:
    """An 860 deletes every line of the 850; the shipment is cancelled, and a box that comes all the same is refused."""
    order = Order(running, f"PO-BACK-{external_id()}").place("PS-MOBILE", "PS-DEVICE")
    po = str(order.shipment()["po_no"])
    sent(running, account("device-logistics"), "850", po)

    cancelled = running.client.post(CANCEL, json={"serviceOrder": {"id": order.id}})

    assert cancelled.status_code == 201, cancelled.text
    segments = sent(running, account("device-logistics"), "860", po).decode("ascii").replace("\n", "").split("~")
    assert segments[1].startswith("GS*PC*RINGBACK*DEVLOG*")
    assert [segment for segment in segments if segment.startswith(("BCH", "POC"))] == [
        f"BCH*01*SA*{po}***{segments[1].split('*')[4]}",
        f"POC*1*DI*1*0*EA*{_price(running, po)}**VP*PHX-128",
    ]
    shipment = "select status from pgw_shipment where po_no = ? and status = 'cancelled'"
    until(lambda: running.rows(shipment, po), "a cancelled shipment")
    box = {"sku": "PHX-128", "quantity": 1, "imeis": [order.imei], "iccids": []}
    late = {
        "asn": "ASN-LATE",
        "purpose": "00",
        "date": "20261121",
        "time": "1200",
        "orders": [{"po": po, "items": [box]}],
    }
    assert running.client.post("/logistics/v1/ship-notices", json=late).json()["code"] == "R110"
    until(lambda: order.state() == "cancelled", "a cancelled order")


def _price(running: RunningStack, po: str) -> str:
    record = running.rows("select record from pgw_outbound where feed = '850' and reference = ?", po)[0]["record"]
    return str(json.loads(str(record))["price"])


def test_a_box_under_way_is_not_taken_back(running: RunningStack) -> None:
    """Shipped is the point of no return: who asks hears the refusal of logistics at once; an unknown order is 404."""
    place = {"name": "Ada", "street": "1 Main St", "city": "Cambridge", "state": "MA", "zip": "02139"}
    record = {"po": "DEV-GONE", "order_id": "PO-X", "order_item_id": "IT-X", "sku": "PHX-128", "price": "720.00"}
    body = {"partner": "device-logistics", "feed": "850", "record": {**record, "qty": 1, "ship_to": place}}
    unknown = running.client.post("/gateway/v1/outbound", json=body | {"feed": "860"})
    assert running.client.post("/gateway/v1/outbound", json=body).status_code == 202
    until(lambda: running.rows("select id from pgw_shipment where po_no = 'DEV-GONE'"), "an order at logistics")
    box = {"sku": "PHX-128", "quantity": 1, "imeis": [with_check_digit("35490100999999")], "iccids": []}
    shipped = {"asn": "ASN-GONE", "purpose": "00", "date": "20261121", "time": "1200"}
    notice = {**shipped, "orders": [{"po": "DEV-GONE", "items": [box]}]}
    assert running.client.post("/logistics/v1/ship-notices", json=notice).status_code == 200

    refused = running.client.post("/gateway/v1/outbound", json=body | {"feed": "860"})

    assert (unknown.status_code, refused.status_code) == (404, 409)
    assert running.rows("select id from pgw_outbound where feed = '860' and reference = 'DEV-GONE'") == []
