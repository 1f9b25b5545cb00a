"""What goes over the wire between an operator and an HTTP partner: requests heard, replies given, call-backs sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class WebRequest:
    """A request of the operator; names of headers are lower case, `now` is the environment's time."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    now: datetime


@dataclass(frozen=True, slots=True)
class WebReply:
    """What the partner answers, `after_s` seconds later; no body at all when it is None."""

    status: int
    body: Mapping[str, object] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class WebCall:
    """A call-back to the operator; calls of one `key` are delivered one after the other, in their order."""

    url: str
    body: Mapping[str, object]
    key: str
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"
