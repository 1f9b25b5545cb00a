"""eSIM profiles over ES2+ against a real SM-DP+ of the test: success only by the body, call-backs, taking back."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.integration.reference_stack.conftest import RunningStack, started, until

_ITEMS = itertools.count(1)
_PATH = "/gsma/rsp2/es2plus/"


def _eid(number: int) -> str:
    """An EID with right check digits."""
    body = f"890490320000000000000000{number:06d}"
    return f"{body}{98 - int(body + '00') % 97:02d}"


class SmdpPlus:
    """An SM-DP+ that notes what it is asked and answers as told; it sets aside the ICCID that it is given."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.statuses: dict[str, dict[str, object]] = {}  # by EID and function
        self.http: dict[str, list[int]] = {}  # by EID: the HTTP statuses of the next answers
        smdp = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["content-length"])
                body = json.loads(self.rfile.read(length))
                content = json.dumps(smdp.answer(self.path.removeprefix(_PATH), body)).encode()
                self.send_response((smdp.http.get(str(body.get("eid"))) or [200]).pop(0))
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *_arguments: object) -> None:  # noqa: A002  # the name of the base class
                """Keeps quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, function: str, body: dict[str, Any]) -> dict[str, object]:
        """The body of an answer, HTTP 200 in any case."""
        self.calls.append((function, body))
        success: dict[str, object] = {"status": "Executed-Success"}
        status = self.statuses.get(f"{body.get('eid')} {function}", success)
        known = {"iccid": body["iccid"]} if function == "downloadOrder" else {}
        matching = {"matchingId": f"M-{body['iccid'][-6:]}"} if function == "confirmOrder" else {}
        return {"header": {"functionExecutionStatus": status}, **known, **matching}

    def asked(self, eid: str) -> list[str]:
        """The functions that were called for an EID, in order."""
        return [function for function, body in list(self.calls) if body.get("eid") == eid]

    def close(self) -> None:
        """Ends it."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


@pytest.fixture(scope="module")
def smdp() -> Iterator[SmdpPlus]:
    """A running SM-DP+."""
    server = SmdpPlus()
    yield server
    server.close()


@pytest.fixture(scope="module")
def stack(smdp: SmdpPlus, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A stack that orders its eSIM profiles there."""
    with started(tmp_path_factory.mktemp("esim"), "--smdp", smdp.url) as running:
        yield running


class Profiles:
    """eSIM orders of a stack as resource ordering sees them."""

    def __init__(self, stack: RunningStack) -> None:
        self.stack = stack

    def order(self, eid: str = "", **more: object) -> dict[str, Any]:
        """A new order for a device."""
        number = next(_ITEMS)
        body = {"eid": eid or _eid(number), "orderId": f"PO-S{number}", "orderItemId": f"POI-S{number}"}
        reply = self.stack.client.post(
            "/gateway/v1/esim-orders", json=body | {"resourceOrderItemId": f"ROI-S{number}"} | more
        )
        assert reply.status_code == 201, reply.text
        found: dict[str, Any] = reply.json()
        return found

    def reaches(self, profile: dict[str, Any], state: str) -> dict[str, Any]:
        """The profile once it is in a state."""
        path = profile["href"]
        return until(lambda: (now := self.stack.client.get(path).json())["state"] == state and now, state)

    def point(self, profile: dict[str, Any], number: int, **more: object) -> int:
        """A call-back of the SM-DP+; answers the status that it gets."""
        body = {
            "header": {"functionRequesterIdentifier": "SMDP", "functionCallIdentifier": "1"},
            "iccid": f"{profile['iccid']}F",
            "profileType": "RINGBACK-CONSUMER",
            "timestamp": "2026-11-21T12:00:00Z",
            "notificationPointId": number,
            "notificationPointStatus": {"status": "Executed-Success"},
        }
        path = "/gateway/v1/es2plus/handleDownloadProgressInfo"
        return int(self.stack.client.post(path, json=body | more).status_code)

    def status_of(self, profile: dict[str, Any]) -> str:
        """What the inventory says of the profile's resource."""
        sql = "select resource_status from rinv_resource where kind = ? and value = ?"
        return str(self.stack.rows(sql, "ESIM_PROFILE", profile["iccid"])[0]["resource_status"])

    def case(self, order: str, code: str) -> dict[str, Any]:
        """The case of an order, once it is open."""
        params = {"orderId": order, "code": code}
        found: list[dict[str, Any]] = until(
            lambda: self.stack.client.get("/fallout/v1/cases", params=params).json(), f"case {code}"
        )
        return found[0]


@pytest.fixture(scope="module")
def profiles(stack: RunningStack) -> Profiles:
    """The eSIM orders of the stack."""
    return Profiles(stack)


def test_a_profile_is_ordered_confirmed_and_installed(stack: RunningStack, smdp: SmdpPlus, profiles: Profiles) -> None:
    """ICCID and IMSI come from a vendor's batch, the activation code from the answer, the states from call-backs."""
    ordered = profiles.order()
    confirmed = profiles.reaches(ordered, "confirmed")
    sent = dict(body for body in smdp.calls if body[1].get("eid") == ordered["eid"])

    assert smdp.asked(ordered["eid"]) == ["downloadOrder", "confirmOrder"]
    assert sent["downloadOrder"]["iccid"] == f"{confirmed['iccid']}F"
    assert sent["confirmOrder"]["releaseFlag"] is True
    assert sent["downloadOrder"]["header"]["functionCallIdentifier"]
    assert confirmed["imsi"].startswith("00101")
    assert confirmed["activationCode"] == f"LPA:1${confirmed['smdpAddress']}${confirmed['matchingId']}"
    assert profiles.status_of(confirmed) == "reserved"

    assert [profiles.point(confirmed, number) for number in (3, 4, 3, 4)] == [204] * 4
    profiles.reaches(ordered, "installed")
    states = "select state from evt_event where resource_type = ? and resource_id = ? order by seq"
    told = [event["state"] for event in stack.rows(states, "esimProfile", ordered["id"])]
    assert told == ["ordered", "confirmed", "downloaded", "installed"]
    taken_back = {"resourceOrderItemId": ordered["resourceOrderItemId"]}
    assert stack.client.post("/gateway/v1/esim-orders/cancel", json=taken_back).status_code == 409


@pytest.mark.parametrize(
    "status",
    [
        {"status": "Failed", "statusCodeData": {"subjectCode": "8.1.1", "reasonCode": "3.8", "message": "refused"}},
        {"status": "Expired", "statusCodeData": {"subjectCode": "8.2.1", "reasonCode": "6.3"}},
        {"status": "Executed-WithWarning"},
    ],
)
@pytest.mark.parametrize("function", ["downloadOrder", "confirmOrder"])
def test_a_failure_inside_http_200_fails_the_profile(
    smdp: SmdpPlus, profiles: Profiles, status: dict[str, object], function: str
) -> None:
    """Only Executed-Success is a success; the profile goes back to where it came from, and a case says why."""
    eid = _eid(9000 + next(_ITEMS))
    smdp.statuses[f"{eid} {function}"] = status

    failed = profiles.reaches(profiles.order(eid), "failed")

    assert str(status["status"]) in failed["reason"]
    assert failed["reason"] in profiles.case(failed["orderId"], "ESIM-FAILED")["rootCause"]
    until(lambda: profiles.status_of(failed) == "available", "the profile in stock again")
    linked = function == "confirmOrder"
    assert smdp.asked(eid) == ["downloadOrder", *(("confirmOrder", "cancelOrder") if linked else ())]


@pytest.mark.anomaly("A39")
@pytest.mark.parametrize("status", [202, 429, 500, 503])
def test_an_answer_that_only_means_later_is_asked_for_again(profiles: Profiles, smdp: SmdpPlus, status: int) -> None:
    """Twice an answer that says nothing about the order, then the right one: the profile is there, and no case."""
    eid = _eid(9000 + status)
    smdp.http[eid] = [status, status]

    ordered = profiles.order(eid)

    assert profiles.reaches(ordered, "confirmed")["eid"] == eid
    assert smdp.asked(eid) == ["downloadOrder"] * 3 + ["confirmOrder"]
    cases = {"orderId": ordered["orderId"]}
    assert profiles.stack.client.get("/fallout/v1/cases", params=cases).json() == []


@pytest.mark.anomaly("A39")
@pytest.mark.parametrize("status", [400, 404, 501, 502, 511])
def test_an_answer_that_will_never_change_stops_the_delivery(profiles: Profiles, smdp: SmdpPlus, status: int) -> None:
    """The order is asked for once; a person is told which status came."""
    eid = _eid(9000 + status)
    smdp.http[eid] = [status]

    ordered = profiles.order(eid)

    assert str(status) in profiles.reaches(ordered, "failed")["reason"]
    assert smdp.asked(eid) == ["downloadOrder"]
    assert str(status) in profiles.case(ordered["orderId"], "ESIM-FAILED")["rootCause"]


def test_the_wrong_device_fails_the_profile(profiles: Profiles) -> None:
    """A call-back that names another EID, or a failed point, is no installation."""
    first, second = (profiles.reaches(profiles.order(), "confirmed") for _ in range(2))

    assert profiles.point(first, 3, eid=_eid(999_999)) == 204
    assert profiles.point(second, 4, notificationPointStatus={"status": "Failed"}) == 204

    assert "went to EID" in profiles.reaches(first, "failed")["reason"]
    assert "point 4: Failed" in profiles.reaches(second, "failed")["reason"]


def test_a_call_back_for_an_unknown_iccid_is_a_case(profiles: Profiles) -> None:
    """The SM-DP+ gets its 204; a person learns of the ICCID. A call-back without one is 400."""
    stranger = {"iccid": "8901000000000000019"}

    assert profiles.point(stranger, 3) == 204
    assert profiles.point(stranger, 3, iccid="") == 400

    assert profiles.case("8901000000000000019", "ESIM-UNKNOWN-ICCID")["owner"] == "sim-operations"


def test_a_profile_is_taken_back_and_released_on_demand(
    stack: RunningStack, smdp: SmdpPlus, profiles: Profiles
) -> None:
    """The cancellation says Available; a profile that was confirmed unreleased is released later."""
    profile = profiles.reaches(profiles.order(releaseFlag=False), "confirmed")
    item = {"resourceOrderItemId": profile["resourceOrderItemId"]}

    assert stack.client.post("/gateway/v1/esim-orders/release", json=item).status_code == 200
    assert stack.client.post("/gateway/v1/esim-orders/release", json=item).status_code == 409
    cancelled = stack.client.post("/gateway/v1/esim-orders/cancel", json=item | {"reason": "changed my mind"})
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    assert stack.client.post("/gateway/v1/esim-orders/cancel", json=item).status_code == 200
    (back,) = [body for function, body in smdp.calls if function == "cancelOrder" and body["eid"] == profile["eid"]]
    assert back["finalProfileStatusIndicator"] == "Available"
    assert "releaseProfile" in {function for function, _ in smdp.calls}


def test_an_order_is_checked_and_taken_once(stack: RunningStack, profiles: Profiles, running: RunningStack) -> None:
    """Check digits of the EID; the same item again is the same profile; a stack without SM-DP+ says so."""
    ordered = profiles.order()
    again = {name: ordered[name] for name in ("eid", "orderId", "orderItemId", "resourceOrderItemId")}
    repeated = stack.client.post("/gateway/v1/esim-orders", json=again)
    wrong = stack.client.post("/gateway/v1/esim-orders", json=again | {"eid": "1" * 32, "resourceOrderItemId": "X"})

    assert (repeated.status_code, repeated.json()["id"]) == (200, ordered["id"])
    assert wrong.status_code == 400
    assert running.client.post("/gateway/v1/esim-orders", json=again).status_code == 409
