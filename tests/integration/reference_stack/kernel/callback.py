"""A subscriber outside the stack: it notes what it gets, and may be dead for a while."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Subscriber:
    """Where it listens, what it got, and how it answers."""

    url: str = ""
    status: int = 204
    tried: int = 0
    received: list[dict[str, object]] = field(default_factory=list)

    def ids(self) -> list[object]:
        """The ids of the resources whose events were taken, in order."""
        events = [envelope["event"] for envelope in self.received]
        return [document["id"] for event in events if isinstance(event, dict) for document in event.values()]


@contextmanager
def subscriber(status: int = 204) -> Iterator[Subscriber]:
    """A subscriber that answers until the block ends."""
    made = Subscriber(status=status)

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            made.tried += 1
            if made.status == 204:
                made.received.append(body)
            self.send_response(made.status)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Keeps quiet."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        made.url = f"http://127.0.0.1:{server.server_address[1]}"
        yield made
        server.shutdown()
        thread.join(5)
