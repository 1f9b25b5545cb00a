"""The SFTP server of the stack: one account per partner, key login only, each shut into its own folder."""

from __future__ import annotations

import os
import posixpath
from pathlib import Path
from typing import TYPE_CHECKING

import asyncssh
from asyncssh import FXF_APPEND, FXF_CREAT, FXF_TRUNC, FXF_WRITE

from ringback.reference_stack.gateway.folders import Folders
from ringback.reference_stack.gateway.partners import PARTNERS
from ringback.reference_stack.settings import write_private

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_HOST = "127.0.0.1"
_WRITES = FXF_WRITE | FXF_APPEND | FXF_CREAT | FXF_TRUNC
_WRITABLE = (b"/to_us/", b"/ack/from_partner/")


class SftpService:
    """The server and its keys; it can be stopped and started again on the same port.

    Args:
        home: the stack's home; keys lie in `keys`, the partners' folders in `sftp`.
        port: 0 for a free one.
    """

    host = _HOST

    def __init__(self, home: Path, port: int = 0) -> None:
        self._home = home
        self.port = port
        (home / "keys").mkdir(parents=True, exist_ok=True, mode=0o700)
        self._host_key = _kept_key(home / "keys" / "ssh_host_ed25519")
        self._keys = {partner: _kept_key(self.key_file(partner)) for partner in PARTNERS}
        for partner in PARTNERS:
            self.folders(partner).create()
        self._connections: set[asyncssh.SSHServerConnection] = set()
        self._writers: dict[int, tuple[int, int]] = {}
        self._acceptor: asyncssh.SSHAcceptor | None = None

    @property
    def host_key(self) -> str:
        """The public host key, as in a known_hosts line without the host."""
        return " ".join(self._host_key.export_public_key().decode("ascii").split()[:2])

    @property
    def partners(self) -> dict[str, dict[str, str]]:
        """Account and private key file of each partner."""
        return {partner: {"user": partner, "key_file": str(self.key_file(partner))} for partner in PARTNERS}

    @property
    def running(self) -> bool:
        """Whether connections are taken."""
        return self._acceptor is not None

    def key_file(self, partner: str) -> Path:
        """The file of a partner's private key."""
        return self._home / "keys" / partner

    def folders(self, partner: str) -> Folders:
        """The folders of a partner."""
        return Folders(self._home / "sftp" / partner)

    def is_allowed(self, user: str, key: asyncssh.SSHKey) -> bool:
        """Whether this public key opens this account."""
        return user in self._keys and self._keys[user].public_data == key.public_data

    async def start(self) -> None:
        """Takes connections; a second start changes nothing."""
        if self._acceptor is not None:
            return
        self._acceptor = await asyncssh.listen(
            self.host,
            self.port,
            server_factory=lambda: _Door(self),
            server_host_keys=[self._host_key],
            sftp_factory=lambda channel: _Session(channel, self),
            allow_scp=False,
            agent_forwarding=False,
            reuse_address=True,
        )
        self.port = self._acceptor.get_port()

    async def stop(self) -> None:
        """Ends all connections and refuses new ones."""
        if self._acceptor is None:
            return
        acceptor, self._acceptor = self._acceptor, None
        acceptor.close()
        for connection in list(self._connections):
            connection.abort()
        await acceptor.wait_closed()

    def is_being_written(self, path: Path) -> bool:
        """Whether a partner has this file open for writing, under whatever name it was opened."""
        if not self._writers:
            return False
        status = path.stat()
        return (status.st_dev, status.st_ino) in self._writers.values()

    def opened(self, file: object, path: bytes) -> None:
        """Notes that a partner writes a file."""
        status = Path(os.fsdecode(path)).stat()
        self._writers[id(file)] = (status.st_dev, status.st_ino)

    def closed(self, file: object) -> None:
        """Notes that a partner has finished a file."""
        self._writers.pop(id(file), None)

    def connected(self, connection: asyncssh.SSHServerConnection) -> None:
        """Notes a new connection."""
        self._connections.add(connection)

    def disconnected(self, connection: asyncssh.SSHServerConnection) -> None:
        """Notes the end of a connection."""
        self._connections.discard(connection)


class _Door(asyncssh.SSHServer):
    """Lets in who proves the key of an account, and gives nothing but SFTP."""

    def __init__(self, service: SftpService) -> None:
        self._service = service
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._service.connected(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._connection is not None:
            self._service.disconnected(self._connection)

    def begin_auth(self, username: str) -> bool:
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return self._service.is_allowed(username, key)


class _Session(asyncssh.SFTPServer):
    """A partner's view: its own folder as `/`, writing only where it hands over files and acknowledgements."""

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], service: SftpService) -> None:
        user = channel.get_extra_info("username")
        super().__init__(channel, chroot=str(service.folders(user).root).encode())
        self._service = service
        self._open: list[object] = []

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        if not pflags & _WRITES:
            return super().open(path, pflags, attrs)
        self._writable(path)
        file = super().open(path, pflags, attrs)
        self._open.append(file)
        self._service.opened(file, self.map_path(path))
        return file

    def close(self, file_obj: object) -> None:
        self._service.closed(file_obj)
        if file_obj in self._open:
            self._open.remove(file_obj)
        super().close(file_obj)

    def exit(self) -> None:
        for file in self._open:
            self._service.closed(file)

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        self._writable(oldpath, newpath)
        super().rename(oldpath, newpath)

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        self._writable(oldpath, newpath)
        super().posix_rename(oldpath, newpath)

    def remove(self, path: bytes) -> None:
        self._writable(path)
        super().remove(path)

    def setstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        self._writable(path)
        super().setstat(path, attrs)

    def mkdir(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        raise _refused(path)

    def rmdir(self, path: bytes) -> None:
        raise _refused(path)

    def symlink(self, oldpath: bytes, newpath: bytes) -> None:
        raise _refused(newpath)

    def link(self, oldpath: bytes, newpath: bytes) -> None:
        raise _refused(newpath)

    def _writable(self, *paths: bytes) -> None:
        for path in paths:
            whole = posixpath.normpath(b"/" + path.lstrip(b"/"))
            if not whole.startswith(_WRITABLE):
                raise _refused(path)


def _refused(path: bytes) -> asyncssh.SFTPPermissionDenied:
    where = path.decode("utf-8", "replace")
    return asyncssh.SFTPPermissionDenied(f"{where}: partners write files in /to_us and /ack/from_partner only")


def _kept_key(path: Path) -> asyncssh.SSHKey:
    """The private key of a file; made on the first start, readable by its owner only."""
    if not path.exists():
        made = asyncssh.generate_private_key("ssh-ed25519")
        write_private(path, made.export_private_key("openssh").decode("ascii"))
    return asyncssh.read_private_key(str(path))


async def start_sftp(stack: Stack) -> SftpService:
    """Starts the server for a stack; the gateway's workers find it as `stack.sftp`."""
    from ringback.reference_stack.gateway.openssh import OpenSshService

    server: type[SftpService] = OpenSshService if stack.settings.sftp == "openssh" else SftpService
    service = server(stack.settings.home, stack.settings.sftp_port)
    await service.start()
    return service
