"""The front desk of a listening partner: requests that came over HTTP wait here until somebody says what to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from threading import RLock

from ringback.engine.protocols import Behaviour
from ringback.synthetic_partners.behaviour import INSTRUCTION, PartnerKind, Request, Told
from ringback.synthetic_partners.instructions import Instructions
from ringback.synthetic_partners.sequences import PartnerMemory

Settled = Callable[[Request, Told, PartnerMemory], object]


class WebDesk:
    """A FrontDesk; shared by the threads of the listener and the actor's own. What waits survives a restart."""

    def __init__(
        self,
        partner: str,
        kind: PartnerKind,
        memory: PartnerMemory,
        instructions: Instructions,
        *,
        mixture: bool,
        wake: Callable[[], None],
    ) -> None:
        self.memory = memory
        self._partner = partner
        self._kind = kind
        self._instructions = instructions
        self._mixture = mixture
        self._wake = wake
        self._lock = RLock()
        self._waiting = {key: _read(key, kept) for key, kept in memory.asked.items()}

    @property
    def waiting(self) -> tuple[Request, ...]:
        """The requests that nobody has answered, in the order they came."""
        with self._lock:
            return tuple(self._waiting.values())

    def told(self, request: Request) -> Behaviour | None:
        """What a journey says about a request; the usual mixture when nobody did and the mode is such."""
        behaviour = self._instructions.find(self._partner, request)
        settled: Settled | None = getattr(self._kind, "settled", None)
        if behaviour is None and settled is not None:
            do = settled(request, self._said, self.memory)
            return self._said(request) if do is None else Behaviour(self._partner, request.receives, {}, do, {})
        return behaviour or self._said(request)

    def _said(self, request: Request) -> Behaviour | None:
        """What a journey or the usual mixture says, without the kind's own rules."""
        behaviour = self._instructions.find(self._partner, request)
        if behaviour is None and self._mixture and request.receives != INSTRUCTION:
            return Behaviour(self._partner, request.receives, {}, self._kind.mixture(request), {})
        return behaviour

    def take(self, request: Request) -> None:
        """Have a request answered: at once, or as soon as a journey speaks for it."""
        with self._lock:
            self._waiting[request.key] = request
            self.memory.asked[request.key] = asdict(request)
        self._wake()

    def done(self, key: str) -> None:
        """A request is answered, or is none any more."""
        with self._lock:
            self._waiting.pop(key, None)
            self.memory.asked.pop(key, None)


def _read(key: str, kept: Mapping[str, object]) -> Request:
    """A request as the memory keeps it."""
    facts, records = kept.get("facts"), kept.get("records")
    return Request(
        str(kept.get("receives", "")),
        key,
        {name: tuple(values) for name, values in facts.items()} if isinstance(facts, Mapping) else {},
        tuple(dict(record) for record in records) if isinstance(records, list | tuple) else (),
    )
