"""A partner's SFTP login: own key, pinned host key, atomic uploads; every failure is one sentence."""

from __future__ import annotations

import base64
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

import paramiko

from ringback.drivers.sftp_transfer import download, prefer_fast_cipher, upload

PATIENCE_S = 10.0
SETTLED_S = 1.5
UNASKED_S = 5.0


class LinkDown(Exception):
    """The partner cannot talk to the server; the text says why."""


@dataclass(frozen=True, slots=True)
class Account:
    """Where and as whom a partner logs in."""

    host: str
    port: int
    user: str
    key_file: str
    host_key: str  # "ssh-ed25519 AAAA..."


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file in a listing; `stamp` changes when the file does."""

    name: str
    stamp: str


class FolderWatch:
    """Says when a folder is worth listing: a listing costs the server a look at each file, a stat does not.

    SFTP tells times in whole seconds, so that a folder that has just changed may change again unseen: it is listed
    until that second is over; and now and then in any case, for servers that do not keep the time.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._changed_at = -1
        self._unsettled_until = 0.0
        self._listed_at = 0.0

    def is_due(self, link: Link) -> bool:
        """Whether the folder may hold something new."""
        changed_at, now = link.changed_at(self._folder), monotonic()
        if changed_at != self._changed_at:
            self._changed_at = changed_at
            self._unsettled_until = now + SETTLED_S
        due = now < self._unsettled_until or now - self._listed_at > UNASKED_S
        if due:
            self._listed_at = now
        return due


class Link:
    """One SFTP session."""

    def __init__(self, account: Account) -> None:
        place = f"{account.user}@{account.host}:{account.port}"
        with _told(f"cannot log in as {place} over SFTP"):
            connection = socket.create_connection((account.host, account.port), timeout=PATIENCE_S)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._transport = paramiko.Transport(connection)
            try:
                self._log_in(account)
            except BaseException:
                self._transport.close()
                raise

    def _log_in(self, account: Account) -> None:
        self._transport.banner_timeout = PATIENCE_S
        prefer_fast_cipher(self._transport)
        self._transport.start_client(timeout=PATIENCE_S)
        shown = self._transport.get_remote_server_key()
        wanted = account.host_key.split()
        if len(wanted) < 2 or base64.b64encode(shown.asbytes()).decode() != wanted[1]:
            raise LinkDown(f"the host key of {account.host}:{account.port} is not the pinned one")
        self._transport.auth_publickey(account.user, paramiko.PKey.from_path(account.key_file))
        client = paramiko.SFTPClient.from_transport(self._transport)
        if client is None:
            raise LinkDown("the server opened no SFTP session")
        client.get_channel().settimeout(PATIENCE_S)  # type: ignore[union-attr]  # an open client has its channel
        self._client = client

    def files(self, folder: str) -> list[RemoteFile]:
        """The plain files of a folder, uploads in progress left out, oldest first."""
        with _told(f"cannot list {folder}"):
            entries = self._client.listdir_attr(folder)
        plain = [entry for entry in entries if (entry.st_mode or 0) & 0o170000 != 0o040000]
        plain.sort(key=lambda entry: (entry.st_mtime or 0, entry.filename))
        done = (entry for entry in plain if not entry.filename.endswith(".part"))
        return [RemoteFile(entry.filename, f"{entry.st_size}/{entry.st_mtime}") for entry in done]

    def changed_at(self, folder: str) -> int:
        """When entries of a folder last came or went, in seconds of the server's own clock."""
        with _told(f"cannot look at {folder}"):
            return int(self._client.stat(folder).st_mtime or 0)

    def folders(self, folder: str) -> list[str]:
        """The folders in a folder."""
        with _told(f"cannot list {folder}"):
            entries = self._client.listdir_attr(folder)
        return sorted(entry.filename for entry in entries if (entry.st_mode or 0) & 0o170000 == 0o040000)

    def read(self, path: str) -> bytes:
        """A file's bytes."""
        with _told(f"cannot read {path}"):
            return download(self._client, path)

    def write(self, path: str, content: bytes) -> None:
        """Write NAME.part, then rename it, so that no reader sees half a file."""
        with _told(f"cannot write {path}"):
            upload(self._client, f"{path}.part", content)
            self._client.posix_rename(f"{path}.part", path)

    def put(self, path: str, content: bytes) -> None:
        """Write under the name itself, as a partner does that does not keep to the agreement."""
        with _told(f"cannot write {path}"), self._client.open(path, "wb") as file:
            file.write(content)

    def write_in_parts(self, path: str, parts: Iterable[bytes], between: Callable[[], object]) -> None:
        """Write NAME.part piece by piece, doing something `between` two of them, then rename it."""
        with _told(f"cannot write {path}"):
            with self._client.open(f"{path}.part", "wb") as file:
                for place, part in enumerate(parts):
                    if place:
                        between()
                    file.write(part)
                    file.flush()
            self._client.posix_rename(f"{path}.part", path)

    def close(self) -> None:
        """Log out."""
        self._transport.close()


@contextmanager
def _told(what: str) -> Iterator[None]:
    """Turns what a transport may raise into one sentence."""
    try:
        yield
    except LinkDown:
        raise
    except FileNotFoundError as error:
        raise LinkDown(f"{what}: no such file or folder") from error
    except paramiko.AuthenticationException as error:
        raise LinkDown(f"{what}: the key is refused") from error
    except (EOFError, TimeoutError) as error:
        raise LinkDown(f"{what}: the connection is gone") from error
    except (OSError, paramiko.SSHException, ValueError) as error:
        raise LinkDown(f"{what}: {error}") from error
