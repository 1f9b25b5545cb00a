"""Times as files write them: which shape a text has, and the same digits with day and month in each other's place."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

# What strftime makes of a moment, by how the text looks; an offset stands behind the rest.
WRITTEN: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\d{14}"), "%Y%m%d%H%M%S"),
    (re.compile(r"\d\d-\d\d-\d{10}"), "%d-%m-%Y%H%M%S"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?"), "%Y-%m-%dT%H:%M:%S"),
)
_OFFSET = re.compile(r"(Z|[+-]\d\d:?\d\d)$")


@dataclass(frozen=True, slots=True)
class Shape:
    """How a time is written: strftime's pattern, and the offset behind it (empty: UTC, without saying so)."""

    pattern: str
    offset: str = ""


def read_written(text: str) -> tuple[datetime, Shape] | None:
    """The moment that a text says, with its shape; None when it is no time of day."""
    found = _OFFSET.search(text)
    offset = found.group(1) if found and len(text) > 16 else ""
    bare = text.removesuffix(offset)
    for looks, pattern in WRITTEN:
        if looks.fullmatch(bare):
            try:
                naive = datetime.strptime(bare.partition(".")[0], pattern)  # noqa: DTZ007 - the offset comes with it
            except ValueError:
                return None
            zone = UTC if offset in ("", "Z") else datetime.strptime(offset, "%z").tzinfo
            return naive.replace(tzinfo=zone), Shape(pattern, offset)
    return None


def swapped_dates(text: str, kind: str) -> Iterable[str]:
    """A text with an impossible date (30 February), or with day and month swapped; nothing when it is no date."""
    if re.match(r"\d{4}-\d\d-\d\d", text):
        day = ("02", "31") if kind == "impossible" else (text[8:10], text[5:7])
        return [f"{text[:5]}{day[0]}-{day[1]}{text[10:]}"]
    if not text.isdigit() or len(text) not in _DATES:
        return []
    made = []
    for pattern in _DATES[len(text)]:
        if not _is_date(text, pattern):
            continue
        start = pattern.index("%m") if pattern.startswith("%y") else 4 if pattern.startswith("%Y") else 0
        month, day_of = text[start : start + 2], text[start + 2 : start + 4]
        new = "0231" if kind == "impossible" else day_of + month
        made.append(text[:start] + new + text[start + 4 :])
    return made


_DATES = {
    6: ("%y%m%d", "%m%d%y"),
    8: ("%Y%m%d",),
    12: ("%Y%m%d%H%M",),
    14: ("%Y%m%d%H%M%S",),
}


def _is_date(text: str, pattern: str) -> bool:
    try:
        return datetime.strptime(text, pattern).year > 1990  # noqa: DTZ007 - only whether it is a date
    except ValueError:
        return False
