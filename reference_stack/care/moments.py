"""Points in time as a rep reads them: local wall clock of the market and UTC side by side."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

MARKET_ZONE = ZoneInfo("America/New_York")


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant: `iso` as the systems write it, `utc` and `local` as people read it."""

    iso: str
    utc: str
    local: str
    day: str


def moment(value: object) -> Moment | None:
    """The instant of an ISO text; None for an absent one. A text that is no instant is shown as it came."""
    if not value:
        return None
    text = str(value)
    try:
        at = datetime.fromisoformat(text)
        if len(text) == len("2026-11-20"):
            # A business date has no time of day, so there is nothing to convert.
            return Moment(text, text, text, f"{at:%d %b %Y}")
    except ValueError:
        return Moment(text, text, text, text)
    at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    local = at.astimezone(MARKET_ZONE)
    return Moment(
        iso=_stamp(at),
        utc=f"{at:%Y-%m-%d %H:%M:%S} UTC",
        local=f"{local:%Y-%m-%d %H:%M:%S %Z}",
        day=f"{local:%d %b %Y}",
    )


def midnight(day: str) -> str:
    """The instant at which a day of the market begins, as the systems write it."""
    return _stamp(datetime.fromisoformat(day).replace(tzinfo=MARKET_ZONE).astimezone(UTC))


def today(now: datetime) -> str:
    """The market's date at an instant."""
    return now.astimezone(MARKET_ZONE).date().isoformat()


def _stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"
