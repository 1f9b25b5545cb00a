"""What a partner writes: numbered files by their layouts, and what the receiver says of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from ringback.engine.problems import RingbackError
from ringback.synthetic_partners.acks import REJECTED, Ack, BadAck, read_ack
from ringback.synthetic_partners.behaviour import PartnerKind, Values
from ringback.synthetic_partners.checksums import SIDE_CAR, needs_side_car, side_car
from ringback.synthetic_partners.clock import EnvironmentClock
from ringback.synthetic_partners.generate import GeneratedFile
from ringback.synthetic_partners.layout import FeedLayout
from ringback.synthetic_partners.link import FolderWatch, Link, LinkDown
from ringback.synthetic_partners.sequences import MODIFIERS, PartnerMemory, latest

_NUMBERS = ("sequence", "control", "cycle")  # the parts of a name that may hold a file's number


class Note(Protocol):
    """Appends to the partner's log."""

    def __call__(self, event: str, text: str, **more: str) -> None:
        """One line."""
        ...


@dataclass(frozen=True, slots=True)
class Made:
    """A good file that is not written yet, and the number it bears."""

    file: GeneratedFile
    layout: FeedLayout
    series: str
    number: int  # 0 for a file without one


class Outbox:
    """The way out of one partner."""

    def __init__(
        self,
        kind: PartnerKind,
        layouts: Mapping[str, FeedLayout],
        clock: EnvironmentClock,
        memory: PartnerMemory,
        note: Note,
    ) -> None:
        self._kind = kind
        self._layouts = layouts
        self._clock = clock
        self._memory = memory
        self._note = note
        self._acks = FolderWatch("/ack/to_partner")
        self._bulk_named_at = datetime.min.replace(tzinfo=UTC)
        self.unacknowledged: dict[str, tuple[str, int]] = {}  # file -> its series and number
        self.verdicts: dict[str, Ack] = {}  # file -> what was said of it
        self._digests: dict[str, str] = {}  # file -> sha256 of what was sent last under its name

    def send(
        self,
        link: Link,
        layout_name: str,
        records: Sequence[Values],
        at: datetime | None = None,
        header: Values | None = None,
    ) -> None:
        """Write one file, dated `at` or now; RingbackError when its layout cannot hold the records.

        A file that is not written has no number, nor has one whose header is given.
        """
        made = self.make(layout_name, records, at, header)
        try:
            write_side_car(link, made.layout, made.file.name, made.file.content)
            link.write(f"/to_us/{made.file.name}", made.file.content)
        except LinkDown:
            self.unmake(made)
            raise
        self.sent(made.layout, made.file.name, made.file.content, len(records), (made.series, made.number))

    def make(
        self, layout_name: str, records: Sequence[Values], at: datetime | None = None, header: Values | None = None
    ) -> Made:
        """One good file under the number that is due; RingbackError when its layout cannot hold the records."""
        layout = self._layouts[layout_name]
        series = _series(layout)
        numbered = layout_name != "bdd" and header is None
        number = self._memory.take(series) if numbered else 0
        try:
            usual = self._kind.header(layout_name, at or self._moment(layout_name), number, records)
            values = {**usual, **(header or {})}
            file = GeneratedFile(layout.file_name(values), layout.encode(values, records))
        except RingbackError:
            if numbered:
                self._memory.give_back(series, number)
            raise
        return Made(file, layout, series, number)

    def unmake(self, made: Made) -> None:
        """A file is not written after all: its number is free."""
        if made.number:
            self._memory.give_back(made.series, made.number)

    def count_on(self, layout: FeedLayout, names: Sequence[str]) -> None:
        """Files of these names use up their numbers."""
        used = {self._memory.sent.get(_series(layout), 0), *(_number(layout, name) for name in names)}
        self._memory.sent[_series(layout)] = latest(used - {0})

    def sent(
        self, layout: FeedLayout, name: str, content: bytes, records: int, number: tuple[str, int] | None = None
    ) -> None:
        """Note a file that was written; `number` is its series and number, else what its name says."""
        self._note("sent", name, records=str(records))
        if layout.acknowledged == "file":
            self.verdicts.pop(name, None)
            self.unacknowledged[name] = number or (_series(layout), _number(layout, name))
            self._digests[name] = hashlib.sha256(content).hexdigest()

    def _moment(self, layout: str) -> datetime:
        """Now; names of bulk downloads hold seconds and no number, so each gets a second of its own."""
        now = self._clock.now()
        if layout != "bdd":
            return now
        self._bulk_named_at = max(now, self._bulk_named_at + timedelta(seconds=1))
        return self._bulk_named_at

    def hear(self, link: Link) -> bool:
        """Read the acknowledgements of our own files; a rejected file's number is free again."""
        if not self.unacknowledged or not self._acks.is_due(link):
            return False
        names = (file.name for file in link.files("/ack/to_partner") if file.name.endswith(".ack"))
        told = [name for name in names if name.removesuffix(".ack") in self.unacknowledged]
        for name in told:
            self._hear_of(name.removesuffix(".ack"), link.read(f"/ack/to_partner/{name}"))
        return bool(told)

    def _hear_of(self, name: str, content: bytes) -> None:
        try:
            ack = read_ack(content)
        except BadAck as bad:
            self.unacknowledged.pop(name)
            self._note("acknowledged", name, decision="unreadable", errors=str(bad))
            return
        if ack.sha256 and ack.sha256 != self._digests.get(name, ack.sha256):
            return  # of another file that bore this name before
        series, number = self.unacknowledged.pop(name)
        self.verdicts[name] = ack
        errors = "; ".join(f"{error.line} {error.key} {error.code} {error.text}" for error in ack.errors)
        self._note("acknowledged", name, decision=ack.decision, errors=errors)
        if ack.decision == REJECTED and number and "G007" not in {error.code for error in ack.errors}:
            self._memory.give_back(series, number)

    def learn_numbers(self, link: Link) -> None:
        """A fresh memory goes on where the files on the server end."""
        if self._memory.sent:
            return
        folders = ["/to_us", *(f"/archive/{day}" for day in link.folders("/archive"))]
        found: dict[str, set[int]] = {}
        for name in (file.name for folder in folders for file in link.files(folder)):
            for layout in self._layouts.values():
                parts, number = layout.names.read(name), _number(layout, name)
                if parts and number and parts.get("sender", "NPAC") in (self._kind.sender, "NPAC"):
                    found.setdefault(_series(layout), set()).add(number)
        self._memory.sent.update({series: latest(numbers) for series, numbers in found.items()})


def write_side_car(link: Link, layout: FeedLayout, name: str, content: bytes) -> None:
    """Write the hash of a file before the file, where its layout asks for one."""
    if needs_side_car(layout):
        link.write(f"/to_us/{name}{SIDE_CAR}", side_car(content))


def _number(layout: FeedLayout, name: str) -> int:
    """The number that a name says; 0 when it says none."""
    parts = layout.names.read(name) or {}
    text = next((parts[part] for part in _NUMBERS if parts.get(part)), "")
    if text.isdigit():
        return int(text)
    return 1 + MODIFIERS.find(parts.get("file_id_modifier", " "))  # ACH: which file of the day it is


def _series(layout: FeedLayout) -> str:
    """What a number counts: one series per feed, one for all X12 sets."""
    return "x12" if layout.family == "x12" else layout.feed
