"""The contract of each API as an OpenAPI 3.1 document, derived from the same declarations that answer its requests."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from ringback.reference_stack.kernel import shapes
from ringback.reference_stack.kernel.resource import Resource
from ringback.reference_stack.kernel.system import System

Document = dict[str, object]
_ERROR = shapes.record(
    {"code": shapes.TEXT, "reason": shapes.TEXT, "message": shapes.TEXT, "status": shapes.TEXT}, "code", "reason"
)
_VERBS = {"L": "list", "G": "retrieve", "P": "create", "U": "patch", "D": "delete"}


def contract(base: str, resources: Iterable[Resource]) -> Document:
    """The contract of one API."""
    found = [resource for resource in resources if resource.base == base]
    paths: dict[str, object] = {}
    for resource in found:
        paths |= _paths(resource)
    schemas = {resource.event: _schema(resource) for resource in found}
    return {
        "openapi": "3.1.0",
        "info": {"title": f"{found[0].tag} Management", "version": "4.0.0"},
        "servers": [{"url": base}],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "schemas": {**schemas, "Error": _ERROR},
        },
    }


def contracts_of(systems: Iterable[System]) -> Iterator[tuple[str, System, Document]]:
    """All contracts: base path, the system that keeps it, the document."""
    for system in systems:
        for base in dict.fromkeys(resource.base for resource in system.resources):
            yield base, system, contract(base, system.resources)


def write_contracts(systems: Iterable[System], folder: Path) -> list[Path]:
    """Writes one file per API, named after it."""
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for _, _, document in contracts_of(systems):
        title = str(document["info"]["title"])  # type: ignore[index]  # the document was made above
        path = folder / f"{_file_name(title)}.json"
        path.write_text(json.dumps(document, indent=1) + "\n", "utf-8")
        written.append(path)
    return written


def _file_name(title: str) -> str:
    words = re.findall(r"[A-Z][a-z]*|[a-z]+", title.removesuffix(" Management"))
    return "-".join(words).lower()


def _schema(resource: Resource) -> Document:
    """The response schema: what is always there is required, what else comes is allowed."""
    return shapes.record(resource.schemas, "id", "href", *resource.required)


def _paths(resource: Resource) -> Document:
    name, operations = resource.name, resource.operations
    collection: Document = {
        method: _operation(resource, letter) for letter, method in (("L", "get"), ("P", "post")) if letter in operations
    }
    single: Document = {
        method: _operation(resource, letter)
        for letter, method in (("G", "get"), ("U", "patch"), ("D", "delete"))
        if letter in operations
    }
    paths: Document = {f"/{name}": collection}
    return paths | ({f"/{name}/{{id}}": single} if single else {})


def _operation(resource: Resource, letter: str) -> Document:
    document: Document = {
        "operationId": _VERBS[letter] + resource.event,
        "tags": [resource.name],
        "responses": _responses(resource, letter),
    }
    parameters = _query(resource) if letter == "L" else [_FIELDS] if letter == "G" else []
    if letter in "GUD":
        parameters = [{"name": "id", "in": "path", "required": True, "schema": shapes.TEXT}, *parameters]
    if parameters:
        document["parameters"] = parameters
    if letter in "PU":
        document["requestBody"] = {"required": True, "content": _json(_sent(resource, letter))}
    return document


def _sent(resource: Resource, letter: str) -> Document:
    """What a client may send: the attributes of the answer, of which a create needs some and a PATCH none."""
    mandatory = (*resource.mandatory, *resource.expected) if letter == "P" else ()
    fixed = {"id", "href"} if letter == "P" else {"id", "href", *resource.not_patchable}
    return shapes.record({name: schema for name, schema in resource.schemas.items() if name not in fixed}, *mandatory)


_FIELDS: Document = {"name": "fields", "in": "query", "schema": shapes.TEXT}


def _query(resource: Resource) -> list[Document]:
    plain = ["fields", *resource.columns, *resource.filters]
    texts: list[Document] = [{"name": name, "in": "query", "schema": shapes.TEXT} for name in plain]
    paging: list[Document] = [{"name": name, "in": "query", "schema": shapes.NUMBER} for name in ("offset", "limit")]
    return texts + paging


def _responses(resource: Resource, letter: str) -> Document:
    one: Document = {"$ref": f"#/components/schemas/{resource.event}"}
    error = _json({"$ref": "#/components/schemas/Error"})
    errors = {status: _said(text, error) for status, text in _errors(letter)}
    if letter == "L":
        listed = _json({"type": "array", "items": one})
        whole = {"description": "all that match", "headers": _COUNTS, "content": listed}
        return {"200": whole, "206": whole | {"description": "a part of what matches"}, **errors}
    if letter == "D":
        return {"204": {"description": "deleted"}, **errors}
    if letter == "P":
        created = {"description": "created", "content": _json(one)}
        return {"200": created | {"description": "it exists already"}, "201": created, **errors}
    return {"200": {"description": "the resource", "content": _json(one)}, **errors}


_COUNTS: Document = {"X-Total-Count": {"schema": shapes.NUMBER}, "X-Result-Count": {"schema": shapes.NUMBER}}


def _said(text: str, content: Document) -> Document:
    return {"description": text, "content": content}


def _errors(letter: str) -> list[tuple[str, str]]:
    common = [
        ("401", "the bearer token is missing or wrong"),
        ("429", "the rate limit of the system is used up"),
        ("502", "a system behind it did not finish"),
        ("503", "the system is stopped"),
    ]
    if letter in "LGP":
        common.append(("400", "the request cannot be understood"))
    if letter in "GUD":
        common.append(("404", "unknown id"))
    if letter == "P":
        common.append(("404", "what the body names does not exist"))
    if letter in "PUD":
        common.append(("409", "the present state, or what points to it, does not allow it"))
    if letter == "U":
        common.append(("400", "the change cannot be understood"))
    if letter in "PUD":
        common.append(("403", "not allowed for this caller"))
    return sorted(common)


def _json(schema: Document) -> Document:
    return {"application/json": {"schema": schema}}
