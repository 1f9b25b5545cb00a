"""Where the operations store lies: one folder beside the runs, or a database of the team's."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from ringback.engine.project import find_project
from ringback.operations.store import Store

STORE_VARIABLE = "RINGBACK_STORE"


def open_store(folder: Path | None = None) -> Store:
    """The store named by RINGBACK_STORE (an SQLAlchemy URL), else `.ringback/operations.db` below the project."""
    url = os.environ.get(STORE_VARIABLE)
    return Store(url) if url else Store.at(folder or find_project(Path.cwd()) / ".ringback")


def now() -> datetime:
    """The wall clock; everything below takes the time as an argument."""
    return datetime.now(UTC)
