"""A private PostgreSQL server, from the programs of the operating system; not as root, which it refuses to run as."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy

POSTGRES_HOME = Path("/usr/lib/postgresql")


@contextmanager
def private_postgres(port: int) -> Iterator[str]:
    """A server of our own on a loopback port, gone after the block; the URL of its database `ringback`."""
    programs = _programs()
    home = Path(tempfile.mkdtemp(prefix="ringback-postgres-"))  # pytest's own folders are closed to other users
    as_owner = _unprivileged(home)
    data = home / "data"
    _run([*as_owner, str(programs / "initdb"), "-D", str(data), "--no-sync", "-A", "trust", "-U", "ringback"])
    options = (
        f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={home} -c fsync=off "
        "-c full_page_writes=off -c max_connections=60"
    )
    control = [*as_owner, str(programs / "pg_ctl"), "-D", str(data), "-w"]
    _run([*control, "-l", str(home / "log"), "-o", options, "start"])
    try:
        _run([*as_owner, str(programs / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", "ringback", "ringback"])
        yield f"postgresql+psycopg://ringback@127.0.0.1:{port}/ringback"
    finally:
        _run([*control, "-m", "immediate", "stop"])
        shutil.rmtree(home)


def database_on(server: str, name: str) -> str:
    """The URL of a database on a server, which is made when it is not there yet."""
    engine = sqlalchemy.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.NullPool)
    with engine.connect() as connection:
        known = sqlalchemy.text("select 1 from pg_database where datname = :name")
        if connection.execute(known, {"name": name}).first() is None:
            connection.execute(sqlalchemy.text(f'create database "{name}"'))
    return f"{server.rpartition('/')[0]}/{name}"


def _programs() -> Path:
    found = sorted(POSTGRES_HOME.glob("*/bin/initdb")) or [Path(shutil.which("initdb") or "")]
    if not found[-1].is_file():
        pytest.fail("these tests need PostgreSQL's programs: apt-get install postgresql", pytrace=False)
    return found[-1].parent


def _unprivileged(home: Path) -> list[str]:
    """PostgreSQL refuses to run as root: another user owns its folder then."""
    if os.geteuid() != 0:
        return []
    shutil.chown(home, "nobody")
    return ["runuser", "-u", "nobody", "--"]


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")  # our own words
    if done.returncode:
        pytest.fail(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}", pytrace=False)
