"""One partner as an actor of its own: logs in, reads what it is sent, answers, comes back when the server was gone."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Event, Thread

from ringback.engine.problems import RingbackError
from ringback.synthetic_partners.agenda import Agenda, Due
from ringback.synthetic_partners.behaviour import (
    CallStep,
    Moment,
    Outgoing,
    PartnerKind,
    Request,
    Step,
    Values,
    named_answers,
)
from ringback.synthetic_partners.clock import EnvironmentClock
from ringback.synthetic_partners.inbox import Inbox
from ringback.synthetic_partners.instructions import Instructions
from ringback.synthetic_partners.layout import FeedLayout
from ringback.synthetic_partners.link import Account, Link, LinkDown
from ringback.synthetic_partners.outbox import Outbox
from ringback.synthetic_partners.sequences import remember
from ringback.synthetic_partners.timetable import DueFeed, Timetable
from ringback.synthetic_partners.web.courier import Courier
from ringback.synthetic_partners.web.desk import WebDesk
from ringback.synthetic_partners.web.reception import NO_WEB, Reception, WebSettings, not_spoken_to

LEAST_PAUSE_S, MOST_PAUSE_S = 0.08, 0.4  # between looks: short while something is going on, longer when nothing is
BACK_OFF_S, MOST_BACK_OFF_S = 0.2, 3.0
LOG_LINES = 5000


@dataclass(frozen=True, slots=True)
class ActorSettings:
    """What an actor needs to know."""

    name: str
    account: Account | None  # None for a partner that is spoken to over HTTP alone
    mixture: bool
    pace: float
    state: Path | None
    web: WebSettings = NO_WEB


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
        server = settings.account.host_key if settings.account else settings.web.listen
        self._memory = remember(settings.name, server, settings.state)
        self._timetable = Timetable(getattr(kind, "cadences", {}) if settings.mixture else {}, self._memory)
        self._agenda = Agenda(self._timetable.collects, settings.pace)
        self._unsent: deque[tuple[Outgoing, datetime]] = deque()
        self._log: deque[dict[str, str]] = deque(maxlen=LOG_LINES)
        self._outbox = Outbox(kind, layouts, clock, self._memory, self._note)
        self._inbox = Inbox(kind, layouts, clock, self._memory, self._note)
        self._wake = Event()
        self._stopping = False
        self._ailment = "has not logged in yet" if settings.account else ""
        self._desk = WebDesk(
            settings.name, kind, self._memory, instructions, mixture=settings.mixture, wake=self.look_now
        )
        self._courier = Courier(settings.name, self._note, pace=settings.pace, ca_file=settings.web.ca_file)
        hear = partial(getattr(kind, "heard", not_spoken_to), desk=self._desk)
        self._reception = Reception(settings.name, settings.web, hear, clock, self._note, settings.state)
        self._thread = Thread(target=self._live, name=f"partner {settings.name}", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """Log out and end; what is still due is not sent."""
        self._stopping = True
        self._wake.set()
        self._thread.join(timeout=15)
        self._reception.close()
        self._courier.stop()

    def look_now(self) -> None:
        """Something changed (a new instruction): do not wait for the next look."""
        self._wake.set()

    @property
    def ailment(self) -> str:
        """Why the partner cannot do its work; empty when it can."""
        return self._ailment or self._courier.ailment

    @property
    def url(self) -> str:
        """Where the partner listens; empty for one that does not."""
        return self._reception.url

    @property
    def waiting(self) -> int:
        """How many requests nobody has answered, answers that are not written yet included."""
        return len(self._inbox.waiting) + len(self._desk.waiting) + len(self._agenda)

    @property
    def log(self) -> tuple[Mapping[str, str], ...]:
        """What it read and wrote, oldest first."""
        return tuple(self._log)

    def _live(self) -> None:
        back_off = BACK_OFF_S
        while not self._stopping:
            link = None
            try:
                self._reception.open()
                link = self._log_in()
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

    def _log_in(self) -> Link | None:
        """A session, with what was lost with the last one; None for a partner without an account."""
        if self.settings.account is None:
            return None
        link = Link(self.settings.account)
        try:
            self._outbox.learn_numbers(link)
            self._inbox.recover(link)
        except BaseException:
            link.close()
            raise
        return link

    def _work(self, link: Link | None) -> None:
        quiet = 0
        while not self._stopping:
            quiet = 0 if self._look(link) else quiet + 1
            busy = not self._agenda.is_idle or bool(self._outbox.unacknowledged) or quiet < 100
            self._pause(LEAST_PAUSE_S if busy else MOST_PAUSE_S)

    def _pause(self, seconds: float) -> None:
        self._wake.wait(self._agenda.wait_s(seconds * self.settings.pace) if not self._stopping else 0)
        self._wake.clear()

    def _look(self, link: Link | None) -> bool:
        """One round: read, match, answer, send what is due, hear acknowledgements; whether anything happened."""
        did = link is not None and self._inbox.read(link)
        for functional in self._inbox.acknowledge(link) if link else ():
            self._send(link, "x12-997", functional)
        did = self._match() or did
        did = self._write_due(link) or did
        did = self._serve_feeds(link) or did
        did = (link is not None and self._outbox.hear(link)) or did
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
        for waiting, done in ((self._inbox.waiting, self._inbox.done), (self._desk.waiting, self._desk.done)):
            for request in waiting:
                behaviour = self._desk.told(request)
                if behaviour is not None:
                    self._plan(request, behaviour.do, behaviour.options)
                    done(request.key)
                    did = True
        return did

    def _plan(self, request: Request, do: object, options: Mapping[str, object]) -> None:
        steps: list[Step] = []
        names = []
        for name, own in named_answers(do):
            names.append(name)
            try:
                steps += self.kind.plan(request, name, {**options, **own}, self._memory)
            except Exception as error:  # noqa: BLE001 - the plugin boundary: a carrier's own kind of partner
                self._ails(f"cannot {name} {request.key}: {type(error).__name__}: {error}")
        self._memory.answered[request.key] = ", ".join(names)
        self._note("answers", f"{request.key}: {', '.join(names)}")
        self._agenda.plan(Moment(self._clock.now(), request, {}), tuple(steps))

    def _write_due(self, link: Link | None) -> bool:
        """Carry out every step that is due."""
        ready = self._agenda.ready(self._clock.now)
        files = []
        for due in ready:
            if isinstance(due.step, CallStep):
                self._call(due, due.step)
            else:
                files.append(due)
        self._write_files(link, files)
        return bool(ready)

    def _call(self, due: Due, step: CallStep) -> None:
        try:
            calls = step.write(Moment(self._clock.now(), due.moment.request, due.moment.notes))
        except Exception as error:  # noqa: BLE001 - the plugin boundary: a carrier's own kind of partner
            self._ails(f"cannot answer {due.moment.request.key}: {type(error).__name__}: {error}")
            return
        for call in calls:
            self._courier.post(call)
        self._agenda.plan(due.moment, due.rest)

    def _write_files(self, link: Link | None, files: Sequence[Due], at: datetime | None = None) -> None:
        """Line records of one feed share a file, an X12 set has its own; `at` is when they were due, else it is now."""
        batches = self._agenda.batches(files, alone=lambda layout: self._layouts[layout].family == "x12")
        for place, batch in enumerate(batches):
            try:
                self._write_batch(link, batch, at)
            except LinkDown:
                # Nothing of what was not written is lost: it is due again when the server is back.
                for later in batches[place:]:
                    self._agenda.again(later)
                raise

    def _write_batch(self, link: Link | None, batch: Sequence[Due], at: datetime | None) -> None:
        moment = at or self._clock.now()
        records: list[Values] = []
        good = []
        for due in batch:
            try:
                records += due.step.write(Moment(moment, due.moment.request, due.moment.notes))  # type: ignore[arg-type]  # file steps alone come here
                good.append(due)
            except Exception as error:  # noqa: BLE001 - the plugin boundary: a carrier's own kind of partner
                self._ails(f"cannot answer {due.moment.request.key}: {type(error).__name__}: {error}")
        if records or batch[0].header is not None:
            self._send(link, batch[0].layout, records, at, batch[0].header)
        for due in good:
            self._agenda.plan(due.moment, due.rest)

    def _serve_feeds(self, link: Link | None) -> bool:
        """The times of feeds that have come: answers that waited for them, and what the partner sends unasked."""
        feeds = self._timetable.due(self._clock.now())
        self._send_unasked(link)
        for feed in feeds:
            self._write_files(link, self._agenda.collected(feed.layout), feed.at)
            self._unsent.extend((file, feed.at) for file in self._unasked(feed))
            self._timetable.served(feed)
            self._send_unasked(link)
        return bool(feeds)

    def _send_unasked(self, link: Link | None) -> None:
        """A file leaves the list when it is written: a lost connection neither drops nor doubles it."""
        while self._unsent:
            file, at = self._unsent[0]
            self._send(link, file.layout, file.records, at)
            self._unsent.popleft()

    def _unasked(self, feed: DueFeed) -> Sequence[Outgoing]:
        unsolicited = getattr(self.kind, "unsolicited", None)
        try:
            return tuple(unsolicited(feed.layout, feed.at, self._memory)) if unsolicited else ()
        except Exception as error:  # noqa: BLE001 - the plugin boundary: a carrier's own kind of partner
            self._ails(f"cannot send {feed.layout} of {feed.at:%Y-%m-%d %H:%M}: {type(error).__name__}: {error}")
            return ()

    def take(self, request: Request) -> None:
        """Have the partner do what a journey asks of it."""
        self._desk.take(request)

    def _send(
        self,
        link: Link | None,
        layout_name: str,
        records: Sequence[Values],
        at: datetime | None = None,
        header: Values | None = None,
    ) -> None:
        """Write a file; one that cannot be written as its layout says is an ailment, not a half-right file."""
        if link is None:
            self._ails(f"cannot write {layout_name}: the partner has no SFTP account")
            return
        try:
            self._outbox.send(link, layout_name, records, at, header)
        except RingbackError as error:
            self._ails(f"cannot write {layout_name}: {error}")
