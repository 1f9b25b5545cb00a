"""Writes the run record: one JSON line an event, appended at once, so that a run that dies leaves what it saw."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import msgspec

from ringback.engine.evidence import Exhibit
from ringback.engine.plain import as_plain

VERSION = 1
LONGEST_INLINE = 8_000  # characters; a longer exhibit is a file of its own
EVIDENCE_FOLDER = "evidence"

_SUFFIXES = {
    "application/json": "json",
    "application/vnd.ringback.table+json": "json",
    "application/zip": "zip",
    "application/xml": "xml",
    "image/png": "png",
    "image/jpeg": "jpg",
    "text/csv": "csv",
    "text/html": "html",
}
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def utc_now() -> datetime:
    """The time of the machine that runs the tests, in UTC."""
    return datetime.now(UTC)


class RecordWriter:
    """The recorder of one worker of a run; safe for many threads.

    Each event is one `write` to a file opened for appending: about 10 us, no buffer that a crash could take along.
    """

    def __init__(
        self, folder: Path, *, run: str, worker: str = "main", clock: Callable[[], datetime] = utc_now
    ) -> None:
        """Open the record of `worker` in the run's folder."""
        self._evidence = folder / EVIDENCE_FOLDER
        self._evidence.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"record-{worker}.jsonl"
        self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._run, self._worker, self._clock = run, worker, clock
        self._encoder = msgspec.json.Encoder(enc_hook=as_plain, decimal_format="string")
        self._lock = threading.Lock()
        self._kept = 0

    def record(self, event: str, fields: Mapping[str, object]) -> None:
        """Append one event; the file has it when this returns."""
        at = self._clock().isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
        line = {"v": VERSION, "at": at, "event": event, "run": self._run, "worker": self._worker, **fields}
        with self._lock:  # an encoder keeps its buffer: one thread at a time
            os.write(self._file, self._encoder.encode(line) + b"\n")

    def keep(self, exhibit: Exhibit) -> Mapping[str, object]:
        """A short text is kept in the event itself, anything else as a file of the evidence folder."""
        entry: dict[str, object] = {"name": exhibit.name, "media_type": exhibit.media_type}
        content = exhibit.content
        if isinstance(content, str) and len(content) <= LONGEST_INLINE:
            return {**entry, "text": content}
        path = self._evidence / self._file_name(exhibit)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return {**entry, "file": f"{EVIDENCE_FOLDER}/{path.name}"}

    def close(self) -> None:
        """No further events."""
        with self._lock:
            if self._file >= 0:
                os.close(self._file)
                self._file = -1

    def __enter__(self) -> Self:
        """Use it as a context."""
        return self

    def __exit__(self, *_problem: object) -> None:
        """Close the file."""
        self.close()

    def _file_name(self, exhibit: Exhibit) -> str:
        with self._lock:
            self._kept += 1
            number = self._kept
        name = _UNSAFE.sub("-", exhibit.name).strip("-.")[:40] or "exhibit"
        suffix = _SUFFIXES.get(exhibit.media_type, "txt" if exhibit.media_type.startswith("text/") else "bin")
        stem = name.removesuffix(f".{suffix}")
        return f"{self._worker}-{number:05d}-{stem}.{suffix}"
