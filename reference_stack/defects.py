"""The release defects that can be switched on: one table, and the question each place of a defect asks."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Defect:
    """One switchable defect: where it lives and what goes wrong."""

    id: str
    system: str
    description: str


DEFECTS = {
    defect.id: defect
    for defect in (
        Defect("D01", "ordering", "An order stays inProgress: the roll-up ignores items added by a promotion"),
        Defect(
            "D04", "gateway", "Port responses that delay (D) are dropped without trace; only confirmed (C) is parsed"
        ),
        Defect("D05", "pricing", "The bundle promotion is lost when a device on instalments is in the cart"),
        Defect("D11", "care", "The rep's screen trims leading zeros of account number, PIN and ZIP before it submits"),
        Defect("D14", "ordering", "An order submitted again with the same externalId becomes a second order"),
        Defect(
            "D20", "service-ordering", "ServiceOrderStateChangeEvent renames the order id of its items; COM ignores it"
        ),
    )
}


class UnknownDefect(ValueError):
    """A defect id that is not in the table."""

    def __init__(self, identity: str) -> None:
        super().__init__(f"there is no defect {identity!r}; the switchable ones are {', '.join(DEFECTS)}")


class DefectSwitches:
    """Which defects are on.

    Args:
        active: ids that are on from the start.
    """

    def __init__(self, active: Iterable[str] = ()) -> None:
        self._active: set[str] = set()
        for identity in active:
            self.switch(identity, on=True)

    def on(self, identity: str) -> bool:
        """Whether the defect is on; asked at the one line where the behaviour differs."""
        return identity in self._active

    def switch(self, identity: str, *, on: bool) -> None:
        """Switches a defect on or off; UnknownDefect when the table has no such id."""
        if identity not in DEFECTS:
            raise UnknownDefect(identity)
        (self._active.add if on else self._active.discard)(identity)

    @property
    def active(self) -> tuple[str, ...]:
        """The ids that are on, in order."""
        return tuple(sorted(self._active))
