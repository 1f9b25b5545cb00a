"""The environment's clock: where `GET /clock` says how far it is from ours, dates in files follow it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from threading import Lock
from time import monotonic
from urllib.request import ProxyHandler, build_opener

FRESH_S = 0.25  # a journey may move the clock at any time; asking costs about a millisecond
PATIENCE_S = 2.0


class EnvironmentClock:
    """Now, as the environment under test sees it; without a URL, the machine's own time."""

    def __init__(self, url: str | None) -> None:
        self._url = url
        self._offset = timedelta()
        self._asked_at = -FRESH_S
        self._lock = Lock()
        self._opener = build_opener(ProxyHandler({}))

    def now(self) -> datetime:
        """Aware UTC. When the clock does not answer, the last known offset goes on."""
        with self._lock:
            if self._url and monotonic() - self._asked_at >= FRESH_S:
                self._ask(self._url)
            return datetime.now(UTC) + self._offset

    def _ask(self, url: str) -> None:
        self._asked_at = monotonic()
        try:
            with self._opener.open(url, timeout=PATIENCE_S) as reply:
                said = datetime.fromisoformat(json.load(reply)["now"])
        except (OSError, HTTPException, ValueError, KeyError, TypeError, AttributeError):
            return
        self._offset = said - datetime.now(UTC)
