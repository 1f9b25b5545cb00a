"""What the dispatcher's desk looks at next: a work order about which something was said, the others after a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringback.reference_stack.systems.patience import Patience

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_PAUSE_S = 20.0  # between two looks at a work order about which nobody said anything
_NAME = "workforce.attention"


def attention(stack: Stack) -> Patience:
    """Which work orders may be looked at now."""
    kept = stack.state.setdefault(_NAME, Patience(stack.pace(_PAUSE_S)))
    if not isinstance(kept, Patience):
        raise TypeError(f"{_NAME} of the stack's state is {kept!r}")
    return kept


def look_again(stack: Stack, *work_orders: str) -> None:
    """Something was said of these work orders: they are looked at with the next turn."""
    for identity in work_orders:
        attention(stack).done(identity)
