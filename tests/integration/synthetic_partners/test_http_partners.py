"""HTTP partners over real sockets: an SM-DP+ behind TLS, call-backs that are put off, refused, late and in order."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from ringback.engine.problems import UsageError
from ringback.engine.protocols import Behaviour
from ringback.synthetic_partners.configuration import Configuration, read_configuration
from ringback.synthetic_partners.host import PartnerHost, make_host

Eventually = Callable[[Callable[[], Any], str], Any]
ICCID = "8901000000000000019F"
EID = "89049032000000000000000400000130"


@dataclass(slots=True)
class Operator:
    """Takes call-backs: notes them with their token, answers the statuses it is told first, then 204."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    heard: list[dict[str, Any]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)

    def points(self) -> list[int]:
        """The notification points that were taken, in order."""
        return [body["notificationPointId"] for body in self.heard]


@pytest.fixture
def operator() -> Iterator[Operator]:
    """A running receiver of call-backs."""
    operator = Operator()

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status = operator.statuses.pop(0) if operator.statuses else 204
            if status == 204:
                operator.heard.append(body)
                operator.tokens.add(self.headers["Authorization"])
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        operator.url = f"http://127.0.0.1:{server.server_address[1]}"
        yield operator
        server.shutdown()


def _configuration(folder: Path, call_back: str, **more: object) -> Configuration:
    options = {"call_back": call_back, "token": "sesame"}
    entry = {"behaviour": "sm-dp-plus", "listen": "127.0.0.1:0", "options": options, **more}
    path = folder / "partners.json"
    path.write_text(json.dumps({"partners": {"smdp": entry}, "pace": 0.1, "state": str(folder / "memory")}))
    return read_configuration(path)


@dataclass(slots=True)
class Smdp:
    """A running SM-DP+ and what an operator asks of it."""

    host: PartnerHost
    folder: Path

    @property
    def url(self) -> str:
        """Where it listens."""
        return self.host.actors["smdp"].url

    def tell(self, do: object) -> None:
        """What a journey says for the phone."""
        self.host.instruct("session", [Behaviour("smdp", "download_order", {"eid": EID}, do, {})])

    def ask(self, function: str, body: dict[str, object], call: str = "") -> tuple[int, Any]:
        """Status and body of an answer."""
        place = urlsplit(self.url)
        sent = {"header": {"functionCallIdentifier": call or function}, "iccid": ICCID, **body}
        connection: HTTPConnection
        if place.scheme == "https":
            trusted = ssl.create_default_context(cafile=next((self.folder / "memory").glob("*.crt")))
            connection = HTTPSConnection(str(place.hostname), place.port, timeout=10, context=trusted)
        else:
            connection = HTTPConnection(str(place.hostname), place.port, timeout=10)
        try:
            connection.request("POST", f"/gsma/rsp2/es2plus/{function}", json.dumps(sent))
            reply = connection.getresponse()
            return reply.status, json.loads(reply.read() or b"null")
        finally:
            connection.close()

    def order(self) -> None:
        """A profile that the phone may download."""
        assert self.ask("downloadOrder", {"eid": EID})[0] == 200
        assert self.ask("confirmOrder", {"eid": EID, "releaseFlag": True})[0] == 200


@pytest.fixture
def smdp(operator: Operator, tmp_path: Path, eventually: Eventually) -> Iterator[Smdp]:
    """An SM-DP+ on a port of its own."""
    host = make_host(_configuration(tmp_path, operator.url), 7)
    host.start()
    smdp = Smdp(host, tmp_path)
    eventually(lambda: smdp.url, "a listening SM-DP+")
    yield smdp
    host.stop()


def test_a_download_is_told_in_order_with_the_token(smdp: Smdp, operator: Operator, eventually: Eventually) -> None:
    """The order comes first and waits; as soon as the journey speaks, the points come."""
    smdp.order()
    smdp.tell("download_and_install")

    eventually(lambda: len(operator.heard) == 3, "three notification points")
    assert operator.points() == [1, 3, 4]
    assert operator.tokens == {"Bearer sesame"}
    assert {body["iccid"] for body in operator.heard} == {ICCID}


def test_an_operator_that_is_busy_gets_every_call_back_later_and_in_order(
    smdp: Smdp, operator: Operator, eventually: Eventually
) -> None:
    """500, 429, 503 and 409 may pass: the first call-back is tried again, and the others wait behind it."""
    operator.statuses = [500, 429, 503, 409]
    smdp.tell("download_and_install")

    smdp.order()

    eventually(lambda: len(operator.heard) == 3, "three notification points")
    assert operator.points() == [1, 3, 4]
    assert smdp.host.ailments(["smdp"]) == {}
    assert smdp.host.actors["smdp"].journal.counts["deferred"] == 4


@pytest.mark.parametrize("status", [400, 404, 501, 502, 511])
def test_a_final_status_stops_a_delivery_and_only_that_one(
    smdp: Smdp, operator: Operator, eventually: Eventually, status: int
) -> None:
    """The refused call-back does not come again; the next one does come."""
    operator.statuses = [status]
    smdp.tell("download_and_install")

    smdp.order()

    eventually(lambda: len(operator.heard) == 2, "the two call-backs behind the refused one")
    assert operator.points() == [3, 4]
    assert smdp.host.actors["smdp"].journal.counts["refused"] == 1


def test_an_order_is_put_off_before_it_is_taken(smdp: Smdp) -> None:
    """503 and 429 as the journey wants it, then the right answer to the same call."""
    smdp.tell({"never_downloaded": {"http": {"before": [503, 429]}}})

    statuses = [smdp.ask("downloadOrder", {"eid": EID})[0] for _ in range(3)]

    assert statuses == [503, 429, 200]


def test_call_backs_come_twice_and_with_the_id_of_another_as_asked(
    smdp: Smdp, operator: Operator, eventually: Eventually
) -> None:
    """Every notification point twice; all of them with the identifier of the first."""
    smdp.tell({"download_and_install": {"http": {"twice": True, "correlation": "reused", "empty": True}}})

    smdp.order()

    eventually(lambda: len(operator.heard) == 6, "three notification points, twice")
    identifiers = [body["header"]["functionCallIdentifier"] for body in operator.heard]
    assert operator.points() == [1, 1, 3, 3, 4, 4]
    assert identifiers[0] == identifiers[2]
    assert {body["resultData"] for body in operator.heard} == {""}


def test_a_refused_connection_is_an_ailment_until_somebody_answers(tmp_path: Path, eventually: Eventually) -> None:
    """Nobody listens at the call-back address: the reason is told, the call-back is kept."""
    host = make_host(_configuration(tmp_path, "http://127.0.0.1:9"), 7)
    host.start()
    smdp = Smdp(host, tmp_path)
    eventually(lambda: smdp.url, "a listening SM-DP+")
    try:
        smdp.tell("download_only")
        smdp.order()

        said = eventually(lambda: host.ailments(["smdp"]).get("smdp"), "an ailment")
        assert "cannot deliver to http://127.0.0.1:9/handleDownloadProgressInfo" in said
    finally:
        host.stop()


def test_tls_is_spoken_with_a_certificate_of_its_own_that_stays(
    operator: Operator, tmp_path: Path, eventually: Eventually
) -> None:
    """A client that trusts the certificate is served; after a restart the certificate is the same."""
    found = []
    for number in range(2):
        host = make_host(_configuration(tmp_path, operator.url, tls=True), 7)
        host.start()
        smdp = Smdp(host, tmp_path)
        eventually(lambda one=smdp: one.url, "a listening SM-DP+")
        status, body = smdp.ask("downloadOrder", {"eid": EID}, call="SAME")
        found.append(next((tmp_path / "memory").glob("*.crt")).read_bytes())
        host.stop()

        assert smdp.url == ""
        assert (number, status, body["iccid"]) == (number, 200, ICCID)

    assert found[0] == found[1]
    key = next((tmp_path / "memory").glob("*.key"))
    assert key.stat().st_mode & 0o777 == 0o600


def test_an_order_that_nobody_spoke_for_survives_a_restart(
    operator: Operator, tmp_path: Path, eventually: Eventually
) -> None:
    """Ordered before the end, spoken for after the start: the download is told once."""
    for do in (None, "download_only"):
        host = make_host(_configuration(tmp_path, operator.url), 7)
        host.start()
        smdp = Smdp(host, tmp_path)
        eventually(lambda one=smdp: one.url, "a listening SM-DP+")
        if do is None:
            smdp.order()
            eventually(lambda one=host: one.actors["smdp"].memory.path.exists(), "a memory on disk")
        else:
            smdp.tell(do)
            eventually(lambda: len(operator.heard) == 2, "the points of the download")
        host.stop()

    assert operator.points() == [1, 3]


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        (b"POST /gsma/rsp2/es2plus/downloadOrder HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", b" 413 "),
        (b"POST /gsma/rsp2/es2plus/downloadOrder HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b" 413 "),
        (b"GET /favicon.ico HTTP/1.1\r\n\r\n", b" 404 "),
    ],
)
def test_strange_requests_get_an_answer_and_no_traceback(smdp: Smdp, request_line: bytes, status: bytes) -> None:
    """A body that is too large is not read; what is no function is not found."""
    import socket

    place = urlsplit(smdp.url)
    with socket.create_connection((str(place.hostname), place.port or 0), timeout=10) as line:
        line.sendall(request_line)

        assert status in line.recv(4096)


def test_an_address_without_a_port_is_refused(tmp_path: Path) -> None:
    """Before anything starts."""
    with pytest.raises(UsageError, match="names no port"):
        _configuration(tmp_path, "", listen="somewhere")
