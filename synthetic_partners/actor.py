"""One partner as an actor of its own: logs in, reads what it is sent, answers, comes back when the server was gone."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from threading import Event, Thread
from time import monotonic

from ringback.engine.problems import RingbackError
from ringback.synthetic_partners.acks import REJECTED, BadAck, read_ack
from ringback.synthetic_partners.behaviour import AnswerStep, Moment, PartnerKind, Request, Values, named_answers
from ringback.synthetic_partners.clock import EnvironmentClock
from ringback.synthetic_partners.instructions import Instructions
from ringback.synthetic_partners.intake import Arrival, Taken, functional_records, reread, take_in
from ringback.synthetic_partners.layout import FeedLayout
from ringback.synthetic_partners.link import Account, FolderWatch, Link, LinkDown
from ringback.synthetic_partners.sequences import remember

LEAST_PAUSE_S, MOST_PAUSE_S = 0.08, 0.4  # between looks: short while something is going on, longer when nothing is
BACK_OFF_S, MOST_BACK_OFF_S = 0.2, 3.0
LOG_LINES = 5000


@dataclass(frozen=True, slots=True)
class ActorSettings:
    """What an actor needs to know."""

    name: str
    account: Account
    mixture: bool
    pace: float
    state: Path | None


@dataclass(order=True, slots=True)
class _Due:
    """A step of an answer and when it is to be written."""

    at: float
    turn: int
    step: AnswerStep = field(compare=False)
    moment: Moment = field(compare=False)
    rest: tuple[AnswerStep, ...] = field(compare=False)


class PartnerActor:
    """One partner in a thread of its own."""

    def __init__(
        self,
        settings: ActorSettings,
        kind: PartnerKind,
        layouts: Mapping[str, FeedLayout],
        clock: EnvironmentClock,
        instructions: Instructions,
    ) -> None:
        self.settings = settings
        self.kind = kind
        self._layouts = layouts
        self._clock = clock
        self._instructions = instructions
        self._memory = remember(settings.name, settings.account.host_key, settings.state)
        self._waiting: dict[str, tuple[Request, str]] = {}  # key -> request and the file it came in
        self._due: list[_Due] = []
        self._turns = count()
        self._unacknowledged: dict[str, tuple[str, int]] = {}  # file -> its series and number
        self._bulk_names_at = datetime.min.replace(tzinfo=UTC)
        self._log: deque[dict[str, str]] = deque(maxlen=LOG_LINES)
        self._inbox = FolderWatch("/from_us")
        self._acks = FolderWatch("/ack/to_partner")
        self._held = False
        self._wake = Event()
        self._stopping = False
        self._ailment = "has not logged in yet"
        self._thread = Thread(target=self._live, name=f"partner {settings.name}", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """Log out and end; what is still due is not sent."""
        self._stopping = True
        self._wake.set()
        self._thread.join(timeout=15)

    def look_now(self) -> None:
        """Something changed (a new instruction): do not wait for the next look."""
        self._wake.set()

    @property
    def ailment(self) -> str:
        """Why the partner cannot do its work; empty when it can."""
        return self._ailment

    @property
    def log(self) -> tuple[Mapping[str, str], ...]:
        """What it read and wrote, oldest first."""
        return tuple(self._log)

    def _live(self) -> None:
        back_off = BACK_OFF_S
        while not self._stopping:
            link = None
            try:
                link = Link(self.settings.account)
                self._recover(link)
                self._ailment = ""
                back_off = BACK_OFF_S
                self._work(link)
            except LinkDown as down:
                self._ails(str(down))
            finally:
                if link:
                    link.close()
            self._pause(back_off)
            back_off = min(back_off * 2, MOST_BACK_OFF_S)

    def _work(self, link: Link) -> None:
        quiet = 0
        while not self._stopping:
            quiet = 0 if self._look(link) else quiet + 1
            busy = bool(self._due or self._unacknowledged) or quiet < 100
            self._pause(LEAST_PAUSE_S if busy else MOST_PAUSE_S)

    def _pause(self, seconds: float) -> None:
        until_due = self._due[0].at - monotonic() if self._due else seconds
        self._wake.wait(max(0.0, min(seconds * self.settings.pace, until_due)) if not self._stopping else 0)
        self._wake.clear()

    def _look(self, link: Link) -> bool:
        """One round: read, match, answer, hear acknowledgements; whether anything happened."""
        did = self._read_new(link)
        did = self._match() or did
        did = self._write_due(link) or did
        if self._unacknowledged:
            did = self._hear(link) or did
        if did:
            self._memory.save()
        return did

    def _ails(self, what: str) -> None:
        if what != self._ailment:
            self._note("ailment", what)
        self._ailment = what

    def _note(self, event: str, text: str, **more: str) -> None:
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self._log.append({"at": at, "event": event, "text": text, **more})

    # -- what comes in ------------------------------------------------------------------------------------------------

    def _read_new(self, link: Link) -> bool:
        if not self._inbox.is_due(link) and not self._held:
            return False
        self._held = False
        listed = link.files("/from_us")
        names = {file.name for file in listed}
        did = False
        for file in listed:
            if file.name.endswith(".sha256") or self._memory.read.get(file.name) == file.stamp:
                continue
            checksum = ""
            if f"{file.name}.sha256" in names:
                checksum = link.read(f"/from_us/{file.name}.sha256").decode("ascii", "replace")
            content = link.read(f"/from_us/{file.name}")
            if self._take(link, Arrival(file.name, content, self._clock.now(), checksum)):
                self._memory.read[file.name] = file.stamp
                did = True
        return did

    def _take(self, link: Link, arrival: Arrival) -> bool:
        """Take a file in and acknowledge it; False while it is held for an earlier one."""
        prefix = arrival.name.split("_")[0]
        if prefix == "997":
            self._note("receipt", arrival.name)
            return True
        layout = self._layouts.get(self.kind.takes.get(prefix, ""))
        if layout is None:
            self._note("stranger", f"{arrival.name} is no feed of this partner")
            return True
        taken = take_in(arrival, layout, self.kind, self._memory)
        if taken.decision == "HELD":
            self._held = True
            self._note_once("held", f"{arrival.name} waits for the file before it")
            return False
        self._note("received", arrival.name, decision=taken.decision, requests=str(len(taken.requests)))
        self._acknowledge(link, arrival, layout, taken)
        for request in taken.requests:
            self._waiting[request.key] = (request, arrival.name)
        if taken.requests:
            self._memory.pending[arrival.name] = [request.key for request in taken.requests]
        return True

    def _note_once(self, event: str, text: str) -> None:
        if not any(line["event"] == event and line["text"] == text for line in self._log):
            self._note(event, text)

    def _acknowledge(self, link: Link, arrival: Arrival, layout: FeedLayout, taken: Taken) -> None:
        if layout.acknowledged == "file":
            link.write(f"/ack/from_partner/{arrival.name}.ack", taken.acknowledgement)
        elif layout.acknowledged == "x12-997":
            self._send(link, "x12-997", functional_records(taken.file, layout, taken.decision))

    def _recover(self, link: Link) -> None:
        """After a restart: requests still waiting are read again; a fresh memory learns its last numbers."""
        self._learn_numbers(link)
        pending = {name: keys for name, keys in self._memory.pending.items() if keys}
        present = {file.name for file in link.files("/from_us")} if pending else set()
        for name, keys in pending.items():
            layout = self._layouts.get(self.kind.takes.get(name.split("_")[0], ""))
            missing = [key for key in keys if key not in self._waiting]
            if layout and missing and name in present:
                arrival = Arrival(name, link.read(f"/from_us/{name}"), self._clock.now())
                self._waiting.update((one.key, (one, name)) for one in reread(arrival, layout, self.kind, missing))

    def _learn_numbers(self, link: Link) -> None:
        if self._memory.sent:
            return
        folders = ["/to_us", *(f"/archive/{day}" for day in link.folders("/archive"))]
        for name in (file.name for folder in folders for file in link.files(folder)):
            for layout in self._layouts.values():
                parts = layout.names.read(name)
                number = (parts or {}).get("sequence") or (parts or {}).get("control")
                if parts and number and parts.get("sender") in (self.kind.sender, "NPAC"):
                    series = _series(layout)
                    self._memory.sent[series] = max(self._memory.sent.get(series, 0), int(number))

    # -- what goes out ------------------------------------------------------------------------------------------------

    def _match(self) -> bool:
        did = False
        for key, (request, file) in list(self._waiting.items()):
            behaviour = self._instructions.find(self.settings.name, request)
            if behaviour is not None:
                self._plan(request, behaviour.do, behaviour.options)
            elif self.settings.mixture:
                self._plan(request, self.kind.mixture(request), {})
            else:
                continue
            del self._waiting[key]
            self._forget_pending(file, key)
            did = True
        return did

    def _forget_pending(self, file: str, key: str) -> None:
        keys = [one for one in self._memory.pending.get(file, []) if one != key]
        if keys:
            self._memory.pending[file] = keys
        else:
            self._memory.pending.pop(file, None)

    def _plan(self, request: Request, do: object, options: Mapping[str, object]) -> None:
        steps: list[AnswerStep] = []
        names = []
        for name, own in named_answers(do):
            names.append(name)
            try:
                steps += self.kind.plan(request, name, {**options, **own}, self._memory)
            except Exception as error:  # noqa: BLE001 - the plugin boundary: a carrier's own kind of partner
                self._ails(f"cannot {name} {request.key}: {type(error).__name__}: {error}")
        self._memory.answered[request.key] = ", ".join(names)
        self._note("answers", f"{request.key}: {', '.join(names)}")
        self._schedule(Moment(self._clock.now(), request, {}), tuple(steps), monotonic())

    def _schedule(self, moment: Moment, steps: tuple[AnswerStep, ...], after: float) -> None:
        if steps:
            at = after + steps[0].after_s * self.settings.pace
            heapq.heappush(self._due, _Due(at, next(self._turns), steps[0], moment, steps[1:]))

    def _write_due(self, link: Link) -> bool:
        """Write every step that is due; line records of one feed share a file, an X12 set has its own."""
        now = monotonic()
        ready: list[_Due] = []
        while self._due and self._due[0].at <= now:
            ready.append(heapq.heappop(self._due))
        batches: dict[str, list[_Due]] = {}
        for due in ready:
            own = self._layouts[due.step.layout].family == "x12"
            batches.setdefault(f"{due.step.layout}/{due.turn if own else ''}", []).append(due)
        for place, batch in enumerate(batches.values()):
            try:
                self._write_batch(link, batch, now)
            except LinkDown:
                # Nothing of what was not written is lost: it is due again when the server is back.
                for later in list(batches.values())[place:]:
                    for due in later:
                        heapq.heappush(self._due, due)
                raise
        return bool(ready)

    def _write_batch(self, link: Link, batch: Sequence[_Due], now: float) -> None:
        at = self._clock.now()
        records: list[Values] = []
        good = []
        for due in batch:
            try:
                records += due.step.write(Moment(at, due.moment.request, due.moment.notes))
                good.append(due)
            except Exception as error:  # noqa: BLE001 - the plugin boundary: a carrier's own kind of partner
                self._ails(f"cannot answer {due.moment.request.key}: {type(error).__name__}: {error}")
        if records:
            self._send(link, batch[0].step.layout, records)
        for due in good:
            self._schedule(due.moment, due.rest, now)

    def _send(self, link: Link, layout_name: str, records: Sequence[Values]) -> None:
        """Write a file; one that cannot be written as its layout says is an ailment, not a half-right file."""
        try:
            self._drop(link, layout_name, records)
        except RingbackError as error:
            self._ails(f"cannot write {layout_name}: {error}")

    def _drop(self, link: Link, layout_name: str, records: Sequence[Values]) -> None:
        layout = self._layouts[layout_name]
        series = _series(layout)
        numbered = layout_name != "bdd"
        number = self._memory.take(series) if numbered else 0
        header = self.kind.header(layout_name, self._moment(layout_name), number, records)
        try:
            name = layout.file_name(header)
            link.write(f"/to_us/{name}", layout.encode(header, records))
        except (LinkDown, RingbackError):
            if numbered:
                self._memory.give_back(series, number)
            raise
        self._note("sent", name, records=str(len(records)))
        if layout.acknowledged == "file":
            self._unacknowledged[name] = (series, number)

    def _moment(self, layout: str) -> datetime:
        """Now; names of bulk downloads hold seconds and no number, so each gets a second of its own."""
        now = self._clock.now()
        if layout != "bdd":
            return now
        self._bulk_names_at = max(now, self._bulk_names_at + timedelta(seconds=1))
        return self._bulk_names_at

    def _hear(self, link: Link) -> bool:
        """Read the acknowledgements of our own files; a rejected file's number is free again."""
        if not self._acks.is_due(link):
            return False
        did = False
        for file in link.files("/ack/to_partner"):
            name = file.name.removesuffix(".ack")
            if name not in self._unacknowledged or not file.name.endswith(".ack"):
                continue
            series, number = self._unacknowledged.pop(name)
            did = True
            try:
                ack = read_ack(link.read(f"/ack/to_partner/{file.name}"))
            except BadAck as bad:
                self._note("acknowledged", name, decision="unreadable", errors=str(bad))
                continue
            errors = "; ".join(f"{error.line} {error.key} {error.code} {error.text}" for error in ack.errors)
            self._note("acknowledged", name, decision=ack.decision, errors=errors)
            if ack.decision == REJECTED and number:
                self._memory.give_back(series, number)
        return did


def _series(layout: FeedLayout) -> str:
    """What a number counts: one series per feed, one for all X12 sets."""
    return "x12" if layout.family == "x12" else layout.feed
