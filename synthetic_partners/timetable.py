"""The times of one partner's feeds, by the environment's clock: what has come due since it was last asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ringback.synthetic_partners.cadence import Cadence
from ringback.synthetic_partners.sequences import PartnerMemory

LONGEST_ABSENCE = timedelta(days=45)
"""A partner that was away for longer does not send what it has missed before."""


@dataclass(frozen=True, slots=True)
class DueFeed:
    """One time of one feed."""

    at: datetime
    layout: str


class Timetable:
    """Remembers up to when each feed was served, so that a restart neither repeats nor forgets a time."""

    def __init__(self, cadences: Mapping[str, Cadence], memory: PartnerMemory) -> None:
        self._cadences = cadences
        self._memory = memory
        self._next: datetime | None = None

    def begin(self, now: datetime) -> None:
        """The partner is there: what is due from now on is served, a time before only if it was there then."""
        for layout in self._cadences:
            self._memory.served.setdefault(layout, now.isoformat())

    def due(self, now: datetime) -> tuple[DueFeed, ...]:
        """Every time of every feed that has passed and was not served, oldest first; nothing before it began."""
        if not self._cadences or (self._next is not None and now < self._next):
            return ()
        found = [DueFeed(at, layout) for layout in self._cadences for at in self._missed(layout, now)]
        if not found:
            self._next = min(cadence.following(now) for cadence in self._cadences.values())
        return tuple(sorted(found, key=lambda one: (one.at, one.layout)))

    def served(self, feed: DueFeed) -> None:
        """A time was served: its files are written."""
        self._memory.served[feed.layout] = feed.at.isoformat()

    def _missed(self, layout: str, now: datetime) -> tuple[datetime, ...]:
        since = self._memory.served.setdefault(layout, now.isoformat())
        after = max(datetime.fromisoformat(since), now - LONGEST_ABSENCE)
        return tuple(self._cadences[layout].between(after, now))

    def following(self, now: datetime) -> Mapping[str, datetime]:
        """The next time of each feed."""
        return {layout: cadence.following(now) for layout, cadence in self._cadences.items()}

    def collects(self, layout: str) -> bool:
        """Whether answers of a layout wait for its next time."""
        return layout in self._cadences and self._cadences[layout].collects
