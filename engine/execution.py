"""One execution of one variant: what it has done so far that must be given back, undone or counted."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ringback.engine.chronicle import Chronicle
from ringback.engine.context import Context
from ringback.engine.model import BehaviourSpec, Journey, Step, Variant
from ringback.engine.plain import texts_in
from ringback.engine.protocols import Behaviour
from ringback.engine.waiting import Watch
from ringback.engine.workbench import Workbench

SHORTEST_KNOWN_VALUE = 4
LONGEST_KNOWN_VALUE = 200
MOST_KNOWN_VALUES = 200


@dataclass(slots=True)
class Execution:
    """Collects while the journey runs; parallel branches share it, so every change holds the lock."""

    bench: Workbench
    journey: Journey
    variant: Variant
    session: str
    chronicle: Chronicle
    watch: Watch
    deadline: float | None = None
    phase: str = "steps"
    undo: list[tuple[Step, Context]] = field(default_factory=list)
    drivers: set[str] = field(default_factory=set)
    interfaces: Counter[str] = field(default_factory=Counter)
    known: dict[str, None] = field(default_factory=dict)
    waiting_behaviours: list[BehaviourSpec] = field(default_factory=list)
    ctrl_c: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def used(self, kind: str, *, is_driver: bool) -> None:
        """A step went through this interface."""
        with self.lock:
            self.interfaces[kind] += 1
            if is_driver:
                self.drivers.add(kind)

    def to_undo(self, step: Step, context: Context) -> None:
        """If the journey does not pass, this step's undo runs, knowing what was known here."""
        if step.undo:
            with self.lock:
                self.undo.append((step, context))

    def learn(self, values: Mapping[str, object]) -> None:
        """Remember the execution's own values, so that failures of two executions can be compared without them."""
        with self.lock:
            for text in texts_in(self.bench.redactor.redact_value(values)):
                if len(self.known) >= MOST_KNOWN_VALUES:
                    return
                if SHORTEST_KNOWN_VALUE <= len(text) <= LONGEST_KNOWN_VALUE and "[secret" not in text:
                    self.known[text] = None

    def instruct_partners(self, context: Context) -> None:
        """Tell the partners every behaviour whose names all have a value by now."""
        if not self.waiting_behaviours:
            return
        with self.lock:
            ready = [spec for spec in self.waiting_behaviours if context.knows(_names_of(spec))]
            self.waiting_behaviours = [spec for spec in self.waiting_behaviours if spec not in ready]
        if ready:
            self.bench.partners.instruct(self.session, [_behaviour(spec, context) for spec in ready])

    def stop(self) -> None:
        """Ctrl-C reached this journey: every other one of the process is to stop too."""
        self.ctrl_c = True
        self.bench.watch.stop.set()

    def overrun_s(self) -> float | None:
        """By how many seconds the journey's budget has passed; None while there is time."""
        if self.deadline is None or self.phase != "steps":
            return None
        over = self.watch.now() - self.deadline
        return over if over > 0 else None

    def ailing_partners(self) -> Mapping[str, str]:
        """The partners of this journey that cannot do their work now, each with the reason."""
        partners = {spec.partner for spec in self.journey.partners}
        return self.bench.partners.ailments(sorted(partners)) if partners else {}


def _names_of(spec: BehaviourSpec) -> Iterable[str]:
    told = [*spec.options.values(), *([spec.anomaly] if spec.anomaly else [])]
    return spec.where.names.union(spec.do.names, *(template.names for template in told))


def _behaviour(spec: BehaviourSpec, context: Context) -> Behaviour:
    where = spec.where.resolve(context)
    return Behaviour(
        partner=spec.partner,
        receives=spec.receives,
        where=where if isinstance(where, Mapping) else {},
        do=spec.do.resolve(context),
        options={name: option.resolve(context) for name, option in spec.options.items()},
        anomaly=spec.anomaly.resolve(context) if spec.anomaly else None,
    )
