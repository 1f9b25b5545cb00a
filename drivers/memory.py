"""The `memory` driver: answers written into the step, for tests of everything around a driver."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ringback.drivers.steps import flag, templates
from ringback.engine.evidence import Evidence, Exhibit
from ringback.engine.problems import BrokenTest, Unavailable
from ringback.engine.protocols import LOCAL, Action, Block, Call, Pace

if TYPE_CHECKING:
    from ringback.engine.environment import Environment
    from ringback.engine.services import Services

UNAVAILABLE = "unavailable"  # as an answer: the system cannot be reached this time


@dataclass(frozen=True, slots=True)
class Seen:
    """A call that was made: what a test looks at afterwards."""

    session: str
    step: str
    attempt: int
    arguments: Mapping[str, object]


class MemoryDriver:
    """A system that answers what the step says: `answers` holds one mapping of values per attempt, the last stays."""

    name = "memory"
    needs_system = False  # its systems are in no environment file
    keys: Mapping[str, str] = {
        "memory": "a name for the system that is not there",
        "answers": "a list with the values of each attempt; the text `unavailable` is an attempt that reaches nothing",
        "once": "true: the step may not be carried out again",
    }

    def __init__(self, environment: Environment | None = None, services: Services | None = None) -> None:
        """Environment and services are taken because every driver is built alike; neither is used."""
        self.seen: list[Seen] = []
        self.released: list[tuple[str, bool]] = []
        self.closed = False
        self._lock = threading.Lock()

    def parse(self, block: Block) -> Action:
        """Read a step; `answers` is all it needs."""
        if block.step.get("answers") is None:
            block.problem(block.step.key_source(block.key), "a memory step has no `answers`", "add `answers: [{...}]`")
        return Action(
            kind=self.name,
            system=block.text(block.key, required=True) or "",
            verb="answer",
            arguments=templates(block, ("answers",)),
            source=block.step.key_source(block.key),
            repeatable=not flag(block, "once"),
        )

    def perform(self, action: Action, call: Call) -> Evidence:
        """Give the answer of this attempt."""
        with self._lock:
            self.seen.append(Seen(call.session, call.step, call.attempt, dict(call.arguments)))
        answers = call.arguments.get("answers", [{}])
        if not isinstance(answers, list) or not answers:
            raise BrokenTest(f"step {call.step}: answers came out as {answers!r}", "it has to be a list with an entry")
        answer = answers[min(call.attempt, len(answers)) - 1]
        if answer == UNAVAILABLE:
            raise Unavailable(action.system, "does not answer", "the step's `answers` say so")
        if not isinstance(answer, Mapping):
            raise BrokenTest(f"step {call.step}: an answer came out as {answer!r}", "it has to be a mapping of values")
        shown = Exhibit("answer", "application/json", json.dumps(answer, default=str, ensure_ascii=False))
        return Evidence("memory", action.system, f"answer {call.attempt}", dict(answer), (shown,))

    def pace(self, action: Action) -> Pace:
        """Nothing is nearer than memory."""
        return LOCAL

    def examine(self, action: Action, call: Call) -> tuple[Exhibit, ...]:
        """One exhibit, so that a test sees that it was asked for."""
        return (Exhibit("memory", "text/plain", f"{action.system} after {call.attempt} attempts"),)

    def release(self, session: str, *, failed: bool) -> tuple[Exhibit, ...]:
        """Remember who was released."""
        with self._lock:
            self.released.append((session, failed))
        return ()

    def close(self) -> None:
        """Remember that the run is over."""
        self.closed = True
