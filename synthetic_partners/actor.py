"""One partner as an actor of its own: logs in, reads what it is sent, answers, comes back when the server was gone."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Event, Thread

from ringback.engine.problems import RingbackError
from ringback.engine.protocols import Behaviour
from ringback.synthetic_partners.agenda import Agenda, Due
from ringback.synthetic_partners.anomalies import Asked, asked
from ringback.synthetic_partners.behaviour import (
    AnswerStep,
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
from ringback.synthetic_partners.journal import Journal
from ringback.synthetic_partners.layout import FeedLayout
from ringback.synthetic_partners.link import Account, Link, LinkDown
from ringback.synthetic_partners.outbox import Outbox
from ringback.synthetic_partners.sabotage import Saboteur
from ringback.synthetic_partners.sequences import PartnerMemory, remember
from ringback.synthetic_partners.spares import Spares
from ringback.synthetic_partners.timetable import DueFeed, Timetable
from ringback.synthetic_partners.web.courier import Courier
from ringback.synthetic_partners.web.desk import WebDesk
from ringback.synthetic_partners.web.messages import WebReply, WebRequest
from ringback.synthetic_partners.web.reception import NO_WEB, Reception, WebSettings, not_spoken_to

LEAST_PAUSE_S, MOST_PAUSE_S = 0.08, 0.4  # between looks: short while something is going on, longer when nothing is
BACK_OFF_S, MOST_BACK_OFF_S = 0.2, 3.0

# What an anomaly over HTTP is, in the words of the option `http`.
_MANNERS: Mapping[str, Callable[[Asked], Mapping[str, object]]] = {
    "A39": lambda told: {"before": [told.number("status")] * told.number("times")},
    "A40": lambda told: {"empty": True} if told.word("kind") == "empty" else {"correlation": told.word("kind")},
}


@dataclass(frozen=True, slots=True)
class ActorSettings:
    """What an actor needs to know."""

    name: str
    account: Account | None  # None for a partner that is spoken to over HTTP alone
    mixture: bool
    pace: float
    state: Path | None
    web: WebSettings = NO_WEB
    log_file: Path | None = None
    anomaly: Asked | None = None  # in everything it sends


class PartnerActor:
    """One partner in a thread of its own."""

    def __init__(
        self,
        settings: ActorSettings,
        kind: PartnerKind,
        layouts: Mapping[str, FeedLayout],
        clock: EnvironmentClock,
        instructions: Instructions,
        spares: Spares[PartnerActor] | None = None,
    ) -> None:
        self.settings = settings
        self.spares: Spares[PartnerActor] = spares or Spares(())
        self.kind = kind
        self._layouts = layouts
        self._clock = clock
        self._instructions = instructions
        server = settings.account.host_key if settings.account else settings.web.listen
        self._memory = remember(settings.name, server, settings.state)
        self._timetable = Timetable(getattr(kind, "cadences", {}) if settings.mixture else {}, self._memory)
        self._agenda = Agenda(self._timetable.collects, settings.pace)
        self._unsent: deque[tuple[Outgoing, datetime]] = deque()
        self.journal = Journal(settings.name, settings.log_file)
        self._outbox = Outbox(kind, layouts, clock, self._memory, self._note)
        self._inbox = Inbox(kind, layouts, clock, self._memory, self._note)
        self._saboteur = Saboteur(self._outbox, clock, self._note)
        self._spoilt: dict[str, Asked] = {}  # request -> what is still to go wrong with the first file of its answer
        self._tasks: deque[tuple[Request, object, Mapping[str, object], Asked]] = deque()
        self._wake = Event()
        self._stopping = False
        self._ailment = "has not logged in yet" if settings.account else ""
        self._desk = WebDesk(
            settings.name, kind, self._memory, instructions, mixture=settings.mixture, wake=self.look_now
        )
        self._courier = Courier(settings.name, self._note, pace=settings.pace, ca_file=settings.web.ca_file)
        self._heard = Event()  # a request over HTTP may have changed what is remembered
        self._reception = Reception(settings.name, settings.web, self._hear, clock, self._note, settings.state)
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
        self._memory.save()
        self.spares.stop()

    @property
    def memory(self) -> PartnerMemory:
        """What it remembers."""
        return self._memory

    @property
    def is_idle(self) -> bool:
        """Whether all that it was asked for is done, and acknowledged."""
        waits = self._tasks or len(self._agenda) or self._outbox.unacknowledged
        return not waits and self._saboteur.is_idle

    def perform(self, request: Request, do: object, options: Mapping[str, object], anomaly: Asked) -> None:
        """Answer a request with an anomaly in the answer; called from the threads of others."""
        self._tasks.append((request, do, options, anomaly))
        self._wake.set()

    def _hear(self, request: WebRequest) -> WebReply:
        """The answer to a request over HTTP, in the thread of its connection."""
        reply: WebReply = getattr(self.kind, "heard", not_spoken_to)(request, self._desk)
        self._heard.set()
        self._wake.set()
        return reply

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
        return tuple(self.journal)

    @property
    def next_files(self) -> Mapping[str, datetime]:
        """When each of its feeds is due next."""
        return self._timetable.following(self._clock.now())

    def _live(self) -> None:
        back_off = BACK_OFF_S
        while not self._stopping:
            link = None
            try:
                self._reception.open()
                link = self._log_in()
                self._timetable.begin(self._clock.now())  # whoever sees it well may move the clock at once
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
            busy = not self.is_idle or not self._agenda.is_idle or quiet < 100
            self._pause(LEAST_PAUSE_S if busy else MOST_PAUSE_S)

    def _pause(self, seconds: float) -> None:
        self._wake.wait(self._agenda.wait_s(seconds * self.settings.pace) if not self._stopping else 0)
        self._wake.clear()

    def _look(self, link: Link | None) -> bool:
        """One round: read, match, answer, send what is due, hear acknowledgements; whether anything happened."""
        did = self._heard.is_set()
        self._heard.clear()
        did = (link is not None and self._inbox.read(link)) or did
        for functional in self._inbox.acknowledge(link) if link else ():
            self._send(link, "x12-997", functional)
        did = self._match() or did
        while self._tasks:
            self._spoil(*self._tasks[0])
            self._tasks.popleft()
            did = True
        did = self._write_due(link) or did
        did = (link is not None and self._saboteur.work(link)) or did
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
        self.journal.append({"at": at, "event": event, "text": text, **more})

    def _match(self) -> bool:
        did = False
        for waiting, done in ((self._inbox.waiting, self._inbox.done), (self._desk.waiting, self._desk.done)):
            for request in waiting:
                behaviour = self._desk.told(request)
                if behaviour is not None and self._answered(request, behaviour):
                    done(request.key)
                    did = True
        return did

    def _answered(self, request: Request, behaviour: Behaviour) -> bool:
        """Plan an answer; False while one with an anomaly waits for an instance of its own."""
        anomaly = asked(behaviour.anomaly) if behaviour.anomaly else self.settings.anomaly
        if anomaly is None:
            self._plan(request, behaviour.do, behaviour.options)
        elif not behaviour.anomaly or not len(self.spares):
            self._spoil(request, behaviour.do, behaviour.options, anomaly)
        else:
            instance = self.spares.lease(self._instructions.session_of(behaviour))
            if instance is None:
                return False
            self._memory.answered[request.key] = anomaly.id
            self._note("answers", f"{request.key}: by an instance of its own, {anomaly.id}")
            instance.perform(request, behaviour.do, behaviour.options, anomaly)
        return True

    def _spoil(self, request: Request, do: object, options: Mapping[str, object], anomaly: Asked) -> None:
        """Plan an answer with an anomaly: of the answer itself, or of the first file that it brings."""
        self._note("anomaly", f"{request.key}: {anomaly.id} {anomaly.anomaly.says}")
        if anomaly.id == "A32":
            self._memory.answered[request.key] = anomaly.id
        elif anomaly.id in _MANNERS and hasattr(self.kind, "heard"):
            self._plan(request, do, {**options, "http": _MANNERS[anomaly.id](anomaly)})
        elif anomaly.id == "A01":
            self._plan(request, do, options, late=timedelta(minutes=anomaly.number("minutes")))
        elif anomaly.id == "A31":
            both = [*named_answers(do), (anomaly.word("answer"), {})]
            ordered = both if anomaly.word("order") == "after" else both[::-1]
            self._plan(request, [dict([one]) for one in ordered], options)
        else:
            self._spoilt[request.key] = anomaly
            self._plan(request, do, options)

    def _plan(self, request: Request, do: object, options: Mapping[str, object], late: timedelta = timedelta()) -> None:
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
        now = self._clock.now()
        if late and steps and isinstance(steps[0], AnswerStep):
            steps[0] = replace(steps[0], not_before=now + late)
        self._agenda.plan(Moment(now, request, {}), tuple(steps))

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
        spoilt = [[due] for due in files if due.moment.request.key in self._spoilt]
        good = [due for due in files if due.moment.request.key not in self._spoilt]
        batches = self._agenda.batches(good, alone=lambda layout: self._layouts[layout].family == "x12")
        batches += spoilt
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
        anomaly = self._spoilt.pop(batch[0].moment.request.key, None)
        if anomaly is not None and good and records:
            due = batch[0]
            # The rest of the answer follows when all is over.
            self._begin(due.layout, records, anomaly, at, then=partial(self._agenda.plan, due.moment, due.rest))
            return
        if records or batch[0].header is not None:
            self._send(link, batch[0].layout, records, at, batch[0].header)
        for due in good:
            self._agenda.plan(due.moment, due.rest)

    def _begin(
        self, layout: str, records: Sequence[Values], anomaly: Asked, at: datetime | None, then: Callable[[], None]
    ) -> None:
        """Play an anomaly with this file; `then` is called when all of it is over."""
        try:
            self._saboteur.begin(layout, records, anomaly, at, then=then)
        except RingbackError as error:
            self._ails(f"{anomaly.id} cannot be played with {layout}: {error}")

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
            told = file.anomaly or self.settings.anomaly
            if told and file.records:
                anomaly = told if isinstance(told, Asked) else asked(told)
                self._begin(file.layout, file.records, anomaly, at, then=lambda: None)
            else:
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
