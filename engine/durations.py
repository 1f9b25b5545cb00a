"""Durations as a journey writes them: `250ms`, `30s`, `4m`, `1h30m`, `30d`."""

from __future__ import annotations

import re
from decimal import Decimal

UNITS = {"ms": Decimal("0.001"), "s": Decimal(1), "m": Decimal(60), "h": Decimal(3600), "d": Decimal(86400)}
PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
WHOLE = re.compile(r"-?(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+\Z")
EXAMPLES = "write a number and a unit: 250ms, 30s, 4m, 2h, 1h30m or 30d"


def seconds(text: str) -> float | None:
    """The seconds that `text` stands for, or None when it is no duration."""
    cleaned = text.strip()
    if not WHOLE.match(cleaned):
        return None
    total = sum((Decimal(number) * UNITS[unit] for number, unit in PART.findall(cleaned)), Decimal(0))
    return float(-total if cleaned.startswith("-") else total)


def duration_text(seconds_: float) -> str:
    """A duration for people: `4m`, `1m 30s`, `2.4 s`, `12 ms`."""
    if seconds_ < 1:
        return f"{seconds_ * 1000:.0f} ms"
    if seconds_ < 60:
        return f"{seconds_:.1f} s".replace(".0 s", " s")
    minutes, rest = divmod(round(seconds_), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [f"{number}{unit}" for number, unit in ((days, "d"), (hours, "h"), (minutes, "m"), (rest, "s")) if number]
    return " ".join(parts[:2])
