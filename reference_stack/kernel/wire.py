"""HTTP/1.1 over kept connections, for calls between systems of one stack: a fraction of a general client's work."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

_TIMEOUT_S = 10.0
_KEPT_AT_MOST = 64

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers (names in lower case) and body of an answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class WireError(Exception):
    """Nobody answered, or not in time."""


class Wire:
    """Requests to one server.

    Args:
        url: where it listens, e.g. ``http://127.0.0.1:8080``.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._kept: list[Connection] = []

    async def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """One request. A kept connection that the server has closed meanwhile is replaced; WireError if none can be."""
        lines = [f"{method} {path} HTTP/1.1", f"host: {self._host}", f"content-length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        message = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                return await self._exchange(message)
        except (OSError, asyncio.IncompleteReadError) as error:
            raise WireError(f"{type(error).__name__} {error}".strip()) from error

    async def _exchange(self, message: bytes) -> Answer:
        while self._kept:
            connection = self._kept.pop()
            try:
                return await self._send(connection, message)
            except (ConnectionError, asyncio.IncompleteReadError) as error:
                if isinstance(error, asyncio.IncompleteReadError) and error.partial:
                    raise  # an answer broke off: the request was heard, sending it again could do it twice
        return await self._send(await asyncio.open_connection(self._host, self._port), message)

    async def _send(self, connection: Connection, message: bytes) -> Answer:
        reader, writer = connection
        is_whole = False
        try:
            writer.write(message)
            answer = await _answer(reader)
            is_whole = True
        finally:
            if is_whole and len(self._kept) < _KEPT_AT_MOST:
                self._kept.append(connection)
            else:
                writer.close()
        return answer

    def close(self) -> None:
        """Ends the kept connections."""
        while self._kept:
            self._kept.pop()[1].close()


async def _answer(reader: asyncio.StreamReader) -> Answer:
    """Reads one answer; the stack's own server always says how long it is."""
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[:-2]
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Answer(int(first.split()[1]), headers, body)
