"""How one system calls another: real HTTP to the stack's own port, with the correlation id of the journey."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypedDict, Unpack

import httpx

from ringback.reference_stack.kernel.context import CORRELATION, SYSTEM
from ringback.reference_stack.kernel.errors import CallRefused, SystemDown

CALLER = "x-calling-system"
"""The header in which a system says who it is; believed only with the internal token."""


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
    """

    def __init__(self, address: Callable[[str, str], str], token: str) -> None:
        self._address = address
        self._client = httpx.AsyncClient(
            headers={"authorization": f"Bearer {token}"},
            timeout=10.0,
            trust_env=False,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=64),
        )

    def at(self, url: str) -> None:
        """Points the client at the stack's own port, once that is known."""
        self._client.base_url = httpx.URL(url)

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
        """One request; SystemDown when nothing answers or the system answers 503."""
        url = self._address(system, path)
        headers = {"x-correlation-id": options.get("correlation") or CORRELATION.get(), CALLER: SYSTEM.get()}
        body, params = options.get("json"), options.get("params")
        try:
            response = await self._client.request(method, url, json=body, params=params, headers=headers)
        except httpx.TransportError as error:
            raise SystemDown(system, f"{method} {url}: {error!r}") from error
        if response.status_code == 503:
            raise SystemDown(system, f"{method} {url}: 503")
        is_json = response.headers.get("content-type", "").startswith("application/json")
        answer = response.json() if is_json and response.content else None
        return Reply(response.status_code, answer, response.headers, system, f"{method} {url}")

    async def post_to(self, url: str, document: object) -> int:
        """POSTs an event to a subscriber outside the stack and returns the status."""
        try:
            response = await self._client.post(url, json=document, headers={"authorization": ""})
        except httpx.TransportError as error:
            raise SystemDown(url, repr(error)) from error
        return response.status_code

    async def close(self) -> None:
        """Ends all connections."""
        await self._client.aclose()
