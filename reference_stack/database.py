"""The stack's one database: short synchronous transactions through SQLAlchemy Core, on SQLite or PostgreSQL."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from types import TracebackType
from typing import Any

from sqlalchemy import Connection, RootTransaction, create_engine, event
from sqlalchemy.engine import Engine
from sqlalchemy.pool import StaticPool

from ringback.reference_stack.schema import METADATA

_WRITTEN = re.compile(r"(?:INSERT INTO|UPDATE|DELETE FROM) \"?(\w+)")


def _engine(url: str) -> Engine:
    """One connection for all: transactions are short and follow each other."""
    given: dict[str, object] = {}
    if url.startswith("sqlite"):
        given = {"check_same_thread": False, "timeout": 10}
    engine = create_engine(url, poolclass=StaticPool, connect_args=given)
    event.listen(engine, "connect", _tune_sqlite if url.startswith("sqlite") else _tune_postgresql)
    return engine


def _tune_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    # WAL lets tests read while systems write; NORMAL survives the death of the process, which is enough.
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-16000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _tune_postgresql(connection: Any, _record: object) -> None:
    from ringback.reference_stack.whole_numbers import WholeNumber  # the driver is an extra: only its users have it

    connection.adapters.register_loader("numeric", WholeNumber)


class Database:
    """Transactions of the stack.

    Args:
        url: a SQLAlchemy URL of SQLite or PostgreSQL.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = _engine(url)
        self._connection: Connection | None = None
        self._transaction: RootTransaction | None = None
        self._prefixes: dict[str, str] = {}
        self._written: set[str] = set()
        self._watches: defaultdict[str, list[asyncio.Event]] = defaultdict(list)
        event.listen(self._engine, "do_execute", self._note)
        event.listen(self._engine, "do_executemany", self._note)

    def watch(self, prefix: str) -> asyncio.Event:
        """An event that is set whenever a transaction has written into tables of this prefix: ``som_``."""
        watch = asyncio.Event()
        self._watches[prefix].append(watch)
        return watch

    def _note(self, _cursor: object, statement: str, _parameters: object, _context: object) -> None:
        """Remembers whose tables a statement writes into."""
        prefix = self._prefixes.get(statement)
        if prefix is None:
            found = _WRITTEN.match(statement)
            prefix = self._prefixes[statement] = found[1].partition("_")[0] + "_" if found else ""
        if prefix:
            self._written.add(prefix)

    def create(self) -> None:
        """Creates the tables that do not exist yet."""
        METADATA.create_all(self._engine)

    def begin(self) -> Database:
        """One short transaction, committed at the end of the block; never held across an await, never nested."""
        if self._transaction is not None:
            raise RuntimeError("a transaction is open already: close it before an await and before opening another one")
        return self

    def __enter__(self) -> Connection:
        """The connection within its transaction."""
        if self._connection is None or self._connection.invalidated:
            self._disconnect()
            self._connection = self._engine.connect()
        self._transaction = self._connection.begin()
        return self._connection

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commits, or takes everything back when the block has failed; wakes who watches what was written."""
        transaction, self._transaction = self._transaction, None
        written, self._written = self._written, set()
        if transaction is not None:
            transaction.__exit__(kind, error, trace)
        for prefix in written:
            for watch in self._watches[prefix]:
                watch.set()

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def close(self) -> None:
        """Ends all connections."""
        self._disconnect()
        self._engine.dispose()
