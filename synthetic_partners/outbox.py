"""What a partner writes: numbered files by their layouts, and what the receiver says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from ringback.engine.problems import RingbackError
from ringback.synthetic_partners.acks import REJECTED, BadAck, read_ack
from ringback.synthetic_partners.behaviour import PartnerKind, Values
from ringback.synthetic_partners.checksums import SIDE_CAR, needs_side_car, side_car
from ringback.synthetic_partners.clock import EnvironmentClock
from ringback.synthetic_partners.layout import FeedLayout
from ringback.synthetic_partners.link import FolderWatch, Link, LinkDown
from ringback.synthetic_partners.sequences import PartnerMemory, latest


class Note(Protocol):
    """Appends to the partner's log."""

    def __call__(self, event: str, text: str, **more: str) -> None:
        """One line."""
        ...


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
        layout = self._layouts[layout_name]
        series = _series(layout)
        numbered = layout_name != "bdd" and header is None
        number = self._memory.take(series) if numbered else 0
        try:
            usual = self._kind.header(layout_name, at or self._moment(layout_name), number, records)
            values = {**usual, **(header or {})}
            name = layout.file_name(values)
            content = layout.encode(values, records)
            if needs_side_car(layout):
                link.write(f"/to_us/{name}{SIDE_CAR}", side_car(content))
            link.write(f"/to_us/{name}", content)
        except (LinkDown, RingbackError):
            if numbered:
                self._memory.give_back(series, number)
            raise
        self._note("sent", name, records=str(len(records)))
        if layout.acknowledged == "file":
            self.unacknowledged[name] = (series, number)

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
        series, number = self.unacknowledged.pop(name)
        try:
            ack = read_ack(content)
        except BadAck as bad:
            self._note("acknowledged", name, decision="unreadable", errors=str(bad))
            return
        errors = "; ".join(f"{error.line} {error.key} {error.code} {error.text}" for error in ack.errors)
        self._note("acknowledged", name, decision=ack.decision, errors=errors)
        if ack.decision == REJECTED and number:
            self._memory.give_back(series, number)

    def learn_numbers(self, link: Link) -> None:
        """A fresh memory goes on where the files on the server end."""
        if self._memory.sent:
            return
        folders = ["/to_us", *(f"/archive/{day}" for day in link.folders("/archive"))]
        found: dict[str, set[int]] = {}
        for name in (file.name for folder in folders for file in link.files(folder)):
            for layout in self._layouts.values():
                parts = layout.names.read(name)
                number = (parts or {}).get("sequence") or (parts or {}).get("control")
                if parts and number and parts.get("sender", "NPAC") in (self._kind.sender, "NPAC"):
                    found.setdefault(_series(layout), set()).add(int(number))
        self._memory.sent.update({series: latest(numbers) for series, numbers in found.items()})


def _series(layout: FeedLayout) -> str:
    """What a number counts: one series per feed, one for all X12 sets."""
    return "x12" if layout.family == "x12" else layout.feed
