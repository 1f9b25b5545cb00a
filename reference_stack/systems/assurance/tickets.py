"""Trouble tickets (TMF621): what a customer or a system complains of; none is solved while its service is down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, select, update
from starlette.requests import Request

from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.errors import conflict, invalid
from ringback.reference_stack.kernel.machines import TROUBLE_TICKET, legal
from ringback.reference_stack.kernel.resource import Created, Resource, Shown
from ringback.reference_stack.schema import TT_TICKET
from ringback.reference_stack.systems.assurance.priorities import at_least, promise_of, segment_of
from ringback.reference_stack.systems.assurance.standing import troubles
from ringback.reference_stack.systems.reading import Document, documents, party, text

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

BASE = "/tmf-api/troubleTicket/v4"
SERVICE = "Service"
_SOLVED = ("resolved", "closed")
_STAMPED = {"resolved": "resolved_at", "closed": "closed_at"}


class TicketResource(Resource):
    """A resource whose events say Status where all others say State, and that tells of its solution once more."""

    def publish(
        self, stack: Stack, tx: Connection, identity: str, kind: str, *, correlation: str | None = None
    ) -> Shown:
        """Publishes the event under TMF621's own name."""
        moved = kind == "StateChangeEvent"
        shown = super().publish(stack, tx, identity, "StatusChangeEvent" if moved else kind, correlation=correlation)
        if moved and shown[0]["status"] == "resolved":
            super().publish(stack, tx, identity, "ResolvedEvent", correlation=correlation)
        return shown


def _shape(_tx: Connection, row: RowMapping) -> Document:
    changed = row["state_changed_at"] or row["created_at"]
    return {
        "creationDate": row["created_at"],
        "lastUpdate": changed,
        "statusChangeDate": changed,
        **({"resolutionDate": row["resolved_at"]} if row["resolved_at"] else {}),
    }


async def _create(stack: Stack, body: Document, _request: Request) -> Created:
    """Opens a ticket; its severity is at least what the customer's segment is promised."""
    if not legal(TROUBLE_TICKET, None, text(body, "status")):
        raise invalid(f"a new ticket cannot be {text(body, 'status')}", "it begins as acknowledged")
    external, customer = text(body, "externalId"), party(body)
    segment = await segment_of(stack, customer)
    named = documents(body, "relatedEntity")
    entity = next((one for one in named if text(one, "@referredType") == SERVICE), (named or [{}])[0])
    with stack.db.begin() as tx:
        known = tx.execute(select(TT_TICKET.c.id).where(TT_TICKET.c.external_id == external)).scalar()
        if external and known:
            return Created(str(known), 200)
        identity = stack.ids.new(TICKET.prefix)
        TICKET.extend(tx, identity, {name: value for name, value in body.items() if name not in _IN_TABLE})
        values = {
            "id": identity, "customer_id": customer or None, "external_id": external or None,
            "entity_type": text(entity, "@referredType") or None, "entity_id": text(entity, "id") or None,
            "ticket_type": text(body, "ticketType"), "severity": at_least(text(body, "severity"), segment),
            "status": text(body, "status"), "created_at": stack.clock.stamp(),
            "priority": text(body, "priority") or str(promise_of(segment).weight),
            "problem_id": text(body, "serviceProblem.id") or None,
        }  # fmt: skip
        TICKET.insert(stack, tx, values)
    return Created(identity)


def services_of(document: Document) -> list[str]:
    """The services that a ticket is about."""
    named = documents(document, "relatedEntity")
    return [text(one, "id") for one in named if text(one, "@referredType") == SERVICE]


async def _before_patch(stack: Stack, before: Document, changes: Document) -> None:
    """Refuses a solution that is none."""
    if text(changes, "status") in _SOLVED:
        against = await troubles(stack, services_of(before | changes))
        if against:
            wanted = text(changes, "status")
            raise conflict(f"ticket {before['id']} cannot be {wanted}: {against[0]}", "repair the service first")


def _merge(stack: Stack, tx: Connection, identity: str, changes: Document) -> None:
    """Notes the time of a solution with it."""
    column = _STAMPED.get(text(changes, "status"))
    row = TICKET.row(tx, identity)
    if column and row is not None and legal(TROUBLE_TICKET, row["status"], text(changes, "status")):
        tx.execute(update(TT_TICKET).where(TT_TICKET.c.id == identity).values({column: stack.clock.stamp()}))
    TICKET.merge_attributes(stack, tx, identity, changes)


def move(stack: Stack, tx: Connection, identity: str, *steps: str) -> None:
    """Takes a ticket through several states."""
    for status in steps:
        _merge(stack, tx, identity, {"status": status})


TICKET = TicketResource(
    name="troubleTicket",
    path=f"{BASE}/troubleTicket",
    table=TT_TICKET,
    prefix="TT",
    tag="Trouble Ticket",
    columns={
        "status": "status", "severity": "severity", "ticketType": "ticket_type", "priority": "priority",
        "externalId": "external_id",
    },
    filters={"relatedParty.id": "customer_id", "serviceProblem.id": "problem_id"},
    shape=_shape,
    mandatory=("description", "severity", "ticketType"),
    defaults={"status": "acknowledged"},
    not_patchable=("id", "href", "creationDate", "relatedParty"),
    machine=TROUBLE_TICKET,
    state="status",
    create=_create,
    before_patch=_before_patch,
    merge=_merge,
    required=("description", "severity", "ticketType", "status", "creationDate", "lastUpdate"),
    properties={
        "name": shapes.TEXT,
        "description": shapes.TEXT,
        "severity": shapes.TEXT,
        "ticketType": shapes.TEXT,
        "priority": shapes.TEXT,
        "externalId": shapes.TEXT,
        "status": shapes.states(TROUBLE_TICKET),
        "statusChangeReason": shapes.TEXT,
        "creationDate": shapes.TIME,
        "lastUpdate": shapes.TIME,
        "statusChangeDate": shapes.TIME,
        "resolutionDate": shapes.TIME,
        "expectedResolutionDate": shapes.TIME,
        "requestedResolutionDate": shapes.TIME,
        "note": shapes.many(shapes.NOTE),
        "relatedEntity": shapes.many(
            shapes.record({"id": shapes.TEXT, "role": shapes.TEXT, "@referredType": shapes.TEXT}, "id")
        ),
        "relatedParty": shapes.many(shapes.PARTY),
    },
)  # fmt: skip
_IN_TABLE = (*TICKET.columns, "creationDate", "lastUpdate", "statusChangeDate", "resolutionDate")
