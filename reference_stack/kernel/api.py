"""The API of a resource over HTTP: list, get, create, patch and delete, derived from its declaration."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, ColumnElement, Connection, RowMapping, false, func, select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.kernel.bodies import body_of, faults
from ringback.reference_stack.kernel.errors import CallRefused, TmfError, conflict, invalid, missing
from ringback.reference_stack.kernel.machines import legal
from ringback.reference_stack.kernel.plain import PlainDocuments, are_kept
from ringback.reference_stack.kernel.query import Query, matches, only
from ringback.reference_stack.kernel.resource import Created, Document, Resource, Shown
from ringback.reference_stack.kernel.system import Route
from ringback.reference_stack.schema import METADATA

if TYPE_CHECKING:
    from ringback.reference_stack.stack import Stack

_WHOLE = re.compile(r"-?[0-9]{1,18}")
_REFUSED = (400, 404, 422)  # what a system answers to a body that names nothing that it knows


class ResourceApi:
    """Answers the requests for one resource.

    Args:
        of: the declaration.
    """

    def __init__(self, of: Resource) -> None:
        self._of = of
        self._plain = PlainDocuments(of)
        self._schemas = of.schemas

    def routes(self) -> tuple[Route, ...]:
        """The routes of its API."""
        collection, single = self._of.path, self._of.path + "/{id}"
        table = {
            "L": Route("GET", collection, self._list),
            "G": Route("GET", single, self._get),
            "P": Route("POST", collection, self._post),
            "U": Route("PATCH", single, self._patch),
            "D": Route("DELETE", single, self._delete),
        }
        return tuple(table[letter] for letter in self._of.operations)

    async def _list(self, stack: Stack, request: Request) -> Response:
        query = Query.of(request)
        with stack.db.begin() as tx:
            total, rows = self._chosen(tx, query)
            found = [self._of.document(tx, row) for row in rows]
            if are_kept(stack, request):
                total, found = self._with_plain(tx, query, total, found)
            documents = [only(document, query.fields) for document in found]
        headers = {"X-Total-Count": str(total), "X-Result-Count": str(len(documents))}
        journeys = {self._of.correlation_of(row) for row in rows}
        if len(journeys) == 1:
            headers["x-correlation-id"] = journeys.pop()
        return JSONResponse(documents, 200 if len(documents) == total else 206, headers)

    def _chosen(self, tx: Connection, query: Query) -> tuple[int, list[RowMapping]]:
        """How many rows match, and those of the wanted page; filters that no column knows look at the document."""
        table, known = self._of.table, {**self._of.columns, **self._of.filters, "id": "id"}
        rest = [(name, values) for name, values in query.filters if name not in known]
        where = [_one_of(table.c[known[name]], values) for name, values in query.filters if name in known]
        statement = select(table).where(*where).order_by(*self._order())
        if rest:
            rows = [row for row in tx.execute(statement).mappings() if matches(self._of.document(tx, row), rest)]
            return len(rows), rows[query.offset : query.offset + query.limit]
        total = tx.execute(select(func.count()).select_from(table).where(*where)).scalar() or 0
        return total, list(tx.execute(statement.limit(query.limit).offset(query.offset)).mappings())

    def _with_plain(
        self, tx: Connection, query: Query, total: int, found: list[Document]
    ) -> tuple[int, list[Document]]:
        """Plain documents follow those of the table."""
        plain = self._plain.matching(tx, query.filters)
        first = max(query.offset - total, 0)
        return total + len(plain), found + plain[first : first + query.limit - len(found)]

    async def _get(self, stack: Stack, request: Request) -> Response:
        identity, headers = request.path_params["id"], {}
        with stack.db.begin() as tx:
            row = self._of.row(tx, identity)
            if row is None:
                document = self._plain_of(stack, tx, request)
            else:
                document, headers = self._of.document(tx, row), self._headers(row)
        return JSONResponse(only(document, Query.of(request).fields), headers=headers)

    def _plain_of(self, stack: Stack, tx: Connection, request: Request) -> Document:
        """The plain document that a request names; TmfError 404 when there is none for this caller."""
        identity = request.path_params["id"]
        document = self._plain.find(tx, identity) if are_kept(stack, request) else None
        if document is None:
            raise missing(self._of.name, identity)
        return document

    async def _post(self, stack: Stack, request: Request) -> Response:
        self._admit(request)
        body = {name: value for name, value in (await body_of(request)).items() if value is not None}
        self._need(body, self._of.mandatory)
        self._check_types(body)
        for name, value in self._of.defaults.items():
            body.setdefault(name, value(stack) if callable(value) else value)
        try:
            created = await self._created(stack, dict(body), request)
        except (TmfError, CallRefused) as refusal:
            if not are_kept(stack, request) or refusal.status not in _REFUSED:
                raise
            document = self._plain.keep(stack, body)
            return JSONResponse(document, 201, {"Location": str(document["href"])})
        row, document = created.shown or self._stored(stack, created.id)
        return JSONResponse(document, created.status, self._headers(row) | {"Location": str(document["href"])})

    def _stored(self, stack: Stack, identity: str) -> Shown:
        with stack.db.begin() as tx:
            row = self._of.row(tx, identity)
            if row is None:
                raise missing(self._of.name, identity)
            return row, self._of.document(tx, row)

    def _need(self, body: Document, names: tuple[str, ...]) -> None:
        absent = [name for name in names if body.get(name) in (None, "", [])]
        if absent:
            raise invalid(f"{self._of.name} needs {', '.join(absent)}", "add the missing attributes and post again")

    async def _created(self, stack: Stack, body: Document, request: Request) -> Created:
        """What the system makes of a body; TmfError for what it refuses."""
        self._need(body, self._of.expected)
        return await self._of.create(stack, body, request) if self._of.create else self._store(stack, body)

    def _store(self, stack: Stack, body: Document) -> Created:
        """The plain create: columns into the table, the rest beside it."""
        of = self._of
        if of.machine and not legal(of.machine, None, str(body.get(of.state))):
            allowed = ", ".join(of.machine.initial)
            raise invalid(f"a new {of.name} cannot be {body.get(of.state)}", f"allowed: {allowed}")
        identity = stack.ids.new(of.prefix)
        values = {column: body[name] for name, column in of.columns.items() if name in body}
        with stack.db.begin() as tx:
            if "document" in of.table.c:
                values |= {"document": json.dumps(body), "created_at": stack.clock.stamp()}
            else:
                of.begin(tx, identity, body)
            shown = of.inserted(stack, tx, values | {"id": identity})
        return Created(identity, shown=shown)

    async def _patch(self, stack: Stack, request: Request) -> Response:
        self._admit(request)
        identity, sent = request.path_params["id"], await body_of(request)
        with stack.db.begin() as tx:
            row = self._of.row(tx, identity)
            if row is None:
                before = self._plain_of(stack, tx, request)
                self._plain.change(stack, tx, before, self._changes(before, sent, set(self._of.not_patchable)))
                return JSONResponse(self._plain.find(tx, identity))
            before, fixed = self._of.document(tx, row), self._fixed(tx, row)
        changes = self._changes(before, sent, fixed)
        if self._of.before_patch:
            await self._of.before_patch(stack, before, changes)
        with stack.db.begin() as tx:
            (self._of.merge or self._of.merge_attributes)(stack, tx, identity, changes)
        if self._of.patched:
            await self._of.patched(stack, before, changes)
        return await self._get(stack, request)

    def _admit(self, request: Request) -> None:
        caller = request.state.caller
        if self._of.writers and caller not in (*self._of.writers, "administrator"):
            owners = ", ".join(self._of.writers)
            raise TmfError(403, "forbidden", f"a {self._of.name} is written by {owners} only", f"{caller} may read it")

    def _fixed(self, tx: Connection, row: RowMapping) -> set[str]:
        """The attributes that a PATCH must not change: those that say so, and those that follow from other tables."""
        of = self._of
        derived = set(of.shape(tx, row) if of.shape else ()) - {*of.overridable, *of.mergeable}
        return derived | set(of.not_patchable)

    def _changes(self, before: Document, sent: Document, fixed: set[str]) -> Document:
        """What a PATCH wants to change; TmfError 400 for what cannot be changed, or be of that type, or be missing."""
        refused = [name for name, value in sent.items() if name in fixed and value != before.get(name)]
        if refused:
            raise invalid(f"{self._of.name}: {', '.join(refused)} cannot be changed", "leave them out of the PATCH")
        removed = [name for name, value in sent.items() if value is None and self._must_be(name)]
        if removed:
            raise invalid(f"{self._of.name}: {', '.join(removed)} cannot be removed", "give them another value")
        self._check_types(sent)
        return {name: value for name, value in sent.items() if name not in fixed}

    def _must_be(self, name: str) -> bool:
        column = self._of.columns.get(name)
        is_filled = column is not None and not self._of.table.c[column].nullable
        return is_filled or name in (*self._of.mandatory, *self._of.required)

    def _check_types(self, sent: Document) -> None:
        schemas, is_kept = self._schemas, not (self._of.create or self._of.shape)
        wrong = [
            fault for name, value in sent.items() for fault in faults(schemas.get(name), value, name, whole=is_kept)
        ]
        if wrong:
            raise invalid("; ".join(wrong), f"see the contract at {self._of.base}/openapi.json")

    async def _delete(self, stack: Stack, request: Request) -> Response:
        if not request.state.admin:
            raise TmfError(403, "forbidden", "only an administrator may delete", "use the administrator's token")
        identity = request.path_params["id"]
        with stack.db.begin() as tx:
            if self._of.row(tx, identity) is None:
                self._plain.forget(stack, tx, self._plain_of(stack, tx, request))
                return Response(status_code=204)
            self._refuse_in_use(tx, identity)
            self._of.publish(stack, tx, identity, "DeleteEvent")
            self._of.forget(tx, identity)
        return Response(status_code=204)

    def _refuse_in_use(self, tx: Connection, identity: str) -> None:
        """TmfError 409 while rows of others point here; what `remove` takes along does not count."""
        pointers = [key.parent for table in METADATA.tables.values() for key in table.foreign_keys]
        for column in pointers:
            (key,) = column.foreign_keys
            if key.column.table is not self._of.table or self._of.remove:
                continue
            if tx.execute(select(column).where(column == identity).limit(1)).first() is not None:
                reason = f"{self._of.name} {identity} is still in use by {column.table.name}"
                raise conflict(reason, "delete what points to it first")

    def _order(self) -> list[Column[Any]]:
        named = [name for name in ("order_date", "created_at", "id") if name in self._of.table.c]
        return [self._of.table.c[name] for name in named]

    def _headers(self, row: RowMapping) -> dict[str, str]:
        journey = self._of.correlation_of(row)
        return {"x-correlation-id": journey} if journey else {}


def _one_of(column: Column[Any], values: tuple[str, ...]) -> ColumnElement[bool]:
    """Whether a column has one of the values of a query; integers as integers, so that other text finds nothing."""
    if column.type.python_type is int:
        numbers = [int(value) for value in values if _WHOLE.fullmatch(value)]
        return column.in_(numbers) if numbers else false()
    return column.in_(values)
