"""Release defects of port answers, wholesale call-backs and SIM batches: naive checks pass, the real ones notice."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any

import pytest

from ringback.reference_stack.gateway.codecs.digits import is_iccid
from ringback.reference_stack.gateway.codecs.model import FeedHeader
from ringback.reference_stack.gateway.codecs.pipe import write_pipe
from tests.integration.reference_stack.conftest import RunningStack, started, until
from tests.integration.reference_stack.gateway.conftest import Door, PartnerAccount
from tests.integration.reference_stack.gateway.test_sim_batches import Batch, Vendor

_ITEMS, _ANSWERS, _BATCHES = itertools.count(1), itertools.count(1), itertools.count(500)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A stack of its own: what a defect has lost stays lost."""
    with started(tmp_path_factory.mktemp("access")) as running:
        yield running


@pytest.fixture(scope="module")
def clearing(stack: RunningStack) -> Iterator[PartnerAccount]:
    """The clearing house, logged in."""
    account = PartnerAccount(Door(stack.ready), "clearing-house")
    yield account
    account.close()


@pytest.fixture(scope="module")
def vendor(stack: RunningStack) -> Iterator[Vendor]:
    """The SIM vendor, logged in."""
    account = PartnerAccount(Door(stack.ready), "sim-vendor")
    yield Vendor(stack, account)
    account.close()


class Port:
    """A port request of the stack and its old provider, which answers by file."""

    def __init__(self, stack: RunningStack, clearing: PartnerAccount) -> None:
        self.stack = stack
        self.clearing = clearing
        number = next(_ITEMS)
        body = {"tn": f"617555{number:04d}", "orderId": f"PO-P{number}", "orderItemId": f"POI-P{number}"}
        body |= {"customerId": "CUST-00007", "placeId": "ADR-00007", "donorSpid": "8Y02", "accountNumber": "0012345"}
        made = stack.client.post("/portability/v1/ports", json=body | {"pin": "0042"})
        assert made.status_code == 201, made.text
        self.port: dict[str, Any] = made.json()
        self.order = body["orderId"]
        sql = "select f.file_name, f.id from pgw_file f join pgw_outbound o on o.file_id = f.id where o.reference = ?"
        self.sent = str(until(lambda: stack.rows(sql, self.port["reqNo"]), "our file")[0]["file_name"])

    def acknowledge(self) -> str:
        """The partner accepts our file; answers the status that we then note on it."""
        row = self.stack.rows("select * from pgw_file where file_name = ?", self.sent)[0]
        line = f"ACK|1|{self.sent}|{row['seq_no']}|ACCEPTED|1|1|1|0|2026-11-21T12:00:00Z|{row['sha256']}\nEND|0\n"
        with self.clearing.client.open(f"/ack/from_partner/{self.sent}.ack", "w") as file:
            file.write(line)
        sql = "select status from pgw_file where file_name = ? and status <> ?"
        return str(until(lambda: self.stack.rows(sql, self.sent, "sent"), "the noted ack")[0]["status"])

    def answer(self, kind: str, **more: str) -> str:
        """The old provider answers; gives the decision of our acknowledgement."""
        number, created = next(_ANSWERS), datetime.now(UTC).strftime("%Y%m%d%H%M%S")
        record = {"req_no": self.port["reqNo"], "version": "01", "resp_no": f"CH01{number:012d}", "response_type": kind}
        record |= {"cd_tsent": created, "tn": self.port["tn"], "onsp": "8Y02", "nnsp": "9X01"}
        name = f"NPRESP_CH01_9X01_{created}_{number:05d}.txt"
        header = FeedHeader("NPRESP", "0100", "CH01", "9X01", created, number, "P")
        self.clearing.upload(name, write_pipe(header, [record | more]))
        self.answered = name
        return str(self.clearing.ack(name)[0].split("|")[4])

    def now(self) -> dict[str, Any]:
        """The port as the stack holds it."""
        found: dict[str, Any] = self.stack.client.get(f"/portability/v1/ports/{self.port['id']}").json()
        return found

    def recorded(self) -> int:
        """How many records of the answer are in the books."""
        sql = "select count(*) n from pgw_record r join pgw_file f on f.id = r.file_id where f.file_name = ?"
        return int(str(self.stack.rows(sql, self.answered)[0]["n"]))


@pytest.mark.defect("D04")
@pytest.mark.parametrize("on", [True, False])
def test_d04_a_delay_of_the_old_provider_is_dropped(stack: RunningStack, clearing: PartnerAccount, on: bool) -> None:
    """Our request left and was accepted, either way; the delay is on the port only where it was parsed."""
    port = Port(stack, clearing)
    due = datetime.now(UTC).strftime("%Y%m%d235959")

    with stack.defect("D04") if on else nullcontext():
        decision = port.answer("D", delay_code="SYS", due=due)

    assert port.acknowledge() == "acked"  # the naive check
    assert decision == "ACCEPTED"
    assert (port.now()["status"], port.recorded()) == (("requested", 0) if on else ("delayed", 1))


@pytest.mark.defect("D13")
@pytest.mark.parametrize("on", [True, False])
def test_d13_a_port_waits_without_saying_why(stack: RunningStack, clearing: PartnerAccount, on: bool) -> None:
    """The answer is received and acknowledged either way; the reason is on port and case only without the defect."""
    port = Port(stack, clearing)

    with stack.defect("D13") if on else nullcontext():
        decision = port.answer("R", reason_code="PIN")

    found = until(lambda: (now := port.now())["status"] == "resolutionRequired" and now, "the refusal")
    cases = {"orderId": port.order, "system": "portability"}
    case = until(lambda: stack.client.get("/fallout/v1/cases", params=cases).json(), "the case")[0]
    assert (decision, port.recorded()) == ("ACCEPTED", 1)  # the naive check
    assert (bool(found.get("reasonCode")), "PIN" in str(found.get("reason"))) == (not on, not on)
    assert (case["code"] == "NP-PIN") is not on


@pytest.mark.defect("D08")
@pytest.mark.parametrize("on", [True, False])
def test_d08_an_empty_optional_field_is_refused(stack: RunningStack, on: bool) -> None:
    """The happy message is taken either way; empty, absent and null are the same only without the defect."""
    number = next(_ITEMS)
    body = {"orderType": "PROVIDE", "orderItemId": f"POI-D{number}", "orderId": f"PO-D{number}"}
    order = stack.client.post("/gateway/v1/wholesale-orders", json=body | {"addressId": "ADR-00001"}).json()

    def deliver(sequence: int, **optional: object) -> int:
        message = {"id": str(uuid.uuid4()), "sequenceNumber": sequence, "updateType": "INFORMATIONAL"}
        message |= {"entityType": "PROVIDE_ORDER", "entity": {"id": order["id"]}, "information": {"type": "UPDATE"}}
        return int(stack.client.post("/gateway/v1/wholesale-messages", json=message | optional).status_code)

    with stack.defect("D08") if on else nullcontext():
        happy = deliver(1)
        empty = deliver(2, text="", problemCode="", supplierCode="")
        absent_and_null = deliver(2 if on else 3, text=None)

    wanted = 2 if on else 3
    applied = until(
        lambda: (now := stack.client.get(order["href"]).json())["lastSequenceNumber"] == wanted and now, "messages"
    )
    assert (happy, absent_and_null) == (202, 202)  # the naive check
    assert empty == (400 if on else 202)
    assert applied["status"] == "SENT_TO_SUPPLIER"


@pytest.mark.defect("D71")
@pytest.mark.parametrize("on", [True, False])
def test_d71_a_batch_is_loaded_uncounted_and_without_check_digits(
    stack: RunningStack, vendor: Vendor, on: bool
) -> None:
    """The batch is loaded; counts and check digits tell. Without the defect the wrong quantity rejects it."""
    batch = Batch(next(_BATCHES), quantity=5)

    with stack.defect("D71") if on else nullcontext():
        ack = vendor.deliver(batch)

    sql = "select status, declared_count, actual_count from pgw_file where file_name = ? and status <> 'received'"
    file = until(lambda: stack.rows(sql, batch.name), "the decision about the file")[0]
    loaded = vendor.loaded(batch)
    assert (ack[0][4], file["status"]) == (("ACCEPTED", "accepted") if on else ("REJECTED", "rejected"))
    assert file["declared_count"] != file["actual_count"]  # rule R33 speaks of accepted files only
    assert len(loaded) == (3 if on else 0)
    assert not any(is_iccid(iccid) for iccid in loaded)
