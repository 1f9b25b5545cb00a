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
    func,
    insert,
    select,
    update,
)
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.kernel.context import CORRELATION
from ringback.reference_stack.kernel.errors import TmfError, conflict, invalid, missing
from ringback.reference_stack.kernel.machines import Machine, legal
from ringback.reference_stack.kernel.query import Query, matches, only
from ringback.reference_stack.kernel.system import Route
from ringback.reference_stack.schema import EVT_HUB, TMF_EXTENSION

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

Document = dict[str, object]
Shape = Callable[[Connection, RowMapping], Document]


# Statements that run all the time are built once: building one costs more than executing it.
_KEPT = select(TMF_EXTENSION.c.document).where(
    TMF_EXTENSION.c.resource == bindparam("resource"), TMF_EXTENSION.c.id == bindparam("id")
)


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
Merge = Callable[["Stack", Connection, str, Document], None]


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
        shape: adds the attributes that need more than one column; gets the connection and the row.
        mandatory: attributes that a create needs.
        defaults: attributes a create fills in when absent; a callable gets the stack.
        not_patchable: attributes that a PATCH must not change.
        machine: legal steps of the state attribute.
        state: name of the state attribute.
        create: replaces the plain insert; does everything, including the event, and says which id.
        merge: replaces the plain merge of a PATCH; runs inside the transaction.
        before_patch: refuses a PATCH by raising TmfError.
        patched: runs after a PATCH is stored, with the document before and the changes.
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
    mandatory: tuple[str, ...] = ()
    defaults: Mapping[str, object] = field(default_factory=dict)
    not_patchable: tuple[str, ...] = ("id", "href")
    machine: Machine | None = None
    state: str = "state"
    create: Create | None = None
    merge: Merge | None = None
    before_patch: Patch | None = None
    patched: Patch | None = None
    writers: tuple[str, ...] = ()
    operations: str = "LGPUD"
    properties: Mapping[str, object] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    tag: str = ""

    @property
    def event(self) -> str:
        """The name that its events begin with: PascalCase of the resource."""
        return self.name[0].upper() + self.name[1:]

    def row(self, tx: Connection, identity: str) -> RowMapping | None:
        """The table's row of this id."""
        return tx.execute(_by_id(self.table), {"id": identity}).mappings().first()

    def document(self, tx: Connection, row: RowMapping) -> Document:
        """The resource as its API shows it."""
        kept: Document = json.loads(row["document"]) if "document" in row else self._extension(tx, row["id"])
        plain = {attribute: row[column] for attribute, column in self.columns.items() if row[column] is not None}
        shaped = self.shape(tx, row) if self.shape else {}
        identity: Document = {"id": row["id"], "href": f"{self.path}/{row['id']}"}
        return identity | kept | plain | shaped | identity | {"@type": self.event}

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
        pushed = {known[name]: value for name, value in query.filters if name in known}
        rest = [(name, value) for name, value in query.filters if name not in known]
        where = [_same(self.table.c[column], value) for column, value in pushed.items()]
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
        body = await body_of(request)
        absent = [name for name in self.mandatory if body.get(name) in (None, "", [])]
        if absent:
            raise invalid(f"{self.name} needs {', '.join(absent)}", "add the missing attributes and post again")
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
        identity, changes = request.path_params["id"], await body_of(request)
        fixed = [name for name in changes if name in self.not_patchable]
        if fixed:
            raise invalid(f"{', '.join(fixed)} of a {self.name} cannot be changed", "leave them out of the PATCH")
        with stack.db.begin() as tx:
            before = self.find(tx, identity)
        if before is None:
            raise missing(self.name, identity)
        if self.before_patch:
            await self.before_patch(stack, before, changes)
        with stack.db.begin() as tx:
            (self.merge or self._merge)(stack, tx, identity, changes)
        if self.patched:
            await self.patched(stack, before, changes)
        return await self._get(stack, request)

    def _admit(self, request: Request) -> None:
        caller = request.state.caller
        if self.writers and caller not in (*self.writers, "administrator"):
            owners = ", ".join(self.writers)
            raise TmfError(403, "forbidden", f"a {self.name} is written by {owners} only", f"{caller} may read it")

    def _merge(self, stack: Stack, tx: Connection, identity: str, changes: Document) -> None:
        values = {self.columns[name]: value for name, value in changes.items() if name in self.columns}
        rest = {name: value for name, value in changes.items() if name not in self.columns}
        if rest:
            self.extend(tx, identity, rest)
        moved = self.update(stack, tx, identity, values) if values else False
        if rest and not moved:
            self.publish(stack, tx, identity, "AttributeValueChangeEvent")

    async def _delete(self, stack: Stack, request: Request) -> Response:
        if not request.state.admin:
            raise TmfError(403, "forbidden", "only an administrator may delete", "use the administrator's token")
        identity = request.path_params["id"]
        with stack.db.begin() as tx:
            if self.row(tx, identity) is None:
                raise missing(self.name, identity)
            self.publish(stack, tx, identity, "DeleteEvent")
            tx.execute(delete(self.table).where(self.table.c.id == identity))
            tx.execute(delete(TMF_EXTENSION).where(*self._extension_key(identity)))
        return Response(status_code=204)

    def extend(self, tx: Connection, identity: str, attributes: Document) -> None:
        """Merges attributes that no column models into the kept body."""
        row = self.row(tx, identity)
        beyond = {name: value for name, value in attributes.items() if name not in self.columns}
        if row is not None and "document" in row:
            merged = json.dumps(json.loads(row["document"]) | beyond)
            tx.execute(update(self.table).where(self.table.c.id == identity).values(document=merged))
            return
        merged = json.dumps(self._extension(tx, identity) | beyond)
        tx.execute(delete(TMF_EXTENSION).where(*self._extension_key(identity)))
        tx.execute(insert(TMF_EXTENSION).values(resource=self.name, id=identity, document=merged))

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


def hub_routes(base: str) -> tuple[Route, ...]:
    """The subscription routes of one API."""

    async def subscribe(stack: Stack, request: Request) -> Response:
        body = await body_of(request)
        callback = body.get("callback")
        if not isinstance(callback, str) or not callback.startswith(("http://", "https://")):
            raise invalid("a subscription needs a callback URL", "post {callback, query?}")
        identity, query = stack.ids.new("HUB"), body.get("query") or ""
        values = {"id": identity, "base": base, "callback": callback, "query": query, "created_at": stack.clock.stamp()}
        with stack.db.begin() as tx:
            tx.execute(insert(EVT_HUB).values(**values))
        document = {"id": identity, "callback": callback, "query": query}
        return JSONResponse(document, 201, {"Location": f"{base}/hub/{identity}"})

    async def unsubscribe(stack: Stack, request: Request) -> Response:
        identity = request.path_params["id"]
        with stack.db.begin() as tx:
            gone = tx.execute(delete(EVT_HUB).where(EVT_HUB.c.id == identity, EVT_HUB.c.base == base)).rowcount
        if not gone:
            raise missing("subscription", identity)
        return Response(status_code=204)

    return Route("POST", f"{base}/hub", subscribe), Route("DELETE", f"{base}/hub/{{id}}", unsubscribe)


async def body_of(request: Request) -> Document:
    """The request's JSON object; TmfError 400 when it is none."""
    try:
        body = await request.json()
    except ValueError as error:
        raise invalid("the body is not JSON", str(error)) from error
    if not isinstance(body, dict):
        raise invalid("the body is not a JSON object", "send one resource")
    return body


def _same(column: Column[Any], value: str) -> ColumnElement[bool]:
    """Equality of a column with a query value, integers as integers."""
    return column == (int(value) if column.type.python_type is int and value.isdigit() else value)
