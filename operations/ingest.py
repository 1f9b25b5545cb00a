"""A run's record becomes results and fallouts; taking the same run in twice changes nothing.

A failed journey is the product's fault and opens a fallout, or adds an occurrence to the open one of its signature.
A journey that broke (error, blocked, unfinished) says nothing about the product: it is kept as a result without
evidence, which the gate calls inconclusive.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from ringback.operations.ownership import Ownership
from ringback.operations.releases import Release
from ringback.operations.signature import ALGORITHM, Signature, sign
from ringback.operations.sla import SlaPolicy
from ringback.operations.store import (
    FALLOUT,
    FALLOUT_JOURNEY,
    FINAL_STATES,
    JOURNEY_RESULT,
    RUN,
    STEP_FAILURE,
    Store,
    stamp,
)
from ringback.reports.record import JourneyRecord, RunRecord

SCOPE = "test"


@dataclass(frozen=True, slots=True)
class Ingested:
    """What a run changed: fallouts opened and fallouts seen again, by number."""

    run: str
    results: int
    opened: tuple[int, ...]
    recurred: tuple[int, ...]


def ingest(
    store: Store, run: RunRecord, *, release: Release | None, ownership: Ownership, sla: SlaPolicy, now: datetime
) -> Ingested:
    """Store a run's results and its failures."""
    with store.begin() as connection:
        if connection.execute(select(RUN.c.id).where(RUN.c.id == run.run)).first() is not None:
            return Ingested(run.run, 0, (), ())
        connection.execute(insert(RUN).values(_run_row(run, release)))
        clerk = _Clerk(connection, run, release, ownership, sla, now)
        for journey in run.journeys:
            clerk.take(journey)
    return Ingested(run.run, len(run.journeys), tuple(clerk.opened), tuple(clerk.recurred))


def _run_row(run: RunRecord, release: Release | None) -> dict[str, object]:
    return {
        "id": run.run,
        "release_id": release.id if release else None,
        "environment": run.environment,
        "status": run.status,
        "started_at": stamp(run.started_at),
        "folder": str(run.folder),
        "tool_version": run.tool_version,
    }


@dataclass(slots=True)
class _Clerk:
    """Takes in the journeys of one run inside one transaction."""

    connection: Connection
    run: RunRecord
    release: Release | None
    ownership: Ownership
    sla: SlaPolicy
    now: datetime
    opened: list[int] = field(default_factory=list)
    recurred: list[int] = field(default_factory=list)
    attempts: dict[tuple[str, str], int] = field(default_factory=dict)

    def take(self, journey: JourneyRecord) -> None:
        key = (journey.journey, journey.variant)
        self.attempts[key] = self.attempts.get(key, 0) + 1
        result = self.connection.execute(
            insert(JOURNEY_RESULT).values(
                run_id=self.run.run,
                journey=journey.journey,
                variant=journey.variant,
                attempt=self.attempts[key],
                status=journey.status,
                fault=journey.fault,
                duration_s=journey.duration_s,
                journey_digest=journey.digest,
            )
        )
        if journey.status == "failed" and journey.failure is not None and result.inserted_primary_key is not None:
            self._fail(journey, journey.failure, int(result.inserted_primary_key[0]))

    def _fail(self, journey: JourneyRecord, failure: Mapping[str, Any], result_id: int) -> None:
        signature = signature_of(failure, journey.known_values, self.run.environment)
        fallout_id = self._open_fallout(signature) or self._new_fallout(journey, failure, signature)
        self._count(fallout_id)
        self._touch_journey(fallout_id, journey)
        self.connection.execute(
            insert(STEP_FAILURE).values(
                result_id=result_id,
                fallout_id=fallout_id,
                step=_text(failure, "step"),
                name=_text(failure, "name"),
                kind=_text(failure, "kind"),
                system=_text(failure, "system"),
                operation=_text(failure, "operation"),
                check_id=_text(failure, "check"),
                path=_text(failure, "path"),
                expected=_text(failure, "expected"),
                actual=_text(failure, "actual"),
                message=_text(failure, "message"),
                template=signature.template,
                signature=signature.identity,
                file=_text(failure, "file"),
                line=int(failure.get("line") or 0),
            )
        )

    def _open_fallout(self, signature: Signature) -> int | None:
        row = self.connection.execute(
            select(FALLOUT.c.id).where(
                FALLOUT.c.signature == signature.identity,
                FALLOUT.c.scope == SCOPE,
                FALLOUT.c.state.not_in(FINAL_STATES),
            )
        ).first()
        return None if row is None else int(row.id)

    def _new_fallout(self, journey: JourneyRecord, failure: Mapping[str, Any], signature: Signature) -> int:
        severity = self.sla.severity(journey.rank)
        deadlines = self.sla.deadlines(severity, self.now)
        facts = {name: _text(failure, name) for name in ("system", "kind", "check", "handoff")}
        owner, source = self.ownership.owner(
            {**facts, "journey": journey.journey},
            step_owner=_text(failure, "owner"),
            journey_owner=journey.owner,
        )
        release_id = self.release.id if self.release else None
        created = self.connection.execute(
            insert(FALLOUT).values(
                origin="test",
                signature=signature.identity,
                family=signature.family,
                algorithm=ALGORITHM,
                scope=SCOPE,
                title=title_of(failure),
                state="new",
                severity=severity,
                owner=owner,
                owner_source=source,
                opened_at=stamp(self.now),
                last_seen_at=stamp(self.now),
                respond_by=stamp(deadlines.respond_by),
                resolve_by=stamp(deadlines.resolve_by),
                first_release_id=release_id,
                last_release_id=release_id,
                occurrences=0,
            )
        )
        fallout_id = int((created.inserted_primary_key or (0,))[0])
        self.opened.append(fallout_id)
        return fallout_id

    def _count(self, fallout_id: int) -> None:
        """An occurrence is a run in which the fault showed, however many variants met it."""
        if self._counted(fallout_id):
            return
        if fallout_id not in self.opened:
            self.recurred.append(fallout_id)
        self.connection.execute(
            update(FALLOUT)
            .where(FALLOUT.c.id == fallout_id)
            .values(
                occurrences=FALLOUT.c.occurrences + 1,
                last_seen_at=stamp(self.now),
                last_release_id=self.release.id if self.release else FALLOUT.c.last_release_id,
            )
        )

    def _counted(self, fallout_id: int) -> bool:
        seen = (
            select(STEP_FAILURE.c.id)
            .join(JOURNEY_RESULT, JOURNEY_RESULT.c.id == STEP_FAILURE.c.result_id)
            .where(JOURNEY_RESULT.c.run_id == self.run.run, STEP_FAILURE.c.fallout_id == fallout_id)
        )
        return self.connection.execute(seen).first() is not None

    def _touch_journey(self, fallout_id: int, journey: JourneyRecord) -> None:
        here = (
            (FALLOUT_JOURNEY.c.fallout_id == fallout_id)
            & (FALLOUT_JOURNEY.c.journey == journey.journey)
            & (FALLOUT_JOURNEY.c.variant == journey.variant)
        )
        seen = update(FALLOUT_JOURNEY).where(here)
        count = FALLOUT_JOURNEY.c.occurrences + 1
        if self.connection.execute(seen.values(last_seen_at=stamp(self.now), occurrences=count)).rowcount:
            return
        self.connection.execute(
            insert(FALLOUT_JOURNEY).values(
                fallout_id=fallout_id,
                journey=journey.journey,
                variant=journey.variant,
                first_seen_at=stamp(self.now),
                last_seen_at=stamp(self.now),
                occurrences=1,
            )
        )


def signature_of(failure: Mapping[str, Any], known: tuple[str, ...], environment: str) -> Signature:
    """The signature of a journey's first failure, with the values of the execution masked."""
    return sign(
        system=_text(failure, "system"),
        kind=_text(failure, "kind"),
        error=_text(failure, "check"),
        operation=_text(failure, "operation"),
        check=_text(failure, "path"),
        message=f"{_text(failure, 'step')}: expected {_text(failure, 'expected')}, got {_text(failure, 'actual')}",
        known=known,
        environment_names=(environment,) if environment else (),
    )


def title_of(failure: Mapping[str, Any]) -> str:
    """One line for the queue: system, step, what was expected and what came."""
    expected, actual = _text(failure, "expected"), _text(failure, "actual")
    seen = f": {_text(failure, 'path')} should be {expected}, is {actual}" if expected else ""
    return f"{_text(failure, 'system')}: {_text(failure, 'name')}{seen}"[:300]


def _text(failure: Mapping[str, Any], name: str) -> str:
    return str(failure.get(name) or "")
