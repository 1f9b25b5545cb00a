"""What a customer's segment means when something is broken: severity, order of work, how soon a credit is due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from ringback.reference_stack.systems.reading import text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

SEVERITIES = ("minor", "major", "critical")  # from the mildest


@dataclass(frozen=True, slots=True)
class Promise:
    """What the customers of a segment are promised.

    Args:
        weight: the heavier goes first.
        severity: of a ticket about their service, at least.
        within: how long an outage may last before it is credited.
        credit: cents that are then given back.
    """

    weight: int
    severity: str
    within: timedelta
    credit: int


PROMISES: Mapping[str, Promise] = {
    "vip": Promise(100, "critical", timedelta(hours=2), 2000),
    "business": Promise(50, "major", timedelta(hours=4), 1500),
    "consumer": Promise(10, "minor", timedelta(hours=24), 500),
}
USUAL = PROMISES["consumer"]


def promise_of(segment: str) -> Promise:
    """What a segment is promised; one without a row is treated as a consumer."""
    return PROMISES.get(segment.lower(), USUAL)


def at_least(severity: str, segment: str) -> str:
    """A severity, raised to what the segment is promised; a word of another scale stays as it is."""
    floor = promise_of(segment).severity
    if severity not in SEVERITIES:
        return severity
    return max(severity, floor, key=SEVERITIES.index)


async def segment_of(stack: Stack, customer: str) -> str:
    """The segment of a customer as CRM knows it; empty for nobody."""
    if not customer:
        return ""
    reply = await stack.http.get("crm", f"/customer/{customer}")
    return text(reply.json, "segment") if reply.ok else ""
