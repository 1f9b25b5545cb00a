"""The data a fresh stack begins with: consistent over all systems, the same for the same seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack


def plant(stack: Stack) -> None:
    """Fills an empty database."""
    if stack.remembered("seed") is not None:
        return
    stack.remember("seed", str(stack.settings.seed))
