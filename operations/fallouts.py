"""Fallouts as people see them: the queue, and one with all that is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from ringback.engine.problems import UsageError
from ringback.operations.store import (
    FALLOUT,
    FALLOUT_JOURNEY,
    FINAL_STATES,
    JOURNEY_RESULT,
    RELEASE,
    RUN,
    STEP_FAILURE,
    Store,
)


@dataclass(frozen=True, slots=True)
class Fallout:
    """One fallout of the queue."""

    key: str
    title: str
    state: str
    severity: str
    owner: str
    owner_source: str
    root_cause: str
    signature: str
    family: str
    opened_at: datetime
    last_seen_at: datetime
    respond_by: datetime
    resolve_by: datetime
    occurrences: int
    first_release: str
    last_release: str

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to work on it."""
        return self.state not in FINAL_STATES


@dataclass(frozen=True, slots=True)
class Sighting:
    """One failed step behind a fallout, with the place of its evidence."""

    run: str
    folder: str
    journey: str
    variant: str
    step: str
    name: str
    system: str
    path: str
    expected: str
    actual: str
    message: str
    file: str
    line: int


def list_fallouts(store: Store, *, include_closed: bool = True) -> tuple[Fallout, ...]:
    """The queue: open ones first, the nearest deadline first."""
    first, last = RELEASE.alias("first"), RELEASE.alias("last")
    query = (
        select(FALLOUT, first.c.version.label("first_version"), last.c.version.label("last_version"))
        .outerjoin(first, first.c.id == FALLOUT.c.first_release_id)
        .outerjoin(last, last.c.id == FALLOUT.c.last_release_id)
        .order_by(FALLOUT.c.resolve_by, FALLOUT.c.id)
    )
    with store.begin() as connection:
        rows = connection.execute(query).all()
    fallouts = [
        Fallout(
            key=f"FO-{row.id}",
            title=row.title,
            state=row.state,
            severity=row.severity,
            owner=row.owner,
            owner_source=row.owner_source,
            root_cause=row.root_cause,
            signature=row.signature,
            family=row.family,
            opened_at=datetime.fromisoformat(row.opened_at),
            last_seen_at=datetime.fromisoformat(row.last_seen_at),
            respond_by=datetime.fromisoformat(row.respond_by),
            resolve_by=datetime.fromisoformat(row.resolve_by),
            occurrences=row.occurrences,
            first_release=row.first_version or "",
            last_release=row.last_version or "",
        )
        for row in rows
    ]
    return tuple(sorted((f for f in fallouts if include_closed or f.is_open), key=lambda f: not f.is_open))


def find_fallout(store: Store, key: str) -> Fallout:
    """The fallout of that key ("FO-3"); UsageError when there is none."""
    for fallout in list_fallouts(store):
        if fallout.key == key.upper():
            return fallout
    raise UsageError(f"there is no fallout {key}", "`ringback fallout list --all` shows them")


def sightings(store: Store, fallout: Fallout) -> tuple[Sighting, ...]:
    """Where it was seen, the newest first."""
    query = (
        select(STEP_FAILURE, JOURNEY_RESULT.c.journey, JOURNEY_RESULT.c.variant, RUN.c.id.label("run"), RUN.c.folder)
        .join(JOURNEY_RESULT, JOURNEY_RESULT.c.id == STEP_FAILURE.c.result_id)
        .join(RUN, RUN.c.id == JOURNEY_RESULT.c.run_id)
        .where(STEP_FAILURE.c.fallout_id == int(fallout.key.removeprefix("FO-")))
        .order_by(RUN.c.started_at.desc(), STEP_FAILURE.c.id)
    )
    with store.begin() as connection:
        rows = connection.execute(query).all()
    names = Sighting.__dataclass_fields__
    return tuple(Sighting(**{name: getattr(row, name) for name in names}) for row in rows)


def blast_radius(store: Store, fallout: Fallout) -> tuple[tuple[str, str, int], ...]:
    """The variants it was seen in, with how often."""
    query = select(FALLOUT_JOURNEY).where(FALLOUT_JOURNEY.c.fallout_id == int(fallout.key.removeprefix("FO-")))
    with store.begin() as connection:
        rows = connection.execute(query.order_by(FALLOUT_JOURNEY.c.journey, FALLOUT_JOURNEY.c.variant)).all()
    return tuple((row.journey, row.variant, row.occurrences) for row in rows)
