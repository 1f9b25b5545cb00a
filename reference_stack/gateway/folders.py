"""The folders of one partner on the SFTP server, and the only ways in which the gateway touches them."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

_ALL = ("to_us", "from_us", "ack/to_partner", "ack/from_partner", "archive", "quarantine")
PARTIAL = ".part"
SIDE_CAR = ".sha256"
ACK = ".ack"
_SETTLED_NS = 200_000_000


@dataclass(frozen=True, slots=True)
class Folders:
    """One partner's folders; `root` is what the partner sees as `/`."""

    root: Path

    def create(self) -> None:
        """Makes what is missing."""
        for name in _ALL:
            (self.root / name).mkdir(parents=True, exist_ok=True)

    @property
    def to_us(self) -> Path:
        """Where the partner puts files for us."""
        return self.root / "to_us"

    @property
    def from_us(self) -> Path:
        """Where the partner finds files of ours."""
        return self.root / "from_us"

    @property
    def acks_to_partner(self) -> Path:
        """Our acknowledgements."""
        return self.root / "ack" / "to_partner"

    @property
    def acks_from_partner(self) -> Path:
        """The partner's acknowledgements."""
        return self.root / "ack" / "from_partner"

    @property
    def quarantine(self) -> Path:
        """Rejected files."""
        return self.root / "quarantine"

    def archive(self, day: str) -> Path:
        """Where the files of a day (YYYYMMDD) are kept; made when it is missing."""
        folder = self.root / "archive" / day
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def arrived(self) -> list[Path]:
        """Complete files in /to_us, oldest first; `.part` files and side-cars are not files of their own."""
        found = (path for path in self.to_us.iterdir() if path.suffix not in {PARTIAL, SIDE_CAR} and path.is_file())
        return sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name))


class Watch:
    """Says when a folder is worth listing: what lies in it for good is not looked at again and again.

    Args:
        folder: the folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._changed_at = 0

    def has_news(self) -> bool:
        """Whether entries came or went since the last look, or so lately that the clock of the files may hide one."""
        before, self._changed_at = self._changed_at, self._folder.stat().st_mtime_ns
        return self._changed_at != before or time.time_ns() - self._changed_at < _SETTLED_NS


def publish(path: Path, data: bytes) -> None:
    """Writes a file under a `.part` name and renames it: a reader never sees half a file."""
    part = path.with_name(path.name + PARTIAL)
    part.write_bytes(data)
    part.replace(path)


def move(path: Path, folder: Path) -> Path:
    """Moves a file; one that has the same name there already gets a number behind it."""
    target, number = folder / path.name, 1
    while target.exists():
        number += 1
        target = folder / f"{path.name}.{number}"
    path.replace(target)
    if os.geteuid() == 0:
        os.chown(target, 0, 0)  # what is put away is ours, even where the partner is a user of its own
    return target
