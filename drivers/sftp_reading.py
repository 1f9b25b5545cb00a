"""Files read through a feed layout: which records a step means, and what was seen of their files."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ringback.drivers.sftp_files import RemoteFile
from ringback.drivers.steps import nearest
from ringback.engine.problems import BrokenTest
from ringback.engine.protocols import FeedFile, Layout

KEPT_BYTES = 64 * 1024 * 1024


class FileShelf:
    """Contents by system, path, size and time, so that a waiting step reads a file once, not once per attempt."""

    def __init__(self) -> None:
        self._files: OrderedDict[tuple[str, RemoteFile], bytes] = OrderedDict()
        self._decoded: dict[tuple[str, RemoteFile, str], FeedFile] = {}
        self._size = 0
        self._lock = threading.Lock()

    def get(self, system: str, file: RemoteFile) -> bytes | None:
        """The content, when this very version of the file was read before."""
        with self._lock:
            return self._files.get((system, file))

    def put(self, system: str, file: RemoteFile, content: bytes) -> None:
        """Keep a content; the oldest ones go when there is too much."""
        with self._lock:
            if (system, file) not in self._files:
                self._files[system, file] = content
                self._size += len(content)
            while self._size > KEPT_BYTES and len(self._files) > 1:
                gone, old = self._files.popitem(last=False)
                self._size -= len(old)
                self._decoded = {key: feed for key, feed in self._decoded.items() if key[:2] != gone}

    def decoded(self, system: str, file: RemoteFile, content: bytes, layout: Layout) -> FeedFile:
        """The content through a layout, decoded once."""
        key = (system, file, layout.name)
        feed = self._decoded.get(key)
        if feed is None:
            feed = layout.decode(content, file.name)
            with self._lock:
                self._decoded[key] = feed
        return feed


@dataclass(frozen=True, slots=True)
class Reading:
    """A file, its bytes, and - with a layout - what it says; `records` are those that the step means."""

    file: RemoteFile
    content: bytes
    feed: FeedFile | None = None
    records: tuple[Mapping[str, str], ...] = ()

    @property
    def text(self) -> str:
        """The content as text; a byte that is no UTF-8 is shown as Latin-1 would."""
        try:
            return self.content.decode()
        except UnicodeDecodeError:
            return self.content.decode("latin-1")


def narrowed(readings: Sequence[Reading], where: Mapping[str, str]) -> tuple[Reading, ...]:
    """The files with the records that `where` means; files without such a record are somebody else's.

    Raises:
        BrokenTest: A name in `where` is no field of any record that was read.
    """
    if not where:
        return tuple(readings)
    _check_fields(readings, where)
    found = (Reading(each.file, each.content, each.feed, _meant(each.records, where)) for each in readings)
    return tuple(each for each in found if each.records)


def _meant(records: Sequence[Mapping[str, str]], where: Mapping[str, str]) -> tuple[Mapping[str, str], ...]:
    return tuple(each for each in records if all(each.get(name) == value for name, value in where.items()))


def _check_fields(readings: Sequence[Reading], where: Mapping[str, str]) -> None:
    fields = {name for each in readings for record in each.records for name in record}
    for name in where:
        if fields and name not in fields:
            layout = next((each.feed.layout for each in readings if each.feed), "this feed")
            hint = nearest(name, fields) or f"it has {', '.join(sorted(fields))}"
            raise BrokenTest(f"where: records of {layout} have no field {name!r}", hint)


def newest(files: Sequence[RemoteFile]) -> tuple[RemoteFile, ...]:
    """The one that was written last; of the same second, the last by name."""
    last = max(files, key=lambda file: (file.modified_s, file.path), default=None)
    return (last,) if last else ()


def decode_all(
    read: Sequence[tuple[RemoteFile, bytes]], decode: Callable[[RemoteFile, bytes], FeedFile] | None
) -> tuple[Reading, ...]:
    """The files as readings, through a layout when there is one."""
    if decode is None:
        return tuple(Reading(file, content) for file, content in read)
    feeds = [(file, content, decode(file, content)) for file, content in read]
    return tuple(Reading(file, content, feed, feed.records) for file, content, feed in feeds)
