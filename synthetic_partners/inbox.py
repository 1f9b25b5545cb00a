"""What a partner reads: new files, judged and acknowledged, and the requests in them that wait for an answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ringback.synthetic_partners.behaviour import PartnerKind, Request
from ringback.synthetic_partners.clock import EnvironmentClock
from ringback.synthetic_partners.intake import Arrival, Taken, functional_records, reread, take_in
from ringback.synthetic_partners.layout import FeedLayout
from ringback.synthetic_partners.link import FolderWatch, Link, RemoteFile
from ringback.synthetic_partners.outbox import Note
from ringback.synthetic_partners.sequences import PartnerMemory


class Inbox:
    """The way in of one partner. Whatever is interrupted by a lost connection is finished after the next login."""

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
        self._folder = FolderWatch("/from_us")
        self._held: set[str] = set()  # files that wait for the one before them
        self._waiting: dict[str, tuple[Request, str]] = {}  # key -> request and the file it came in
        self._owed: dict[str, tuple[FeedLayout, Taken]] = {}  # acknowledgements not yet written

    @property
    def waiting(self) -> tuple[Request, ...]:
        """The requests that nobody has answered, in the order they came."""
        return tuple(request for request, _ in self._waiting.values())

    def done(self, key: str) -> None:
        """A request is answered."""
        _, file = self._waiting.pop(key)
        keys = [one for one in self._memory.pending.get(file, []) if one != key]
        if keys:
            self._memory.pending[file] = keys
        else:
            self._memory.pending.pop(file, None)

    def read(self, link: Link) -> bool:
        """Take in every file that is new or has changed; whether there was one."""
        if not self._folder.is_due(link) and not self._held:
            return False
        listed = link.files("/from_us")
        names = {file.name for file in listed}
        did = False
        for file in listed:
            if not file.name.endswith(".sha256") and self._memory.read.get(file.name) != file.stamp:
                did = self._read(link, file, with_checksum=f"{file.name}.sha256" in names) or did
        return did

    def _read(self, link: Link, file: RemoteFile, *, with_checksum: bool) -> bool:
        checksum = link.read(f"/from_us/{file.name}.sha256").decode("ascii", "replace") if with_checksum else ""
        arrival = Arrival(file.name, link.read(f"/from_us/{file.name}"), self._clock.now(), checksum)
        layout = self._layout(file.name)
        if layout is None:
            self._note("receipt" if file.name.startswith("997_") else "stranger", file.name)
        elif not self._take(arrival, layout):
            return False
        self._memory.read[file.name] = file.stamp
        return True

    def _layout(self, file_name: str) -> FeedLayout | None:
        """By the first word of the name, or by the whole convention where names do not begin with the feed."""
        first = self._kind.takes.get(file_name.split("_", maxsplit=1)[0])
        if first:
            return self._layouts.get(first)
        taken = (self._layouts[name] for name in self._kind.takes.values() if name in self._layouts)
        return next((layout for layout in taken if layout.names.read(file_name)), None)

    def _take(self, arrival: Arrival, layout: FeedLayout) -> bool:
        """Judge a file and keep its requests; False while it is held for an earlier one."""
        taken = take_in(arrival, layout, self._kind, self._memory)
        if taken.decision == "HELD":
            if arrival.name not in self._held:
                self._note("held", f"{arrival.name} waits for the file before it")
            self._held.add(arrival.name)
            return False
        self._held.discard(arrival.name)
        self._note("received", arrival.name, decision=taken.decision, requests=str(len(taken.requests)))
        self._owed[arrival.name] = (layout, taken)
        for request in taken.requests:
            self._waiting[request.key] = (request, arrival.name)
        if taken.requests:
            self._memory.pending[arrival.name] = [request.key for request in taken.requests]
        return True

    def acknowledge(self, link: Link) -> Iterator[tuple[dict[str, str], ...]]:
        """Write the acknowledgements that are owed; those of X12 files are records of a 997, for the outbox."""
        for name, (layout, taken) in list(self._owed.items()):
            if layout.acknowledged == "file":
                link.write(f"/ack/from_partner/{name}.ack", taken.acknowledgement)
            elif layout.acknowledged == "x12-997":
                yield functional_records(taken.file, layout, taken.decision)
            del self._owed[name]

    def recover(self, link: Link) -> None:
        """After a restart: requests that still wait for an answer are read again."""
        pending = {name: keys for name, keys in self._memory.pending.items() if keys}
        present = {file.name for file in link.files("/from_us")} if pending else set()
        for name, keys in pending.items():
            layout = self._layout(name)
            missing = [key for key in keys if key not in self._waiting]
            if layout and missing and name in present:
                arrival = Arrival(name, link.read(f"/from_us/{name}"), self._clock.now())
                self._waiting.update((one.key, (one, name)) for one in reread(arrival, layout, self._kind, missing))
