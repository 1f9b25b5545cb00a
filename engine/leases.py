"""Leased test data: a number or a customer that no other journey, worker or run uses at the same time."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ringback.engine.problems import Unavailable
from ringback.engine.protocols import Pace
from ringback.engine.waiting import Watch, poll

LONGEST_LEASE = timedelta(hours=6)
"""A lease from another machine whose holder cannot be asked counts as lost after this time."""

_PACE = Pace(0.05, 1.0, 0.1)
_SCHEMA = """
create table if not exists lease (
  environment text not null, pool text not null, item text not null,
  session text, run text, host text, pid integer, born text, leased_at text, returned_at text,
  primary key (environment, pool, item)
) without rowid
"""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lease: a process that others can ask for; `born` tells a reused pid from the old one."""

    run: str
    host: str
    pid: int
    born: str


@dataclass(frozen=True, slots=True)
class Shard:
    """A run's share of every pool where several machines run the same journeys: number `index` of `count`."""

    index: int = 0
    count: int = 1

    def of(self, rows: Sequence[object]) -> list[object]:
        """The rows that belong to this shard."""
        return list(rows[self.index :: self.count])


class LeaseStore:
    """Leases of all runs in this folder, in one small SQLite file; safe for threads and processes."""

    def __init__(
        self, folder: Path, holder: Holder, *, alive: Callable[[int, str], bool] | None = None, shard: Shard = Shard()
    ) -> None:
        """Open the store; `alive` tells whether a process on this machine still runs."""
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "leases.sqlite3"
        self._holder = holder
        self._alive = alive or is_alive
        self._shard = shard
        self._lock = threading.Lock()
        self._holding: set[str] = set()  # sessions that took something here: most journeys lease nothing
        with self._transaction() as connection:
            connection.execute(_SCHEMA)

    def take(
        self,
        environment: str,
        pool: str,
        rows: Sequence[tuple[str, object]],
        *,
        session: str,
        within_s: float = 60.0,
        watch: Watch | None = None,
    ) -> object:
        """The row, of (item, row) pairs, that has been out of use for longest.

        Waits while all are in use; Unavailable when none is given back in time.
        """
        mine = self._shard.of(rows)
        found = poll(
            lambda: self._take_now(environment, pool, mine, session), within_s=within_s, pace=_PACE, watch=watch
        )
        if found is None:
            raise Unavailable(
                "leases",
                f"all {len(mine)} of {pool!r} are in use, and none was given back within {within_s:g} s",
                "add rows to its source in the environment file, or run fewer journeys at once",
            )
        return found[0]

    def give_back(self, session: str) -> None:
        """Return all that a session took here; one that took nothing costs nothing."""
        if session not in self._holding:
            return
        with self._transaction() as connection:
            connection.execute(
                "update lease set session = null, run = null, pid = null, returned_at = ? where session = ?",
                (_now(), session),
            )
        self._holding.discard(session)

    def _take_now(self, environment: str, pool: str, rows: Sequence[object], session: str) -> tuple[object] | None:
        with self._transaction() as connection:
            known = connection.execute(
                "select item, session, host, pid, born, leased_at, returned_at from lease"
                " where environment = ? and pool = ?",
                (environment, pool),
            ).fetchall()
            busy = {row[0] for row in known if row[1] is not None and self._still_held(*row[2:6])}
            last_used = {row[0]: row[6] or row[5] or "" for row in known}
            free = [pair for pair in rows if isinstance(pair, tuple) and pair[0] not in busy]
            if not free:
                return None
            item, row = min(free, key=lambda pair: last_used.get(pair[0], ""))
            holder = self._holder
            connection.execute(
                "insert or replace into lease values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    environment,
                    pool,
                    item,
                    session,
                    holder.run,
                    holder.host,
                    holder.pid,
                    holder.born,
                    _now(),
                    last_used.get(item),
                ),
            )
        self._holding.add(session)
        return (row,)

    def _still_held(self, host: str, pid: int, born: str, leased_at: str) -> bool:
        """A died process holds nothing; one on another machine cannot be asked, so its age decides."""
        if host == self._holder.host:
            return pid == self._holder.pid or self._alive(pid, born)
        return datetime.now(UTC) - datetime.fromisoformat(leased_at) < LONGEST_LEASE

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """A short exclusive transaction; the connection is not kept, so that threads share nothing."""
        with self._lock:
            connection = sqlite3.connect(self._path, timeout=30, isolation_level=None)
            try:
                connection.execute("pragma synchronous = off")  # a lease lost with the machine is recovered anyway
                connection.execute("begin immediate")
                yield connection
                connection.execute("commit")
            finally:
                connection.close()


def this_process(run: str) -> Holder:
    """The holder that this process is."""
    return Holder(run, os.uname().nodename, os.getpid(), birth_of(os.getpid()))


def birth_of(pid: int) -> str:
    """When a process began, as the kernel counts it; empty where the kernel does not say."""
    told = _told_of(pid)
    return told[19] if told else ""  # field 22, "starttime"


def _told_of(pid: int) -> list[str]:
    """What Linux tells of a process, from field 3 (after the name in parentheses) on; empty elsewhere."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def is_alive(pid: int, born: str) -> bool:
    """Whether the process that began at `born` still runs; another one with its number does not count."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    told = _told_of(pid)
    if told and told[0] == "Z":  # ended, only its parent has not asked yet
        return False
    return not (born and told) or told[19] == born


def shard_of(text: str) -> Shard:
    """The shard that "2/4" names: the second of four; no text is the whole."""
    index, _, count = text.partition("/")
    if not index.isdigit() or not count.isdigit() or not 1 <= int(index) <= int(count):
        return Shard()
    return Shard(int(index) - 1, int(count))


def rows_by_item(rows: Sequence[Mapping[str, object]], key: str | None) -> list[tuple[str, object]]:
    """Rows with the text that names each: the column `key`, else `id`, else the first; one column is a plain value."""
    named: list[tuple[str, object]] = []
    for row in rows:
        column = key or ("id" if "id" in row else next(iter(row)))
        named.append((str(row[column]), row if len(row) > 1 else row[column]))
    return named


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
