"""The TM Forum kernel: one declaration of a resource gives its whole API, from list to delete, and its events.

A resource is a table plus what a body needs beyond it. Attributes that no table models are kept as they came and
returned as they were, so that a reader always gets back what was stored.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    Table,
    bindparam,
    delete,
    false,
    func,
    insert,
    select,
    update,
)
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.bodies import body_of, faults, merged
from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.kernel.errors import TmfError, conflict, invalid, missing
from ringback.reference_stack.kernel.machines import Machine, legal
from ringback.reference_stack.kernel.query import Query, matches, only
from ringback.reference_stack.kernel.system import Route
from ringback.reference_stack.schema import METADATA, TMF_EXTENSION

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

Document = dict[str, object]
Shape = Callable[[Connection, RowMapping], Document]


# Statements that run all the time are built once: building one costs more than executing it.
_KEPT = select(TMF_EXTENSION.c.document).where(
    TMF_EXTENSION.c.resource == bindparam("resource"), TMF_EXTENSION.c.id == bindparam("id")
)


_TYPES = {str: "string", int: "integer"}
_COMMON: Document = dict.fromkeys(("id", "href", "@type", "description"), shapes.TEXT)


@cache
def _by_id(table: Table) -> Select[Any]:
    return select(table).where(table.c.id == bindparam("id"))


@dataclass(frozen=True, slots=True)
class Created:
    """What a create hook did: the id, and 201 or (the same request seen before) 200."""

    id: str
    status: int = 201


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
        return tx.execute(_by_id(self.table), {"id": identity}).mappings().first()

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
        identity = str(values.get("id") or stack.ids.new(self.prefix))
        journey = correlation or CORRELATION.get()
        own = {"correlation_id": journey} if "correlation_id" in self.table.c else {}
        tx.execute(insert(self.table).values(**{**own, **values, "id": identity}))
        self.publish(stack, tx, identity, "CreateEvent", correlation=journey)
        return identity

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
        tx.execute(update(self.table).where(self.table.c.id == identity).values(**changed))
        kind = "StateChangeEvent" if moved else "AttributeValueChangeEvent"
        self.publish(stack, tx, identity, kind, correlation=correlation)
        return True

    def publish(
        self, stack: Stack, tx: Connection, identity: str, kind: str, *, correlation: str | None = None
    ) -> None:
        """Publishes ``<Resource><kind>`` with the present document."""
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
            correlation=correlation or self._correlation(row),
            state=str(state) if state is not None else None,
        )

    def routes(self) -> tuple[Route, ...]:
        """The routes of its API."""
        table = {
            "L": Route("GET", self.path, self._list),
            "G": Route("GET", self.path + "/{id}", self._get),
            "P": Route("POST", self.path, self._post),
            "U": Route("PATCH", self.path + "/{id}", self._patch),
            "D": Route("DELETE", self.path + "/{id}", self._delete),
        }
        return tuple(table[letter] for letter in self.operations)

    async def _list(self, stack: Stack, request: Request) -> Response:
        query = Query.of(request)
        known = {**self.columns, **self.filters, "id": "id"}
        rest = [(name, values) for name, values in query.filters if name not in known]
        where = [_one_of(self.table.c[known[name]], values) for name, values in query.filters if name in known]
        statement = select(self.table).where(*where).order_by(*self._order())
        with stack.db.begin() as tx:
            if rest:
                rows = [row for row in tx.execute(statement).mappings() if matches(self.document(tx, row), rest)]
                total, rows = len(rows), rows[query.offset : query.offset + query.limit]
            else:
                total = tx.execute(select(func.count()).select_from(self.table).where(*where)).scalar() or 0
                rows = list(tx.execute(statement.limit(query.limit).offset(query.offset)).mappings())
            documents = [only(self.document(tx, row), query.fields) for row in rows]
        headers = {"X-Total-Count": str(total), "X-Result-Count": str(len(documents))}
        journeys = {self._correlation(row) for row in rows}
        if len(journeys) == 1:
            headers["x-correlation-id"] = journeys.pop()
        return JSONResponse(documents, 200 if len(documents) == total else 206, headers)

    async def _get(self, stack: Stack, request: Request) -> Response:
        identity = request.path_params["id"]
        with stack.db.begin() as tx:
            row = self.row(tx, identity)
            if row is None:
                raise missing(self.name, identity)
            document = self.document(tx, row)
        return JSONResponse(only(document, Query.of(request).fields), headers=self._headers(row))

    async def _post(self, stack: Stack, request: Request) -> Response:
        self._admit(request)
        body = {name: value for name, value in (await body_of(request)).items() if value is not None}
        absent = [name for name in self.mandatory if body.get(name) in (None, "", [])]
        if absent:
            raise invalid(f"{self.name} needs {', '.join(absent)}", "add the missing attributes and post again")
        self._check_types(body)
        for name, value in self.defaults.items():
            body.setdefault(name, value(stack) if callable(value) else value)
        created = await self.create(stack, body, request) if self.create else self._store(stack, body)
        with stack.db.begin() as tx:
            row = self.row(tx, created.id)
            if row is None:
                raise missing(self.name, created.id)
            document = self.document(tx, row)
        return JSONResponse(document, created.status, self._headers(row) | {"Location": str(document["href"])})

    def _store(self, stack: Stack, body: Document) -> Created:
        """The plain create: columns into the table, the rest beside it."""
        if self.machine and not legal(self.machine, None, str(body.get(self.state))):
            raise invalid(f"a new {self.name} cannot be {body.get(self.state)}", f"allowed: {self.machine.initial}")
        identity = stack.ids.new(self.prefix)
        values = {column: body[name] for name, column in self.columns.items() if name in body}
        with stack.db.begin() as tx:
            if "document" in self.table.c:
                values |= {"document": json.dumps(body), "created_at": stack.clock.stamp()}
            else:
                self.extend(tx, identity, body)
            self.insert(stack, tx, values | {"id": identity})
        return Created(identity)

    async def _patch(self, stack: Stack, request: Request) -> Response:
        self._admit(request)
        identity, sent = request.path_params["id"], await body_of(request)
        with stack.db.begin() as tx:
            row = self.row(tx, identity)
            if row is None:
                raise missing(self.name, identity)
            before, fixed = self.document(tx, row), self._fixed(tx, row)
        changes = self._changes(before, sent, fixed)
        if self.before_patch:
            await self.before_patch(stack, before, changes)
        with stack.db.begin() as tx:
            (self.merge or self.merge_attributes)(stack, tx, identity, changes)
        if self.patched:
            await self.patched(stack, before, changes)
        return await self._get(stack, request)

    def _admit(self, request: Request) -> None:
        caller = request.state.caller
        if self.writers and caller not in (*self.writers, "administrator"):
            owners = ", ".join(self.writers)
            raise TmfError(403, "forbidden", f"a {self.name} is written by {owners} only", f"{caller} may read it")

    def _fixed(self, tx: Connection, row: RowMapping) -> set[str]:
        """The attributes that a PATCH must not change: those that say so, and those that follow from other tables."""
        derived = set(self.shape(tx, row) if self.shape else ()) - {*self.overridable, *self.mergeable}
        return derived | set(self.not_patchable)

    def _changes(self, before: Document, sent: Document, fixed: set[str]) -> Document:
        """What a PATCH wants to change; TmfError 400 for what cannot be changed, or be of that type, or be missing."""
        refused = [name for name, value in sent.items() if name in fixed and value != before.get(name)]
        if refused:
            raise invalid(f"{', '.join(refused)} of a {self.name} cannot be changed", "leave them out of the PATCH")
        removed = [name for name, value in sent.items() if value is None and self._must_be(name)]
        if removed:
            raise invalid(f"{', '.join(removed)} of a {self.name} cannot be removed", "give them another value")
        self._check_types(sent)
        return {name: value for name, value in sent.items() if name not in fixed}

    def _must_be(self, name: str) -> bool:
        column = self.columns.get(name)
        return name in (*self.mandatory, *self.required) or (column is not None and not self.table.c[column].nullable)

    def _check_types(self, sent: Document) -> None:
        schemas = self.schemas
        wrong = [fault for name, value in sent.items() for fault in faults(schemas.get(name), value, name)]
        if wrong:
            raise invalid("; ".join(wrong), f"see the contract at {self.base}/openapi.json")

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

    async def _delete(self, stack: Stack, request: Request) -> Response:
        if not request.state.admin:
            raise TmfError(403, "forbidden", "only an administrator may delete", "use the administrator's token")
        identity = request.path_params["id"]
        with stack.db.begin() as tx:
            if self.row(tx, identity) is None:
                raise missing(self.name, identity)
            self._refuse_in_use(tx, identity)
            self.publish(stack, tx, identity, "DeleteEvent")
            if self.remove:
                self.remove(tx, identity)
            tx.execute(delete(self.table).where(self.table.c.id == identity))
            tx.execute(delete(TMF_EXTENSION).where(*self._extension_key(identity)))
        return Response(status_code=204)

    def _refuse_in_use(self, tx: Connection, identity: str) -> None:
        """TmfError 409 while rows of others point here; what `remove` takes along does not count."""
        pointers = [key.parent for table in METADATA.tables.values() for key in table.foreign_keys]
        for column in pointers:
            (key,) = column.foreign_keys
            if key.column.table is not self.table or self.remove:
                continue
            if tx.execute(select(column).where(column == identity).limit(1)).first() is not None:
                reason = f"{self.name} {identity} is still in use by {column.table.name}"
                raise conflict(reason, "delete what points to it first")

    def extend(self, tx: Connection, identity: str, attributes: Document) -> None:
        """Merges attributes that no column models into the kept body."""
        row = self.row(tx, identity)
        beyond = {name: value for name, value in attributes.items() if name not in self.columns}
        if row is not None and "document" in row:
            kept = _without_nulls(json.loads(row["document"]) | beyond)
            tx.execute(update(self.table).where(self.table.c.id == identity).values(document=json.dumps(kept)))
            return
        kept = _without_nulls(self._extension(tx, identity) | beyond)
        tx.execute(delete(TMF_EXTENSION).where(*self._extension_key(identity)))
        tx.execute(insert(TMF_EXTENSION).values(resource=self.name, id=identity, document=json.dumps(kept)))

    def _extension(self, tx: Connection, identity: str) -> Document:
        kept = tx.execute(_KEPT, {"resource": self.name, "id": identity}).scalar()
        found: Document = json.loads(kept) if kept else {}
        return found

    def _extension_key(self, identity: str) -> tuple[ColumnElement[bool], ...]:
        return (TMF_EXTENSION.c.resource == self.name, TMF_EXTENSION.c.id == identity)

    def _order(self) -> list[Column[Any]]:
        named = [name for name in ("order_date", "created_at", "id") if name in self.table.c]
        return [self.table.c[name] for name in named]

    def _next(self, state: str) -> str:
        return ", ".join(self.machine.steps.get(state, ())) or "nothing, it is final" if self.machine else ""

    def _correlation(self, row: RowMapping) -> str:
        return str(row.get("correlation_id") or "")

    def _headers(self, row: RowMapping) -> dict[str, str]:
        journey = self._correlation(row)
        return {"x-correlation-id": journey} if journey else {}


def _one_of(column: Column[Any], values: tuple[str, ...]) -> ColumnElement[bool]:
    """Whether a column has one of the values of a query; integers as integers, so that other text finds nothing."""
    if column.type.python_type is int:
        numbers = [int(value) for value in values if value.lstrip("-").isdecimal()]
        return column.in_(numbers) if numbers else false()
    return column.in_(values)


def _without_nulls(attributes: Document) -> Document:
    return {name: value for name, value in attributes.items() if value is not None}
