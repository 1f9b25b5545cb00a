"""Spare instances of a partner: each with an account, an identity and numbers of its own, leased by one journey."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Generic, Protocol, TypeVar

from ringback.synthetic_partners.anomalies import Asked
from ringback.synthetic_partners.behaviour import Request


class Spare(Protocol):
    """An instance that answers in the place of the partner."""

    @property
    def is_idle(self) -> bool:
        """Whether all that it was asked for is done."""
        ...

    def start(self) -> None:
        """Begin to work."""
        ...

    def stop(self) -> None:
        """End."""
        ...

    def perform(self, request: Request, do: object, options: Mapping[str, object], anomaly: Asked) -> None:
        """Answer a request with an anomaly in the answer."""
        ...


InstanceT = TypeVar("InstanceT", bound=Spare)


class Spares(Generic[InstanceT]):
    """The spare instances of one partner; shared by threads. An instance is started when it is leased first."""

    def __init__(self, instances: Sequence[InstanceT]) -> None:
        self.instances = instances
        self._started: set[int] = set()
        self._leases: dict[str, int] = {}  # session -> place of its instance
        self._given_back: set[int] = set()
        self._lock = Lock()

    def __len__(self) -> int:
        """How many there are."""
        return len(self.instances)

    def lease(self, session: str) -> InstanceT | None:
        """The instance of a journey execution: the one it has, else a free one; None while all are busy."""
        with self._lock:
            if session in self._leases:
                return self.instances[self._leases[session]]
            taken = {place for place in self._leases.values() if not self._is_free(place)}
            place = next((place for place in range(len(self.instances)) if place not in taken), None)
            if place is None:
                return None
            self._leases = {name: at for name, at in self._leases.items() if at != place} | {session: place}
            self._given_back.discard(place)
            if place not in self._started:
                self._started.add(place)
                self.instances[place].start()
            return self.instances[place]

    def _is_free(self, place: int) -> bool:
        return place in self._given_back and self.instances[place].is_idle

    def give_back(self, session: str) -> None:
        """A journey execution has ended; its instance is free as soon as it has done what it was asked for."""
        with self._lock:
            if session in self._leases:
                self._given_back.add(self._leases[session])

    def stop(self) -> None:
        """End all instances."""
        with self._lock:
            running = [self.instances[place] for place in sorted(self._started)]
        for instance in running:
            instance.stop()
