"""What a statement of a rule is given: the facts it names, the moment that is now, and moments before it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from ringback.engine.durations import EXAMPLES, seconds
from ringback.engine.problems import BrokenTest

SETTLE = "15m"
_BEFORE = re.compile(r":now_minus_(\w+)\b")


def time_text(moment: datetime) -> str:
    """A moment as the stack's tables write it, so that texts compare like times."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def parameters(sql: str, facts: Mapping[str, object], now: datetime, settle: str = "") -> dict[str, object]:
    """The parameters that a statement names.

    `:now` and `:now_minus_4h` are moments before or at `now`; `:settled_at` lies `settle` (15m) before it.

    Raises:
        BrokenTest: `settle`, or what follows `:now_minus_`, is no duration.
    """
    moments = {"now": time_text(now), "settled_at": time_text(now - _duration(settle or SETTLE))}
    moments |= {f"now_minus_{text}": time_text(now - _duration(text)) for text in _BEFORE.findall(sql)}
    return {name: value for name, value in {**facts, **moments}.items() if re.search(rf":{name}\b", sql)}


def _duration(text: str) -> timedelta:
    found = seconds(text)
    if found is None:
        raise BrokenTest(f"{text!r} is no duration", EXAMPLES)
    return timedelta(seconds=found)
