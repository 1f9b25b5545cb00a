"""Delivers call-backs to the operator: in order per key, again after a failure that may pass, not after a final one."""

from __future__ import annotations

import json
import ssl
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from threading import Event, Lock, Thread
from time import monotonic
from urllib.error import HTTPError, URLError
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

from ringback.synthetic_partners.outbox import Note
from ringback.synthetic_partners.web.messages import WebCall

STOPS = frozenset({400, 404, 501, 502, 511})  # every other failure may pass: 409, 429, 500, 503, 504, no answer
FIRST_PAUSE_S, MOST_PAUSE_S = 0.2, 5.0
PATIENCE_S = 10.0
_IDLE_S = 60.0


@dataclass(slots=True)
class _Line:
    """The calls of one key that are not delivered yet, and when the first of them is tried next."""

    calls: deque[WebCall] = field(default_factory=deque)
    at: float = 0.0
    pause_s: float = FIRST_PAUSE_S


class Courier:
    """A thread that delivers; `pace` is a factor on its pauses, `ca_file` vouches for the operator's certificate."""

    def __init__(self, name: str, note: Note, *, pace: float = 1.0, ca_file: str | None = None) -> None:
        self._note = note
        self._pace = pace
        self._lines: dict[str, _Line] = {}
        self._lock = Lock()
        self._wake = Event()
        self._stopping = False
        self._ailment = ""
        context = ssl.create_default_context(cafile=ca_file)
        self._opener = build_opener(ProxyHandler({}), HTTPSHandler(context=context))
        self._thread = Thread(target=self._live, name=f"courier of {name}", daemon=True)

    @property
    def ailment(self) -> str:
        """Why nothing can be delivered at present; empty when it can."""
        return self._ailment

    @property
    def undelivered(self) -> int:
        """How many calls still wait."""
        with self._lock:
            return sum(len(line.calls) for line in self._lines.values())

    def post(self, call: WebCall) -> None:
        """Take a call on."""
        with self._lock:
            self._lines.setdefault(call.key, _Line()).calls.append(call)
            if not self._thread.is_alive() and not self._stopping:
                self._thread.start()
        self._wake.set()

    def stop(self) -> None:
        """End; what is not delivered stays so."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=PATIENCE_S + 5)

    def _live(self) -> None:
        while not self._stopping:
            pause = self._round()
            self._wake.wait(pause)
            self._wake.clear()

    def _round(self) -> float:
        """Try every line whose time has come; how long until the next one."""
        with self._lock:
            ready = [line for line in self._lines.values() if line.calls and line.at <= monotonic()]
        for line in ready:
            while line.calls and line.at <= monotonic() and not self._stopping:
                self._try(line)
        with self._lock:
            self._lines = {key: line for key, line in self._lines.items() if line.calls}
            waits = [line.at - monotonic() for line in self._lines.values()]
        return max(0.0, min(waits, default=_IDLE_S))

    def _try(self, line: _Line) -> None:
        call = line.calls[0]
        status, said = self._send(call)
        what = f"{call.method} {call.url} ({call.key})"
        if status < 300 and not said:
            line.calls.popleft()
            line.pause_s, self._ailment = FIRST_PAUSE_S, ""
            self._note("delivered", what, status=str(status))
        elif status in STOPS:
            line.calls.popleft()
            line.pause_s, self._ailment = FIRST_PAUSE_S, ""
            self._note("refused", what, status=str(status), errors=said)
        else:
            self._ailment = f"cannot deliver to {call.url}: {said or status}"
            self._note("deferred", what, status=str(status), errors=said)
            line.at = monotonic() + line.pause_s * self._pace
            line.pause_s = min(line.pause_s * 2, MOST_PAUSE_S)

    def _send(self, call: WebCall) -> tuple[int, str]:
        """The status of an answer and, unless it is a success, what it said; 0 for no answer."""
        headers: Mapping[str, str] = {"Content-Type": "application/json", **call.headers}
        request = Request(call.url, json.dumps(call.body).encode(), dict(headers), method=call.method)  # noqa: S310 - the address is the environment's
        try:
            with self._opener.open(request, timeout=PATIENCE_S) as reply:
                return int(reply.status), ""
        except HTTPError as error:
            with error:
                return error.code, error.read(500).decode("utf-8", "replace") or error.reason
        except (URLError, OSError, HTTPException, ValueError) as error:
            return 0, str(error)
