"""Rows collected per table, written in bulk."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import Connection, Table, insert


class Rows:
    """Rows of many tables, in the order of first mention, which is an order that foreign keys accept."""

    def __init__(self) -> None:
        self._rows: dict[tuple[Table, tuple[str, ...]], list[dict[str, object]]] = defaultdict(list)

    def add(self, table: Table, **values: object) -> None:
        """One row; the columns it does not name keep their defaults."""
        self._rows[table, tuple(values)].append(values)

    def write(self, tx: Connection) -> None:
        """Inserts everything."""
        for (table, _), rows in self._rows.items():
            tx.execute(insert(table), rows)
