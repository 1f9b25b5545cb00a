"""A week of feeds in seconds: the clock is moved over a change to summer time, numbers wrap, anomalies are combined."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine

from ringback.engine.protocols import Behaviour
from ringback.synthetic_partners.behaviour import Outgoing, Values
from ringback.synthetic_partners.configuration import Configuration, PartnerConfiguration
from ringback.synthetic_partners.host import PartnerHost, make_host
from ringback.synthetic_partners.link import Account
from ringback.synthetic_partners.sequences import PartnerMemory
from tests.integration.reference_stack.anomalies.conftest import House
from tests.integration.reference_stack.conftest import RunningStack, started, until
from tests.integration.reference_stack.mixed.rule_books import BOOK, rows

DAYS = int(os.environ.get("RINGBACK_WEEK_DAYS", "7"))
PORTS_A_DAY = int(os.environ.get("RINGBACK_WEEK_PORTS", "3"))
LINES = int(os.environ.get("RINGBACK_WEEK_LINES", "2"))
REPORTER = os.environ.get("RINGBACK_WEEK_REPORTER", "roaming-hub")  # `mediation` reports every hour, not every day
A_DAY = {"roaming-hub": 1, "mediation": 24}
FEED = {"roaming-hub": "TAP", "mediation": "UDR"}[REPORTER]
TADIG = {"roaming-hub": "GBRNT", "mediation": "USARB"}[REPORTER]
MONDAY = datetime(2027, 3, 8, tzinfo=UTC)  # clocks go forward on the Sunday
BEFORE_THE_WRAP = 99_996
# What goes wrong with a usage file of each day, and with an answer of each day.
USAGE = ("A06:n=2", "A09", "A04", "A08", "A37:same", "A10", "A12:1")
ANSWERS = ("A05", "A06:n=3", "A20", "A09:+2", "A02", "A17", "A24")
HOUSE = "clearing-house"
RULES = ("R33", "R34", "R35", "R36", "R37", "R38")
OPTIONS = {"donors": {"north-tel": "8Y02"}, "our_spid": "9X01", "our_lrn": "5125550000"}
ORDERS = "/tmf-api/productOrderingManagement/v4/productOrder"


@dataclass
class Sender:
    """A reporter's own wish to send, with an anomaly in the first file of each day that has records; notes all."""

    unsolicited: Any
    sent: list[Values] = field(default_factory=list)
    files: int = 0
    spoilt: dict[str, str] = field(default_factory=dict)  # day -> anomaly

    def __call__(self, layout: str, due: datetime, memory: PartnerMemory) -> Sequence[Outgoing]:
        made = self.unsolicited(layout, due, memory)
        self.files += len(made)
        self.sent += [record for file in made for record in file.records]
        day = f"{due:%Y-%m-%d}"
        if day in self.spoilt or not any(file.records for file in made):
            return list(made)
        self.spoilt[day] = USAGE[len(self.spoilt) % len(USAGE)]
        return [replace(file, anomaly=self.spoilt[day]) for file in made]


def advance(stack: RunningStack, time: timedelta) -> None:
    """Moves the stack's clock."""
    stack.admin.post("/admin/clock", json={"advance": f"{time.total_seconds():.0f}s"}).raise_for_status()


def line(stack: RunningStack, customer: int) -> dict[str, str]:
    """A mobile line that rings."""
    party = {"id": f"CUST-{customer:05d}", "role": "customer", "@referredType": "Customer"}
    item = {"id": "1", "action": "add", "quantity": 1, "productOffering": {"id": "MOBILE-GOLD"}}
    reply = stack.client.post(ORDERS, json={"relatedParty": [party], "productOrderItem": [item]})
    assert reply.status_code == 201, reply.text
    done = "select id from com_product_order where id = ? and state = 'completed'"
    until(lambda: stack.rows(done, reply.json()["id"]), "a completed order")
    sql = "select h.imsi, h.msisdn from ne_hlr h join num_tn n on n.tn = h.msisdn join sinv_service s "
    found = stack.rows(sql + "on s.id = n.service_id where s.customer_id = ?", party["id"])[0]
    return {"imsi": str(found["imsi"]), "msisdn": f"1{found['msisdn']}"}


@pytest.fixture
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A stack of its own, whose clock stands at the Monday, and whose streams are near their wrap."""
    with started(tmp_path_factory.mktemp("week")) as running:
        yield running


def partner(
    stack: RunningStack, kind: str, account: str, spid: str, options: Mapping[str, object]
) -> PartnerConfiguration:
    """A partner with an account of the stack."""
    ready: Mapping[str, Any] = stack.ready
    place = {key: ready["sftp"][key] for key in ("host", "port", "host_key")}
    return PartnerConfiguration(account, kind, Account(**place, **ready["partners"][account]), spid, options)


def played(stack: RunningStack, lines: Sequence[Mapping[str, str]]) -> tuple[PartnerHost, Sender]:
    """The partners of the week: the clearing house with its instances, and one that reports use."""
    house = partner(stack, "number-portability", "clearing-house", "CH01", OPTIONS)
    spares = [partner(stack, "number-portability", f"clearing-house-{n}", f"CH1{n}", OPTIONS) for n in (1, 2, 3)]
    usage = partner(stack, REPORTER, REPORTER, TADIG, {"lines": [dict(one) for one in lines]})
    partners = (replace(house, spares=tuple(spares)), usage)
    host = make_host(Configuration(partners, clock=f"{stack.ready['url']}/clock", mode="mixture", pace=0.05), 7)
    reporter = host.actors[REPORTER]
    sender = Sender(reporter.kind.unsolicited)  # type: ignore[attr-defined]  # a reporter sends unasked
    reporter.kind.unsolicited = sender  # type: ignore[attr-defined]
    for account, feed, series in ((REPORTER, FEED, "UDR"), (HOUSE, "NPRESP", "NPRESP"), (HOUSE, "NPSV", "NPSV")):
        values = (account, feed, "in", "P", BEFORE_THE_WRAP)
        stack._tables.write("insert into pgw_sequence values (?,?,?,?,?)", *values)
        host.actors[account].memory.sent[series] = BEFORE_THE_WRAP
    return host, sender


def streams(stack: RunningStack) -> dict[tuple[object, object], list[int]]:
    """The numbers of the applied files of each numbered stream, in the order of their application."""
    sql = (
        "select partner, feed, seq_no from pgw_file where direction = 'in' and seq_no is not null "
        "and status in ('accepted', 'partial', 'archived')"
    )
    found: dict[tuple[object, object], list[int]] = {}
    for row in stack.rows(sql):
        found.setdefault((row["partner"], row["feed"]), []).append(int(str(row["seq_no"])))
    return found


def is_whole(numbers: Sequence[int]) -> bool:
    """Whether numbers follow each other without a gap or a repetition, over the wrap if there is one."""
    unwrapped = sorted(number + 99_999 if number < 50_000 and max(numbers) > 50_000 else number for number in numbers)
    return unwrapped == list(range(unwrapped[0], unwrapped[0] + len(unwrapped)))


def test_a_week_with_anomalies_every_day_loses_no_record_and_doubles_none(stack: RunningStack) -> None:
    """Each record that was sent has one fate, each number one file, each port one end; no rule speaks."""
    lines = [line(stack, 220 + place) for place in range(LINES)]
    house = House(stack)
    advance(stack, MONDAY - house.now() - timedelta(minutes=5))
    host, sender = played(stack, lines)
    host.start()
    until(lambda: not host.ailments(host.actors), "partners that have logged in")
    until(lambda: host.actors[REPORTER].memory.served, "a first look at the timetable")
    ports: list[dict[str, Any]] = []
    try:
        for day in range(DAYS):
            for port in ports[-PORTS_A_DAY:]:  # yesterday's journeys have ended: their instances are free
                host.withdraw(f"week-{port['id']}")
            ports += day_of_ports(host, house, day)
            advance(stack, timedelta(days=1))
            until(lambda count=(day + 1) * A_DAY[REPORTER]: sender.files >= count, "the files of a day")  # type: ignore[misc]
        advance(stack, timedelta(days=2))  # what was lost on the way has been found by then
        until(lambda: all(house.status(port) in ("activated", "resolutionRequired") for port in ports), "every port")
        until(lambda: idle(host, stack), "nothing under way")
    finally:
        host.stop()

    assert fates(stack, FEED) == {"accepted": len(sender.sent)}
    rated = "select record_key, count(*) n from bil_usage group by record_key having count(*) > 1"
    assert stack.rows(rated) == []
    assert len(stack.rows("select id from bil_usage")) == len(sender.sent)
    assert [port["id"] for port in ports if len(ends(stack, port)) != 1] == []
    assert {stream: numbers for stream, numbers in streams(stack).items() if not is_whole(numbers)} == {}
    assert {99_999, 1} <= set(streams(stack)[REPORTER, FEED])
    assert len(sender.spoilt) >= DAYS
    assert stack.rows("select file_name from pgw_file where status in ('held', 'received')") == []
    assert said(stack, house.now()) == {}
    house.account.close()


def day_of_ports(host: PartnerHost, house: House, day: int) -> list[dict[str, Any]]:
    """The port requests of a day; the answer to the first goes wrong."""
    ports = [house.draft() for _ in range(PORTS_A_DAY)]
    for place, port in enumerate(ports):
        anomaly = ANSWERS[day % len(ANSWERS)] if place == 0 else None
        told = Behaviour("clearing-house", "port_request", {"tn": port["tn"]}, "confirm", {}, anomaly)
        host.instruct(f"week-{port['id']}", [told])
    for port in ports:
        house.left(port)
    until(lambda: all(house.status(port) == "activated" for port in ports[1:]), "the ports that nothing happens to")
    return ports


def idle(host: PartnerHost, stack: RunningStack) -> bool:
    """Whether no partner has anything to send, and the gateway nothing to decide."""
    spares = [one for actor in host.actors.values() for one in actor.spares.instances]
    waiting = stack.rows("select id from pgw_file where direction = 'in' and status in ('held', 'received')")
    return all(one.is_idle for one in (*host.actors.values(), *spares)) and not waiting


def fates(stack: RunningStack, feed: str) -> dict[str, int]:
    """How many records of a feed came to which end."""
    sql = (
        "select r.status from pgw_record r join pgw_file f on f.id = r.file_id where f.feed = ? and f.direction = 'in'"
    )
    return dict(Counter(str(row["status"]) for row in stack.rows(sql, feed)))


def ends(stack: RunningStack, port: Mapping[str, object]) -> list[dict[str, object]]:
    """The accepted confirmations of a port."""
    sql = (
        "select r.id from pgw_record r join pgw_file f on f.id = r.file_id where f.feed = 'NPRESP' "
        "and f.direction = 'in' and r.status = 'accepted' and r.entity_id = ?"
    )
    return stack.rows(sql, port["id"])


def said(stack: RunningStack, now: datetime) -> dict[str, object]:
    """What the reconciliation rules about files and usage say."""
    engine = create_engine(stack.ready["database"])
    with engine.connect() as connection:
        found = {one.id: rows(connection, one, now=now) for one in BOOK.rules if one.id in RULES}
    engine.dispose()
    assert sorted(found) == sorted(RULES)
    return {rule: what for rule, what in found.items() if what}
