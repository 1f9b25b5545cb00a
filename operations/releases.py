"""Release candidates: an ordinal per train gives "at or after" without parsing version text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select

from ringback.engine.problems import UsageError
from ringback.operations.store import RELEASE, Store, stamp

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Release:
    """A release candidate of a train."""

    id: int
    train: str
    version: str
    ordinal: int
    status: str
    cut_at: str


def add_release(store: Store, *, train: str, version: str, now: datetime) -> Release:
    """Add a candidate behind the train's newest; UsageError when it is already there."""
    with store.begin() as connection:
        known = connection.execute(
            select(RELEASE.c.id).where(RELEASE.c.train == train, RELEASE.c.version == version)
        ).first()
        if known is not None:
            raise UsageError(f"release {version} of {train} is already there", "`ringback release list` shows it")
        newest = connection.execute(select(func.max(RELEASE.c.ordinal)).where(RELEASE.c.train == train)).scalar()
        connection.execute(
            insert(RELEASE).values(train=train, version=version, ordinal=(newest or 0) + 1, cut_at=stamp(now))
        )
    return find_release(store, version, train=train)


def list_releases(store: Store) -> tuple[Release, ...]:
    """All candidates, the newest of each train first."""
    with store.begin() as connection:
        rows = connection.execute(select(RELEASE).order_by(RELEASE.c.train, RELEASE.c.ordinal.desc())).all()
    return tuple(Release(row.id, row.train, row.version, row.ordinal, row.status, row.cut_at) for row in rows)


def find_release(store: Store, version: str, *, train: str | None = None) -> Release:
    """The candidate of that version; UsageError when there is none, or several trains have it."""
    known = list_releases(store)
    found = [release for release in known if release.version == version and train in (None, release.train)]
    if not found:
        newest = ", ".join(release.version for release in known[:_SHOWN]) or "none"
        raise UsageError(
            f"there is no release {version} (known: {newest})",
            f"add it: ringback release add --train {train or 'TRAIN'} --version {version}",
        )
    if len(found) > 1:
        trains = ", ".join(release.train for release in found)
        raise UsageError(f"release {version} is in several trains: {trains}", "say which with --train")
    return found[0]
