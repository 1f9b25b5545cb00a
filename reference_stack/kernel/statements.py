"""Statements that run all the time, built once: to build one costs more than to execute it.

Their parameters are the names of the columns; those that choose the row of an update are ``by_id`` and the like.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Delete, Insert, Select, Table, Update, bindparam, delete, insert, select, update


@cache
def rows_by(table: Table, *columns: str, ordered: str = "") -> Select[Any]:
    """The rows in which these columns have the values that are given with the execution."""
    chosen = select(table).where(*(table.c[name] == bindparam(name) for name in columns))
    return chosen.order_by(table.c[ordered]) if ordered else chosen


@cache
def new_row(table: Table) -> Insert:
    """A new row, or several."""
    return insert(table)


@cache
def change_by_id(table: Table, *columns: str) -> Update:
    """New values for these columns of the row whose id is given as ``by_id``."""
    return update(table).where(table.c.id == bindparam("by_id")).values({name: bindparam(name) for name in columns})


@cache
def gone_by(table: Table, *columns: str) -> Delete:
    """Deletes the rows in which these columns have the values ``by_<column>``."""
    return delete(table).where(*(table.c[name] == bindparam(f"by_{name}") for name in columns))
