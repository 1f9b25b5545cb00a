"""A whole stack and partners that send files with anomalies in them: what comes of each file, request and number."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from ringback.engine.registry import DriverSet
from ringback.reference_stack.gateway.codecs.address import RESPONSE_COLUMNS
from ringback.synthetic_partners.anomalies import Delivery, deliveries
from ringback.synthetic_partners.generate import GeneratedFile
from ringback.synthetic_partners.layout import FeedLayout
from tests.integration.reference_stack.conftest import RunningStack, started, until
from tests.integration.reference_stack.gateway.conftest import Door, PartnerAccount

Record = dict[str, str]
LAYOUTS = DriverSet().layouts()
_NUMBERS = itertools.count(1)


def layout_of(name: str) -> FeedLayout:
    """A built-in layout."""
    found = LAYOUTS[name]
    assert hasattr(found, "encode")
    return found


@dataclass(frozen=True)
class Answered:
    """What the gateway says of one delivery."""

    file: str
    decision: str
    codes: tuple[str, ...]
    text: str


class House:
    """The clearing house of a running stack: answers port requests of the stack's own, with anomalies."""

    def __init__(self, stack: RunningStack) -> None:
        self.stack = stack
        self.account = PartnerAccount(Door(stack.ready), "clearing-house")
        self._registry = itertools.count(1)
        self._told: Counter[str] = Counter()  # decisions that were read, by file name

    def draft(self) -> dict[str, Any]:
        """A port request that the stack has taken in; it leaves with the next file."""
        number = next(_NUMBERS)
        body = {"tn": f"617555{number % 10_000:04d}", "orderId": f"PO-A{number}", "orderItemId": f"POI-A{number}"}
        body |= {"customerId": "CUST-00007", "placeId": "ADR-00007", "donorSpid": "8Y02", "pin": "0042"}
        reply = self.stack.client.post("/portability/v1/ports", json=body | {"accountNumber": "0012345"})
        assert reply.status_code == 201, reply.text
        made: dict[str, Any] = reply.json()
        return made

    def left(self, port: Mapping[str, Any]) -> None:
        """Waits until a request has left in a file."""
        sql = "select id from pgw_outbound where reference = ? and file_id is not null"
        until(lambda: self.stack.rows(sql, port["reqNo"]), "a request that has left")

    def ports(self, count: int = 1) -> list[dict[str, Any]]:
        """Port requests that have left the stack; each as the stack holds it."""
        made = [self.draft() for _ in range(count)]
        for port in made:
            self.left(port)
        return made

    def number(self, feed: str = "NPRESP") -> int:
        """The number that the next file of a feed must bear."""
        sql = "select last_seq from pgw_sequence where partner = 'clearing-house' and feed = ? and direction = 'in'"
        rows = self.stack.rows(sql, feed)
        return int(str(rows[0]["last_seq"])) % 99_999 + 1 if rows else 1

    def answer(self, port: Mapping[str, Any], kind: str = "C", **changes: str) -> Record:
        """An answer of the old provider to a request."""
        now = self.now()
        record = {"req_no": port["reqNo"], "version": "01", "resp_no": f"CH01{next(_NUMBERS):012d}"}
        record |= {"response_type": kind, "cd_tsent": f"{now:%Y%m%d%H%M%S}", "tn": port["tn"], "onsp": "8Y02"}
        record |= (
            {"nnsp": "9X01", "due": f"{now + timedelta(hours=2):%Y%m%d%H%M%S}"} if kind != "R" else {"nnsp": "9X01"}
        )
        record |= {"reason_code": "PIN"} if kind == "R" else {"delay_code": "SYS"} if kind == "D" else {}
        return record | changes

    def now(self) -> datetime:
        """The stack's time."""
        return datetime.fromisoformat(self.stack.admin.get("/clock").json()["now"])

    def file(self, *records: Record, layout: str = "npresp", sender: str = "CH01", number: int = 0) -> GeneratedFile:
        """A good file of records under the number that is due."""
        spec = layout_of(layout)
        number = number or self.number(spec.feed)
        header = {"sender": sender, "receiver": "9X01", "created": f"{self.now():%Y%m%d%H%M%S}", "mode": "P"}
        header |= {"sequence": f"{number:05d}", "version": "0100"}
        return GeneratedFile(spec.file_name(header), spec.encode(header, records))

    def deliver(self, delivery: Delivery | GeneratedFile) -> Answered:
        """Hands a file over and reads what the gateway says of these bytes."""
        self.put(delivery)
        return self.said(delivery)

    def put(self, delivery: Delivery | GeneratedFile) -> None:
        """Hands a file over as agreed, once an earlier one of the same name has been put away."""
        until(lambda: delivery.name not in self.account.names("/to_us"), "an empty place")
        self.account.upload(delivery.name, delivery.content)

    def said(self, delivery: Delivery | GeneratedFile) -> Answered:
        """What the acknowledgement of a file says, once the file is decided again."""
        seen = self._told[delivery.name]
        decided = (
            "select * from pgw_file where file_name = ? and status not in ('received', 'held') order by received_at"
        )
        rows = until(lambda: (found := self.stack.rows(decided, delivery.name))[seen:] and found, "a decision")
        self._told[delivery.name] += 1
        lines = self.account.ack(delivery.name, delivery.content)
        errors = [line.split("|") for line in lines[1:-1]]
        assert lines[0].split("|")[4] == str(rows[-1]["status"]).upper(), lines
        return Answered(delivery.name, lines[0].split("|")[4], tuple(error[3] for error in errors), "\n".join(lines))

    def play(self, anomaly: str, *records: Record, layout: str = "npresp", sender: str = "CH01") -> list[Answered]:
        """Sends what an anomaly makes of a good file of these records; answers what is said of each delivery."""
        made = self.file(*records, layout=layout, sender=sender)
        return [self.deliver(one) for one in deliveries(made, layout_of(layout), anomaly)]

    def plan(self, anomaly: str, *records: Record, layout: str = "npresp", sender: str = "CH01") -> Sequence[Delivery]:
        """The deliveries that an anomaly makes of a good file of these records."""
        return deliveries(self.file(*records, layout=layout, sender=sender), layout_of(layout), anomaly)

    def agree_on(self, last: int, feed: str = "NPRESP") -> None:
        """Both sides agree that this was the last number of a feed."""
        sql = "update pgw_sequence set last_seq = ? where partner = 'clearing-house' and feed = ? and direction = 'in'"
        self.stack._tables.write(sql, last, feed)

    def port_out(self) -> tuple[Record, Record]:
        """A request of another provider for a number of ours, and a supplement to it."""
        now, number = self.now(), next(_NUMBERS)
        record = {"req_no": f"CH01{number:012d}", "version": "01", "action": "N", "d_tsent": f"{now:%Y%m%d%H%M%S}"}
        record |= {"ddd_t": f"{now + timedelta(hours=3):%Y%m%d%H%M%S}", "npdi": "A", "nnsp": "8Y02", "onsp": "9X01"}
        record |= {"tn": f"617556{number:04d}", "npqty": "00001", "account_no": "0012345", "first_name": "Ada"}
        record |= {"last_name": "Finch", "street_nr": "1", "street": "Main St", "city": "Cambridge", "state": "MA"}
        record |= {"zip": "02139"}
        later = f"{now + timedelta(hours=9):%Y%m%d%H%M%S}"
        return record, record | {"version": "02", "action": "S", "ddd_t": later, "npqty": "00001"}

    def addresses(self, columns: str) -> Answered:
        """A file of no answers from the address registry, with its titles as they are, one more, or two exchanged."""
        account = PartnerAccount(Door(self.stack.ready), "address-registry")
        number, now = next(self._registry), self.now()
        titles = list(RESPONSE_COLUMNS)
        titles = [*titles, "new_column"] if columns == "appended" else titles
        titles = [titles[1], titles[0], *titles[2:]] if columns == "reordered" else titles
        name = f"AVRSP_ADDRREG_{now:%Y%m%d_%H%M%S}_{number:05d}.csv"
        account.upload(name, f"{','.join(titles)}\r\n#TRAILER,0\r\n".encode())
        lines = account.ack(name)
        account.close()
        return Answered(name, lines[0].split("|")[4], tuple(line.split("|")[3] for line in lines[1:-1]), "")

    def bulk(self, row: Record, ending: bytes) -> GeneratedFile:
        """A bulk download of one row whose records end in these bytes."""
        layout, moment = layout_of("bdd"), self.now() + timedelta(seconds=next(_NUMBERS) % 200)
        header = {"npanxx_from": row["tn"][:6], "npanxx_to": row["tn"][:6], "created": f"{moment:%d-%m-%Y%H%M%S}"}
        header |= {"start": "00-00-0000000000", "end": "99-99-9999999999"}
        content = layout.encode(header, [row]).replace(b"\r", ending)
        return GeneratedFile(layout.file_name(header), content)

    def status(self, port: Mapping[str, Any]) -> str:
        """The state of a port request."""
        return str(self.stack.rows("select status from npg_port where id = ?", port["id"])[0]["status"])

    def reaches(self, port: Mapping[str, Any], *states: str) -> str:
        """The state of a port request, once it is one of these."""
        return (
            until(lambda: (now := self.status(port)) in states and now, f"a port that is {' or '.join(states)}") or ""
        )

    def records(self, key: str) -> list[dict[str, object]]:
        """What the books hold of the records whose key begins so."""
        sql = "select r.status, r.error_code from pgw_record r join pgw_file f on f.id = r.file_id "
        return self.stack.rows(sql + "where f.direction = 'in' and r.record_key like ? order by r.id", f"{key}%")

    def cases(self, code: str) -> list[dict[str, object]]:
        """The fallout cases of a code."""
        return self.stack.rows("select * from flt_case where code = ?", code)


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """One stack for the anomalies; each test sends under the number that is due then."""
    with started(tmp_path_factory.mktemp("anomalies")) as running:
        yield running


@pytest.fixture(scope="package")
def house(stack: RunningStack) -> Iterator[House]:
    """The clearing house, logged in."""
    found = House(stack)
    yield found
    found.account.close()


@pytest.fixture(scope="package")
def pause() -> threading.Event:
    """Never set: `pause.wait(s)` lets time pass that a slow writer needs."""
    return threading.Event()
