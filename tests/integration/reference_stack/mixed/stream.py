"""Mixed orders without an end: purchases of every kind, and on the lines so sold one change after another."""

from __future__ import annotations

from collections.abc import Mapping

from tests.integration.reference_stack.company import FINAL, Company
from tests.integration.reference_stack.mixed.lives import BOUGHT, CHANGED, Body, Lives

_LEAVE = "port-out"
LIVES: tuple[tuple[str, ...], ...] = (
    ("plan", "number"),
    ("suspend", "resume", "disconnect"),
    ("card", "plan", "suspend", "resume"),
    (_LEAVE,),
    ("number", "card", "disconnect"),
    ("suspend", "resume", _LEAVE),
)
"""What becomes of a line, one change after the other; the lines take these lives in turn."""

_FREE: Mapping[str, str] = {"resume": "suspended"}  # every other change asks for an active line


class Stream:
    """Orders in an endless mix, by turns a purchase and a change of a line that nobody works on.

    Args:
        running: the company.
    """

    def __init__(self, running: Company) -> None:
        self._running = running
        self._lives = Lives(running, 0)
        self._bought = 0
        self._next: dict[str, list[str]] = {}  # product -> the changes that are still before it
        self.kinds: dict[str, int] = {}

    @property
    def placed(self) -> int:
        """How many orders there are, those for numbers that left among them."""
        return sum(self.kinds.values())

    def turn(self, size: int) -> None:
        """Places so many orders: half of them changes, as far as lines are free for one."""
        chosen = [(line, kind) for line, kind in self._ready() if kind != _LEAVE][: size // 2 or 1]
        for line, kind in chosen:
            self._next[str(line["product"])].pop(0)
            self._lives.change(kind, line)
            self._count(kind)
        for _ in range(size - len(chosen)):
            self._count(self._lives.buy(self._bought))
            self._bought += 1

    def leave(self) -> None:
        """The lines that are to leave do so, once no number comes to us any more.

        NPAC counts its broadcasts: two who speak for it at once would use the same number.
        """
        leaving = [line for line, kind in self._ready() if kind == _LEAVE]
        self._lives.leave(leaving)
        for _ in leaving:
            self._count(_LEAVE)

    def bill(self) -> None:
        """A bill for everybody who has bought."""
        self._lives.bill(self._lives.lines("active", "suspended", "terminated"))

    def _ready(self) -> list[tuple[Body, str]]:
        """The lines that can have their next change now, with that change."""
        coming = [(line, self._next[product][0]) for product, line in self._free().items() if self._next[product]]
        return [(line, kind) for line, kind in coming if line["status"] == _FREE.get(kind, "active")]

    def _free(self) -> dict[str, Body]:
        """The lines without an open order, by their product; each gets its life when it is first seen."""
        final = ", ".join(f"'{state}'" for state in FINAL)
        busy = (
            "select i.product_id from com_order_item i join com_product_order o on o.id = i.order_id "
            f"where i.product_id is not null and o.state not in ({final})"
        )
        worked_on = {str(row["product_id"]) for row in self._running.stack.rows(busy)}
        lines = {str(line["product"]): line for line in self._lives.lines("active", "suspended")}
        for product in lines:
            self._next.setdefault(product, list(LIVES[len(self._next) % len(LIVES)]))
        return {product: line for product, line in lines.items() if product not in worked_on}

    def _count(self, kind: str) -> None:
        self.kinds[kind] = self.kinds.get(kind, 0) + 1


def unseen(stream: Stream) -> list[str]:
    """The kinds of order that a stream has not had yet."""
    return [kind for kind in (*BOUGHT, *CHANGED, _LEAVE) if kind not in stream.kinds]
