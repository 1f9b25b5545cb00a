"""What journeys told a partner to do, and which of them a request belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from threading import Lock

from ringback.engine.protocols import Behaviour
from ringback.synthetic_partners.behaviour import Request


class Instructions:
    """The behaviours of all journeys that run now, in the order they came; shared by threads."""

    def __init__(self) -> None:
        self._by_session: dict[str, list[Behaviour]] = {}
        self._lock = Lock()

    def add(self, session: str, behaviours: Iterable[Behaviour]) -> None:
        """Take on what one journey execution says."""
        with self._lock:
            self._by_session.setdefault(session, []).extend(behaviours)

    def withdraw(self, session: str) -> None:
        """Forget one journey execution."""
        with self._lock:
            self._by_session.pop(session, None)

    def session_of(self, behaviour: Behaviour) -> str:
        """The journey execution that said this; empty when nobody did, or it has ended."""
        with self._lock:
            found = (name for name, told in self._by_session.items() if any(one is behaviour for one in told))
            return next(found, "")

    def find(self, partner: str, request: Request) -> Behaviour | None:
        """The first behaviour that is about this request."""
        with self._lock:
            known = [behaviour for behaviours in self._by_session.values() for behaviour in behaviours]
        return next((one for one in known if _is_about(one, partner, request)), None)


def _is_about(behaviour: Behaviour, partner: str, request: Request) -> bool:
    if behaviour.partner != partner or behaviour.receives != request.receives:
        return False
    return matches(behaviour.where, request.facts)


def matches(where: Mapping[str, object], facts: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether each key of `where` is among the request's facts with that value."""
    return all(str(value) in facts.get(name, ()) for name, value in where.items())
