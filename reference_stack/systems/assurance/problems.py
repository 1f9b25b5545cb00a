"""Service problems (TMF656): one for all that one broken resource does to services, and whom it hits."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, delete, insert, select, update
from starlette.requests import Request

from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.errors import conflict, invalid
from ringback.reference_stack.kernel.machines import SERVICE_PROBLEM, legal
from ringback.reference_stack.kernel.resource import Created, Resource, Shown
from ringback.reference_stack.schema import (
    ASR_ALARM,
    ASR_EVENT_RECORD,
    ASR_IMPACT,
    ASR_PROBLEM,
    ASR_PROBLEM_SERVICE,
    TT_TICKET,
)
from ringback.reference_stack.systems.assurance.alarms import ALARM
from ringback.reference_stack.systems.reading import Document, documents, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

BASE = "/tmf-api/serviceProblemManagement/v4"
_SOLVED = ("resolved", "closed")


class ProblemResource(Resource):
    """A resource that keeps a record of each of its events."""

    def publish(
        self, stack: Stack, tx: Connection, identity: str, kind: str, *, correlation: str | None = None
    ) -> Shown:
        """Publishes the event and notes it."""
        told = super().publish(stack, tx, identity, kind, correlation=correlation)
        named = {"id": identity, "href": f"{self.path}/{identity}"}
        now = stack.clock.stamp()
        shown = {"eventType": f"{self.event}{kind}", "eventTime": now, "recordTime": now, "serviceProblem": named}
        values = {"id": stack.ids.new("SPE"), "problem_id": identity, "document": json.dumps(shown)}
        tx.execute(insert(ASR_EVENT_RECORD).values(**values, created_at=now))
        return told


def alarms_of(tx: Connection, problem: str) -> list[RowMapping]:
    """The alarms that tell of a problem."""
    told = select(ASR_ALARM).where(ASR_ALARM.c.problem_id == problem).order_by(ASR_ALARM.c.id)
    return list(tx.execute(told).mappings().all())


def services_hit(tx: Connection, problem: str) -> list[str]:
    """The services that a problem hits."""
    mine = ASR_PROBLEM_SERVICE.c.problem_id == problem
    return list(tx.execute(select(ASR_PROBLEM_SERVICE.c.service_id).where(mine).order_by("service_id")).scalars())


def customers_hit(tx: Connection, problem: str) -> list[RowMapping]:
    """The customers that a problem hits, the most important first."""
    mine = select(ASR_IMPACT).where(ASR_IMPACT.c.problem_id == problem)
    ordered = mine.order_by(ASR_IMPACT.c.weight.desc(), ASR_IMPACT.c.customer_id)
    return list(tx.execute(ordered).mappings().all())


def _shape(tx: Connection, row: RowMapping) -> Document:
    """What follows from the analysis and the workflow; what there is none of stays as the client said."""
    alarms, services = alarms_of(tx, row["id"]), services_hit(tx, row["id"])
    mine = select(TT_TICKET.c.id).where(TT_TICKET.c.problem_id == row["id"]).order_by(TT_TICKET.c.id)
    root = row["root_resource_id"]
    credited = [one for one in customers_hit(tx, row["id"]) if one["credit_id"]]
    found: Document = {
        "creationDate": row["created_at"],
        "statusChangeDate": row["state_changed_at"] or row["created_at"],
        "lastUpdate": row["state_changed_at"] or row["created_at"],
        "resolutionDate": row["resolved_at"],
        "rootCauseResource": [{"id": root, "@referredType": "Resource"}] if root else None,
        "affectedResource": [{"id": root, "@referredType": "Resource"}] if root else None,
        "affectedService": [{"id": service, "@referredType": "Service"} for service in services],
        "underlyingAlarm": [{"id": alarm["id"], "href": f"{ALARM.path}/{alarm['id']}"} for alarm in alarms],
        "troubleTicket": [{"id": ticket} for ticket in tx.execute(mine).scalars()],
        "slaViolation": [{"id": one["credit_id"], "href": f"/billing/v1/{one['credit_id']}"} for one in credited],
    }
    return {name: value for name, value in found.items() if value}


async def _create(stack: Stack, body: Document, _request: Request) -> Created:
    """A problem that somebody reports; one with a root cause in the network is analysed like one of an alarm."""
    if not legal(SERVICE_PROBLEM, None, text(body, "status")):
        raise invalid(f"a new problem cannot be {text(body, 'status')}", "it begins as acknowledged")
    services = sorted({text(one, "id") for one in documents(body, "affectedService")} - {""})
    with stack.db.begin() as tx:
        return Created(open_problem(stack, tx, body, text(body, "rootCauseResource.0.id"), services))


def open_problem(stack: Stack, tx: Connection, body: Document, root: str, services: list[str]) -> str:
    """Opens a problem; answers its id."""
    identity = stack.ids.new(PROBLEM.prefix)
    kept = {name: value for name, value in body.items() if name not in _IN_TABLES}
    PROBLEM.extend(tx, identity, kept)
    for service in services:
        tx.execute(insert(ASR_PROBLEM_SERVICE).values(problem_id=identity, service_id=service))
    values = {
        "id": identity, "status": "acknowledged", "root_resource_id": root or None, "created_at": stack.clock.stamp(),
        "affected_services": len(services), "priority": body.get("priority"),
    }  # fmt: skip
    PROBLEM.insert(stack, tx, values)
    return identity


async def _before_patch(stack: Stack, before: Document, changes: Document) -> None:
    """Nothing is solved while an alarm says the contrary."""
    if text(changes, "status") not in _SOLVED:
        return
    with stack.db.begin() as tx:
        standing = [alarm["id"] for alarm in alarms_of(tx, str(before["id"])) if alarm["state"] != "cleared"]
    if standing:
        raise conflict(f"problem {before['id']} is not solved: alarm {standing[0]} stands", "clear the alarm first")


def _merge(stack: Stack, tx: Connection, identity: str, changes: Document) -> None:
    """Notes the time of a solution with it."""
    row = PROBLEM.row(tx, identity)
    status = text(changes, "status")
    if status == "resolved" and row is not None and legal(SERVICE_PROBLEM, row["status"], status):
        stamp = stack.clock.stamp()
        tx.execute(update(ASR_PROBLEM).where(ASR_PROBLEM.c.id == identity).values(resolved_at=stamp))
    PROBLEM.merge_attributes(stack, tx, identity, changes)


def move(stack: Stack, tx: Connection, identity: str, *steps: str) -> None:
    """Takes a problem through several states."""
    for status in steps:
        _merge(stack, tx, identity, {"status": status})


def _remove(tx: Connection, identity: str) -> None:
    for table in (ASR_PROBLEM_SERVICE, ASR_IMPACT, ASR_EVENT_RECORD):
        tx.execute(delete(table).where(table.c.problem_id == identity))


PROBLEM = ProblemResource(
    name="serviceProblem",
    path=f"{BASE}/serviceProblem",
    table=ASR_PROBLEM,
    prefix="SP",
    tag="Service Problem",
    columns={"status": "status", "priority": "priority", "affectedNumberOfServices": "affected_services"},
    filters={"rootCauseResource.id": "root_resource_id"},
    shape=_shape,
    mandatory=("category", "priority", "description", "reason", "originatorParty"),
    defaults={"status": "acknowledged"},
    not_patchable=("id", "href", "affectedNumberOfServices", "creationDate", "rootCauseResource"),
    machine=SERVICE_PROBLEM,
    state="status",
    create=_create,
    before_patch=_before_patch,
    merge=_merge,
    remove=_remove,
    required=("category", "priority", "description", "reason", "originatorParty", "status", "creationDate"),
    properties={
        "name": shapes.TEXT,
        "category": shapes.TEXT,
        "priority": shapes.NUMBER,
        "description": shapes.TEXT,
        "reason": shapes.TEXT,
        "originatorParty": shapes.PARTY,
        "status": shapes.states(SERVICE_PROBLEM),
        "statusChangeReason": shapes.TEXT,
        "affectedNumberOfServices": shapes.NUMBER,
        "creationDate": shapes.TIME,
        "lastUpdate": shapes.TIME,
        "statusChangeDate": shapes.TIME,
        "resolutionDate": shapes.TIME,
        "rootCauseResource": shapes.many(shapes.REFERENCE),
        "affectedResource": shapes.many(shapes.REFERENCE),
        "affectedService": shapes.many(shapes.REFERENCE),
        "underlyingAlarm": shapes.many(shapes.REFERENCE),
        "troubleTicket": shapes.many(shapes.REFERENCE),
    },
)
_IN_TABLES = (
    *PROBLEM.columns, "creationDate", "lastUpdate", "statusChangeDate", "resolutionDate", "rootCauseResource",
    "affectedService",
)  # fmt: skip

EVENT_RECORD = Resource(
    name="serviceProblemEventRecord",
    path=f"{BASE}/serviceProblemEventRecord",
    table=ASR_EVENT_RECORD,
    prefix="SPE",
    tag="Service Problem",
    filters={"serviceProblem.id": "problem_id"},
    operations="LG",
    required=("eventType", "eventTime", "serviceProblem"),
    properties={
        "eventType": shapes.TEXT,
        "eventTime": shapes.TIME,
        "recordTime": shapes.TIME,
        "serviceProblem": shapes.REFERENCE,
    },
)
