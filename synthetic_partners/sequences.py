"""What a partner remembers between restarts: sequence numbers, files it has read, requests it has answered."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

LAST = 99_999
MODIFIERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"  # tell the ACH files of a day apart


def following(number: int) -> int:
    """The number after a number: 99999 wraps to 1."""
    return 1 if number >= LAST else number + 1


def latest(numbers: Collection[int]) -> int:
    """The last of the numbers that are on record, 0 for none: a series that has wrapped goes on behind its gap."""
    highest = max(numbers, default=0)
    if highest > LAST or highest - min(numbers, default=0) <= LAST // 2:
        return highest
    return max(number for number in numbers if number <= LAST // 2)


@dataclass(slots=True)
class PartnerMemory:
    """One partner's memory; `path` None keeps it for the life of the process only.

    `server` is the host key of the server it belongs to: a new server starts from nothing.
    """

    server: str
    path: Path | None = None
    sent: dict[str, int] = field(default_factory=dict)  # feed -> last number used
    free: dict[str, list[int]] = field(default_factory=dict)  # numbers of rejected files, to be used again
    received: dict[str, int] = field(default_factory=dict)  # sender/feed -> last number accepted
    digests: dict[str, str] = field(default_factory=dict)  # sender/feed/number -> sha256
    read: dict[str, str] = field(default_factory=dict)  # file name -> size and time when it was read
    pending: dict[str, list[str]] = field(default_factory=dict)  # file name -> keys of requests nobody answered yet
    answered: dict[str, str] = field(default_factory=dict)  # request key -> what was answered
    claims: dict[str, str] = field(default_factory=dict)  # a unique value given out -> whom to
    asked: dict[str, dict[str, object]] = field(default_factory=dict)  # requests over HTTP that nobody answered yet
    served: dict[str, str] = field(default_factory=dict)  # layout -> the last time of its cadence that was served

    def take(self, feed: str) -> int:
        """The number of the next file of a feed."""
        if self.free.get(feed):
            return self.free[feed].pop(0)
        self.sent[feed] = following(self.sent.get(feed, 0))
        return self.sent[feed]

    def give_back(self, feed: str, number: int) -> None:
        """The receiver rejected this file: its number was not consumed."""
        waiting = self.free.setdefault(feed, [])
        if number not in waiting:
            waiting.append(number)
            waiting.sort()

    def claim(self, values: list[str], owner: str) -> str:
        """The first of some values that nobody else has."""
        for value in values:
            if self.claims.setdefault(value, owner) == owner:
                return value
        return values[-1]

    def save(self) -> None:
        """Write the memory; a crash while writing leaves the old one."""
        if self.path is None:
            return
        kept = {name: dict(getattr(self, name)) for name in _KEPT}  # a listener's thread may change them meanwhile
        draft = self.path.with_suffix(".part")
        draft.write_text(json.dumps({"server": self.server, **kept}), "utf-8")
        draft.replace(self.path)


_KEPT = ("sent", "free", "received", "digests", "read", "pending", "answered", "claims", "asked", "served")


def remember(partner: str, server: str, folder: Path | None) -> PartnerMemory:
    """The memory of a partner; empty when there is none, or when it belongs to another server."""
    if folder is None:
        return PartnerMemory(server)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{partner}.json"
    memory = PartnerMemory(server, path)
    try:
        kept = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return memory
    if not isinstance(kept, dict) or kept.get("server") != server:
        return memory
    for name in _KEPT:
        setattr(memory, name, kept.get(name, {}))
    return memory
