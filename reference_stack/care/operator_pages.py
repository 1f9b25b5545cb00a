"""The operator's page: which systems run, what waits where, what time it is, and which release defects are on."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import Response

from ringback.reference_stack.care.console import Visit
from ringback.reference_stack.care.desk import section
from ringback.reference_stack.care.documents import Document, record, text
from ringback.reference_stack.care.moments import moment
from ringback.reference_stack.care.words import Pill

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_QUEUES = (  # name, system, path, query
    ("Events not yet delivered", "events", "/events/v1/deliveries", {"status": "pending"}),
    ("Orders acknowledged", "ordering", "/productOrder", {"state": "acknowledged", "fields": "id"}),
    ("Orders in progress", "ordering", "/productOrder", {"state": "inProgress", "fields": "id"}),
    ("Orders pending", "ordering", "/productOrder", {"state": "pending", "fields": "id"}),
    ("Orders held", "ordering", "/productOrder", {"state": "held", "fields": "id"}),
    ("Cases open", "fallout", "/fallout/v1/cases", {"status": "open"}),
    ("Cases being worked on", "fallout", "/fallout/v1/cases", {"status": "inProgress"}),
    ("Files held for their turn", "gateway", "/gateway/v1/files", {"status": "held"}),
)


@dataclass(frozen=True, slots=True)
class SystemRow:
    """One system."""

    id: str
    state: Pill
    workers: str


@dataclass(frozen=True, slots=True)
class Queue:
    """How many wait in one place; a number, or why there is none."""

    name: str
    length: str
    trouble: str


async def operations(visit: Visit) -> Response:
    """Everything an operator looks at first."""
    http = visit.stack.http
    status, clock, defects = await asyncio.gather(
        http.get("admin", "/admin/status"), http.get("admin", "/admin/clock"), http.get("admin", "/admin/defects")
    )
    queues = await asyncio.gather(*(_queue(visit.stack, *queue) for queue in _QUEUES))
    return visit.show(
        "operations.html",
        section="operations",
        systems=systems(status.document()),
        queues=queues,
        now=moment(clock.document().get("now")),
        offset=text(clock.document().get("offset_s")),
        defects=[one for one in defects.documents() if one.get("on")],
        known_defects=len(defects.documents()),
    )


def systems(status: Document) -> tuple[SystemRow, ...]:
    """The systems of an operator's status, those that are stopped first."""
    workers = record(status.get("workers"))
    rows = [_system(name, text(state), text(workers.get(name))) for name, state in record(status["systems"]).items()]
    return tuple(sorted(rows, key=lambda row: (row.state.state == "running", row.id)))


def _system(name: str, state: str, workers: str) -> SystemRow:
    return SystemRow(name, Pill(state, state, "good" if state == "running" else "bad"), workers or "0")


async def _queue(stack: Stack, name: str, system: str, path: str, query: dict[str, str]) -> Queue:
    found = await section(_length(stack, system, path, query), 0)
    return Queue(name, "" if found.trouble else str(found.value), found.trouble)


async def _length(stack: Stack, system: str, path: str, query: dict[str, str]) -> int:
    return len((await stack.http.get(system, path, params=query)).documents())
