"""A partner's HTTP(S) server: one thread per connection, JSON in and out."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from urllib.parse import urlsplit

from ringback.synthetic_partners.link import LinkDown
from ringback.synthetic_partners.web.messages import WebReply, WebRequest

MOST_BODY = 1_000_000
IDLE_S = 30.0

Hear = Callable[[WebRequest], WebReply]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a partner listens; `certificate` and `key` are PEM files, None for plain HTTP."""

    host: str
    port: int
    certificate: Path | None = None
    key: Path | None = None


def place_of(listen: str) -> Place:
    """`127.0.0.1:8443`, `http://127.0.0.1:9000` or `:0` as a place; ValueError when there is no port in it."""
    parts = urlsplit(listen if "//" in listen else f"//{listen}")
    if parts.port is None:
        raise ValueError(f"{listen!r} names no port; write host:port")
    return Place(parts.hostname or "127.0.0.1", parts.port)


class Listener:
    """Listens from `start` until `stop`."""

    def __init__(self, place: Place, hear: Hear, now: Callable[[], datetime]) -> None:
        self._place = place
        self._hear = hear
        self._now = now
        self._server: _Server | None = None
        self._thread: Thread | None = None

    @property
    def url(self) -> str:
        """Where it listens; empty while it does not."""
        if self._server is None:
            return ""
        scheme = "https" if self._place.certificate else "http"
        return f"{scheme}://{self._place.host}:{self._server.server_address[1]}"

    def start(self) -> None:
        """Open the port; LinkDown when somebody else has it. A listener that runs is left alone."""
        if self._server is not None:
            return
        try:
            server = _Server(self._place, self._hear, self._now)
        except (OSError, ssl.SSLError) as error:
            raise LinkDown(f"cannot listen at {self._place.host}:{self._place.port}: {error}") from error
        self._server = server
        self._thread = Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.2}, name=f"listener {self.url}", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Close the port."""
        server, self._server = self._server, None
        if server is not None:
            server.closing.set()
            server.shutdown()
            server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_port = True  # whoever has set the port aside for this partner holds it until we listen

    def __init__(self, place: Place, hear: Hear, now: Callable[[], datetime]) -> None:
        self.hear = hear
        self.now = now
        self.closing = Event()
        super().__init__((place.host, place.port), _Conversation)
        if place.certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(place.certificate, place.key)
            # The handshake is left to the thread of the connection: a silent caller must not block the next one.
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of callers that hang up: the journal of the partner tells what matters."""


class _Conversation(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = IDLE_S

    def log_message(self, *args: object) -> None:
        """Nothing: the actors keep a log of what matters."""

    def do_GET(self) -> None:
        """As any other method."""
        self._converse()

    def do_POST(self) -> None:
        """As any other method."""
        self._converse()

    def _converse(self) -> None:
        length = self.headers.get("Content-Length") or "0"
        if not length.isdigit() or int(length) > MOST_BODY:
            self.close_connection = True
            self._answer(WebReply(413, {"message": f"at most {MOST_BODY} bytes, with their Content-Length"}))
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(length))
        self._answer(self.server.hear(WebRequest(self.command, self.path, headers, body, self.server.now())))

    def _answer(self, reply: WebReply) -> None:
        if reply.after_s:
            self.server.closing.wait(reply.after_s)
        body = b"" if reply.body is None else json.dumps(reply.body).encode()
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if body:
            self.send_header("Content-Type", "application/json")
        if reply.status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
