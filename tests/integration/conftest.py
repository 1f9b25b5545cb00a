"""Real servers on loopback: a private PostgreSQL, OpenSSH with internal-sftp, an embedded SFTP server."""

import asyncio
import getpass
import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncssh
import pytest

from tests.integration.postgres import private_postgres

SSHD = Path("/usr/sbin/sshd")


@dataclass(frozen=True, slots=True)
class SftpServer:
    """A running server: where its files are, and the environment's entry for an account on it."""

    root: Path
    entry: dict[str, object]
    host_key: Path
    client_key: Path


@dataclass(frozen=True, slots=True)
class Keys:
    """Key pairs made for a test: of the server, of the client, and of somebody else."""

    host: Path
    client: Path
    other: Path

    def public(self, name: str) -> str:
        """The public half as a line."""
        return Path(f"{getattr(self, name)}.pub").read_text().strip()


def free_port() -> int:
    """A port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """Three key pairs, made once."""
    folder = tmp_path_factory.mktemp("keys")
    for name in ("host", "client", "other"):
        pair = asyncssh.generate_private_key("ssh-ed25519")
        pair.write_private_key(folder / name)
        pair.write_public_key(folder / f"{name}.pub")
        (folder / name).chmod(0o600)
    return Keys(folder / "host", folder / "client", folder / "other")


@pytest.fixture(params=["embedded", "openssh"])
def sftp_server(request: pytest.FixtureRequest) -> SftpServer:
    """The embedded server and real OpenSSH, one after the other."""
    server: SftpServer = request.getfixturevalue(f"{request.param}_sftp")
    return server


class _Accounts(asyncssh.SSHServer):
    """One account with a password; its key comes from authorized_keys."""

    def __init__(self, connections: list[asyncssh.SSHServerConnection]) -> None:
        self._connections = connections

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Remember who is there, to close the door behind them."""
        self._connections.append(conn)

    def begin_auth(self, username: str) -> bool:
        """Nobody comes in without proof."""
        return True

    def password_auth_supported(self) -> bool:
        """Passwords are taken."""
        return True

    def validate_password(self, username: str, password: str) -> bool:
        """There is one right password."""
        return (username, password) == ("partner", "right-password")


@pytest.fixture
def embedded_sftp(keys: Keys, tmp_path: Path) -> Iterator[SftpServer]:
    """Asyncssh in a thread, chrooted into a folder of the test."""
    root = tmp_path / "partner"
    (root / "from_us").mkdir(parents=True)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    connections: list[asyncssh.SSHServerConnection] = []

    async def listen() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=lambda: _Accounts(connections),
            server_host_keys=[str(keys.host)],
            authorized_client_keys=f"{keys.client}.pub",
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(root).encode()),
            encoding=None,
        )

    acceptor = asyncio.run_coroutine_threadsafe(listen(), loop).result(10)
    entry = _entry(keys, acceptor.get_port(), "", "partner")
    yield SftpServer(root, entry, keys.host, keys.client)
    asyncio.run_coroutine_threadsafe(_shut(acceptor, connections), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


async def _shut(acceptor: asyncssh.SSHAcceptor, connections: list[asyncssh.SSHServerConnection]) -> None:
    """Close server and connections, and let everything that is still running end."""
    acceptor.close()
    await acceptor.wait_closed()
    for connection in connections:
        connection.abort()
        await connection.wait_closed()
    running = asyncio.all_tasks() - {asyncio.current_task()}
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


def _entry(keys: Keys, port: int, folder: str, user: str) -> dict[str, object]:
    return {
        "sftp": f"sftp://127.0.0.1:{port}{folder}",
        "user": user,
        "key": str(keys.client),
        "host_key": keys.public("host"),
    }


@pytest.fixture
def openssh_sftp(keys: Keys, tmp_path: Path) -> Iterator[SftpServer]:
    """OpenSSH's own server with internal-sftp, for the user who runs the tests."""
    if not SSHD.exists():
        pytest.fail("these tests need OpenSSH's server: apt-get install openssh-server", pytrace=False)
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # sshd refuses to start without it; the package's service makes it
    root = tmp_path / "partner"
    (root / "from_us").mkdir(parents=True)
    port = free_port()
    configuration = tmp_path / "sshd_config"
    configuration.write_text(
        f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {keys.host}\nPidFile none\nUsePAM no\nStrictModes no\n"
        f"AuthorizedKeysFile {keys.client}.pub\nPasswordAuthentication no\nPermitRootLogin prohibit-password\n"
        "Subsystem sftp internal-sftp\nForceCommand internal-sftp\n"
    )
    with (tmp_path / "sshd.log").open("wb") as log:
        server = subprocess.Popen([SSHD, "-D", "-e", "-f", configuration], stderr=log)  # fixed program
    try:
        _wait_for(port, server, tmp_path / "sshd.log")
        yield SftpServer(root, _entry(keys, port, str(root), getpass.getuser()), keys.host, keys.client)
    finally:
        server.terminate()
        server.wait(10)


def _wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    """Until the server answers; its log tells why when it does not."""
    pause = threading.Event()
    for _ in range(500):
        if server.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionError:
            pause.wait(0.01)
        else:
            return
    pytest.fail(f"the server did not start:\n{log.read_text()}", pytrace=False)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL of our own on a loopback port, started once; the database is called `ringback`."""
    with private_postgres(free_port()) as url:
        yield url
