"""One stack as a process: from settings to the ready file, until it is told to end."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
from pathlib import Path

import uvloop

from ringback.reference_stack.gateway.sftp_server import SftpService, start_sftp
from ringback.reference_stack.kernel.plain import plant_examples
from ringback.reference_stack.seed import plant
from ringback.reference_stack.server import Server
from ringback.reference_stack.settings import PUBLIC_SECRETS, Settings, write_private
from ringback.reference_stack.stack import Stack
from ringback.reference_stack.systems import all_systems

READY = "ready.json"


def run(settings: Settings, ready_file: Path) -> None:
    """Runs a stack until SIGTERM or SIGINT; the ready file exists exactly as long as everything answers."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("asyncssh").setLevel(logging.WARNING)
    uvloop.run(_live(settings, ready_file))


async def _live(settings: Settings, ready_file: Path) -> None:
    end = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end.set)
    stack = Stack(settings, all_systems())
    plant(stack)
    plant_examples(stack, [resource for system in stack.systems.values() for resource in system.resources])
    server = Server(stack)
    await server.start()
    stack.sftp = await start_sftp(stack)
    await stack.start_workers()
    ready = json.dumps(_ready(stack, server, stack.sftp))
    files = {settings.home / READY, ready_file}
    for file in files:
        write_private(file, ready)
    stack.log.info("ready at %s", server.url)
    await end.wait()
    for file in files:
        file.unlink(missing_ok=True)
    await stack.stop_workers()
    await stack.sftp.stop()
    await server.stop()
    await stack.close()


def _ready(stack: Stack, server: Server, sftp: SftpService) -> dict[str, object]:
    """What a test needs to know to use this stack."""
    files = {f"{name.upper().replace('-', '_')}_KEY": found["key_file"] for name, found in sftp.partners.items()}
    return {
        "pid": os.getpid(),
        "url": server.url,
        "database": stack.settings.database_url,
        "sftp": {"host": sftp.host, "port": sftp.port, "host_key": sftp.host_key},
        "secrets": {name: stack.secret(name) for name in PUBLIC_SECRETS},
        "secret_files": files,
        "partners": sftp.partners,
        "defects": list(stack.defects.active),
        "home": str(stack.settings.home),
        "pace": stack.settings.pace,
        "smdp": stack.settings.smdp,
    }
