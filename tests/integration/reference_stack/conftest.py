"""A stack as a process of its own, as every test of it meets it: through HTTP and its tables."""

from __future__ import annotations

import functools
import hashlib
import itertools
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import httpx
import pytest
from sqlalchemy import NullPool, TextClause, create_engine, text

from tests.integration.postgres import database_on

T = TypeVar("T")
DATABASE = "RINGBACK_TEST_STACK_DATABASE"  # `sqlite` or `postgresql`: on which database the stacks of the tests run
SFTP = "RINGBACK_TEST_STACK_SFTP"  # `embedded` or `openssh`: who serves the partners of these stacks
DEADLINE_S = 60.0
_NUMBERS = itertools.count(1)


class Tables:
    """The tables of a stack, read and written beside it.

    Args:
        url: the SQLAlchemy URL of its database.
    """

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url, poolclass=NullPool)

    def rows(self, sql: str, *values: object) -> list[dict[str, object]]:
        """The rows that a query finds; each `?` is one of the values."""
        with self._engine.connect() as tx:
            return [dict(row) for row in tx.execute(*_bound(sql, values)).mappings()]

    def write(self, sql: str, *values: object) -> None:
        """Carries out a statement; each `?` is one of the values."""
        with self._engine.begin() as tx:
            tx.execute(*_bound(sql, values))


def _bound(sql: str, values: tuple[object, ...]) -> tuple[TextClause, dict[str, object]]:
    names = [f"v{number}" for number in range(len(values))]
    statement = functools.reduce(lambda made, name: made.replace("?", f":{name}", 1), names, sql)
    return text(statement), dict(zip(names, values, strict=True))


class RunningStack:
    """A started stack and the two tokens a test may hold."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.ready = json.loads((home / "ready.json").read_text("utf-8"))
        self.client = self._as("API_TOKEN")
        self.admin = self._as("ADMIN_TOKEN")
        self._tables = Tables(self.ready["database"])

    def _as(self, token: str) -> httpx.Client:
        headers = {"authorization": f"Bearer {self.ready['secrets'][token]}"}
        return httpx.Client(base_url=self.ready["url"], headers=headers, trust_env=False, timeout=60)

    def log(self, correlation: str) -> list[dict[str, object]]:
        """The events of a journey."""
        found: list[dict[str, object]] = self.client.get("/events/v1/log", params={"correlationId": correlation}).json()
        return found

    def rows(self, sql: str, *values: object) -> list[dict[str, object]]:
        """Rows of the stack's own tables, read beside the running systems; each `?` is one of the values."""
        return self._tables.rows(sql, *values)

    @contextmanager
    def defect(self, identity: str) -> Iterator[None]:
        """A release defect (or an anti-pattern) that is on within the block."""
        self.admin.put(f"/admin/defects/{identity}").raise_for_status()
        try:
            yield
        finally:
            self.admin.delete(f"/admin/defects/{identity}").raise_for_status()

    def close(self) -> None:
        """Ends the connections."""
        self.client.close()
        self.admin.close()


def stack_command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """One command of the stack's own command line."""
    command = [sys.executable, "-m", "ringback.reference_stack", *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)


@pytest.fixture(scope="session", autouse=True)
def stack_databases(request: pytest.FixtureRequest) -> Iterator[None]:
    """Where the stacks of these tests keep their tables: in a file of their home, or on a private PostgreSQL."""
    kind = os.environ.get(DATABASE, "sqlite")
    if kind not in ("sqlite", "postgresql"):
        pytest.fail(f"{DATABASE} is {kind!r}; it may be sqlite or postgresql", pytrace=False)
    if sftp_server() not in ("embedded", "openssh"):
        pytest.fail(f"{SFTP} is {sftp_server()!r}; it may be embedded or openssh", pytrace=False)
    _SERVERS.extend([request.getfixturevalue("postgres_url")] if kind == "postgresql" else [])
    yield
    _SERVERS.clear()


_SERVERS: list[str] = []


def database_of(home: Path) -> tuple[str, ...]:
    """The arguments that give a stack its database; a home that is started again finds its own."""
    name = "stack_" + hashlib.sha256(str(home).encode()).hexdigest()[:16]
    return tuple(part for server in _SERVERS for part in ("--database", database_on(server, name)))


def sftp_server() -> str:
    """Who serves the partners of a stack, unless a test names one."""
    return os.environ.get(SFTP, "embedded")


def servers_of(home: Path) -> tuple[str, ...]:
    """The arguments that give a stack the database and the SFTP server of this run of the tests."""
    return (*database_of(home), "--sftp", sftp_server())


@contextmanager
def started(home: Path, *arguments: str) -> Iterator[RunningStack]:
    """A stack that ends with the block."""
    done = stack_command("up", "--home", str(home), "--pace", "0.1", *servers_of(home), *arguments)
    assert done.returncode == 0, done.stderr
    running = RunningStack(home)
    try:
        yield running
    finally:
        running.close()
        stack_command("down", "--home", str(home))


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """One stack for all tests that leave it as they found it."""
    with started(tmp_path_factory.mktemp("running")) as stack:
        yield stack


def until(look: Callable[[], T], what: str) -> T:
    """What `look` finds, as soon as it is something."""
    pause, deadline = threading.Event(), time.monotonic() + DEADLINE_S
    while not (found := look()):
        if time.monotonic() > deadline:
            pytest.fail(f"within {DEADLINE_S:.0f} s there was not: {what}", pytrace=False)
        pause.wait(0.02)
    return found


def external_id() -> str:
    """An external id that no other test uses."""
    return f"TEST-{next(_NUMBERS):04d}"


def flagship(external: str, customer: str = "CUST-00007", number: str = "6175550107") -> dict[str, object]:
    """The body of the flagship order: bundle, line, device and the number that comes along."""
    port = {"portInTn": number, "donorSpid": "8Y02", "accountNumber": "0012345", "pin": "0042", "zip": "02139"}
    characteristics = [{"name": name, "value": value} for name, value in port.items()]
    child = {"action": "add", "productOrderItemRelationship": [{"id": "1", "relationshipType": "bundledBy"}]}
    return {
        "externalId": external,
        "relatedParty": [{"id": customer, "role": "customer", "@referredType": "Customer"}],
        "productOrderItem": [
            {"id": "1", "action": "add", "productOffering": {"id": "MOBILE-GOLD-BUNDLE"}},
            {"id": "2", "productOffering": {"id": "MOBILE-GOLD"}, **child},
            {"id": "3", "productOffering": {"id": "PHX-128"}, **child},
            {
                "id": "4",
                "productOffering": {"id": "PORT-IN"},
                "product": {"productCharacteristic": characteristics},
                **child,
            },
        ],
    }
