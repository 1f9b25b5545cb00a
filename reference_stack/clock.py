"""One clock for all systems: real time plus an offset that a test may push forward, never back."""

import re
from datetime import UTC, datetime, timedelta

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def seconds_of(text: str) -> float:
    """The seconds of a duration such as ``4h``, ``1h30m`` or ``500ms``; ValueError when it is none."""
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"{text!r} is not a duration; write for example 90s, 15m, 4h, 1h30m or 2d")
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


def text_of(moment: datetime) -> str:
    """A moment as the tables hold it: ISO 8601, UTC, milliseconds, Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def moment_of(text: str) -> datetime:
    """The moment of a time text, aware."""
    return datetime.fromisoformat(text)


class Clock:
    """The stack's time.

    Args:
        offset_s: seconds ahead of real time.
    """

    def __init__(self, offset_s: float = 0.0) -> None:
        self.offset_s = offset_s
        self._last = datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        """The present moment, aware UTC."""
        return datetime.now(UTC) + timedelta(seconds=self.offset_s)

    def stamp(self) -> str:
        """The present moment as text with milliseconds, later than every stamp before."""
        moment = self.now()
        moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
        self._last = max(moment, self._last + timedelta(milliseconds=1)) if self._last.year > 1 else moment
        return text_of(self._last)

    def advance(self, seconds: float) -> None:
        """Moves the clock forward."""
        if seconds < 0:
            raise ValueError("the clock only moves forward; give a positive duration")
        self.offset_s += seconds
