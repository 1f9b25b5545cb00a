"""Names for runs and executions, and the trace context that ties a request to its step."""

from __future__ import annotations

import hashlib
import random
from datetime import datetime

_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"  # no 0/o, 1/l/i, u: ids are read aloud


def run_id(now: datetime, chance: random.Random) -> str:
    """A run's id: its start in UTC and four characters of chance, "20261121-000512-7f3k"."""
    return f"{now:%Y%m%d-%H%M%S}-{_letters(chance, 4)}"


def session_id(chance: random.Random) -> str:
    """The id of one execution of one variant."""
    return f"s-{_letters(chance, 10)}"


def traceparent(run: str, session: str, step: str, attempt: int) -> str:
    """A W3C trace-context header: one trace for each execution, one span for each attempt of a step."""
    trace = hashlib.blake2b(f"{run}/{session}".encode(), digest_size=16).hexdigest()
    span = hashlib.blake2b(f"{session}/{step}/{attempt}".encode(), digest_size=8).hexdigest()
    return f"00-{trace}-{span}-01"


def _letters(chance: random.Random, count: int) -> str:
    return "".join(chance.choices(_ALPHABET, k=count))
