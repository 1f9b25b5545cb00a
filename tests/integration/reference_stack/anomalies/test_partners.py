"""Anomalies that journeys ask for: played by an instance with an account of its own, while the partner goes on."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from ringback.engine.problems import BrokenTest
from ringback.engine.protocols import Behaviour
from ringback.synthetic_partners.anomalies import asked
from ringback.synthetic_partners.configuration import Configuration, PartnerConfiguration
from ringback.synthetic_partners.host import PartnerHost, make_host
from ringback.synthetic_partners.link import Account
from tests.integration.reference_stack.anomalies.conftest import House
from tests.integration.reference_stack.conftest import RunningStack, until

OPTIONS = {"donors": {"north-tel": "8Y02"}, "our_spid": "9X01", "our_lrn": "5125550000"}
_SESSIONS = itertools.count(1)
# Files of an answer that are refused as a whole, and the code; then the good file comes under the same number.
MENDED = {"A08": "G003", "A09:+2": "G004", "A10": "G005", "A11": "G016", "A13": "G010", "A14": "G013", "A21": "G012",
          "A24": "G015", "A33": "G018", "A34": "G009"}  # fmt: skip
# Records that are refused, and the code; then the good record comes with the next file.
REFUSED = {"A16": "R102", "A20": "R104", "A22": "R109", "A30": "R105", "A40:missing": "R101"}
# Series and transport that end well by themselves.
HARMLESS = ("A03", "A04", "A05", "A06:n=2", "A12:1", "A17", "A23:local", "A36", "A37", "A38:dropped", "A38:quota")


def partner(stack: RunningStack, account: str, spid: str) -> PartnerConfiguration:
    """A clearing house with an account of the stack."""
    ready: Mapping[str, Any] = stack.ready
    place = {key: ready["sftp"][key] for key in ("host", "port", "host_key")}
    login = Account(**place, **ready["partners"][account])
    return PartnerConfiguration(account, "number-portability", login, spid, OPTIONS)


@pytest.fixture(scope="module")
def host(stack: RunningStack) -> Iterator[PartnerHost]:
    """The clearing house and the instances that journeys lease from it."""
    main = partner(stack, "clearing-house", "CH01")
    spares = tuple(partner(stack, f"clearing-house-{number}", f"CH1{number}") for number in (1, 2, 3))
    made = make_host(Configuration((replace(main, spares=spares),), clock=f"{stack.ready['url']}/clock", pace=0.1), 7)
    numbered = "select feed, last_seq from pgw_sequence where partner = 'clearing-house' and direction = 'in'"
    known = {str(row["feed"]): int(str(row["last_seq"])) for row in stack.rows(numbered)}
    made.actors["clearing-house"].memory.sent.update({"NPRESP": 0, **known})  # other tests have sent files, and copies
    made.start()
    yield made
    made.stop()


class Journey:
    """One journey execution: its session, its port request, and what it tells the clearing house."""

    def __init__(self, host: PartnerHost, house: House, anomaly: object, do: object = "confirm") -> None:
        self.house = house
        self.session = f"anomaly-{next(_SESSIONS)}"
        self.port = house.draft()
        told = Behaviour("clearing-house", "port_request", {"tn": self.port["tn"]}, do, {}, anomaly)
        host.instruct(self.session, [told])

    @property
    def correlation(self) -> object:
        """The journey's correlation id."""
        return self.house.stack.rows("select correlation_id from npg_port where id = ?", self.port["id"])[0][
            "correlation_id"
        ]

    def answers(self) -> list[dict[str, object]]:
        """The books' records that answer this request, with their files."""
        sql = (
            "select f.partner, f.file_name, f.seq_no, r.status, r.error_code from pgw_record r "
            "join pgw_file f on f.id = r.file_id where f.feed = 'NPRESP' and f.direction = 'in' "
            "and r.entity_id = ? order by r.id"
        )
        return self.house.stack.rows(sql, self.port["id"])


def refusals(host: PartnerHost, account: object, decision: str) -> str:
    """What an instance was told of its files with a decision."""
    instances = host.actors["clearing-house"].spares.instances
    logs = (line for one in instances if one.settings.name == account for line in one.log)
    return "; ".join(line["errors"] for line in logs if line.get("decision") == decision)


@pytest.mark.parametrize("wanted", [pytest.param(one, marks=pytest.mark.anomaly(one[:3])) for one in MENDED])
def test_a_refused_file_comes_again_mended_and_the_port_goes_on(host: PartnerHost, house: House, wanted: str) -> None:
    """REJECTED with the code, then ACCEPTED under the same number, from an account that nobody else uses meanwhile."""
    journey = Journey(host, house, wanted)

    assert house.reaches(journey.port, "confirmed", "svPending", "activated")

    (answer,) = until(journey.answers, "the accepted answer")
    assert str(answer["partner"]).startswith("clearing-house-")
    until(lambda: f" {MENDED[wanted]} " in refusals(host, answer["partner"], "REJECTED"), "the refusal")
    assert house.reaches(journey.port, "activated")
    host.withdraw(journey.session)


@pytest.mark.parametrize("wanted", [pytest.param(one, marks=pytest.mark.anomaly(one[:3])) for one in REFUSED])
def test_a_refused_record_comes_again_with_the_next_file(host: PartnerHost, house: House, wanted: str) -> None:
    """PARTIAL with the code, then the good record under the next number."""
    journey = Journey(host, house, wanted)

    assert house.reaches(journey.port, "activated")

    (answer,) = journey.answers()
    assert answer["status"] == "accepted"
    until(lambda: f" {REFUSED[wanted]} " in refusals(host, answer["partner"], "PARTIAL"), "the refusal")
    host.withdraw(journey.session)


@pytest.mark.parametrize("wanted", [pytest.param(one, marks=pytest.mark.anomaly(one[:3])) for one in HARMLESS])
def test_the_port_goes_through_whatever_happens_on_the_way(host: PartnerHost, house: House, wanted: str) -> None:
    """Copies, gaps, slow and broken transfers: the answer counts once."""
    journey = Journey(host, house, wanted)

    assert house.reaches(journey.port, "activated")

    assert [one["status"] for one in journey.answers()] == ["accepted"]
    host.withdraw(journey.session)


@pytest.mark.anomaly("A31")
@pytest.mark.parametrize(("wanted", "state"), [("A31:answer=refuse", "activated"), ("A31:confirm", "activated")])
def test_the_second_of_two_answers_counts_where_it_is_legal(
    host: PartnerHost, house: House, wanted: str, state: str
) -> None:
    """A refusal after the confirmation is R110; a confirmation after a delay is the next step."""
    journey = Journey(host, house, wanted, "confirm" if "refuse" in wanted else {"delay_then_confirm": {"after": 60}})

    assert house.reaches(journey.port, state)

    if "refuse" in wanted:
        key = "select r.error_code from pgw_record r where r.correlation_id = ? and r.status = 'rejected'"
        until(lambda: house.stack.rows(key, str(journey.correlation)), "the refused answer")
    host.withdraw(journey.session)


def test_journeys_with_anomalies_run_side_by_side_and_wait_for_a_free_instance(host: PartnerHost, house: House) -> None:
    """Five journeys, three instances: each goes through, and those without an anomaly do not wait."""
    spoilt = [Journey(host, house, wanted) for wanted in ("A09", "A06:n=3", "A17", "A10", "A05")]
    plain = Journey(host, house, None)

    assert house.reaches(plain.port, "activated")
    done: set[str] = set()

    def all_done() -> bool:
        for journey in spoilt:
            if journey.session not in done and house.status(journey.port) == "activated":
                host.withdraw(journey.session)
                done.add(journey.session)
        return len(done) == len(spoilt)

    until(all_done, "five ports")
    accounts = {str(one["partner"]) for journey in spoilt for one in journey.answers()}
    assert accounts <= {"clearing-house-1", "clearing-house-2", "clearing-house-3"}
    assert [one["partner"] for one in plain.answers()] == ["clearing-house"]


def test_what_would_hurt_others_needs_an_instance(stack: RunningStack) -> None:
    """Without spare accounts an anomaly of whole files is refused before anything is sent; one of a record is not."""
    alone = make_host(Configuration((partner(stack, "clearing-house", "CH01"),)), 7)
    told = Behaviour("clearing-house", "port_request", {"tn": "6175550100"}, "confirm", {}, "A09")

    with pytest.raises(BrokenTest, match="no instance to lease, and A09 would hurt other journeys"):
        alone.instruct("s", [told])
    with pytest.raises(BrokenTest, match="no anomaly is called 'A99'"):
        alone.instruct("s", [replace(told, anomaly="A99")])

    alone.instruct("s", [replace(told, anomaly={"A17": {"n": 2}})])
    assert asked({"A17": {"n": 2}}).anomaly.shared is False
