"""How the tables of the stack are written, in a portable form: text keys, integer cents, ISO UTC text for time.

A column is written ``name`` plus flags: ``#`` integer, ``*`` primary key, ``!`` not null, ``^`` unique, ``~`` indexed,
``=x`` default, ``>table.column`` foreign key. Each prefix (``com_``, ``bil_``, ...) is owned by one system.
"""

import re
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData, Table, Text, UniqueConstraint

METADATA = MetaData()
# Control totals of partner files exceed 32 bits; SQLite numbers its rows only in a column that is called INTEGER.
_WHOLE_NUMBER = BigInteger().with_variant(Integer(), "sqlite")
_COLUMN = re.compile(r"(?P<name>\w+)(?P<flags>[#*!^~]*)(?:=(?P<default>\w+))?(?:>(?P<target>[\w.]+))?$")


def _column(text: str) -> Column[Any]:
    """One column from its short form, e.g. ``quantity#!=1``."""
    match = _COLUMN.match(text)
    if match is None:
        raise ValueError(f"the column {text!r} is not in the short form that columns.py explains")
    flags = match["flags"]
    return Column(
        match["name"],
        _WHOLE_NUMBER if "#" in flags else Text,
        *([ForeignKey(match["target"])] if match["target"] else []),
        primary_key="*" in flags,
        nullable=not ("*" in flags or "!" in flags),
        unique=True if "^" in flags else None,
        index=True if "~" in flags else None,
        server_default=match["default"],
        autoincrement="#" in flags and "*" in flags,
    )


def table(name: str, columns: str, unique: tuple[str, ...] = ()) -> Table:
    """One table from the short form of its columns; `unique` names the columns that are unique together."""
    constraints = [UniqueConstraint(*unique)] if unique else []
    return Table(name, METADATA, *(_column(text) for text in columns.split()), *constraints)
