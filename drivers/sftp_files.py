"""Files over one SFTP channel: glob, stable reads, atomic writes; a `.part` is never looked at."""

from __future__ import annotations

import posixpath
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

import paramiko

from ringback.drivers.sftp_transfer import download, upload
from ringback.engine.problems import BrokenTest

PART = ".part"
READS = 3  # of a file that keeps changing, before it is left for the next attempt
WILD = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file as the server lists it; the time is in whole seconds, as SFTP has it."""

    path: str
    size: int
    modified_s: int

    @property
    def name(self) -> str:
        """The last part of the path."""
        return posixpath.basename(self.path)


def matching(client: paramiko.SFTPClient, pattern: str) -> tuple[RemoteFile, ...]:
    """The files that match `pattern` (`*`, `?`, `[...]` in any part of it), by path.

    Raises:
        BrokenTest: The folder before the first wildcard is not there.
    """
    parts = pattern.strip("/").split("/")
    fixed = next((index for index, part in enumerate(parts) if WILD & set(part)), len(parts) - 1)
    folder = "/" + "/".join(parts[:fixed])
    return tuple(sorted(_walk(client, folder, parts[fixed:]), key=lambda file: file.path))


def _walk(client: paramiko.SFTPClient, folder: str, parts: list[str]) -> Iterator[RemoteFile]:
    for entry in _listed(client, folder):
        if not fnmatchcase(entry.filename, parts[0]):
            continue
        path = posixpath.join(folder, entry.filename)
        if len(parts) > 1:
            if stat.S_ISDIR(entry.st_mode or 0):
                yield from _walk(client, path, parts[1:])
        elif not stat.S_ISDIR(entry.st_mode or 0) and not entry.filename.endswith(PART):
            yield _file(path, entry)


def _listed(client: paramiko.SFTPClient, folder: str) -> list[paramiko.SFTPAttributes]:
    try:
        return client.listdir_attr(folder)
    except FileNotFoundError as error:
        parent = posixpath.dirname(folder.rstrip("/")) or "/"
        hint = f"{parent} has: {', '.join(sorted(_names(client, parent))) or 'nothing'}"
        raise BrokenTest(f"there is no folder {folder} on the server", hint) from error
    except PermissionError as error:
        raise BrokenTest(
            f"this account may not look into {folder}", "correct the path or the account's rights"
        ) from error


def _names(client: paramiko.SFTPClient, folder: str) -> list[str]:
    try:
        return client.listdir(folder)
    except OSError:
        return []


def read_stable(client: paramiko.SFTPClient, file: RemoteFile) -> tuple[RemoteFile, bytes] | None:
    """The file's bytes, read again when it changed meanwhile; None when it is gone or will not stand still."""
    for _ in range(READS):
        try:
            content = download(client, file.path, file.size)
            after = _file(file.path, client.stat(file.path))
        except FileNotFoundError:
            return None
        if after == file and len(content) == file.size:
            return file, content
        file = after
    return None


def write_atomically(client: paramiko.SFTPClient, path: str, content: bytes) -> RemoteFile:
    """Write `path` so that nobody ever sees half of it: to `path.part` first, renamed when complete.

    Raises:
        BrokenTest: The file is there already, or the account may not write there.
    """
    part = path + PART
    try:
        upload(client, part, content)
        client.rename(part, path)
    except OSError as error:
        raise BrokenTest(*_write_failed(client, path, error)) from error
    return _file(path, client.stat(path))


def _write_failed(client: paramiko.SFTPClient, path: str, error: OSError) -> tuple[str, str]:
    reason = error.strerror or str(error) or type(error).__name__
    if _exists(client, path):
        _forget(client, path + PART)
        return f"{path} is there already and is not written over", "give each file a name of its own"
    return f"{path} cannot be written: {reason}", "correct the folder or the account's rights"


def _exists(client: paramiko.SFTPClient, path: str) -> bool:
    try:
        client.stat(path)
    except OSError:
        return False
    return True


def _forget(client: paramiko.SFTPClient, path: str) -> None:
    if _exists(client, path):
        client.remove(path)


def remove(client: paramiko.SFTPClient, file: RemoteFile) -> None:
    """Remove a file; BrokenTest when the account may not."""
    try:
        client.remove(file.path)
    except PermissionError as error:
        raise BrokenTest(f"this account may not remove {file.path}", "correct the path or the rights") from error


def _file(path: str, attributes: paramiko.SFTPAttributes) -> RemoteFile:
    return RemoteFile(path, attributes.st_size or 0, attributes.st_mtime or 0)
