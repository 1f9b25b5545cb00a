"""SQLAlchemy engines for the environment's databases: one per URL and right, read-only unless asked otherwise."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import QueuePool

from ringback.drivers.steps import seconds
from ringback.engine.problems import Unavailable, UsageError

LOOPBACK = ("", "localhost", "127.0.0.1", "::1")
EXTRAS = {"psycopg": "pip install 'ringback[postgres]'", "psycopg2": "pip install 'ringback[postgres]'"}
KEPT, MOST = 4, 32  # connections of one engine; PostgreSQL allows 100 in all by default


@dataclass(frozen=True, slots=True)
class DbSettings:
    """Where a database is and what may be done to it."""

    system: str
    url: URL
    read_only: bool = True
    timeout_s: float | None = None

    @property
    def local(self) -> bool:
        """Whether a look costs microseconds: a SQLite file, or a server on this machine."""
        return self.is_sqlite or (self.url.host or "") in LOOPBACK

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite, which guards and times statements in its own way."""
        return self.url.get_backend_name() == "sqlite"


def db_settings(system: str, entry: Mapping[str, object]) -> DbSettings:
    """Read a system's entry; UsageError says what is missing or wrong."""
    text = str(entry.get("db") or "")
    if not text:
        raise UsageError(f"the environment's system {system!r} has no database", "add `db: postgresql://...` to it")
    read_only, timeout = entry.get("read_only", True), entry.get("timeout")
    if not isinstance(read_only, bool):
        raise UsageError(f"read_only of system {system!r} is true or false, not {read_only!r}")
    try:
        url = make_url(text)
    except ArgumentError as error:
        hint = "write it as sqlite:////path/file.db or postgresql://user:password@host/name"
        raise UsageError(f"db of system {system!r} is no database address", hint) from error
    return DbSettings(system, url, read_only, seconds(timeout, f"timeout of {system!r}") if timeout else None)


class EngineShelf:
    """Engines by URL, shared by all threads and by all systems that live in the same database."""

    def __init__(self) -> None:
        self._engines: dict[tuple[str, bool], Engine] = {}
        self._lock = threading.Lock()

    def engine(self, settings: DbSettings, *, write: bool) -> Engine:
        """The engine for a system; `write` opens it for writing."""
        key = (settings.url.render_as_string(hide_password=False), write)
        with self._lock:
            if key not in self._engines:
                self._engines[key] = _open(settings, write=write)
            return self._engines[key]

    def close(self) -> None:
        """Close all connections; asking again opens new ones."""
        with self._lock:
            engines, self._engines = list(self._engines.values()), {}
        for engine in engines:
            engine.dispose()


def _open(settings: DbSettings, *, write: bool) -> Engine:
    try:
        if settings.is_sqlite and settings.url.database not in (None, "", ":memory:"):
            return _open_sqlite(settings, write=write)
        return create_engine(settings.url, pool_size=KEPT, max_overflow=MOST - KEPT, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        name = str(error.name)
        hint = EXTRAS.get(name, f"pip install {name}, into the same Python as ringback")
        raise Unavailable(settings.system, f"the database driver {name!r} is not installed", hint) from error
    except NoSuchModuleError as error:
        what = f"db of system {settings.system!r}: SQLAlchemy knows no {settings.url.drivername!r}"
        raise UsageError(what, "correct the scheme, or install the package that brings this dialect") from error


def _open_sqlite(settings: DbSettings, *, write: bool) -> Engine:
    """A file opened with `mode=ro` (or `rw`): SQLite itself refuses to write, and never makes an empty file."""
    file = Path(str(settings.url.database)).absolute()
    place = f"file:{quote(str(file))}?mode={'rw' if write else 'ro'}"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(place, uri=True, timeout=5.0, check_same_thread=False)

    return create_engine("sqlite://", creator=connect, poolclass=QueuePool, pool_size=KEPT, max_overflow=MOST - KEPT)
