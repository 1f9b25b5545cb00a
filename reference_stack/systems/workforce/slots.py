"""The windows in which technicians come: two hours each, by the clock on the customer's wall, on every day.

A window is kept as two instants. Its hours are those of the place, so the same hour of the day is another instant
after the clocks have changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ringback.reference_stack.clock import moment_of, text_of

CREWS = 4  # technicians of one area at the same time
CUT_OFF = timedelta(hours=2)  # before a window begins: from then on the technician is on the way
HORIZON = timedelta(days=366)
_HOURS = (8, 10, 12, 14, 16)
_LENGTH_HOURS = 2


@dataclass(frozen=True, slots=True)
class Window:
    """A window: aware moments from and to, in the zone of the place."""

    start: datetime
    end: datetime

    @property
    def instants(self) -> dict[str, str]:
        """The window as it is stored and shown: UTC."""
        return {"startDateTime": text_of(self.start), "endDateTime": text_of(self.end)}

    @property
    def local(self) -> dict[str, str]:
        """The window as the clock on the wall shows it, with its offset."""
        return {"startDateTime": self.start.isoformat(), "endDateTime": self.end.isoformat()}


def windows(zone: str, start: datetime, end: datetime) -> Iterator[Window]:
    """The windows that lie wholly between two moments, in order."""
    here = ZoneInfo(zone)
    day, last = start.astimezone(here).date(), end.astimezone(here).date()
    while day <= last:
        for hour in _HOURS:
            window = _window(day, hour, here)
            if start <= window.start and window.end <= end:
                yield window
        day += timedelta(days=1)


def _window(day: date, hour: int, here: ZoneInfo) -> Window:
    start, end = time(hour, tzinfo=here), time(hour + _LENGTH_HOURS, tzinfo=here)
    return Window(datetime.combine(day, start), datetime.combine(day, end))


def window_of(zone: str, starts_at: str, ends_at: str) -> Window | None:
    """The window between two instants; None when technicians do not come like that."""
    start, end = moment_of(starts_at), moment_of(ends_at)
    if end - start > timedelta(hours=_LENGTH_HOURS):
        return None  # before all windows in between are looked at
    return next((one for one in windows(zone, start, end) if (one.start, one.end) == (start, end)), None)


def local_time(zone: str, instant: str) -> str:
    """An instant as the clock on the wall of a zone shows it, with its offset."""
    return moment_of(instant).astimezone(ZoneInfo(zone)).isoformat()


def is_free(taken: Mapping[tuple[str, str], int], window: Window) -> bool:
    """Whether a crew is left in a window, given how many appointments of the area overlap what."""
    start, end = text_of(window.start), text_of(window.end)
    busy = sum(count for (other_start, other_end), count in taken.items() if other_start < end and start < other_end)
    return busy < CREWS
