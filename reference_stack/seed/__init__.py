"""The data a fresh stack begins with: consistent over all systems, the same for the same seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringback.reference_stack.seed.catalogue import catalogue
from ringback.reference_stack.seed.fibre import fibre
from ringback.reference_stack.seed.footprint import footprint
from ringback.reference_stack.seed.others import others
from ringback.reference_stack.seed.people import WITH_OTHERS, people
from ringback.reference_stack.seed.planting import Rows
from ringback.reference_stack.seed.stock import stock, wires

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack


def plant(stack: Stack) -> None:
    """Fills an empty database; one that was filled before stays as it is."""
    if stack.remembered("seed") is not None:
        return
    rows = Rows()
    catalogue(rows)
    footprint(rows)
    customers = people(rows, stack.settings.seed)
    for person in customers:
        if person.has_fibre:
            fibre(rows, person)
    given = others(rows, customers[-WITH_OTHERS:])
    stock(rows, given)
    wires(rows, given)
    with stack.db.begin() as tx:
        rows.write(tx)
    stack.remember("seed", str(stack.settings.seed))
