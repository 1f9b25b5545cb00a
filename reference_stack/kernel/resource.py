"""The TM Forum kernel: one declaration of a resource gives its documents, its events and its whole API.

A resource is a table plus what a body needs beyond it. Attributes that no table models are kept as they came and
returned as they were, so that a reader always gets back what was stored.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, Table, bindparam, select
from starlette.requests import Request

from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.bodies import merged
from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.kernel.errors import conflict, missing
from ringback.reference_stack.kernel.machines import Machine, legal
from ringback.reference_stack.kernel.statements import change_by_id, gone_by, new_row, rows_by
from ringback.reference_stack.schema import TMF_EXTENSION

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

Document = dict[str, object]
Shape = Callable[[Connection, RowMapping], Document]
Shown = tuple[RowMapping, Document]  # a row, and what the API shows of it

# Statements that run all the time are built once: building one costs more than executing it.
_KEPT = select(TMF_EXTENSION.c.document).where(
    TMF_EXTENSION.c.resource == bindparam("resource"), TMF_EXTENSION.c.id == bindparam("id")
)


_TYPES = {str: "string", int: "integer"}
_COMMON: Document = dict.fromkeys(("id", "href", "@type", "description"), shapes.TEXT)


@dataclass(frozen=True, slots=True)
class Created:
    """What a create hook did: the id, 201 or (the same request seen before) 200, and what is shown if that is known."""

    id: str
    status: int = 201
    shown: Shown | None = None


Create = Callable[["Stack", Document, Request], Awaitable[Created]]
Patch = Callable[["Stack", Document, Document], Awaitable[None]]
Merge = Callable[["Stack", Connection, str, Document], object]
Remove = Callable[[Connection, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One TM Forum resource.

    Args:
        name: the resource's name on the wire, e.g. ``productOrder``; events and operations are named after it.
        path: full path of its collection.
        table: its table, keyed by ``id``; a column ``document`` holds a whole body, ``correlation_id`` its journey.
        prefix: prefix of new ids.
        columns: attributes that are plain columns, as ``{"externalId": "external_id"}``; they are also filters and may
            be patched. ``state`` (or ``status``) belongs here.
        filters: further filters that are plain columns, as ``{"relatedParty.id": "customer_id"}``.
        shape: adds the attributes that need more than one column; gets the connection and the row. A PATCH cannot
            change them, but for those in ``overridable`` or ``mergeable``.
        overridable: attributes of the shape that are only a first value: what a client sends is kept and wins.
        mergeable: attributes of the shape that ``merge`` or ``before_patch`` put into their tables.
        mandatory: attributes that a create needs.
        expected: attributes that a create needs here though TM Forum leaves them out; the conformance profile does not.
        defaults: attributes a create fills in when absent; a callable gets the stack.
        not_patchable: attributes that a PATCH must not change.
        machine: legal steps of the state attribute.
        state: name of the state attribute.
        create: replaces the plain insert; does everything, including the event, and says which id.
        merge: replaces the plain merge of a PATCH; runs inside the transaction.
        before_patch: refuses a PATCH by raising TmfError.
        patched: runs after a PATCH is stored, with the document before and the changes.
        remove: deletes what belongs to it in other tables; runs inside the transaction, before its own row goes.
        writers: the systems that may create and change it besides an administrator; empty for everybody.
        operations: which of GET list and get, POST, PATCH, DELETE exist: ``LGPUD``.
        properties: JSON schema of the attributes, for the contract; ``required`` names those always present.
        required: attributes that every response has, besides id and href.
        tag: name of the API in its contract.
    """

    name: str
    path: str
    table: Table
    prefix: str
    columns: Mapping[str, str] = field(default_factory=dict)
    filters: Mapping[str, str] = field(default_factory=dict)
    shape: Shape | None = None
    overridable: tuple[str, ...] = ()
    mergeable: tuple[str, ...] = ()
    mandatory: tuple[str, ...] = ()
    expected: tuple[str, ...] = ()
    defaults: Mapping[str, object] = field(default_factory=dict)
    not_patchable: tuple[str, ...] = ("id", "href")
    machine: Machine | None = None
    state: str = "state"
    create: Create | None = None
    merge: Merge | None = None
    before_patch: Patch | None = None
    patched: Patch | None = None
    remove: Remove | None = None
    writers: tuple[str, ...] = ()
    operations: str = "LGPUD"
    properties: Mapping[str, object] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    tag: str = ""

    @property
    def schemas(self) -> Document:
        """The JSON schema of every attribute that the declaration knows."""
        plain = {name: {"type": _TYPES[self.table.c[column].type.python_type]} for name, column in self.columns.items()}
        return {**_COMMON, **plain, **self.properties}

    @property
    def event(self) -> str:
        """The name that its events begin with: PascalCase of the resource."""
        return self.name[0].upper() + self.name[1:]

    @property
    def base(self) -> str:
        """The API that it belongs to: its path without its own name."""
        return self.path.rpartition("/")[0]

    def row(self, tx: Connection, identity: str) -> RowMapping | None:
        """The table's row of this id."""
        return tx.execute(rows_by(self.table, "id"), {"id": identity}).mappings().first()

    def document(self, tx: Connection, row: RowMapping) -> Document:
        """The resource as its API shows it."""
        kept: Document = json.loads(row["document"]) if "document" in row else self._extension(tx, row["id"])
        plain = {attribute: row[column] for attribute, column in self.columns.items() if row[column] is not None}
        shaped = self.shape(tx, row) if self.shape else {}
        own = {name: value for name, value in shaped.items() if name not in self.overridable or name not in kept}
        identity: Document = {"id": row["id"], "href": f"{self.path}/{row['id']}"}
        return identity | {"@type": self.event} | kept | plain | own | identity

    def find(self, tx: Connection, identity: str) -> Document | None:
        """The resource's document, or None."""
        row = self.row(tx, identity)
        return None if row is None else self.document(tx, row)

    def insert(
        self, stack: Stack, tx: Connection, values: Mapping[str, object], *, correlation: str | None = None
    ) -> str:
        """Inserts a row (column names; ``id`` is made when absent) and publishes its CreateEvent; returns the id."""
        row, _ = self.inserted(stack, tx, values, correlation=correlation)
        return str(row["id"])

    def inserted(
        self, stack: Stack, tx: Connection, values: Mapping[str, object], *, correlation: str | None = None
    ) -> Shown:
        """Inserts as `insert` does; answers the row and what the API shows of it."""
        identity = str(values.get("id") or stack.ids.new(self.prefix))
        journey = correlation or CORRELATION.get()
        own = {"correlation_id": journey} if "correlation_id" in self.table.c else {}
        tx.execute(new_row(self.table), {**own, **values, "id": identity})
        return self.publish(stack, tx, identity, "CreateEvent", correlation=journey)

    def update(
        self,
        stack: Stack,
        tx: Connection,
        identity: str,
        values: Mapping[str, object],
        *,
        correlation: str | None = None,
    ) -> bool:
        """Changes columns of a row; publishes StateChangeEvent when the state changed, else AttributeValueChangeEvent.

        Returns:
            Whether anything changed. TmfError 409 when the machine does not allow the step, 404 for an unknown id.
        """
        before = self.row(tx, identity)
        if before is None:
            raise missing(self.name, identity)
        changed = {column: value for column, value in values.items() if before[column] != value}
        if not changed:
            return False
        column = self.columns.get(self.state, self.state)
        moved = column in changed
        if moved and self.machine and not legal(self.machine, str(before[column]), str(changed[column])):
            step = f"{before[column]} -> {changed[column]}"
            raise conflict(f"{self.name} {identity} cannot go {step}", f"legal: {self._next(str(before[column]))}")
        if moved and "state_changed_at" in self.table.c:
            changed.setdefault("state_changed_at", stack.clock.stamp())
        tx.execute(change_by_id(self.table, *sorted(changed)), {**changed, "by_id": identity})
        kind = "StateChangeEvent" if moved else "AttributeValueChangeEvent"
        self.publish(stack, tx, identity, kind, correlation=correlation)
        return True

    def publish(
        self, stack: Stack, tx: Connection, identity: str, kind: str, *, correlation: str | None = None
    ) -> Shown:
        """Publishes ``<Resource><kind>`` with the present document; answers it with its row."""
        row = self.row(tx, identity)
        if row is None:
            raise missing(self.name, identity)
        document = self.document(tx, row)
        state = document.get(self.state)
        stack.events.publish(
            tx,
            f"{self.event}{kind}",
            resource_type=self.name,
            resource_id=identity,
            document=document,
            correlation=correlation or self.correlation_of(row),
            state=str(state) if state is not None else None,
        )
        return row, document

    def merge_attributes(self, stack: Stack, tx: Connection, identity: str, changes: Document) -> bool:
        """Merges changes into columns and kept attributes and publishes that; returns whether there were any."""
        before = self.find(tx, identity) or {}
        values = {self.columns[name]: value for name, value in changes.items() if name in self.columns}
        rest = {name: merged(before.get(name), value) for name, value in changes.items() if name not in self.columns}
        if rest:
            self.extend(tx, identity, rest)
        moved = self.update(stack, tx, identity, values) if values else False
        if rest and not moved:
            self.publish(stack, tx, identity, "AttributeValueChangeEvent")
        return moved or bool(rest)

    def extend(self, tx: Connection, identity: str, attributes: Document) -> None:
        """Merges attributes that no column models into the kept body."""
        beyond = {name: value for name, value in attributes.items() if name not in self.columns}
        row = self.row(tx, identity) if "document" in self.table.c else None
        if row is not None:
            kept = _without_nulls(json.loads(row["document"]) | beyond)
            tx.execute(change_by_id(self.table, "document"), {"by_id": identity, "document": json.dumps(kept)})
            return
        kept = _without_nulls(self._extension(tx, identity) | beyond)
        tx.execute(gone_by(TMF_EXTENSION, "resource", "id"), {"by_resource": self.name, "by_id": identity})
        self.begin(tx, identity, kept)

    def begin(self, tx: Connection, identity: str, attributes: Document) -> None:
        """Keeps the attributes that no column models of a resource of which nothing is kept yet."""
        beyond = {name: value for name, value in attributes.items() if name not in self.columns and value is not None}
        if beyond:
            kept = {"resource": self.name, "id": identity, "document": json.dumps(beyond)}
            tx.execute(new_row(TMF_EXTENSION), kept)

    def forget(self, tx: Connection, identity: str) -> None:
        """Deletes it with what belongs to it; publishes nothing."""
        if self.remove:
            self.remove(tx, identity)
        tx.execute(gone_by(self.table, "id"), {"by_id": identity})
        tx.execute(gone_by(TMF_EXTENSION, "resource", "id"), {"by_resource": self.name, "by_id": identity})

    def _extension(self, tx: Connection, identity: str) -> Document:
        kept = tx.execute(_KEPT, {"resource": self.name, "id": identity}).scalar()
        found: Document = json.loads(kept) if kept else {}
        return found

    def _next(self, state: str) -> str:
        return ", ".join(self.machine.steps.get(state, ())) or "nothing, it is final" if self.machine else ""

    def correlation_of(self, row: RowMapping) -> str:
        """The correlation id of a row, empty when it has none."""
        return str(row.get("correlation_id") or "")


def _without_nulls(attributes: Document) -> Document:
    return {name: value for name, value in attributes.items() if value is not None}
