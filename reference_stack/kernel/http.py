"""How one system calls another: real HTTP to the stack's own port, with the correlation id of the journey."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypedDict, Unpack
from urllib.parse import quote, urlencode

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from yarl import URL

from ringback.reference_stack.kernel.context import CORRELATION, SYSTEM
from ringback.reference_stack.kernel.errors import CallRefused, SystemDown

CALLER = "x-calling-system"
"""The header in which a system says who it is; believed only with the internal token."""

_PATIENCE = 5  # how often a request that met a rate limit is sent again
_TIMEOUT = ClientTimeout(total=10.0)
_KEPT_S = 3.0  # less than the server keeps a connection: a request must not meet one that is being closed


@dataclass(frozen=True, slots=True)
class Reply:
    """What a system answered.

    Args:
        status: HTTP status.
        json: the decoded body, or None.
        headers: response headers, names in lower case.
        system: who answered.
        path: what was asked.
    """

    status: int
    json: object
    headers: Mapping[str, str]
    system: str
    path: str

    @property
    def ok(self) -> bool:
        """Whether the system did what was asked (2xx)."""
        return 200 <= self.status < 300

    def need(self) -> "Reply":
        """The reply itself, or CallRefused when it is an error."""
        if not self.ok:
            raise CallRefused(self.system, self.path, self.status, self.json)
        return self

    def document(self) -> dict[str, object]:
        """The body as one resource; CallRefused when the call failed or the body is none."""
        self.need()
        if not isinstance(self.json, dict):
            raise CallRefused(self.system, self.path, self.status, self.json)
        return self.json

    def documents(self) -> list[dict[str, object]]:
        """The body as a list of resources; CallRefused when the call failed or the body is none."""
        self.need()
        if not isinstance(self.json, list):
            raise CallRefused(self.system, self.path, self.status, self.json)
        return self.json


class Options(TypedDict, total=False):
    """What a call may bring along; the correlation id is that of the current context unless given."""

    json: object
    params: Mapping[str, str] | None
    correlation: str | None


class SystemClient:
    """Calls systems of this stack by name.

    Args:
        address: gives the full URL path of a system's path.
        token: the internal bearer token.
        takes_limits_for_yes: whether a 429 counts as accepted, which a client must never believe.
    """

    def __init__(
        self, address: Callable[[str, str], str], token: str, takes_limits_for_yes: Callable[[], bool] = lambda: False
    ) -> None:
        self._address = address
        self._token = token
        self._takes_limits_for_yes = takes_limits_for_yes
        self._base = ""
        self._opened: ClientSession | None = None

    def at(self, url: str) -> None:
        """Points the client at the stack's own port, once that is known."""
        self._base = url

    async def get(self, system: str, path: str, **options: Unpack[Options]) -> Reply:
        """GET; options are ``params`` and ``correlation``."""
        return await self.call("GET", system, path, **options)

    async def post(self, system: str, path: str, **options: Unpack[Options]) -> Reply:
        """POST; options are ``json``, ``params`` and ``correlation``."""
        return await self.call("POST", system, path, **options)

    async def patch(self, system: str, path: str, **options: Unpack[Options]) -> Reply:
        """PATCH; options are ``json``, ``params`` and ``correlation``."""
        return await self.call("PATCH", system, path, **options)

    async def delete(self, system: str, path: str, **options: Unpack[Options]) -> Reply:
        """DELETE; options are ``params`` and ``correlation``."""
        return await self.call("DELETE", system, path, **options)

    async def call(self, method: str, system: str, path: str, **options: Unpack[Options]) -> Reply:
        """One request; SystemDown when nothing answers or the system answers 503; after a 429 it asks again."""
        reply = await self._once(method, system, path, **options)
        for _ in range(_PATIENCE):
            if reply.status != HTTPStatus.TOO_MANY_REQUESTS:
                break
            if self._takes_limits_for_yes():
                return Reply(202, options.get("json"), reply.headers, system, reply.path)
            await asyncio.sleep(float(reply.headers.get("retry-after", "1")))
            reply = await self._once(method, system, path, **options)
        return reply

    async def _once(self, method: str, system: str, path: str, **options: Unpack[Options]) -> Reply:
        query = urlencode(options.get("params") or {})
        url = quote(self._address(system, path), safe="/?&=:%") + (f"?{query}" if query else "")
        headers = {
            "authorization": f"Bearer {self._token}",
            "x-correlation-id": options.get("correlation") or CORRELATION.get(),
            CALLER: SYSTEM.get(),
            "content-type": "application/json",
        }
        document = options.get("json")
        body = b"" if document is None else json.dumps(document).encode()
        if not self._base:
            raise SystemDown(system, f"{method} {url}: the stack has not started")
        try:
            target = URL(self._base + url, encoded=True)
            async with self._session().request(method, target, headers=headers, data=body) as answer:
                content = await answer.read()
        except (ClientError, OSError, TimeoutError) as error:
            raise SystemDown(system, f"{method} {url}: {error!r}") from error
        if answer.status == 503:
            raise SystemDown(system, f"{method} {url}: 503")
        is_json = answer.headers.get("content-type", "").startswith("application/json")
        found = json.loads(content) if is_json and content else None
        named = {name.lower(): value for name, value in answer.headers.items()}
        return Reply(answer.status, found, named, system, f"{method} {url}")

    async def post_to(self, url: str, document: object) -> int:
        """POSTs an event to a subscriber outside the stack and returns the status."""
        try:
            async with self._session().post(URL(url, encoded=True), json=document) as answer:
                return answer.status
        except (ClientError, OSError, TimeoutError) as error:
            raise SystemDown(url, repr(error)) from error

    def _session(self) -> ClientSession:
        """The kept connections; a call may cause further calls, so their number is not limited."""
        if self._opened is None:
            connector = TCPConnector(limit=0, keepalive_timeout=_KEPT_S)
            self._opened = ClientSession(connector=connector, timeout=_TIMEOUT, cookie_jar=DummyCookieJar())
        return self._opened

    async def close(self) -> None:
        """Ends all connections."""
        if self._opened is not None:
            await self._opened.close()
