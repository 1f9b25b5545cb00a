"""Work that goes on although a part of it fails: side by side, and with a pause after what was refused."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable


class Patience:
    """Remembers what has to wait.

    Args:
        pause_s: real seconds between two tries.
    """

    def __init__(self, pause_s: float) -> None:
        self._pause_s = pause_s
        self._until: dict[str, float] = {}

    def ready(self, key: str) -> bool:
        """Whether the work may be tried now."""
        return self._until.get(key, 0.0) <= asyncio.get_running_loop().time()

    def later(self, key: str) -> None:
        """The work was refused: not again before the pause is over."""
        self._until[key] = asyncio.get_running_loop().time() + self._pause_s

    def done(self, key: str) -> None:
        """The work went through."""
        self._until.pop(key, None)


async def side_by_side(works: Iterable[Coroutine[object, object, None]]) -> None:
    """Works that do not wait for each other; one that fails lets the others finish and is raised afterwards."""
    results = await asyncio.gather(*works, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
