"""The stack's one database: short synchronous transactions through SQLAlchemy Core, on SQLite or PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import Engine
from sqlalchemy.pool import StaticPool

from ringback.reference_stack.schema import METADATA


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, poolclass=StaticPool, connect_args={"check_same_thread": False, "timeout": 10})

    @event.listens_for(engine, "connect")
    def _tune(connection: object, _record: object) -> None:
        cursor = connection.cursor()  # type: ignore[attr-defined]  # a DBAPI connection has no common type
        # WAL lets tests read while systems write; NORMAL survives the death of the process, which is enough.
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-16000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine


class Database:
    """Transactions of the stack.

    Args:
        url: a SQLAlchemy URL of SQLite or PostgreSQL.

    Attributes:
        writes: how many writing statements there were; a worker looks again only after it has risen.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.writes = 0
        self._engine = _engine(url)
        self._busy = False
        event.listen(self._engine, "after_cursor_execute", self._count)

    def _count(self, *arguments: Any) -> None:
        context = arguments[4]  # SQLAlchemy: connection, cursor, statement, parameters, context, executemany
        self.writes += bool(context is not None and (context.isinsert or context.isupdate or context.isdelete))

    def create(self) -> None:
        """Creates the tables that do not exist yet."""
        METADATA.create_all(self._engine)

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """One short transaction, committed at the end of the block; never held across an await, never nested."""
        if self._busy:
            raise RuntimeError("a transaction is open already: close it before an await and before opening another one")
        self._busy = True
        try:
            with self._engine.begin() as connection:
                yield connection
        finally:
            self._busy = False

    def close(self) -> None:
        """Ends all connections."""
        self._engine.dispose()
