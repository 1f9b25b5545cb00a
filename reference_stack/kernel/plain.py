"""Plain documents: what a conformance client posts although nobody could act on it.

A client that knows only TM Forum's definitions names no offering and no customer that exists. In the conformance
profile its resource is kept as it came, in a table of its own that no system reads: list, get, PATCH and DELETE find
it, workers do not. What a conforming server fills in is filled in from the contract of the resource.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

import jsonschema_rs
from sqlalchemy import ColumnElement, Connection, delete, insert, select, update
from starlette.requests import Request

from ringback.reference_stack.kernel.bodies import merged
from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.kernel.errors import conflict, invalid
from ringback.reference_stack.kernel.machines import legal
from ringback.reference_stack.kernel.query import Filter, matches
from ringback.reference_stack.kernel.resource import Document, Resource
from ringback.reference_stack.schema import TMF_PLAIN
from ringback.reference_stack.settings import CONFORMANCE

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_SHOWN_TO = ("client", "administrator")
_SAMPLES: Document = {"string": "sample", "integer": 1, "number": 1, "boolean": False}


class PlainDocuments:
    """The plain documents of one resource; none outside the conformance profile.

    Args:
        of: the declaration.
    """

    def __init__(self, of: Resource) -> None:
        self._of = of

    def keep(self, stack: Stack, body: Document) -> Document:
        """Keeps a new document, with what is always there filled in; TmfError 400 when it breaks its contract."""
        identity = stack.ids.new(self._of.prefix)
        own: Document = {"id": identity, "href": f"{self._of.path}/{identity}"}
        first: Document = {self._of.state: self._of.machine.initial[0]} if self._of.machine else {}
        document = completed(stack, self._schema, own | {"@type": self._of.event} | first | body | own)
        wrong = [f"{_place(error)}: {error.message}" for error in self._validator.iter_errors(document)]
        if wrong or not isinstance(document, dict):
            raise invalid("; ".join(wrong), f"see the contract at {self._of.base}/openapi.json")
        with stack.db.begin() as tx:
            tx.execute(insert(TMF_PLAIN).values(resource=self._of.name, id=identity, document=json.dumps(document)))
            self._tell(stack, tx, "CreateEvent", document)
        return document

    def example(self, stack: Stack) -> None:
        """Keeps one document where the resource has nothing to show."""
        with stack.db.begin() as tx:
            rows = tx.execute(select(self._of.table.c.id).limit(1)).first()
            if rows is not None or self.matching(tx, ()):
                return
        defaults = self._of.defaults.items()
        self.keep(stack, {name: value(stack) if callable(value) else value for name, value in defaults})

    def find(self, tx: Connection, identity: str) -> Document | None:
        """The document of this id."""
        found = tx.execute(select(TMF_PLAIN.c.document).where(*self._key(identity))).scalar()
        return json.loads(found) if found else None

    def matching(self, tx: Connection, filters: tuple[Filter, ...]) -> list[Document]:
        """The documents that pass the filters, by id."""
        kept = select(TMF_PLAIN.c.document).where(TMF_PLAIN.c.resource == self._of.name).order_by(TMF_PLAIN.c.id)
        documents: list[Document] = [json.loads(document) for document in tx.execute(kept).scalars()]
        return [document for document in documents if matches(document, filters)]

    def change(self, stack: Stack, tx: Connection, before: Document, changes: Document) -> None:
        """Merges a PATCH; TmfError 409 for an illegal step of its state."""
        state, machine = self._of.state, self._of.machine
        old, new = str(before.get(state)), str(changes.get(state, before.get(state)))
        if machine and old != new and not legal(machine, old, new):
            raise conflict(f"{self._of.name} {before['id']} cannot go {old} -> {new}", "see its state machine")
        after = {name: value for name, value in before.items() if name not in changes}
        after |= {name: merged(before.get(name), value) for name, value in changes.items() if value is not None}
        text = json.dumps(after)
        tx.execute(update(TMF_PLAIN).where(*self._key(str(before["id"]))).values(document=text))
        self._tell(stack, tx, "AttributeValueChangeEvent" if old == new else f"{state.capitalize()}ChangeEvent", after)

    def forget(self, stack: Stack, tx: Connection, document: Document) -> None:
        """Deletes it."""
        self._tell(stack, tx, "DeleteEvent", document)
        tx.execute(delete(TMF_PLAIN).where(*self._key(str(document["id"]))))

    def _key(self, identity: str) -> tuple[ColumnElement[bool], ...]:
        return (TMF_PLAIN.c.resource == self._of.name, TMF_PLAIN.c.id == identity)

    def _tell(self, stack: Stack, tx: Connection, kind: str, document: Document) -> None:
        """Tells subscribers outside; the systems must not act on it."""
        stack.events.publish(
            tx,
            f"{self._of.event}{kind}",
            resource_type=self._of.name,
            resource_id=str(document["id"]),
            document=document,
            correlation=CORRELATION.get(),
            outside_only=True,
        )

    @cached_property
    def _schema(self) -> Document:
        required = ["id", "href", *self._of.required]
        return {"type": "object", "properties": self._of.schemas, "required": required}

    @cached_property
    def _validator(self) -> jsonschema_rs.Validator:
        return jsonschema_rs.Draft202012Validator(self._schema)


def are_kept(stack: Stack, request: Request) -> bool:
    """Whether plain documents exist for this caller: in the conformance profile, and never for another system."""
    return stack.settings.profile == CONFORMANCE and request.state.caller in _SHOWN_TO


def plant_examples(stack: Stack, resources: Iterable[Resource]) -> None:
    """In the conformance profile every resource has at least one instance to look at."""
    for resource in resources if stack.settings.profile == CONFORMANCE else ():
        PlainDocuments(resource).example(stack)


def completed(stack: Stack, schema: object, value: object) -> object:
    """A value with everything in it that its schema requires; what is missing becomes a plain sample."""
    known: dict[str, object] = schema if isinstance(schema, dict) else {}
    if isinstance(value, list):
        return [completed(stack, known.get("items"), element) for element in value]
    if not isinstance(value, dict):
        return value
    properties: dict[str, object] = known.get("properties", {})  # type: ignore[assignment]  # a JSON schema
    absent = [name for name in known.get("required", ()) if name not in value]  # type: ignore[attr-defined]
    filled = value | {name: _sample(stack, properties.get(name)) for name in absent}
    return {name: completed(stack, properties.get(name), part) for name, part in filled.items()}


def _sample(stack: Stack, schema: object) -> object:
    known: dict[str, object] = schema if isinstance(schema, dict) else {}
    if "enum" in known:
        return known["enum"][0]  # type: ignore[index]  # a JSON schema
    if known.get("format") == "date-time":
        return stack.clock.stamp()
    kind = known.get("type", "string")
    if kind == "array":
        return [completed(stack, known.get("items"), _sample(stack, known.get("items")))]
    return {} if kind == "object" else _SAMPLES[str(kind)]


def _place(error: jsonschema_rs.ValidationError) -> str:
    return ".".join(str(step) for step in error.instance_path) or "body"
