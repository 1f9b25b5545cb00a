"""TM Forum's official definitions (Swagger 2.0), read from a folder: what each API offers and what its answers hold."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema_rs

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Trap:
    """A mistake in an official definition, mended before anything is judged by it."""

    definition: str
    what: str


TRAPS = (
    Trap("ProductStatusType", "the state 'aborted ' has a space at its end"),
    Trap("IndividualStateType", "the state 'deceased' is spelled 'deceaded'"),
    Trap("Resource_Create", "id and href are mandatory although a client cannot give them"),
    Trap("Alarm", "its id is an integer, while references to it and the paths of the API have text"),
)


@dataclass(frozen=True, slots=True)
class Collection:
    """One resource of an API: `/productOrder` of TMF622."""

    api: str
    base: str
    path: str
    methods: frozenset[str]  # of the collection and of one instance: list, create, get, patch, delete
    answer: str  # the definition of one instance
    create: str  # the definition of the body of a create; empty where nothing is created
    update: str  # the definition of the body of a PATCH; empty where nothing is changed

    @property
    def url(self) -> str:
        """Its path on a server."""
        return f"{self.base}{self.path}"


@dataclass(frozen=True)
class Definition:
    """One file."""

    api: str
    base: str
    document: Schema
    _validators: dict[str, jsonschema_rs.Validator] = field(default_factory=dict)

    def collections(self) -> Iterator[Collection]:
        """The resources that stand at the top of the API."""
        paths = self.document["paths"]
        for path, operations in paths.items():
            if "{" in path or "listener" in path or path == "/hub":
                continue
            single = next((paths[one] for one in paths if one.startswith(f"{path}/{{") and one.count("/") == 2), {})
            answer = _answer(operations, single)
            if answer:
                methods = _methods(operations, single)
                sent = _sent(operations, "post"), _sent(single, "patch")
                yield Collection(self.api, self.base, path, methods, answer, *sent)

    def problems(self, name: str, document: object) -> list[str]:
        """Where a document breaks a definition: "state: 'x' is not one of ..."."""
        if name not in self._validators:
            schema = {"$ref": f"#/definitions/{name}", "definitions": self.document["definitions"]}
            self._validators[name] = jsonschema_rs.Draft4Validator(schema, validate_formats=False)
        found = self._validators[name].iter_errors(document)
        return [f"{'.'.join(str(step) for step in error.instance_path) or 'body'}: {error.message}" for error in found]

    def properties(self, name: str) -> Mapping[str, Schema]:
        """The attributes of a definition, those it takes over included."""
        return dict(self._all(name, "properties"))

    def required(self, name: str) -> tuple[str, ...]:
        """The mandatory attributes of a definition."""
        return tuple(dict.fromkeys(self._all(name, "required")))

    def resolve(self, schema: Schema) -> tuple[str, Schema]:
        """A schema behind its reference, with the name of its definition."""
        name = str(schema.get("$ref", "")).rpartition("/")[2]
        return (name, self.document["definitions"][name]) if name else ("", schema)

    def _all(self, name: str, part: str) -> Iterator[Any]:
        schema = self.document["definitions"].get(name, {})
        for inner in schema.get("allOf", ()):
            inherited, own = self.resolve(inner)
            yield from self._all(inherited, part) if inherited else _entries(own, part)
        yield from _entries(schema, part)


def _entries(schema: Schema, part: str) -> Iterator[Any]:
    found = schema.get(part, ())
    yield from found.items() if isinstance(found, dict) else found


def read_definitions(folder: Path) -> list[Definition]:
    """Every definition of a folder; of two versions of an API the newer one."""
    newest = {path.name.partition("-")[0]: path for path in sorted(folder.glob("TMF*.swagger.json"))}
    return [_read(api, path) for api, path in newest.items()]


def _read(api: str, path: Path) -> Definition:
    document = json.loads(path.read_text("utf-8"))
    _mend(document["definitions"])
    for schema in document["definitions"].values():
        schema.pop("discriminator", None)
    return Definition(api, str(document.get("basePath", "")).rstrip("/"), document)


def _mend(definitions: Schema) -> None:
    """The named traps only: everything else is judged as it stands."""
    for name, wrong, right in (
        ("ProductStatusType", "aborted ", "aborted"),
        ("IndividualStateType", "deceaded", "deceased"),
    ):
        values = definitions.get(name, {}).get("enum", [])
        values.extend([right] if wrong in values and right not in values else [])
    for name in ("Alarm", "AlarmRefOrValue"):
        definitions.get(name, {}).get("properties", {}).get("id", {}).update(type="string")
    create = definitions.get("Resource_Create", {})
    if {"id", "href"} <= set(create.get("required", ())):
        create["required"] = [name for name in create["required"] if name not in ("id", "href")]


def _methods(operations: Schema, single: Schema) -> frozenset[str]:
    offered = {"list": "get" in operations, "create": "post" in operations}
    offered |= {name: name in single for name in ("get", "patch", "delete")}
    return frozenset(name for name, there in offered.items() if there)


def _answer(operations: Schema, single: Schema) -> str:
    for operation, status in (
        (single.get("get"), "200"),
        (operations.get("post"), "201"),
        (operations.get("get"), "200"),
    ):
        schema = (operation or {}).get("responses", {}).get(status, {}).get("schema", {})
        name = str(schema.get("$ref") or schema.get("items", {}).get("$ref", "")).rpartition("/")[2]
        if name:
            return name
    return ""


def _sent(operations: Schema, method: str) -> str:
    """The definition of the body of an operation."""
    parameters = operations.get(method, {}).get("parameters", ())
    bodies = [one["schema"] for one in parameters if one.get("in") == "body"]
    return str(bodies[0].get("$ref", "")).rpartition("/")[2] if bodies else ""
