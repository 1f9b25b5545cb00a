"""Gathering what the gate judges, and keeping what it decided."""

from __future__ import annotations

import hashlib
from datetime import datetime

import msgspec
from sqlalchemy import insert, select

from ringback.engine.model import JourneyHead
from ringback.operations.fallouts import list_fallouts
from ringback.operations.gate import Decision, Inputs, OpenFallout, Result, judge
from ringback.operations.policy import GatePolicy
from ringback.operations.releases import Release
from ringback.operations.store import GATE_DECISION, JOURNEY_RESULT, RUN, Store, stamp


def decide(
    store: Store, policy: GatePolicy, release: Release, journeys: tuple[JourneyHead, ...], now: datetime
) -> Decision:
    """Judge a candidate by what the store knows, and keep the decision with digests of its inputs."""
    inputs = gather(store, release, journeys)
    decision = judge(policy, inputs, now)
    with store.begin() as connection:
        connection.execute(
            insert(GATE_DECISION).values(
                release_id=release.id,
                gate=decision.gate,
                policy_digest=decision.policy_digest,
                inputs_digest=_digest(inputs),
                verdict=decision.verdict.value,
                rules=msgspec.json.encode(decision.rules).decode(),
                decided_at=stamp(now),
            )
        )
    return decision


def gather(store: Store, release: Release, journeys: tuple[JourneyHead, ...]) -> Inputs:
    """The results of this candidate and the open fallouts."""
    with store.begin() as connection:
        rows = connection.execute(
            select(JOURNEY_RESULT, RUN.c.environment, RUN.c.started_at, RUN.c.id.label("run"))
            .join(RUN, RUN.c.id == JOURNEY_RESULT.c.run_id)
            .where(RUN.c.release_id == release.id)
        ).all()
    results = tuple(
        Result(row.run, row.journey, row.variant, row.status, row.environment, datetime.fromisoformat(row.started_at))
        for row in rows
    )
    fallouts = tuple(OpenFallout(f.key, f.severity, f.title) for f in list_fallouts(store) if f.is_open)
    return Inputs(release.version, journeys, results, fallouts)


def _digest(inputs: Inputs) -> str:
    heads = [(head.id, head.digest) for head in inputs.journeys]
    facts = msgspec.json.encode((inputs.release, heads, inputs.results, inputs.fallouts))
    return hashlib.sha256(facts).hexdigest()
