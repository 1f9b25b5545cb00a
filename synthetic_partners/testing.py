"""An operator's SFTP server for tests of a partner: one account with its folders and its key, on loopback."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncssh

FOLDERS = ("to_us", "from_us", "ack/to_partner", "ack/from_partner", "archive", "quarantine")
PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class SftpServer:
    """Where the server is, and what its one account needs to log in; `folder` is the account's own on this disk."""

    port: int
    host_key: str
    key_file: Path
    folder: Path


@contextmanager
def sftp_server(root: Path, account: str) -> Iterator[SftpServer]:
    """A server that lives as long as the block; its files and keys are below `root`."""
    import asyncssh  # takes 0.2 s, and only tests serve files

    folder = root / "sftp" / account
    for name in FOLDERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    key, host = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    key_file = root / f"{account}.key"
    key.write_private_key(key_file)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="sftp server", daemon=True)
    thread.start()
    accepted = asyncssh.import_authorized_keys(key.export_public_key().decode())
    open_ones: list[asyncssh.SSHServerConnection] = []
    listening = _listen(folder, host, accepted, open_ones)
    acceptor = asyncio.run_coroutine_threadsafe(listening, loop).result(PATIENCE_S)
    try:
        yield SftpServer(acceptor.get_port(), host.export_public_key().decode().strip(), key_file, folder)
    finally:
        asyncio.run_coroutine_threadsafe(_close(acceptor, open_ones), loop).result(PATIENCE_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE_S)
        loop.close()


async def _listen(
    folder: Path,
    host_key: asyncssh.SSHKey,
    accepted: asyncssh.SSHAuthorizedKeys,
    open_ones: list[asyncssh.SSHServerConnection],
) -> asyncssh.SSHAcceptor:
    import asyncssh  # as above

    class Door(asyncssh.SSHServer):
        def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
            open_ones.append(conn)

    def files(channel: asyncssh.SSHServerChannel[bytes]) -> asyncssh.SFTPServer:
        return asyncssh.SFTPServer(channel, chroot=str(folder).encode())

    return await asyncssh.listen(
        "127.0.0.1",
        0,
        server_factory=Door,
        server_host_keys=[host_key],
        authorized_client_keys=accepted,
        sftp_factory=files,
        encoding=None,
    )


async def _close(acceptor: asyncssh.SSHAcceptor, open_ones: list[asyncssh.SSHServerConnection]) -> None:
    """Close the door and cut every session, so that nothing is left open behind the block."""
    acceptor.close()
    await acceptor.wait_closed()
    for connection in open_ones:
        connection.abort()
        await connection.wait_closed()
