"""Plays an anomaly with one file of a partner: its deliveries in order, then the good file where it was refused."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Event
from time import monotonic

from ringback.synthetic_partners.acks import PARTIAL, REJECTED
from ringback.synthetic_partners.anomalies import Asked, Delivery, deliveries
from ringback.synthetic_partners.anomalies.series import DROPPED, REPLACED, SLOW
from ringback.synthetic_partners.behaviour import Values
from ringback.synthetic_partners.clock import EnvironmentClock
from ringback.synthetic_partners.link import Link, LinkDown
from ringback.synthetic_partners.outbox import Made, Note, Outbox, write_side_car

UNANSWERED_S = 1.5  # after which a file that nobody acknowledges (X12 says it with a 997) is sent again, mended
_TWICE = ("R106", "R107")  # the record itself has been taken
_FAILS = frozenset({DROPPED, "permission", "quota", "host-key"})


@dataclass(slots=True)
class _Run:
    """One file's anomaly being played."""

    asked: Asked
    made: Made
    records: Sequence[Values]
    todo: deque[Delivery]
    then: Callable[[], None]
    after: float = field(default_factory=monotonic)
    day: datetime | None = None
    last: Delivery | None = None
    failures: int = 0


class Saboteur:
    """The anomalies of one partner that are under way."""

    def __init__(self, outbox: Outbox, clock: EnvironmentClock, note: Note) -> None:
        self._outbox = outbox
        self._clock = clock
        self._note = note
        self._runs: list[_Run] = []
        self._never = Event()

    @property
    def is_idle(self) -> bool:
        """Whether every file has been delivered, and every refused one mended."""
        return not self._runs

    def begin(
        self, layout_name: str, records: Sequence[Values], asked: Asked, at: datetime | None, then: Callable[[], None]
    ) -> None:
        """Make a good file and plan its deliveries; `then` is done when all is over.

        Raises:
            UsageError: the anomaly does not fit the layout; the number of the file is free again.
        """
        made = self._outbox.make(layout_name, records, at)
        try:
            planned = deliveries(made.file, made.layout, asked)
        except Exception:
            self._outbox.unmake(made)
            raise
        self._outbox.count_on(made.layout, [one.name for one in planned if one.good])
        self._note("anomaly", f"{asked.id} {asked.anomaly.says}: {made.file.name}", files=str(len(planned)))
        run = _Run(asked, made, records, deque(planned), then)
        self._wait_for(run)
        self._runs.append(run)

    def work(self, link: Link) -> bool:
        """Carry out what is due; whether anything was. LinkDown leaves the delivery to be begun anew."""
        did = False
        busy: set[str] = set()
        for run in list(self._runs):
            if run.made.series in busy:
                continue  # one after the other: what is said of a file must not be taken for what is said of the next
            busy.add(run.made.series)
            if run.todo and self._is_due(run):
                self._deliver(link, run)
                did = True
            elif not run.todo and self._is_over(link, run):
                self._runs.remove(run)
                run.then()
                did = True
        return did

    def _is_due(self, run: _Run) -> bool:
        awaited = run.todo[0].awaits
        late = run.day is not None and self._clock.now() < run.day
        return not late and monotonic() >= run.after and awaited not in self._outbox.unacknowledged

    def _wait_for(self, run: _Run) -> None:
        """Note when the next delivery of a run is due."""
        if run.todo:
            run.after = monotonic() + run.todo[0].after_s
            run.day = self._clock.now() + timedelta(days=run.todo[0].days) if run.todo[0].days else None

    def _deliver(self, link: Link, run: _Run) -> None:
        delivery = run.todo[0]
        path = f"/to_us/{delivery.name}"
        write_side_car(link, run.made.layout, delivery.name, delivery.content)
        if delivery.how in _FAILS:
            self._fail(link, run, path)
        if delivery.how == REPLACED:
            link.put(path, delivery.content[: len(delivery.content) // 2])
        if delivery.how == SLOW:
            half = len(delivery.content) // 2
            link.write_in_parts(path, (delivery.content[:half], delivery.content[half:]), self._pause(delivery))
        else:
            link.write(path, delivery.content)
        run.todo.popleft()
        run.last = delivery
        run.after = monotonic() + UNANSWERED_S
        self._outbox.sent(run.made.layout, delivery.name, delivery.content, len(run.records))
        self._wait_for(run)

    def _pause(self, delivery: Delivery) -> Callable[[], object]:
        return lambda: self._never.wait(delivery.pause_s)

    def _fail(self, link: Link, run: _Run, path: str) -> None:
        """The transfer fails as often as asked; then it goes well."""
        delivery = run.todo[0]
        run.failures += 1
        if run.failures >= run.asked.number("times"):
            run.todo[0] = replace(delivery, how="upload")
        if delivery.how == DROPPED:
            link.put(f"{path}.part", delivery.content[: len(delivery.content) * 9 // 10])
        raise LinkDown(f"{delivery.name}: {delivery.how} at the transfer, as {run.asked.id} asks")

    def _is_over(self, link: Link, run: _Run) -> bool:
        """Whether the last delivery is answered, and its file mended where it was refused."""
        last = run.last
        if last is None or last.good or run.asked.anomaly.kind == "series":
            return last is None or last.name not in self._outbox.unacknowledged
        if run.made.layout.acknowledged != "file":
            return monotonic() >= run.after and self._mend(link, run, run.records)
        verdict = self._outbox.verdicts.get(last.name)
        if verdict is None or last.name in self._outbox.unacknowledged:
            return False
        refused = [error.line for error in verdict.errors if error.severity == "R" and error.code not in _TWICE]
        if verdict.decision == REJECTED:
            return self._mend(link, run, run.records)
        if verdict.decision == PARTIAL and refused:
            first = 2 if run.made.layout.decode(run.made.file.content, run.made.file.name).trailer else 1
            wrong = [record for line, record in enumerate(run.records, first) if line in refused]
            return self._mend(link, run, wrong or run.records)
        return True

    def _mend(self, link: Link, run: _Run, records: Sequence[Values]) -> bool:
        self._outbox.send(link, run.made.layout.name, records)
        self._note("mended", run.made.file.name, records=str(len(records)))
        return True
