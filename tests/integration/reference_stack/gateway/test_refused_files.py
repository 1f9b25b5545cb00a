"""A partner refuses a file of ours: the orders in it are in the fallout queue at once, each once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ringback.reference_stack.gateway.codecs.acks import Ack, write_ack
from ringback.reference_stack.gateway.codecs.model import file_problem
from ringback.reference_stack.gateway.codecs.x12 import read_x12
from ringback.reference_stack.gateway.codecs.x12_answers import answer_to, write_functional
from tests.integration.reference_stack.conftest import RunningStack
from tests.integration.reference_stack.gateway.conftest import PartnerAccount, until
from tests.integration.reference_stack.gateway.test_gateway_logistics import ORDER, interchange

OUTBOUND = "/gateway/v1/outbound"


def sent(partner: PartnerAccount, feed: str) -> str:
    """The first file of a feed that lies ready for a partner."""
    return until(lambda: [name for name in partner.names("/from_us") if name.startswith(feed)])[0]


def test_a_997_that_rejects_our_order_file_opens_a_case_for_each_order(small: Any) -> None:
    """The purchase orders say whose they are; nothing is told twice, not by another turn either."""
    partner = PartnerAccount(small.service, "device-logistics")
    for number in (1, 2):
        record = ORDER | {"po": f"PUR-{number}", "order_id": f"PO-{number}", "order_item_id": f"ITEM-{number}"}
        small.post(OUTBOUND, {"partner": "device-logistics", "feed": "850", "record": record}).raise_for_status()
    until(lambda: len(small.rows("select id from pgw_outbound where file_id is not null")) == 2)
    for number, name in enumerate((one for one in partner.names("/from_us") if one.startswith("850")), start=1):
        group = read_x12(partner.read(f"/from_us/{name}")).interchange.groups[0]
        partner.upload(*interchange("997", number, write_functional(answer_to(group, {}, file_rejected=True))))

    untold = "select id from pgw_file where feed = '850' and refusal_told_at is null"
    until(lambda: not small.rows(untold))
    partner.close()

    told = [(case["code"], case["orderId"]) for case in small.queue.taken]
    assert sorted(told) == [("FILE-REFUSED", "PO-1"), ("FILE-REFUSED", "PO-2")]


def test_a_rejected_file_leads_to_the_order_by_its_journey(
    running: RunningStack, account: Callable[[str], PartnerAccount]
) -> None:
    """A port request does not name its order; the journey does. The case is one, also when the refusal comes twice."""
    house = account("clearing-house")
    journey = "CORR-REFUSED-1"
    order = running.client.post(
        "/tmf-api/productOrderingManagement/v4/productOrder",
        json={
            "externalId": "REFUSED-1",
            "relatedParty": [{"id": "CUST-00090", "role": "customer", "@referredType": "Customer"}],
            "productOrderItem": [{"id": "1", "action": "add", "productOffering": {"id": "MOBILE-GOLD-BUNDLE"}}, *_LINE],
        },
        headers={"x-correlation-id": journey},
    )
    assert order.status_code == 201, order.text
    query = (
        "select f.file_name from pgw_outbound o join pgw_file f on f.id = o.file_id "
        "where o.feed = 'NPORT' and o.correlation_id = ?"
    )
    name = str(until(lambda: running.rows(query, journey))[0]["file_name"])
    ack = Ack(name, 1, "REJECTED", 1, 1, 0, 1, "2026-11-01T12:00:00.000Z", "", (file_problem("G003", "cut"),))
    with house.client.open(f"/ack/from_partner/{name}.ack", "w") as file:
        file.write(write_ack(ack))

    mine = {"orderId": order.json()["id"], "code": "FILE-REFUSED"}
    (case,) = until(lambda: running.client.get("/fallout/v1/cases", params=mine).json())

    assert (case["system"], case["status"], case["correlationId"]) == ("gateway", "open", journey)
    assert name in case["rootCause"]
    assert case["customerId"] == "CUST-00090"


_BUNDLED = {"productOrderItemRelationship": [{"id": "1", "relationshipType": "bundledBy"}]}
_PORT = {"portInTn": "6175550690", "donorSpid": "8Y02", "accountNumber": "0012345", "pin": "0042", "zip": "02139"}
_LINE = (
    {"id": "2", "action": "add", "productOffering": {"id": "MOBILE-GOLD"}, **_BUNDLED},
    {
        "id": "3",
        "action": "add",
        "productOffering": {"id": "PORT-IN"},
        "product": {"productCharacteristic": [{"name": name, "value": value} for name, value in _PORT.items()]},
        **_BUNDLED,
    },
)
