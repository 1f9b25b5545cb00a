"""A file that changes while it is read is read again; one that never stands still is left for the next attempt."""

import io
from dataclasses import dataclass
from typing import cast

import paramiko
import pytest

from ringback.drivers import sftp_files
from ringback.drivers.sftp_files import RemoteFile, read_stable


@dataclass
class RestlessFolder:
    """A server with one file; `versions` are its contents, one after the other, each at its own second."""

    versions: list[bytes]
    reads: int = 0

    def open(self, _path: str, _mode: str) -> io.BytesIO:
        """The file as it is now; afterwards it may have changed."""
        self.reads += 1
        content = self.versions[0]
        if len(self.versions) > 1:
            self.versions.pop(0)
        return io.BytesIO(content)

    def stat(self, _path: str) -> paramiko.SFTPAttributes:
        """Size and time of the version that is there now."""
        if not self.versions:
            raise FileNotFoundError
        attributes = paramiko.SFTPAttributes()
        attributes.st_size, attributes.st_mtime = len(self.versions[0]), 1_000 - len(self.versions)
        return attributes


@pytest.fixture(autouse=True)
def plain_download(monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder has no channel; how bytes come over a real one is shown by the driver's own tests."""
    monkeypatch.setattr(sftp_files, "download", lambda client, path, _size: client.open(path, "rb").read())


def read(folder: RestlessFolder, size: int, modified_s: int) -> tuple[RemoteFile, bytes] | None:
    """Read the file as a listing saw it."""
    return read_stable(cast("paramiko.SFTPClient", folder), RemoteFile("/NPORT_1.txt", size, modified_s))


def test_a_file_that_stays_is_read_once() -> None:
    """Nothing is asked twice without a reason."""
    folder = RestlessFolder([b"whole"])

    found = read(folder, 5, 999)

    assert found == (RemoteFile("/NPORT_1.txt", 5, 999), b"whole")
    assert folder.reads == 1


def test_a_file_that_changed_is_read_again() -> None:
    """The content belongs to the version that is reported."""
    folder = RestlessFolder([b"half", b"the whole"])

    found = read(folder, 4, 998)

    assert found == (RemoteFile("/NPORT_1.txt", 9, 999), b"the whole")


def test_a_file_that_never_stands_still_is_left_alone() -> None:
    """Better nothing in this attempt than a mixture."""
    folder = RestlessFolder([b"a" * size for size in range(1, 9)])

    assert read(folder, 1, 992) is None


@pytest.mark.parametrize("size", [0, 5])
def test_a_file_that_went_away_is_none(size: int) -> None:
    """Another journey, or the partner, may take a file away meanwhile."""
    folder = RestlessFolder([b"gone!"])
    folder.open = lambda _path, _mode: _vanish(folder)  # type: ignore[method-assign]  # a test bends its own fake

    assert read(folder, size, 999) is None


def _vanish(folder: RestlessFolder) -> io.BytesIO:
    folder.versions.clear()
    return io.BytesIO(b"gone!")
