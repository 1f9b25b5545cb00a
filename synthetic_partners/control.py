"""The control address of the partners' process: HTTP on loopback, one bearer token, small JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from hmac import compare_digest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from ringback.engine.problems import BrokenTest
from ringback.engine.protocols import Behaviour
from ringback.synthetic_partners.host import PartnerHost
from ringback.synthetic_partners.status import status_of

MOST_BODY = 1_000_000


class ControlServer(ThreadingHTTPServer):
    """Serves one host; every request needs the token."""

    daemon_threads = True

    def __init__(self, host: PartnerHost, token: str) -> None:
        self.host = host
        self.token = token
        super().__init__(("127.0.0.1", 0), _Conversation)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Conversation(BaseHTTPRequestHandler):
    """One connection."""

    server: ControlServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *args: object) -> None:
        """Nothing: the actors keep a log of what matters."""

    def do_GET(self) -> None:
        """`/ailments?partner=..`, `/log?partner=..` and `/status?partner=..`."""
        address = urlsplit(self.path)
        partners = parse_qs(address.query).get("partner") or list(self.server.host.actors)
        if not self._may():
            return
        if address.path == "/ailments":
            self._answer(200, dict(self.server.host.ailments(partners)))
        elif address.path == "/log":
            actors = self.server.host.actors
            self._answer(200, {name: list(actors[name].log) for name in partners if name in actors})
        elif address.path == "/status":
            actors = self.server.host.actors
            self._answer(200, {name: status_of(actors[name]) for name in partners if name in actors})
        else:
            self._answer(404, {"what": f"there is no {address.path}"})

    def do_POST(self) -> None:
        """`/behaviours` with {session, behaviours}."""
        body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), MOST_BODY))
        if not self._may():
            return
        if self.path != "/behaviours":
            self._answer(404, {"what": f"there is no {self.path}"})
            return
        try:
            session, behaviours = read_instruction(body)
            self.server.host.instruct(session, behaviours)
        except BrokenTest as broken:
            self._answer(400, {"what": broken.problem.what, "hint": broken.problem.hint})
            return
        self._answer(200, {"behaviours": len(behaviours)})

    def do_DELETE(self) -> None:
        """`/behaviours/{session}`."""
        if not self._may():
            return
        if not self.path.startswith("/behaviours/"):
            self._answer(404, {"what": f"there is no {self.path}"})
            return
        self.server.host.withdraw(unquote(self.path.removeprefix("/behaviours/")))
        self._answer(200, {})

    def _may(self) -> bool:
        given = self.headers.get("Authorization", "")
        if compare_digest(given.encode(), f"Bearer {self.server.token}".encode()):
            return True
        self._answer(401, {"what": "the token is missing or wrong"})
        return False

    def _answer(self, status: int, document: Mapping[str, object]) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def write_instruction(session: str, behaviours: tuple[Behaviour, ...]) -> bytes:
    """The body of POST /behaviours."""
    return json.dumps({"session": session, "behaviours": [asdict(one) for one in behaviours]}, default=str).encode()


def read_instruction(body: bytes) -> tuple[str, tuple[Behaviour, ...]]:
    """The session and behaviours of a body; BrokenTest when it has another shape."""
    try:
        given: Any = json.loads(body)
        behaviours = tuple(
            Behaviour(
                partner=str(one["partner"]),
                receives=str(one["receives"]),
                where=dict(one.get("where") or {}),
                do=one["do"],
                options=dict(one.get("options") or {}),
                anomaly=one.get("anomaly"),
            )
            for one in given["behaviours"]
        )
        return str(given["session"]), behaviours
    except (ValueError, KeyError, TypeError) as error:
        hint = '{"session": .., "behaviours": [{"partner", "receives", "where", "do", "options"}]}'
        raise BrokenTest(f"the instruction cannot be read: {error!r}", hint) from error
