"""One stage of a resource order item: what the programs are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of an item.

    Args:
        name: the activation command, or the name of the function that carries it out.
        how: who ends it: "now" this system at once, "activation" the activation system's monitor, "partner" an event
            of the system that was asked, "event" only a delivered event (nothing is asked for).
        after: stages of other items of the same order that must be done first, as "SPEC.stage".
        undoes: in a cancellation, the stage that it takes back; it is needed only where that one was begun.
        no_return: once it is done (for an activation: asked for) the order cannot be cancelled any more.
        milestone: what the service order tells of when it is done; empty for nothing.
    """

    name: str
    how: str
    after: tuple[str, ...] = ()
    undoes: str = ""
    no_return: bool = False
    milestone: str = ""


Programs = Mapping[tuple[str, str], tuple[Stage, ...]]
