"""Long lists, one page at a time; a page always says how many there are in all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
PAGE = 50


@dataclass(frozen=True, slots=True)
class Paged(Generic[T]):
    """One page of a list."""

    value: tuple[T, ...]
    total: int
    page: int
    what: str

    @property
    def last(self) -> int:
        """The number of the last page."""
        return max(1, -(-self.total // PAGE))

    @property
    def told(self) -> str:
        """Which of how many are shown."""
        first = (self.page - 1) * PAGE
        if not self.total:
            return f"No {self.what}"
        return f"{first + 1} to {first + len(self.value)} of {self.total} {self.what}"


def page_of(rows: Sequence[T], wanted: str, what: str) -> Paged[T]:
    """The page that is asked for; the first one for nonsense, the last one for a number beyond it."""
    last = max(1, -(-len(rows) // PAGE))
    number = min(max(1, int(wanted)), last) if wanted.isdecimal() else 1
    return Paged(tuple(rows[(number - 1) * PAGE : number * PAGE]), len(rows), number, what)
