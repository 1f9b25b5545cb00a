"""What a partner did: its last lines in memory, a count of every kind, and all of it in a file where one is wanted."""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Lock

KEPT_LINES = 5000
_WRITING = Lock()  # one file for all partners of a process


class Journal:
    """The journal of one partner; shared by its threads."""

    def __init__(self, partner: str, file: Path | None = None) -> None:
        self._partner = partner
        self._file = file
        self._lines: deque[Mapping[str, str]] = deque(maxlen=KEPT_LINES)
        self._counts: Counter[str] = Counter()

    def append(self, line: Mapping[str, str]) -> None:
        """Keep one line; it names its `event`."""
        self._lines.append(line)
        self._counts[line["event"]] += 1
        if self._file is not None:
            with _WRITING, self._file.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"partner": self._partner, **line}) + "\n")

    def __iter__(self) -> Iterator[Mapping[str, str]]:
        """The last lines, oldest first."""
        return iter(tuple(self._lines))

    @property
    def counts(self) -> Mapping[str, int]:
        """How many lines of each event there were since the start."""
        return dict(self._counts)

    @property
    def last(self) -> str:
        """When something last happened; empty when nothing did."""
        return self._lines[-1]["at"] if self._lines else ""
