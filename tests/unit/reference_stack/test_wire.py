"""The connections between systems: kept, replaced when stale, never used twice for a request that was heard."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from ringback.reference_stack.kernel.wire import Answer, Wire, WireError

WHOLE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\ncontent-length: 2\r\n\r\n{}"
Visit = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def requests_to(visit: Visit, times: int) -> list[Answer]:
    """Sends some requests, one after another, to a server that treats each connection with `visit`."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):  # the client has left
            await visit(reader, writer)
        writer.close()
        await writer.wait_closed()

    async def run() -> list[Answer]:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        wire = Wire(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        try:
            answers = []
            for _ in range(times):
                answers.append(await wire.request("POST", "/x", {"a": "b"}, b"[]"))
                await asyncio.sleep(0)
            return answers
        finally:
            wire.close()
            server.close()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            await asyncio.gather(*others, return_exceptions=True)

    return asyncio.run(run())


def test_a_connection_is_kept_for_the_next_request() -> None:
    """Three requests, one connection; header names come in lower case."""
    connections = []

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        while await reader.readuntil(b"[]"):
            writer.write(WHOLE)

    answers = requests_to(visit, 3)

    assert [(answer.status, answer.body) for answer in answers] == [(200, b"{}")] * 3
    assert answers[0].headers["content-type"] == "application/json"
    assert len(connections) == 1


def test_a_kept_connection_that_the_server_closed_is_replaced() -> None:
    """The server hangs up after every answer; no request notices."""

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"[]")
        writer.write(WHOLE)
        writer.close()

    assert [answer.status for answer in requests_to(visit, 3)] == [200, 200, 200]


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"])
def test_an_answer_that_breaks_off_is_no_answer(said: bytes) -> None:
    """The caller learns that nobody answered and decides itself whether to ask again."""

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"[]")
        writer.write(said)
        writer.close()

    with pytest.raises(WireError):
        requests_to(visit, 1)


def test_nobody_listening_is_an_error_of_the_wire() -> None:
    """A stopped stack is told apart from one that refuses."""

    async def run() -> None:
        await Wire("http://127.0.0.1:9").request("GET", "/", {})

    with pytest.raises(WireError, match="ConnectionRefusedError"):
        asyncio.run(run())
