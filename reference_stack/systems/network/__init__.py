"""The network elements: what a line really is configured as, and the old exchange with its line of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringback.reference_stack.kernel.system import System, route
from ringback.reference_stack.systems.network.elements import entries, patch, put, read, remove
from ringback.reference_stack.systems.network.line import open_line, where
from ringback.reference_stack.systems.network.roaming import expire

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_EXPIRY_TURN_S = 0.5


async def start(stack: Stack) -> None:
    """Opens the old exchange's line, and ends roaming passes at their instant."""
    await open_line(stack)

    async def roaming_passes() -> None:
        expire(stack)

    stack.every(_EXPIRY_TURN_S, roaming_passes)


SYSTEM = System(
    id="network",
    prefix="ne_",
    base="/network/v1",
    routes=(
        route("GET", "/old-exchange", where),
        route("GET", "/{element}", entries),
        route("GET", "/{element}/{key:path}", read),
        route("PUT", "/{element}/{key:path}", put),
        route("PATCH", "/{element}/{key:path}", patch),
        route("DELETE", "/{element}/{key:path}", remove),
    ),
    start=start,
)
