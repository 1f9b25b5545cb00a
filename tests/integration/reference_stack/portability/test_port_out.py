"""Numbers that leave us, over real SFTP: checked, answered, superseded, frozen, and gone when NPAC says so."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatch
from typing import Any

import pytest

from ringback.reference_stack.gateway.codecs.model import FeedHeader
from ringback.reference_stack.gateway.codecs.pipe import read_pipe, write_pipe
from tests.integration.reference_stack.conftest import RunningStack, started, until
from tests.integration.reference_stack.gateway.conftest import Door, PartnerAccount

ORDERS = "/tmf-api/productOrderingManagement/v4/productOrder"
_REQUESTS = itertools.count(1)


class House:
    """The clearing house of a running stack: it asks for numbers of ours and reads our answers."""

    def __init__(self, stack: RunningStack) -> None:
        self.stack = stack
        self.account = PartnerAccount(Door(stack.ready), "clearing-house")
        self._sequences = {"NPORT": 0, "NPSV": 0}

    def continue_after(self, broadcasts: int, requests: int = 0) -> None:
        """Goes on with the broadcasts of NPAC, and with requests, where somebody else has stopped."""
        self._sequences = {"NPORT": requests, "NPSV": broadcasts}

    def send(self, feed: str, sender: str, *records: dict[str, str]) -> str:
        """Hands over a file of records; answers the first line of its acknowledgement."""
        self._sequences[feed] += 1
        created = f"{datetime.now(UTC):%Y%m%d%H%M%S}"
        header = FeedHeader(feed, "0100", sender, "9X01", created, self._sequences[feed], "P")
        name = f"{feed}_{sender}_9X01_{created}_{self._sequences[feed]:05d}.txt"
        self.account.upload(name, write_pipe(header, records))
        return "\n".join(self.account.ack(name))

    def answer(self, request: str, version: str = "01") -> dict[str, str]:
        """Our answer to a version of a request, as it stands in the file."""
        return until(lambda: self.answers(request, version), f"an answer to {request} {version}")[0]

    def answers(self, request: str, version: str) -> list[dict[str, str]]:
        """All our answers to a version of a request."""
        names = [name for name in self.account.names("/from_us") if fnmatch(name, "NPRESP_9X01_CH01_*.txt")]
        read = [read_pipe("NPRESP", self.account.read(f"/from_us/{name}")) for name in names]
        assert all(file.problems == () for file in read)
        fields = [dict(record.fields) for file in read for record in file.records]
        return [one for one in fields if (one["req_no"], one["version"]) == (request, version)]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A stack of its own: its customers lose their numbers."""
    with started(tmp_path_factory.mktemp("port-out")) as running:
        yield running


@pytest.fixture(scope="module")
def house(stack: RunningStack) -> Iterator[House]:
    """The clearing house, logged in."""
    found = House(stack)
    yield found
    found.account.close()


def line(stack: RunningStack, customer: int) -> dict[str, Any]:
    """A mobile line of a customer, with all that its owner knows of it."""
    party = {"id": f"CUST-{customer:05d}", "role": "customer", "@referredType": "Customer"}
    item = {"id": "1", "action": "add", "productOffering": {"id": "MOBILE-GOLD"}}
    reply = stack.client.post(ORDERS, json={"relatedParty": [party], "productOrderItem": [item]})
    assert reply.status_code == 201, reply.text
    order = reply.json()["id"]
    done = "select id from com_product_order where id = ? and state = 'completed'"
    until(lambda: stack.rows(done, order), "a completed order")
    sql = (
        "select p.id as product, i.given_name, i.family_name, i.id_last4, a.postcode from pinv_product p "
        "join com_order_item o on o.id = p.order_item_id join crm_customer c on c.id = p.customer_id "
        "join crm_individual i on i.id = c.party_id join loc_address a on a.id = c.address_id where o.order_id = ?"
    )
    number = "select tn from num_tn n join sinv_service s on s.id = n.service_id where s.customer_id = ?"
    return stack.rows(sql, order)[0] | stack.rows(number, f"CUST-{customer:05d}")[0] | {"customer": customer}


def request(line: dict[str, Any], **changes: str) -> dict[str, str]:
    """A request for a line whose every field agrees, but for the changes."""
    now = datetime.now(UTC)
    record = {"req_no": f"8Y02{next(_REQUESTS):012d}", "version": "01", "action": "N", "npdi": "A", "nnsp": "8Y02"}
    record |= {"d_tsent": f"{now:%Y%m%d%H%M%S}", "ddd_t": f"{now + timedelta(hours=3):%Y%m%d%H%M%S}", "onsp": "9X01"}
    record |= {"tn": line["tn"], "npqty": "00001", "account_no": f"ACC-{line['customer']:05d}"}
    record |= {"pin": line["id_last4"], "first_name": line["given_name"], "last_name": line["family_name"]}
    record |= {"street_nr": "1", "street": "Main St", "city": "Cambridge", "state": "MA", "zip": line["postcode"]}
    return record | changes


def gone(line: dict[str, Any]) -> dict[str, str]:
    """NPAC's message that the number is active with the new provider."""
    record = {"sv_id": f"9{line['tn'][-8:]}", "tn": line["tn"], "lrn": "6175559000", "new_spid": "8Y02"}
    return record | {"old_spid": "9X01", "sv_status": "1", "status_ts": f"{datetime.now(UTC):%Y%m%d%H%M%S}"}


def test_a_number_is_confirmed_leaves_and_takes_its_line_along(stack: RunningStack, house: House) -> None:
    """Names count without case; once active elsewhere the product is terminated, the network empty, the number gone."""
    mine = line(stack, 211)
    asked = request(mine, last_name=str(mine["family_name"]).upper(), account_no="acc 00211")
    house.send("NPORT", "CH01", asked)

    answer = house.answer(asked["req_no"])

    assert (answer["response_type"], answer["due"], answer["tn"]) == ("C", asked["ddd_t"], mine["tn"])
    assert (answer["onsp"], answer["nnsp"]) == ("9X01", "8Y02")
    assert "ACCEPTED" in house.send("NPSV", "NPAC", gone(mine))
    terminated = "select id from pinv_product where id = ? and status = 'terminated'"
    until(lambda: stack.rows(terminated, mine["product"]), "a terminated product")
    number = stack.rows("select status, current_spid, service_id from num_tn where tn = ?", mine["tn"])[0]
    assert number == {"status": "portedOut", "current_spid": "8Y02", "service_id": None}
    assert stack.rows("select imsi from ne_hlr where msisdn = ?", mine["tn"]) == []
    port = stack.rows("select direction, status, order_item_id from npg_port where req_no = ?", asked["req_no"])[0]
    assert (port["direction"], port["status"], bool(port["order_item_id"])) == ("out", "activated", True)
    again = request(mine)
    house.send("NPORT", "CH01", again)
    assert house.answer(again["req_no"])["reason_code"] == "TNF"


def test_what_does_not_agree_is_named(stack: RunningStack, house: House) -> None:
    """Unknown number, account, PIN, ZIP and name each have their code; a tax id replaces the account number."""
    mine = line(stack, 212)
    wrong = {
        "TNF": request(mine, tn="6175550199"),
        "ACC": request(mine, account_no="ACC-99999"),
        "PIN": request(mine, pin="99999"),
        "ZIP": request(mine, zip="99999"),
        "NAM": request(mine, last_name="Nobody"),
        "": request(mine, account_no="ACC-99999", tax_id4=str(mine["id_last4"])),
    }
    house.send("NPORT", "CH01", *wrong.values())

    told = {code: house.answer(asked["req_no"])["reason_code"] for code, asked in wrong.items()}

    assert told == {code: code for code in wrong}


def test_a_frozen_number_stays_until_its_owner_lets_it_go(stack: RunningStack, house: House) -> None:
    """FRZ while frozen; a supplement after the owner has lifted it, with the PIN of its own, is confirmed."""
    mine = line(stack, 213)
    path = f"/portability/v1/lines/{mine['tn']}"
    assert stack.client.put(path, json={"frozen": True, "pin": "007007"}).json()["frozen"] is True
    asked = request(mine, pin="007007")
    house.send("NPORT", "CH01", asked)
    assert house.answer(asked["req_no"])["reason_code"] == "FRZ"

    assert stack.client.put(path, json={"frozen": False}).json() == {"tn": mine["tn"], "frozen": False, "hasPin": True}
    house.send("NPORT", "CH01", asked | {"version": "02", "action": "S"})

    assert house.answer(asked["req_no"], "02")["response_type"] == "C"


def test_the_newest_version_wins(stack: RunningStack, house: House) -> None:
    """Version 02 comes before 01 is answered: only 02 is answered, and a 02 that comes after 03 is R108."""
    mine = line(stack, 214)
    wrong = request(mine, pin="99999")
    right = wrong | {"version": "02", "action": "S", "pin": str(mine["id_last4"]), "npqty": "00002"}
    house.send("NPORT", "CH01", wrong | {"npqty": "00002"}, right)
    late = request(mine)
    house.send("NPORT", "CH01", late)
    house.send("NPORT", "CH01", late | {"version": "03", "action": "S"})
    refused = house.send("NPORT", "CH01", late | {"version": "02", "action": "S"})

    assert house.answer(wrong["req_no"], "02")["response_type"] == "C"
    assert house.answers(wrong["req_no"], "01") == []
    assert "|R108|R|" in refused
    assert house.answer(late["req_no"], "03")["reason_code"] == "PND"


def test_a_cancelled_request_is_not_answered_and_the_line_stays(stack: RunningStack, house: House) -> None:
    """The new provider withdraws: nothing leaves, and a message of NPAC without a confirmed request ends no line."""
    mine = line(stack, 215)
    asked = request(mine, npqty="00002")
    house.send("NPORT", "CH01", asked, asked | {"version": "02", "action": "C"})
    house.send("NPSV", "NPAC", gone(mine))
    other = request(mine)
    house.send("NPORT", "CH01", other)
    house.answer(other["req_no"])

    assert house.answers(asked["req_no"], "01") == house.answers(asked["req_no"], "02") == []
    assert stack.rows("select status from pinv_product where id = ?", mine["product"]) == [{"status": "active"}]


def test_the_log_and_the_events_never_show_a_pin(stack: RunningStack, house: House) -> None:
    """A PIN is for checking only."""
    mine = line(stack, 216)
    asked = request(mine, pin="73737373")
    house.send("NPORT", "CH01", asked)
    house.answer(asked["req_no"])

    assert "73737373" not in (stack.home / "stack.log").read_text("utf-8")
    assert stack.rows("select event_id from evt_event where payload like ?", "%73737373%") == []


def test_an_answer_that_cannot_be_given_in_time_is_a_case(stack: RunningStack, house: House) -> None:
    """CRM is away: after half an hour by the clock people are told; when it is back the answer goes out."""
    mine = line(stack, 217)
    asked = request(mine)
    stack.admin.post("/admin/systems/crm/stop").raise_for_status()
    try:
        house.send("NPORT", "CH01", asked)
        stack.admin.post("/admin/clock", json={"advance": "31m"}).raise_for_status()
        late = "select id from flt_case where code = 'NP-OUT-LATE' and status = 'open'"
        until(lambda: stack.rows(late), "a case")
    finally:
        stack.admin.post("/admin/systems/crm/start").raise_for_status()

    assert house.answer(asked["req_no"])["response_type"] == "C"
