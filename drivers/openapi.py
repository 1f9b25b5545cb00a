"""A contract document (OpenAPI 3 or Swagger 2.0, JSON): its operations by operationId, with what each one promises."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ringback.engine.problems import UsageError

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operation promises for one status: media types, and a schema that stands on its own (or None)."""

    media_types: tuple[str, ...]
    schema: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a contract; `answers` is keyed by the status as the document has it: `200`, `4XX`, `default`."""

    id: str
    method: str
    path: str
    path_names: tuple[str, ...]
    body_required: bool
    answers: Mapping[str, Answer]
    draft: str = "4"  # JSON Schema dialect of the schemas: "4" or "2020-12"

    def answer(self, status: int) -> Answer | None:
        """The promise for a status: the exact one, else its class (`4XX`), else `default`, else None."""
        for key in (str(status), f"{status // 100}XX", f"{status // 100}xx", "default"):
            if key in self.answers:
                return self.answers[key]
        return None


class Contract:
    """A contract document, read once and never changed."""

    def __init__(self, document: Mapping[str, Any], name: str) -> None:
        self._document = document
        self.name = name
        self.draft = _draft(document)

    @cached_property
    def operations(self) -> Mapping[str, Operation]:
        """All operations that have an operationId."""
        return {operation.id: operation for operation in self._read()}

    def _read(self) -> Iterator[Operation]:
        for path, item in self._document.get("paths", {}).items():
            shared = item.get("parameters", [])
            for method in METHODS:
                raw = item.get(method)
                if raw and raw.get("operationId"):
                    yield self._operation(method, path, raw, shared)

    def _operation(self, method: str, path: str, raw: Mapping[str, Any], shared: list[Any]) -> Operation:
        parameters = [self._follow(each) for each in [*shared, *raw.get("parameters", [])]]
        body = self._follow(raw.get("requestBody", {}))
        produces = raw.get("produces", self._document.get("produces", []))
        return Operation(
            id=raw["operationId"],
            method=method.upper(),
            path=path,
            path_names=tuple(each["name"] for each in parameters if each.get("in") == "path"),
            body_required=bool(body.get("required"))
            or any(each.get("in") == "body" and each.get("required") for each in parameters),
            answers={
                str(status): self._answer(self._follow(answer), produces)
                for status, answer in raw.get("responses", {}).items()
            },
            draft=self.draft,
        )

    def _answer(self, raw: Mapping[str, Any], produces: list[str]) -> Answer:
        content = raw.get("content")
        if content is not None:  # OpenAPI 3
            first: Mapping[str, Any] = next(iter(content.values()), {})
            return Answer(tuple(map(_bare, content)), self._standing(first.get("schema")))
        schema = raw.get("schema")  # Swagger 2.0: `produces` counts only where there is a body
        return Answer(tuple(map(_bare, produces)) if schema else (), self._standing(schema))

    def _standing(self, schema: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        """The schema together with the definitions that its references point into."""
        return None if schema is None else {**_nullable(schema), **self._definitions}

    @cached_property
    def _definitions(self) -> Mapping[str, Any]:
        if "components" in self._document:
            return {"components": {"schemas": _nullable(self._document["components"].get("schemas", {}))}}
        return {"definitions": _nullable(self._document.get("definitions", {}))}

    def _follow(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        if "$ref" not in node:
            return node
        found: Any = self._document
        for part in str(node["$ref"]).removeprefix("#/").split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        return dict(found)


def _nullable(schema: Any) -> Any:
    """The same schema with OpenAPI 3.0's `nullable: true` said in JSON Schema's words."""
    if isinstance(schema, list):
        return [_nullable(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    said = {key: _nullable(value) for key, value in schema.items()}
    if said.get("nullable") is not True and said.get("x-nullable") is not True:
        return said
    return {"anyOf": [{"type": "null"}, said]}


def _bare(media_type: str) -> str:
    return media_type.partition(";")[0].strip().lower()


def _draft(document: Mapping[str, Any]) -> str:
    """The JSON Schema dialect of the document: OpenAPI 3.1 speaks 2020-12, everything before it draft 4."""
    return "2020-12" if str(document.get("openapi", "")).startswith("3.1") else "4"


class ContractShelf:
    """Contract documents by file, each read once for all threads."""

    def __init__(self) -> None:
        self._read: dict[Path, Contract] = {}
        self._lock = threading.Lock()

    def contract(self, file: Path, system: str) -> Contract:
        """The contract in `file`; UsageError when it is not there or is no contract."""
        with self._lock:
            if file not in self._read:
                self._read[file] = _load(file, system)
            return self._read[file]


def _load(file: Path, system: str) -> Contract:
    try:
        document = json.loads(file.read_bytes())
    except OSError as error:
        raise UsageError(
            f"the contract of {system!r} cannot be read: {file} ({error.strerror})",
            "correct `contract:` in the environment file; the path counts from the project's folder",
        ) from error
    except ValueError as error:
        raise UsageError(f"the contract of {system!r} is not JSON: {file} ({error})", "save it as JSON") from error
    if not isinstance(document, dict) or not {"swagger", "openapi"} & document.keys():
        raise UsageError(f"{file} is no OpenAPI or Swagger document", "it has neither `openapi` nor `swagger`")
    return Contract(document, file.name)
