"""The emergency registry end to end: 512-byte records out, return files in, the network as the truth between them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from ringback.reference_stack.gateway.codecs.nena import cut
from ringback.reference_stack.gateway.codecs.nena_layouts import LOCATION, LOCATION_HEADER, LOCATION_TRAILER
from tests.integration.reference_stack.conftest import RunningStack, started, until

_NUMBERS = itertools.count(100)


class Registry:
    """The registry of emergency locations, seen from its own account."""

    def __init__(self, running: Any, account: Any) -> None:
        self.running = running
        self.account = account

    def file_of(self, record: dict[str, Any], tries: int = 1) -> str:
        """The name of our file that carries a record."""
        sql = "select f.file_name from pgw_file f join pgw_outbound o on o.file_id = f.id where o.reference = ?"
        found = until(lambda: self.running.rows(sql, f"{record['id']}-{tries}"), "the file of the record")
        return str(found[0]["file_name"])

    def lines(self, name: str) -> list[str]:
        """The lines of a file of ours without their ends."""
        data = until(lambda: name in self.account.names("/from_us") and self.account.read(f"/from_us/{name}"), name)
        assert all(line.endswith("\r\n") for line in data.decode().splitlines(keepends=True))
        return list(data.decode().split("\r\n")[:-1])

    def answer(self, name: str, refused: dict[str, str], *, count: int | None = None) -> str:
        """Returns a file with the refused numbers and their codes; answers the name of the return file."""
        lines = self.lines(name)
        wrong = [line for line in lines[1:-1] if line[1:11] in refused]
        coded = [line[:275] + refused[line[1:11]].ljust(11) + line[286:] for line in wrong]
        foot = f"{lines[-1][:61]}{len(coded) if count is None else count:09d}{lines[-1][70:]}"
        returned = name.removesuffix(".dat") + ".err"
        self.account.upload(returned, "".join(f"{line}\r\n" for line in (lines[0], *coded, foot)).encode())
        return returned

    def record(self, identity: str, status: str) -> dict[str, Any]:
        """A record once it has a status."""
        path = f"/gateway/v1/e911-records/{identity}"
        return until(
            lambda: (now := self.running.client.get(path).json())["status"] == status and now, f"{identity} {status}"
        )


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A stack of its own: return files follow the order of our files; one that nobody answered holds up the rest."""
    with started(tmp_path_factory.mktemp("registry")) as stack:
        yield stack


@pytest.fixture
def registry(running: Any, account: Any) -> Registry:
    """The registry, logged in."""
    return Registry(running, account("e911-registry"))


def _post(running: Any, **more: object) -> Any:
    number = next(_NUMBERS)
    body = {"function": "I", "tn": f"617555{number:04d}", "addressId": "ADR-00007", "customerName": "Zoë de la Cruz"}
    body |= {"orderId": f"PO-E{number}", "orderItemId": f"POI-E{number}", "resourceOrderItemId": f"ROI-E{number}"}
    return running.client.post("/gateway/v1/e911-records", json=body | more)


def test_a_record_is_posted_by_an_empty_return_file(running: Any, registry: Registry) -> None:
    """The record has every column in its place; nothing refused means posted, and then the network knows it."""
    made = _post(running)
    record, tn = made.json(), made.json()["tn"]
    name = registry.file_of(record)
    head, *details, foot = registry.lines(name)
    line = next(line for line in details if line[1:11] == tn)
    address = running.client.get("/tmf-api/geographicAddressManagement/v4/geographicAddress/ADR-00007").json()
    columns = cut(LOCATION, line)

    assert (made.status_code, record["status"]) == (201, "sent")
    assert {len(text) for text in (head, *details, foot)} == {512}
    assert cut(LOCATION_HEADER, head)["indicator"] == "UHL"
    assert int(cut(LOCATION_TRAILER, foot)["record_count"]) == len(details)
    assert (line[0], line[187:219].rstrip(), line[225:230]) == ("I", "CRUZ, ZOE DE LA", address["esn"])
    assert (columns["street_name"], columns["community"]) == (address["streetName"].upper(), address["msagCommunity"])
    assert running.client.get(f"/network/v1/e911/{tn}").status_code == 404

    returned = registry.answer(name, {})

    registry.record(record["id"], "posted")
    entry = running.client.get(f"/network/v1/e911/{tn}").json()
    assert registry.account.ack(returned)[0].split("|")[4:9] == ["ACCEPTED", "0", "0", "0", "0"]
    assert (entry["status"], entry["esn"], entry["house_nr"]) == ("posted", address["esn"], address["streetNr"])
    assert _post(running, tn=tn).status_code == 409  # a second insert
    repeated = _post(running, tn=tn, resourceOrderItemId=record["resourceOrderItemId"])
    assert (repeated.status_code, repeated.json()["id"]) == (200, record["id"])
    removed = _post(running, tn=tn, function="D").json()
    registry.answer(registry.file_of(removed), {})
    registry.record(removed["id"], "removed")
    assert running.client.get(f"/network/v1/e911/{tn}").status_code == 404


def test_a_refused_record_is_held_until_it_is_sent_again(running: Any, registry: Registry) -> None:
    """E06, the old provider has not unlocked the number: a case is open until the second try is posted."""
    record = _post(running, function="M").json()
    cases = {"orderId": record["orderId"], "code": "E911-E06"}
    registry.answer(registry.file_of(record), {record["tn"]: "E06"})

    held = registry.record(record["id"], "held")
    case = until(lambda: running.client.get("/fallout/v1/cases", params=cases).json(), "the case")[0]

    assert (held["errorCode"], case["status"]) == ("E06", "open")
    assert "locked by another company" in case["rootCause"]

    again = running.client.post(f"/gateway/v1/e911-records/{record['id']}/resend")
    assert (again.status_code, again.json()["status"]) == (202, "sent")
    registry.answer(registry.file_of(record, tries=2), {})

    registry.record(record["id"], "posted")
    until(lambda: running.client.get("/fallout/v1/cases", params=cases).json()[0]["status"] == "closed", "case closed")
    states = "select state from evt_event where resource_type = ? and resource_id = ? order by seq"
    told = [event["state"] for event in running.rows(states, "e911Record", record["id"])]
    assert told == ["sent", "held", "sent", "posted"]


def test_a_return_file_that_does_not_add_up_changes_nothing(running: Any, registry: Registry) -> None:
    """A wrong count in the trailer is G004; the corrected file is taken under the same number."""
    record = _post(running).json()
    name = registry.file_of(record)
    broken = registry.answer(name, {}, count=7)

    assert registry.account.ack(broken)[1].split("|")[3] == "G004"
    assert registry.record(record["id"], "sent")["errorCode"] is None

    registry.answer(name, {})
    registry.record(record["id"], "posted")


def test_what_no_ambulance_could_find_is_refused(running: Any) -> None:
    """Unknown functions and addresses, impossible numbers, and changes of what does not exist."""
    assert _post(running, function="X").status_code == 400
    assert _post(running, tn="5121110199").status_code == 400
    assert _post(running, addressId="ADR-NOWHERE").status_code == 400
    assert _post(running, customerName="").status_code == 400
    assert _post(running, function="C").status_code == 409
