"""The desk of a partners' process, for journeys in other processes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from ringback.engine.problems import BrokenTest, Unavailable
from ringback.engine.protocols import Behaviour
from ringback.synthetic_partners.control import write_instruction

PATIENCE_S = 10.0


class HttpPartnerDesk:
    """A PartnerDesk over the control address; thread-safe."""

    def __init__(self, url: str, token: str) -> None:
        self._place = urlsplit(url)
        self._token = token

    def instruct(self, session: str, behaviours: Sequence[Behaviour]) -> None:
        """Add behaviours; BrokenTest when a name in them is unknown, Unavailable when nobody answers."""
        if behaviours:
            self._ask("POST", "/behaviours", write_instruction(session, tuple(behaviours)))

    def withdraw(self, session: str) -> None:
        """Forget the behaviours of a journey execution."""
        self._ask("DELETE", f"/behaviours/{quote(session, safe='')}")

    def ailments(self, partners: Iterable[str]) -> Mapping[str, str]:
        """The partners that cannot do their work; all of them when their process is gone."""
        names = list(partners)
        if not names:
            return {}
        try:
            said = self._ask("GET", f"/ailments?{urlencode([('partner', name) for name in names])}")
        except Unavailable as gone:
            return dict.fromkeys(names, gone.problem.what)
        return {str(name): str(reason) for name, reason in said.items()}

    def log(self, partner: str) -> Sequence[Mapping[str, str]]:
        """What a partner read and wrote, oldest first."""
        lines: list[Mapping[str, str]] = self._ask("GET", f"/log?{urlencode({'partner': partner})}").get(partner, [])
        return lines

    def status(self) -> Mapping[str, Mapping[str, object]]:
        """How every partner is: `ringback.synthetic_partners.status`."""
        return self._ask("GET", "/status")

    def _ask(self, method: str, path: str, body: bytes = b"") -> dict[str, Any]:
        try:
            status, said = self._exchange(method, path, body)
        except (OSError, HTTPException, ValueError) as error:
            what = f"their process at {self._place.netloc} does not answer: {error}"
            raise Unavailable("synthetic partners", what, "is it running? `ringback partners up`") from error
        if status == 400:
            raise BrokenTest(str(said.get("what")), str(said.get("hint", "")))
        if status != 200:
            raise Unavailable(
                "synthetic partners", f"{method} {path.split('?', maxsplit=1)[0]} answered {status}: {said.get('what')}"
            )
        return said

    def _exchange(self, method: str, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
        """One request on a connection of its own: there are few, and nobody has to close anything."""
        connection = HTTPConnection(self._place.hostname or "", self._place.port, timeout=PATIENCE_S)
        with closing(connection):
            connection.request(method, path, body, {"Authorization": f"Bearer {self._token}", "Connection": "close"})
            reply = connection.getresponse()
            return reply.status, json.loads(reply.read())
