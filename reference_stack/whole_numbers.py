"""How PostgreSQL's sums are read: as SQLite gives them, so that both databases look alike to the systems."""

from __future__ import annotations

from typing import Any

from psycopg.adapt import Loader
from psycopg.types.numeric import NumericLoader


class WholeNumber(Loader):
    """A sum of whole numbers is one itself: PostgreSQL calls it numeric, SQLite an integer."""

    def load(self, data: Any) -> object:
        """The number as Python has it."""
        number = NumericLoader(0).load(data)
        return int(number) if number == number.to_integral_value() else number
