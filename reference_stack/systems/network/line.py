"""The old exchange: a line of text per command over TCP, one at a time, slow; told twice, it does a thing twice.

``ADD|MOD|DEL <line> <profile>`` is answered with ``OK <ticket>`` or ``ERR <nn> <text>``. A line is ``VM-<number>`` (a
mailbox; the profile is the subscriber's IMSI, after MOD what changes: ``msisdn=...,state=...``) or ``DSL-<port>`` (the
profile is ``<profile>,<PVC>``). While a command is carried out the exchange does not listen: who speaks meanwhile gets
ERR 08.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, insert, select, update
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.schema import NE_LEGACY_LINE, NE_LINE_LOG, NE_VOICEMAIL

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_PORT = "network.line.port"
COMMAND_S = 0.5
_WORDS = 3
_MAILBOX_VALUES = {"msisdn", "imsi", "state"}


def _mailbox(tx: Connection, number: str) -> bool:
    return tx.execute(select(NE_VOICEMAIL.c.msisdn).where(NE_VOICEMAIL.c.msisdn == number)).first() is not None


def _add_mailbox(tx: Connection, number: str, imsi: str) -> str:
    if _mailbox(tx, number):
        return "12 MAILBOX EXISTS"
    tx.execute(insert(NE_VOICEMAIL).values(msisdn=number, imsi=imsi, state="active"))
    return ""


def _change_mailbox(tx: Connection, number: str, changes: str) -> str:
    values = dict(change.partition("=")[::2] for change in changes.split(","))
    if not values.keys() <= _MAILBOX_VALUES:
        return "02 NO SUCH VALUE"
    if values.get("msisdn", number) != number and _mailbox(tx, values["msisdn"]):
        return "12 MAILBOX EXISTS"
    mine = update(NE_VOICEMAIL).where(NE_VOICEMAIL.c.msisdn == number)
    return "" if tx.execute(mine.values(**values)).rowcount else "14 NO SUCH MAILBOX"


def _remove_mailbox(tx: Connection, number: str, _profile: str) -> str:
    gone = tx.execute(delete(NE_VOICEMAIL).where(NE_VOICEMAIL.c.msisdn == number)).rowcount
    return "" if gone else "14 NO SUCH MAILBOX"


def _line(port: str, profile: str) -> dict[str, str]:
    name, _, circuit = profile.partition(",")
    return {"line": port, "profile": name, "pvc": circuit, "state": "active"}


def _add_line(tx: Connection, port: str, profile: str) -> str:
    """It was built for people who look before they type: a second ADD is a second circuit."""
    tx.execute(insert(NE_LEGACY_LINE).values(**_line(port, profile)))
    return ""


def _change_line(tx: Connection, port: str, profile: str) -> str:
    mine = update(NE_LEGACY_LINE).where(NE_LEGACY_LINE.c.line == port)
    return "" if tx.execute(mine.values(**_line(port, profile))).rowcount else "14 NO SUCH LINE"


def _remove_line(tx: Connection, port: str, _profile: str) -> str:
    gone = tx.execute(delete(NE_LEGACY_LINE).where(NE_LEGACY_LINE.c.line == port)).rowcount
    return "" if gone else "14 NO SUCH LINE"


_COMMANDS: Mapping[tuple[str, str], Callable[[Connection, str, str], str]] = {
    ("ADD", "VM"): _add_mailbox,
    ("MOD", "VM"): _change_mailbox,
    ("DEL", "VM"): _remove_mailbox,
    ("ADD", "DSL"): _add_line,
    ("MOD", "DSL"): _change_line,
    ("DEL", "DSL"): _remove_line,
}


def carry_out(stack: Stack, typed: str) -> str:
    """One command as it was typed; its answer. Every command and answer is logged, also the refused ones."""
    words = typed.split()
    verb, line, profile = (*words, "", "", "")[:_WORDS]
    kind, _, name = line.partition("-")
    do = _COMMANDS.get((verb, kind))
    complete = bool(name) and len(words) == (_WORDS if verb != "DEL" else _WORDS - 1)
    with stack.db.begin() as tx:
        fault = do(tx, name, profile) if do is not None and complete else "01 SYNTAX"
        answer = f"ERR {fault}" if fault else "OK"
        logged = {"line": line, "command": typed, "answer": answer, "at": stack.clock.stamp()}
        ticket = tx.execute(insert(NE_LINE_LOG).values(**logged)).inserted_primary_key
    return answer if fault or ticket is None else f"OK {ticket[0]:06d}"


async def open_line(stack: Stack) -> None:
    """Opens the exchange's port on loopback; it closes with the stack."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _talk(stack, reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    stack.state[_PORT] = server.sockets[0].getsockname()[1]

    async def serve() -> None:
        async with server:
            await server.serve_forever()

    stack.spawn(serve())


async def _talk(stack: Stack, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Half duplex: what is said before the answer is out is not heard."""
    while typed := await reader.readline():
        early = asyncio.ensure_future(reader.readline())
        await asyncio.wait({early}, timeout=stack.pace(COMMAND_S))
        writer.write(carry_out(stack, typed.decode("ascii", "replace").strip()).encode() + b"\r\n")
        if early.done() and early.result():
            writer.write(b"ERR 08 ONE AT A TIME\r\n")
        elif not early.done():
            await _forget(early)
        await writer.drain()


async def _forget(reading: asyncio.Future[bytes]) -> None:
    """Ends a reading that has read nothing yet; nothing is lost by it."""
    reading.cancel()
    await asyncio.wait({reading})


async def where(stack: Stack, _request: Request) -> Response:
    """The address of the exchange's line."""
    return JSONResponse({"host": "127.0.0.1", "port": stack.state[_PORT]})
