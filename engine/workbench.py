"""What the runner works with: tools, recorder, partners, clock; put together once for all journeys of a run."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from ringback.engine.context import Context
from ringback.engine.model import Input, JourneyHead, Step, Variant
from ringback.engine.outcomes import JourneyOutcome, StepOutcome
from ringback.engine.problems import Unavailable, UsageError
from ringback.engine.protocols import Behaviour, Check, ClockDesk, Driver, PartnerDesk, Probe, Recorder
from ringback.engine.redaction import Redactor
from ringback.engine.waiting import Watch


class Tools(Protocol):
    """Drivers, probes and implicit checks by name (the registry's DriverSet)."""

    def driver(self, name: str) -> Driver:
        """The driver of this name."""
        ...

    def probe(self, name: str) -> Probe:
        """The probe of this name."""
        ...

    def check(self, name: str) -> Check:
        """The implicit check of this name."""
        ...


class InputSource(Protocol):
    """Where a journey's inputs come from."""

    def resolve(self, inputs: tuple[Input, ...], context: Context, session: str) -> Mapping[str, object]:
        """The values by name, in the order of the file."""
        ...

    def give_back(self, session: str) -> None:
        """Return what the session leased."""
        ...


class Observer(Protocol):
    """Told of each journey and step as it starts and ends; called from the journey's own thread."""

    def journey_started(self, head: JourneyHead, variant: Variant, session: str) -> None:
        """A variant begins."""
        ...

    def step_started(self, head: JourneyHead, variant: Variant, step: Step, place: str) -> None:
        """A step begins."""
        ...

    def step_finished(self, head: JourneyHead, variant: Variant, outcome: StepOutcome) -> None:
        """A step has ended."""
        ...

    def journey_finished(self, head: JourneyHead, outcome: JourneyOutcome) -> None:
        """A variant has ended."""
        ...


class Nobody:
    """An observer that looks away."""

    def journey_started(self, head: JourneyHead, variant: Variant, session: str) -> None:
        """Nothing."""

    def step_started(self, head: JourneyHead, variant: Variant, step: Step, place: str) -> None:
        """Nothing."""

    def step_finished(self, head: JourneyHead, variant: Variant, outcome: StepOutcome) -> None:
        """Nothing."""

    def journey_finished(self, head: JourneyHead, outcome: JourneyOutcome) -> None:
        """Nothing."""


class RealClock:
    """The clock on the wall: it can be read, not moved."""

    def now(self) -> datetime:
        """The time now, in UTC."""
        return datetime.now(UTC)

    def advance(self, seconds: float) -> datetime:
        """Always Unavailable: what the step wanted to show stays open."""
        raise Unavailable(
            "clock",
            f"inconclusive: the environment's clock is real and cannot be moved by {seconds:g} s",
            "run this journey where the environment file says `clock: shared`",
        )


class NoPartners:
    """The desk of an environment without synthetic partners."""

    def instruct(self, session: str, behaviours: Iterable[Behaviour]) -> None:
        """UsageError for the first partner a journey wants to speak through."""
        for behaviour in behaviours:
            raise UsageError(
                f"the environment has no partner {behaviour.partner!r} (journey execution {session})",
                "add it under `partners:` of the environment file",
            )

    def withdraw(self, session: str) -> None:
        """Nothing was instructed."""

    def ailments(self, partners: Iterable[str]) -> Mapping[str, str]:
        """None of them: there are no partners."""
        return {}


def random_session_id() -> str:
    """A session id that no other worker or shard makes."""
    return f"s-{secrets.token_hex(5)}"


@dataclass(frozen=True, slots=True)
class Workbench:
    """All that carrying out a journey needs besides the journey."""

    run_id: str
    tools: Tools
    recorder: Recorder
    redactor: Redactor
    inputs: InputSource
    environment: Mapping[str, object] = field(default_factory=dict)
    partners: PartnerDesk = field(default_factory=NoPartners)
    clock: ClockDesk = field(default_factory=RealClock)
    watch: Watch = field(default_factory=Watch)
    observer: Observer = field(default_factory=Nobody)
    new_session: Callable[[], str] = random_session_id
