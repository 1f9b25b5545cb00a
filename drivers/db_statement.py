"""One SQL statement: its bind parameters, its run in a transaction of its own, and what its failure means."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BindParameter, Connection, Engine, bindparam, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ringback.drivers.db_engines import DbSettings
from ringback.engine.problems import BrokenTest, RingbackError, Unavailable

MOST_ROWS = 10_000  # more than a check or a reader can use; a `where` was forgotten
PROGRESS_STEPS = 2_000  # SQLite virtual machine steps between two looks at the clock: well under a millisecond
PLAIN = (str, int, float, bool, bytes, Decimal, datetime, date)


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with its parameters; a list gives `in :names` one placeholder per element."""

    sql: str
    params: Mapping[str, object]
    write: bool
    limit_s: float


@dataclass(frozen=True, slots=True)
class Rows:
    """What came back: the rows of a query, or the number of rows that a statement changed."""

    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    count: int


def bind_names(sql: str) -> frozenset[str]:
    """The names of `:name` in a statement; SQLAlchemy leaves `::casts` and quoted text alone."""
    return frozenset(text(sql).compile().params)


def run_statement(engine: Engine, settings: DbSettings, statement: Statement) -> Rows:
    """Run a statement in a new transaction: rolled back when reading, committed when writing.

    Raises:
        Unavailable: The database cannot be reached or does not answer in time.
        BrokenTest: The statement is wrong, or it writes where it may only read.
    """
    try:
        with engine.connect() as connection:
            return _in_transaction(connection, settings, statement)
    except PoolTimeout as error:
        raise Unavailable(settings.system, "all connections are in use", "run fewer journeys at once") from error
    except DBAPIError as error:
        raise _meaning(settings, statement, error) from error


def _in_transaction(connection: Connection, settings: DbSettings, statement: Statement) -> Rows:
    with connection.begin() as transaction, _guarded(connection, settings, statement):
        rows = _read(connection, settings, statement)
        if statement.write:
            transaction.commit()
        else:
            transaction.rollback()
        return rows


@contextmanager
def _guarded(connection: Connection, settings: DbSettings, statement: Statement) -> Iterator[None]:
    """Set the statement's time-out, and the database's own refusal to write."""
    if settings.is_sqlite:
        with _sqlite_deadline(connection, statement.limit_s):
            yield
        return
    if settings.url.get_backend_name() == "postgresql":
        if not statement.write:
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {max(1, int(statement.limit_s * 1000))}")
    yield


@contextmanager
def _sqlite_deadline(connection: Connection, limit_s: float) -> Iterator[None]:
    raw = connection.connection.dbapi_connection
    deadline = time.monotonic() + limit_s
    set_handler = getattr(raw, "set_progress_handler", None)
    if set_handler is None:  # another SQLite driver than the standard library's
        yield
        return
    set_handler(lambda: time.monotonic() > deadline, PROGRESS_STEPS)
    try:
        yield
    finally:
        set_handler(None, 0)


def _read(connection: Connection, settings: DbSettings, statement: Statement) -> Rows:
    values = {name: _bindable(name, value, settings) for name, value in statement.params.items()}
    lists: list[BindParameter[object]] = [
        bindparam(name, expanding=True) for name, value in values.items() if isinstance(value, list)
    ]
    result = connection.execute(text(statement.sql).bindparams(*lists), values)
    if not result.returns_rows:
        return Rows((), (), max(result.rowcount, 0))
    columns = tuple(result.keys())
    _refuse_twins(columns)
    rows = result.fetchmany(MOST_ROWS + 1)
    if len(rows) > MOST_ROWS:
        raise BrokenTest(f"the query gives more than {MOST_ROWS:,} rows", "narrow its `where`, or count in SQL")
    return Rows(columns, tuple(tuple(map(_plain, row)) for row in rows), len(rows))


def _refuse_twins(columns: Sequence[str]) -> None:
    twins = sorted({name for name in columns if columns.count(name) > 1})
    if twins:
        what = f"the query has more than one column named {', '.join(twins)}"
        raise BrokenTest(what, "give one another name: `select a.id as first_id`")


def _bindable(name: str, value: object, settings: DbSettings) -> object:
    if isinstance(value, list | tuple):
        return [_bindable(name, each, settings) for each in value]
    if value is not None and not isinstance(value, PLAIN):
        what = f"parameter {name} came out as {type(value).__name__}, which no database column holds"
        raise BrokenTest(what, "bind a text, a number, a time or a list of them")
    if not settings.is_sqlite:
        return value
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime):
        moment = value.astimezone(UTC) if value.tzinfo else value
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
    return value.isoformat() if isinstance(value, date) else value


def _plain(value: object) -> object:
    if isinstance(value, UUID):
        return str(value)
    return bytes(value) if isinstance(value, memoryview) else value


def _meaning(settings: DbSettings, statement: Statement, error: DBAPIError) -> RingbackError:
    """Tell a database that cannot be used from a statement that is wrong."""
    first = next(iter(str(error.orig).strip().splitlines()), type(error.orig).__name__)
    state = str(getattr(error.orig, "sqlstate", None) or "")
    if "interrupted" in first or state == "57014":
        what = f"the statement took longer than {statement.limit_s:.1f} s"
        return Unavailable(settings.system, what, "is an index missing, or the database busy?")
    if "readonly database" in first or state == "25006":
        hint = "let the application write, or say `write: true` in the step and `read_only: false` in the environment"
        return BrokenTest(f"the statement writes, but {settings.system!r} is read only here", hint)
    if _is_about_reaching(first, state, error):
        hint = f"is it running? its address is `db:` of {settings.system!r} in the environment file"
        return Unavailable(settings.system, f"{_shown(settings)}: {first}", hint)
    return BrokenTest(f"{settings.system!r} refuses the statement: {first}", "correct the SQL of the step")


def _is_about_reaching(first: str, state: str, error: DBAPIError) -> bool:
    texts = ("unable to open database", "database is locked", "not a database", "disk I/O", "connection failed")
    gone = error.connection_invalidated or error.statement is None
    return gone or state[:2] in ("08", "28", "3D", "53") or state[:3] == "57P" or any(text in first for text in texts)


def _shown(settings: DbSettings) -> str:
    return settings.url.render_as_string(hide_password=True)
