"""All partners of an environment in one process: one actor each, one desk where journeys instruct them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from uuid import uuid4

from ringback.engine.problems import BrokenTest, UsageError
from ringback.engine.protocols import Behaviour
from ringback.engine.registry import LAYOUTS, PARTNERS, installed, load
from ringback.synthetic_partners.actor import ActorSettings, PartnerActor
from ringback.synthetic_partners.anomalies import asked
from ringback.synthetic_partners.behaviour import (
    INSTRUCTION,
    PartnerKind,
    PartnerSettings,
    Request,
    check_answers,
    receipts,
)
from ringback.synthetic_partners.clock import EnvironmentClock
from ringback.synthetic_partners.configuration import Configuration, PartnerConfiguration
from ringback.synthetic_partners.instructions import Instructions
from ringback.synthetic_partners.layout import FeedLayout
from ringback.synthetic_partners.spares import Spares


@dataclass(frozen=True, slots=True)
class PartnerHost:
    """The running partners; it is a PartnerDesk itself, for whoever runs in the same process."""

    actors: Mapping[str, PartnerActor]
    instructions: Instructions

    def start(self) -> None:
        """Begin to work."""
        for actor in self.actors.values():
            actor.start()

    def stop(self) -> None:
        """End all actors."""
        for actor in self.actors.values():
            actor.stop()

    def instruct(self, session: str, behaviours: Sequence[Behaviour]) -> None:
        """Add behaviours; BrokenTest when a partner, a request or an answer has no such name."""
        for behaviour in behaviours:
            self._check(behaviour)
        told = tuple(_named(session, behaviour) for behaviour in behaviours)
        self.instructions.add(session, told)
        for behaviour in told:
            if behaviour.receives == INSTRUCTION:
                self.actors[behaviour.partner].take(_instruction(behaviour))
        for actor in self.actors.values():
            actor.look_now()

    def withdraw(self, session: str) -> None:
        """Forget the behaviours of a journey execution; answers under way are still sent."""
        for actor in self.actors.values():
            actor.spares.give_back(session)
        self.instructions.withdraw(session)

    def ailments(self, partners: Iterable[str]) -> Mapping[str, str]:
        """The partners that cannot do their work, each with the reason."""
        found = {}
        for name in partners:
            actor = self.actors.get(name)
            reason = actor.ailment if actor else "is not among the synthetic partners of this environment"
            if reason:
                found[name] = reason
        return found

    def _check(self, behaviour: Behaviour) -> None:
        actor = self.actors.get(behaviour.partner)
        if actor is None:
            near = get_close_matches(behaviour.partner, list(self.actors), 1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(self.actors) or 'none'}"
            raise BrokenTest(f"no synthetic partner is called {behaviour.partner!r}", hint)
        known = receipts(actor.kind)
        if behaviour.receives not in known:
            said = f"{behaviour.partner} receives no {behaviour.receives!r}"
            raise BrokenTest(said, f"it receives {' or '.join(map(repr, known))}")
        check_answers(behaviour.partner, known[behaviour.receives], behaviour.do)
        _check_anomaly(actor, behaviour)


def _check_anomaly(actor: PartnerActor, behaviour: Behaviour) -> None:
    """BrokenTest for an anomaly that nobody knows, or that would hurt others because there is no instance to lease."""
    if not behaviour.anomaly:
        return
    try:
        wanted = asked(behaviour.anomaly)
    except UsageError as wrong:
        raise BrokenTest(f"{behaviour.partner}: {wrong.problem.what}", wrong.problem.hint) from wrong
    if wanted.id == "A31":
        check_answers(behaviour.partner, receipts(actor.kind)[behaviour.receives], wanted.word("answer"))
    if wanted.anomaly.shared and not len(actor.spares):
        said = f"{behaviour.partner} has no instance to lease, and {wanted.id} would hurt other journeys"
        raise BrokenTest(said, "name accounts under `spares:` of the partner in the environment file")


def _named(session: str, behaviour: Behaviour) -> Behaviour:
    """An instruction with a name of its own, so that each is followed once; other behaviours as they are."""
    if behaviour.receives != INSTRUCTION:
        return behaviour
    return replace(behaviour, where={**behaviour.where, INSTRUCTION: f"{session}/{uuid4().hex}"})


def _instruction(behaviour: Behaviour) -> Request:
    """An instruction as a request that the partner has received."""
    facts = {name: (str(value),) for name, value in behaviour.where.items()}
    return Request(INSTRUCTION, facts[INSTRUCTION][0], facts, ())


def make_host(configuration: Configuration, seed: int) -> PartnerHost:
    """The partners of a configuration, not yet started."""
    layouts: dict[str, FeedLayout] = {}
    for name in installed(LAYOUTS):
        layouts.update(load(LAYOUTS, name)())
    clock = EnvironmentClock(configuration.clock)
    instructions = Instructions()

    def actor(partner: PartnerConfiguration, mode: str) -> PartnerActor:
        spares = [actor(spare, "instructed") for spare in partner.spares]
        settings = ActorSettings(
            name=partner.name,
            account=partner.account,
            mixture=mode == "mixture",
            pace=configuration.pace,
            state=configuration.state,
            web=partner.web,
            log_file=configuration.log_file,
            anomaly=partner.anomaly,
        )
        made = PartnerActor(settings, _kind(partner, seed), layouts, clock, instructions, Spares(spares))
        for spare in spares:
            spare.memory.claims = made.memory.claims  # what is given out once is given out once by all of them
        return made

    actors = {partner.name: actor(partner, configuration.mode) for partner in configuration.partners}
    return PartnerHost(actors, instructions)


def _kind(partner: PartnerConfiguration, seed: int) -> PartnerKind:
    settings = PartnerSettings(partner.name, partner.spid, seed, partner.options)
    made: PartnerKind = load(PARTNERS, partner.behaviour)(settings)
    return made
