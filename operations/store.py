"""The tables of operations: releases, runs, results, fallouts, gate decisions. SQLite by default, PostgreSQL for teams.

Times are UTC text of fixed width, so that order of text is order of time on every database. That a signature has at
most one open fallout is a partial unique index: the database enforces it, not a convention.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    event,
    text,
)
from sqlalchemy.exc import OperationalError

from ringback.engine.problems import Unavailable

METADATA = MetaData()
FALLOUT_STATES = (
    "new",
    "triaged",
    "in_progress",
    "pending",
    "resolved",
    "verified",
    "closed",
    "rejected",
    "duplicate",
)
FINAL_STATES = ("closed", "rejected", "duplicate")
_QUOTED_FINAL = ", ".join(f"'{state}'" for state in FINAL_STATES)
_QUOTED_STATES = ", ".join(f"'{state}'" for state in FALLOUT_STATES)

RELEASE = Table(
    "release",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("train", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("status", Text, nullable=False, server_default="candidate"),
    Column("cut_at", Text, nullable=False),
    UniqueConstraint("train", "version"),
    UniqueConstraint("train", "ordinal"),
)
RUN = Table(
    "run",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("release_id", Integer, ForeignKey("release.id")),
    Column("environment", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("started_at", Text, nullable=False),
    Column("folder", Text, nullable=False),
    Column("tool_version", Text, nullable=False),
)
JOURNEY_RESULT = Table(
    "journey_result",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("run_id", Text, ForeignKey("run.id"), nullable=False),
    Column("journey", Text, nullable=False),
    Column("variant", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("fault", Text, nullable=False),
    Column("duration_s", Float, nullable=False),
    Column("journey_digest", Text, nullable=False),
    UniqueConstraint("run_id", "journey", "variant", "attempt"),
)
FALLOUT = Table(
    "fallout",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("origin", Text, nullable=False),
    Column("signature", Text, nullable=False),
    Column("family", Text, nullable=False),
    Column("algorithm", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("owner_source", Text, nullable=False),
    Column("root_cause", Text, nullable=False, server_default="unknown.to_investigate"),
    Column("opened_at", Text, nullable=False),
    Column("last_seen_at", Text, nullable=False),
    Column("respond_by", Text, nullable=False),
    Column("resolve_by", Text, nullable=False),
    Column("first_release_id", Integer, ForeignKey("release.id")),
    Column("last_release_id", Integer, ForeignKey("release.id")),
    Column("occurrences", Integer, nullable=False),
    CheckConstraint(f"state in ({_QUOTED_STATES})"),
)
Index(
    "one_open_fallout_per_signature",
    FALLOUT.c.signature,
    FALLOUT.c.scope,
    unique=True,
    sqlite_where=text(f"state not in ({_QUOTED_FINAL})"),
    postgresql_where=text(f"state not in ({_QUOTED_FINAL})"),
)
STEP_FAILURE = Table(
    "step_failure",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("result_id", Integer, ForeignKey("journey_result.id"), nullable=False),
    Column("fallout_id", Integer, ForeignKey("fallout.id"), nullable=False),
    Column("step", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("system", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("check_id", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("expected", Text, nullable=False),
    Column("actual", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("template", Text, nullable=False),
    Column("signature", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("line", Integer, nullable=False),
)
FALLOUT_JOURNEY = Table(
    "fallout_journey",
    METADATA,
    Column("fallout_id", Integer, ForeignKey("fallout.id"), primary_key=True),
    Column("journey", Text, primary_key=True),
    Column("variant", Text, primary_key=True),
    Column("first_seen_at", Text, nullable=False),
    Column("last_seen_at", Text, nullable=False),
    Column("occurrences", Integer, nullable=False),
)
GATE_DECISION = Table(
    "gate_decision",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("release_id", Integer, ForeignKey("release.id"), nullable=False),
    Column("gate", Text, nullable=False),
    Column("policy_digest", Text, nullable=False),
    Column("inputs_digest", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("rules", Text, nullable=False),
    Column("decided_at", Text, nullable=False),
)


def stamp(moment: datetime) -> str:
    """UTC text of fixed width; a naive time is refused, because nobody knows what it means."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


class Store:
    """One database of operations; made when it is first used."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url)
        self._url = self._engine.url.render_as_string(hide_password=True)
        if self._engine.dialect.name == "sqlite":
            event.listen(self._engine, "connect", _sqlite_settings)

    @classmethod
    def at(cls, folder: Path) -> Store:
        """The SQLite store in a folder (`.ringback/operations.db`)."""
        folder.mkdir(parents=True, exist_ok=True)
        return cls(f"sqlite:///{folder / 'operations.db'}")

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction; Unavailable when the database cannot be opened."""
        try:
            METADATA.create_all(self._engine)
            with self._engine.begin() as connection:
                yield connection
        except OperationalError as broken:
            raise Unavailable(
                "operations store", f"{self._url}: {broken.orig}", "see --store or its folder"
            ) from broken


def _sqlite_settings(connection: object, _: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]  # the DBAPI's own connection, untyped in SQLAlchemy
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()
