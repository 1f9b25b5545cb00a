"""The kinds that are spoken to over HTTP, by themselves: functions of an SM-DP+, messages of a wholesale supplier."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from ringback.engine.problems import BrokenTest
from ringback.engine.protocols import Behaviour
from ringback.synthetic_partners.behaviour import CallStep, Moment, PartnerSettings, Request, Step
from ringback.synthetic_partners.kinds.esim_functions import PATH
from ringback.synthetic_partners.kinds.progress_messages import KINDS, TEXTS, OrderBook, document, values_of
from ringback.synthetic_partners.kinds.sm_dp_plus import PLAYS, REFUSALS, SmDpPlus
from ringback.synthetic_partners.kinds.wholesale_access import COURSES, NUMBERS, WholesaleAccess
from ringback.synthetic_partners.layouts import built_in_layouts
from ringback.synthetic_partners.sequences import PartnerMemory
from ringback.synthetic_partners.web.manners import Etiquette, manners_of
from ringback.synthetic_partners.web.messages import WebCall, WebRequest

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ICCID = "8901000000000000019F"
EID = "89049032000000000000000400000130"
OTHER_EID = "89049032000000000000000400000227"


@dataclass(slots=True)
class Desk:
    """What a journey says, and what was handed over."""

    do: object = None
    memory: PartnerMemory = field(default_factory=lambda: PartnerMemory("server"))
    taken: list[Request] = field(default_factory=list)

    def told(self, request: Request) -> Behaviour | None:
        return Behaviour("smdp", request.receives, {}, self.do, {}) if self.do else None

    def take(self, request: Request) -> None:
        self.taken.append(request)


@dataclass(slots=True)
class Smdp:
    """An SM-DP+ with its desk; every call has an identifier of its own unless it is given one."""

    desk: Desk = field(default_factory=Desk)
    kind: SmDpPlus = field(
        default_factory=lambda: SmDpPlus(PartnerSettings("smdp", "", 7, {"call_back": "http://operator"}))
    )
    calls: int = 0

    def ask(self, function: str, *, call: str = "", **body: object) -> Mapping[str, Any]:
        """The body of an answer; HTTP 200 is part of the contract."""
        self.calls += 1
        header = {"functionRequesterIdentifier": "RINGBACK", "functionCallIdentifier": call or f"C{self.calls}"}
        sent = json.dumps({"header": header, **body}).encode()
        reply = self.kind.heard(WebRequest("POST", f"{PATH}/{function}", {"host": "smdp.test"}, sent, NOW), self.desk)
        assert reply.status == 200
        assert reply.body is not None
        return reply.body

    def verdict(self, function: str, **body: object) -> str:
        """`Executed-Success`, or status, subject and reason code."""
        status: Mapping[str, Any] = self.ask(function, **body)["header"]["functionExecutionStatus"]
        codes = status.get("statusCodeData", {})
        return " ".join(filter(None, (status["status"], codes.get("subjectCode"), codes.get("reasonCode"))))

    def ordered(self, *, release: bool = True) -> None:
        """A profile that is linked and confirmed."""
        self.ask("downloadOrder", iccid=ICCID, eid=EID, profileType="CONSUMER")
        self.ask("confirmOrder", iccid=ICCID, eid=EID, releaseFlag=release)

    def told_points(self, name: str) -> list[WebCall]:
        """What an answer sends for the profile."""
        return _calls(self.kind.plan(self.desk.taken[0], name, {}, self.desk.memory), self.desk.taken[0])


def _calls(steps: Any, request: Request) -> list[WebCall]:
    notes: dict[str, str] = {}
    moment = Moment(NOW, request, notes)
    return [call for step in steps if isinstance(step, CallStep) for call in step.write(moment)]


def test_a_profile_goes_from_linked_to_released_and_its_download_waits_for_a_journey() -> None:
    """The order echoes the ICCID, confirmOrder answers matching id and address, then the order is handed over."""
    smdp = Smdp()

    linked = smdp.ask("downloadOrder", iccid=ICCID, eid=EID, profileType="CONSUMER")
    confirmed = smdp.ask("confirmOrder", iccid=ICCID, eid=EID, releaseFlag=True)

    assert linked["iccid"] == ICCID
    assert (confirmed["smdpAddress"], confirmed["eid"]) == ("smdp.test", EID)
    (request,) = smdp.desk.taken
    assert request.facts == {
        "iccid": (ICCID, ICCID[:-1]),
        "eid": (EID,),
        "matching_id": (confirmed["matchingId"],),
        "profile_type": ("CONSUMER",),
    }


def test_a_call_that_comes_again_is_answered_as_the_first_time() -> None:
    """The operator never got the answer and repeats its call; another call for the same profile is refused."""
    smdp = Smdp()

    answers = [smdp.ask("downloadOrder", call="SAME", iccid=ICCID, eid=EID) for _ in range(2)]

    assert answers[0] == answers[1]
    assert smdp.verdict("downloadOrder", iccid=ICCID, eid=EID) == "Failed 8.2.1 3.3"


@pytest.mark.parametrize(
    ("function", "body", "verdict"),
    [
        ("downloadOrder", {"iccid": "8901000000000000018F", "eid": EID}, "Failed 8.2.1 2.1"),
        ("downloadOrder", {"iccid": ICCID, "eid": EID[:-1] + "1"}, "Failed 8.1.1 2.1"),
        ("downloadOrder", {"eid": EID}, "Failed 8.2.1 2.2"),
        ("confirmOrder", {"iccid": ICCID, "releaseFlag": True}, "Failed 8.2.1 3.9"),
        ("releaseProfile", {"iccid": ICCID}, "Failed 8.2.1 3.9"),
        ("cancelOrder", {"iccid": ICCID, "finalProfileStatusIndicator": "Available"}, "Failed 8.2.1 3.9"),
    ],
)
def test_what_is_wrong_or_unknown_fails_inside_http_200(function: str, body: dict[str, object], verdict: str) -> None:
    """Subject and reason code say what is wrong with what."""
    assert Smdp().verdict(function, **body) == verdict


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        ({"releaseFlag": True, "eid": OTHER_EID}, "Failed 8.1.1 3.8"),
        ({"eid": EID}, "Failed 8.1 2.2"),
        ({"releaseFlag": True, "matchingId": "no small letters"}, "Failed 8.2.6 2.1"),
        ({"releaseFlag": True, "matchingId": "OWN-1"}, "Executed-Success"),
    ],
)
def test_a_confirmation_is_held_to_its_order(body: dict[str, object], verdict: str) -> None:
    """Another device, no releaseFlag, a matching id of the wrong form."""
    smdp = Smdp()
    smdp.ask("downloadOrder", iccid=ICCID, eid=EID)

    assert smdp.verdict("confirmOrder", iccid=ICCID, **body) == verdict


def test_a_profile_is_released_later_and_taken_back_once() -> None:
    """Confirmed without release, released on demand; after the cancellation it can be ordered again, not cancelled."""
    smdp = Smdp()
    smdp.ordered(release=False)

    assert smdp.desk.taken == []
    assert [smdp.verdict("releaseProfile", iccid=ICCID) for _ in range(2)] == ["Executed-Success", "Failed 8.2.1 1.2"]
    assert len(smdp.desk.taken) == 1
    back = {"iccid": ICCID, "finalProfileStatusIndicator": "Available"}
    assert smdp.verdict("cancelOrder", **back, matchingId="ANOTHER") == "Failed 8.2.6 3.8"
    assert [smdp.verdict("cancelOrder", **back) for _ in range(2)] == ["Executed-Success", "Failed 8.2.1 1.2"]
    assert smdp.told_points("download_and_install") == []  # nobody downloads what was taken back
    assert smdp.verdict("downloadOrder", iccid=ICCID, eid=OTHER_EID) == "Executed-Success"


def test_a_profile_given_back_for_good_is_not_ordered_again() -> None:
    """The cancellation says Unavailable."""
    smdp = Smdp()
    smdp.ordered()
    smdp.ask("cancelOrder", iccid=ICCID, finalProfileStatusIndicator="Unavailable")

    assert smdp.verdict("downloadOrder", iccid=ICCID, eid=EID) == "Failed 8.2.1 1.2"


@pytest.mark.parametrize("name", PLAYS)
def test_every_play_sends_its_notification_points(name: str) -> None:
    """In order, with the profile's own ICCID and EID, except where the answer is that they differ."""
    smdp = Smdp()
    smdp.ordered()

    bodies = [dict(call.body) for call in smdp.told_points(name)]

    assert [body["notificationPointId"] for body in bodies] == [point for point, _ in PLAYS[name]]
    good = [body["notificationPointStatus"]["status"] == "Executed-Success" for body in bodies]  # type: ignore[index]
    assert good == [went_well for _, went_well in PLAYS[name]]
    assert {body["iccid"] for body in bodies} <= {ICCID}
    assert all((body["eid"] == EID) is (name != "wrong_device") for body in bodies)
    assert len({body["header"]["functionCallIdentifier"] for body in bodies}) == len(bodies)  # type: ignore[index]


@pytest.mark.parametrize("name", REFUSALS)
def test_every_refusal_fails_its_own_function(name: str) -> None:
    """The other function is carried out."""
    smdp = Smdp(Desk(do=name))
    refused_at, failure = REFUSALS[name]

    first = smdp.verdict("downloadOrder", iccid=ICCID, eid=EID)
    second = smdp.verdict("confirmOrder", iccid=ICCID, eid=EID, releaseFlag=True)

    said = f"{failure.status} {failure.subject} {failure.reason}"
    assert (first if refused_at == "downloadOrder" else second) == said
    assert smdp.desk.taken == []


def test_a_late_confirmation_is_held_back_and_the_download_goes_on() -> None:
    """The answer carries how long; a list of answers has a download behind it."""
    smdp = Smdp(Desk(do=[{"confirm_late": {"after": 2}}, "download_and_install"]))
    smdp.ask("downloadOrder", iccid=ICCID, eid=EID)
    body = {"header": {"functionCallIdentifier": "X"}, "iccid": ICCID, "eid": EID, "releaseFlag": True}
    request = WebRequest("POST", f"{PATH}/confirmOrder", {}, json.dumps(body).encode(), NOW)

    reply = smdp.kind.heard(request, smdp.desk)

    assert (reply.status, reply.after_s) == (200, 2.0)
    assert len(smdp.desk.taken) == 1


def test_an_order_by_type_gets_a_profile_with_a_right_check_digit() -> None:
    """Neither ICCID nor EID: the SM-DP+ chooses, and the same call gets the same."""
    answers = [Smdp().ask("downloadOrder", call="SAME", profileType="CONSUMER") for _ in range(2)]

    assert answers[0]["header"]["functionExecutionStatus"]["status"] == "Executed-Success"
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", f"{PATH}/somethingElse", b"{}", 404),
        ("GET", f"{PATH}/downloadOrder", b"", 404),
        ("POST", f"{PATH}/downloadOrder", b"not json", 400),
        ("POST", f"{PATH}/downloadOrder", b"[1]", 400),
    ],
)
def test_what_is_no_es2plus_is_no_200(method: str, path: str, body: bytes, status: int) -> None:
    """Only functions are answered with 200."""
    smdp = Smdp()

    assert smdp.kind.heard(WebRequest(method, path, {}, body, NOW), smdp.desk).status == status


def test_an_operator_is_put_off_before_it_gets_the_right_answer() -> None:
    """503 and 429 first, as often as it was asked for, then the answer; 400 for good where that was asked for."""
    etiquette = Etiquette()
    busy, never = manners_of({"http": {"before": [503, 429]}}), manners_of({"http": {"status": 400, "late": 3}})

    replies = [etiquette.put_off(busy, "order") for _ in range(3)]
    refused = etiquette.put_off(never, "other")

    assert [reply.status if reply else 200 for reply in replies] == [503, 429, 200]
    assert replies[1] is not None
    assert replies[1].headers["Retry-After"] == "1"
    assert refused is not None
    assert (refused.status, refused.after_s) == (400, 3.0)


@pytest.mark.parametrize("wrong", [{"http": "slow"}, {"http": {"sometimes": 1}}, {"http": {"correlation": "odd"}}])
def test_unknown_manners_are_a_broken_test(wrong: dict[str, object]) -> None:
    """With what there is."""
    with pytest.raises(BrokenTest, match=r"http|correlation"):
        manners_of(wrong)


def test_call_backs_lose_reuse_and_repeat_their_ids_as_asked() -> None:
    """Missing, that of the one before, twice the same; optional members come empty."""
    etiquette = Etiquette()
    first, second = (WebCall("http://operator", {"id": name, "head": {"no": name}}, "k") for name in ("A", "B"))

    def sent(call: WebCall, **options: object) -> list[Mapping[str, object]]:
        made = etiquette.calls(manners_of({"http": options}), call, identity="id", optional=("text",))
        return [one.body for one in made]

    assert sent(first) == [{"id": "A", "head": {"no": "A"}}]
    assert sent(second, correlation="reused") == [{"id": "A", "head": {"no": "B"}}]
    assert sent(second, correlation="missing") == [{"head": {"no": "B"}}]
    assert sent(second, twice=True, empty=True) == [{"id": "B", "head": {"no": "B"}, "text": ""}] * 2
    nested = etiquette.calls(manners_of({"http": {"correlation": "missing"}}), first, identity="head.no")
    assert nested[0].body == {"id": "A", "head": {}}
    assert first.body == {"id": "A", "head": {"no": "A"}}


ORDER = {
    "id": "WHO-1-1",
    "sequenceNumber": "1",
    "action": "PROVIDE",
    "entityType": "PROVIDE_ORDER",
    "entity.id": "WHO-1",
    "entity.orderType": "NEW",
    "entity.address.id": "ADR-1",
    "entity.serviceOrderItem.serviceCharacteristics.0.name": "downMbps",
    "entity.serviceOrderItem.serviceCharacteristics.0.value": "300",
}


def _supplier() -> WholesaleAccess:
    return WholesaleAccess(PartnerSettings("wholesale-access", "ACCESSCO", 7, {"call_back": "http://operator/kci"}))


def _course(names: Any, **order: str) -> list[Mapping[str, Any]]:
    """The messages that answers send for one order."""
    kind, memory = _supplier(), PartnerMemory("server")
    request = kind._request({**ORDER, **order})
    steps: list[Step] = [step for name in names for step in kind.plan(request, name, {}, memory)]
    return [call.body for call in _calls(steps, request)]


def test_messages_of_an_order_are_numbered_without_gaps_and_carry_the_whole_order() -> None:
    """Speed and address stand in each; the committed date is set once, the target date moves."""
    acknowledged, committed, delayed, resumed, completed = _course(COURSES["delayed"])

    assert [one["sequenceNumber"] for one in (acknowledged, committed, delayed, resumed, completed)] == [1, 2, 3, 4, 5]
    assert len({one["id"] for one in (acknowledged, committed, delayed, resumed, completed)}) == 5
    assert committed["entity"]["committedDate"] == committed["entity"]["targetDate"] == "2026-03-07"
    assert (delayed["entity"]["committedDate"], delayed["entity"]["targetDate"]) == ("2026-03-07", "2026-03-12")
    assert (delayed["problemCode"], delayed["text"]) == ("P07", TEXTS["P07"])
    assert completed["entity"]["serviceOrderItem"]["serviceCharacteristics"] == [{"name": "downMbps", "value": 300}]
    assert [completed["entity"][name] for name in ("id", "status", "supplierOrderNumber")] == [
        "WHO-1",
        "COMPLETED",
        "S-WHO-1",
    ]
    assert completed["entity"]["serviceId"]
    assert completed["issuedOn"] <= completed["receivedOn"] <= completed["deliveredOn"]


@pytest.mark.parametrize("name", KINDS)
def test_every_message_is_right_by_its_layout(name: str) -> None:
    """What goes into a file of messages has no problem, and comes out of it as it went in."""
    layout, memory = built_in_layouts()["kci"], PartnerMemory("server")
    book = OrderBook(memory, 7, "ACCESSCO")
    book.note("WHO-1", ORDER)
    if name in ("complete", "complete_partly"):
        book.message("WHO-1", KINDS["commit"], {}, NOW)

    values = book.message("WHO-1", KINDS[name], {}, NOW)
    header = _supplier().header("kci", NOW, 7, [values])
    file = layout.decode(layout.encode(header, [values]), layout.file_name(header))

    assert file.problems == ()
    assert {path: file.records[0][path] for path in values if path in file.records[0]}.items() <= values.items()


def test_a_document_and_its_dotted_names_are_the_same() -> None:
    """Lists and numbers come back."""
    found = {"id": "x", "sequenceNumber": 3, "entity": {"list": [{"name": "a", "value": 1}, {"name": "b", "value": 2}]}}

    assert document(values_of(found), NUMBERS) == found


@pytest.mark.parametrize(
    ("action", "receives", "done"),
    [
        ("AMEND", "modify_order", "amend"),
        ("CANCEL", "modify_order", "cancel"),
        ("CEASE", "cease_order", ["acknowledge", "commit", "complete"]),
    ],
)
def test_changes_and_ceases_that_no_journey_speaks_of_are_done(action: str, receives: str, done: object) -> None:
    """A new line waits for a journey; what ends or changes one does not."""
    kind, memory = _supplier(), PartnerMemory("server")
    request = kind._request({**ORDER, "action": action})

    assert request.receives == receives
    assert kind.settled(request, lambda _: None, memory) == done
    assert kind.settled(kind._request(ORDER), lambda _: None, memory) is None


def test_an_unsolicited_cease_begins_with_created_for_an_order_of_their_own() -> None:
    """It names the line; its order id is none of ours."""
    kind, memory = _supplier(), PartnerMemory("server")
    asked = Request("instruction", "session/1234abcd", {"service": ("LINE-1",)}, ())

    (call,) = _calls(kind.plan(asked, "unsolicited_cease", {}, memory), asked)

    body: Mapping[str, Any] = call.body
    assert (body["information"]["type"], body["entityType"], body["sequenceNumber"]) == ("CREATED", "CEASE_ORDER", 1)
    assert (body["entity"]["id"], body["entity"]["serviceId"]) == ("UC-ACCESSCO-1234ABCD", "LINE-1")


def test_the_hourly_file_holds_what_was_delivered_since_the_last_one() -> None:
    """Each message once more, with the id that it was delivered with."""
    kind, memory = _supplier(), PartnerMemory("server")
    request = kind._request(ORDER)
    steps = kind.plan(request, "acknowledge", {"channel": "hourly"}, memory)
    (call,) = _calls(steps, request)

    (file,) = kind.unsolicited("kci", NOW, memory)

    assert [values["id"] for values in file.records] == [call.body["id"]]
    assert kind.unsolicited("kci", NOW, memory) == ()


@pytest.mark.parametrize(
    ("body", "status", "taken"),
    [
        (json.dumps(document(ORDER, NUMBERS)).encode(), 202, 1),
        (b'{"id": "1", "entity": {}}', 400, 0),
        (b'{"entity": {"id": "WHO-1"}}', 400, 0),
        (b"{", 400, 0),
    ],
)
def test_an_order_by_http_is_judged_by_its_envelope_alone(body: bytes, status: int, taken: int) -> None:
    """202 for whatever can be told apart; the same again changes nothing."""
    kind, desk = _supplier(), Desk()
    request = WebRequest("POST", "/v1/orders", {}, body, NOW)

    assert kind.heard(request, desk).status == status
    assert len(desk.taken) == taken
    desk.memory.answered.update({one.key: "complete" for one in desk.taken})
    kind.heard(request, desk)
    assert len(desk.taken) == taken
