"""One stack as a process: from settings to the ready file, until it is told to end."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
from importlib.util import find_spec
from pathlib import Path

import uvloop

from ringback.reference_stack.seed import plant
from ringback.reference_stack.server import Server
from ringback.reference_stack.settings import Settings, write_private
from ringback.reference_stack.stack import Stack
from ringback.reference_stack.systems import all_systems

READY = "ready.json"


def run(settings: Settings, ready_file: Path) -> None:
    """Runs a stack until SIGTERM or SIGINT; the ready file exists exactly as long as everything answers."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("asyncssh").setLevel(logging.WARNING)
    uvloop.run(_live(settings, ready_file))


async def _live(settings: Settings, ready_file: Path) -> None:
    end = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end.set)
    stack = Stack(settings, all_systems())
    plant(stack)
    server = Server(stack)
    await server.start()
    stack.sftp = await _sftp(stack)
    await stack.start_workers()
    ready = json.dumps(_ready(stack, server))
    files = {settings.home / READY, ready_file}
    for file in files:
        write_private(file, ready)
    stack.log.info("ready at %s", server.url)
    await end.wait()
    for file in files:
        file.unlink(missing_ok=True)
    await server.stop()
    await stack.close()


async def _sftp(stack: Stack) -> object:
    if find_spec("ringback.reference_stack.gateway.sftp_server") is None:
        return None
    from ringback.reference_stack.gateway.sftp_server import start_sftp  # noqa: PLC0415

    return await start_sftp(stack)


def _ready(stack: Stack, server: Server) -> dict[str, object]:
    """What a test needs to know to use this stack."""
    public = ("API_TOKEN", "ADMIN_TOKEN", "REP_PASSWORD")
    sftp = stack.sftp
    keys: dict[str, Path] = getattr(sftp, "key_files", {})
    return {
        "pid": os.getpid(),
        "url": server.url,
        "database": stack.settings.database_url,
        "sftp": {"host": "127.0.0.1", "port": getattr(sftp, "port", 0), "host_key": getattr(sftp, "host_key", "")},
        "secrets": {name: stack.secret(name) for name in public},
        "secret_files": {f"{name.upper().replace('-', '_')}_KEY": str(file) for name, file in keys.items()},
        "partners": {name: {"user": name, "key_file": str(file)} for name, file in keys.items()},
        "defects": list(stack.defects.active),
        "home": str(stack.settings.home),
        "pace": stack.settings.pace,
    }
