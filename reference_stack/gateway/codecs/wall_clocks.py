"""Whether a clock of our country can show a local time with its offset: none does in the hour that spring skips."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

_ZONES = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles",
    "America/Anchorage", "Pacific/Honolulu", "America/Puerto_Rico",
)  # fmt: skip
_HALF_YEAR = timedelta(days=182)


def is_skipped(local: datetime) -> bool:
    """Whether this time (aware, with its offset) lies in a gap of every zone that uses the offset in that year.

    A zone that does not change its clocks, or is not ours, never skips a time.
    """
    offset, wall = local.utcoffset(), local.replace(tzinfo=None)
    zones = [zone for zone in map(_zone, _ZONES) if offset in _offsets(zone, local.year)]
    return bool(zones) and all(_skips(zone, wall) for zone in zones)


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@cache
def _offsets(zone: ZoneInfo, year: int) -> frozenset[timedelta | None]:
    """The offsets of winter and summer."""
    winter = datetime(year, 1, 1, tzinfo=zone)
    return frozenset({winter.utcoffset(), (winter + _HALF_YEAR).utcoffset()})


def _skips(zone: ZoneInfo, wall: datetime) -> bool:
    """Whether a wall time does not come back from UTC as it went."""
    return wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wall
