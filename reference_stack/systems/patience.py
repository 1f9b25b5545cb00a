"""A pause for work that another system refused: tried again later, not twenty times a second."""

from __future__ import annotations

import asyncio


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
