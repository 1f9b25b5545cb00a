"""One partner as an actor of its own: logs in, reads what it is sent, answers, comes back when the server was gone."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from threading import Event, Thread
from time import monotonic

from ringback.engine.problems import RingbackError
from ringback.synthetic_partners.behaviour import AnswerStep, Moment, PartnerKind, Request, Values, named_answers
from ringback.synthetic_partners.clock import EnvironmentClock
from ringback.synthetic_partners.inbox import Inbox
from ringback.synthetic_partners.instructions import Instructions
from ringback.synthetic_partners.layout import FeedLayout
from ringback.synthetic_partners.link import Account, Link, LinkDown
from ringback.synthetic_partners.outbox import Outbox
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
        self._due: list[_Due] = []
        self._turns = count()
        self._log: deque[dict[str, str]] = deque(maxlen=LOG_LINES)
        self._outbox = Outbox(kind, layouts, clock, self._memory, self._note)
        self._inbox = Inbox(kind, layouts, clock, self._memory, self._note)
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
                self._outbox.learn_numbers(link)
                self._inbox.recover(link)
                self._ailment = ""
                back_off = BACK_OFF_S
                self._work(link)
            except LinkDown as down:
                self._ails(str(down))
            finally:
                if link:
                    link.close()
            if not self._stopping:
                self._wake.wait(back_off * self.settings.pace)  # a wake-up from the desk may try again earlier
                self._wake.clear()
            back_off = min(back_off * 2, MOST_BACK_OFF_S)

    def _work(self, link: Link) -> None:
        quiet = 0
        while not self._stopping:
            quiet = 0 if self._look(link) else quiet + 1
            busy = bool(self._due or self._outbox.unacknowledged) or quiet < 100
            self._pause(LEAST_PAUSE_S if busy else MOST_PAUSE_S)

    def _pause(self, seconds: float) -> None:
        until_due = self._due[0].at - monotonic() if self._due else seconds
        self._wake.wait(max(0.0, min(seconds * self.settings.pace, until_due)) if not self._stopping else 0)
        self._wake.clear()

    def _look(self, link: Link) -> bool:
        """One round: read, match, answer, hear acknowledgements; whether anything happened."""
        did = self._inbox.read(link)
        for functional in self._inbox.acknowledge(link):
            self._send(link, "x12-997", functional)
        did = self._match() or did
        did = self._write_due(link) or did
        did = self._outbox.hear(link) or did
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

    def _match(self) -> bool:
        did = False
        for request in self._inbox.waiting:
            behaviour = self._instructions.find(self.settings.name, request)
            if behaviour is not None:
                self._plan(request, behaviour.do, behaviour.options)
            elif self.settings.mixture:
                self._plan(request, self.kind.mixture(request), {})
            else:
                continue
            self._inbox.done(request.key)
            did = True
        return did

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
            self._outbox.send(link, layout_name, records)
        except RingbackError as error:
            self._ails(f"cannot write {layout_name}: {error}")
