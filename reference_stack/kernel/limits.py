"""A rate limit at the edge of the stack: how many requests a second a system takes from clients."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class _Bucket:
    """What is left of an allowance, and when that was."""

    per_second: float
    left: float
    at_s: float


class RateLimits:
    """The limits that an operator has set.

    Args:
        now_s: a clock that only moves forward, in seconds.
    """

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._buckets: dict[str, _Bucket] = {}

    def limit(self, system: str, per_second: float | None) -> None:
        """From now on a system takes so many requests a second; None takes the limit away."""
        self._buckets.pop(system, None)
        if per_second is not None:
            self._buckets[system] = _Bucket(per_second, max(per_second, 1.0), self._now_s())

    def shown(self) -> dict[str, float]:
        """The limits in requests a second, by system."""
        return {system: bucket.per_second for system, bucket in self._buckets.items()}

    def refused_for_s(self, system: str) -> float:
        """0 when a request is admitted (and counted), otherwise the seconds after which it may come again."""
        bucket = self._buckets.get(system)
        if bucket is None:
            return 0.0
        now = self._now_s()
        most = max(bucket.per_second, 1.0)
        bucket.left, bucket.at_s = min(most, bucket.left + (now - bucket.at_s) * bucket.per_second), now
        if bucket.left < 1.0:
            return (1.0 - bucket.left) / bucket.per_second
        bucket.left -= 1.0
        return 0.0
