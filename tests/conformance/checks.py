"""What a client of an API does first, and what TM Forum's definition promises it, one check after another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from bodies import smallest
from definitions import Collection, Definition

_NOWHERE = "no-such-id-anywhere"
_TOUCHED = "touched by the conformance run"


@dataclass
class Result:
    """One check: where, what, and what was wrong; nothing wrong is a pass."""

    api: str
    resource: str
    check: str
    wrong: tuple[str, ...] = ()


@dataclass
class Visit:
    """A client at one resource: what the server offers, and the instance it works with."""

    client: httpx.Client
    definition: Definition
    collection: Collection
    offered: frozenset[str]
    instance: dict[str, Any] = field(default_factory=dict)

    def url(self, identity: str = "") -> str:
        """The path of the collection or of an instance."""
        return f"{self.collection.url}/{identity}" if identity else self.collection.url

    def judged(self, document: object) -> Iterator[str]:
        """What is wrong with one instance."""
        yield from self.definition.problems(self.collection.answer, document)
        for name in ("id", "href") if self._has("href") else ("id",):
            if not isinstance(document, dict) or not document.get(name):
                yield f"{name} is missing"

    def _has(self, name: str) -> bool:
        return name in self.definition.properties(self.collection.answer)


def visit(visited: Visit) -> Iterator[Result]:
    """All checks of one resource that the server offers, in an order in which each needs only what came before."""
    for operation, name, check in _CHECKS:
        if operation in visited.offered:
            wrong = tuple(check(visited))
            yield Result(visited.collection.api, visited.collection.path, name, wrong)


def _status(answer: httpx.Response, *expected: int) -> Iterator[str]:
    if answer.status_code not in expected:
        yield f"status {answer.status_code}, expected {' or '.join(map(str, expected))}: {answer.text[:200]}"


def _error(visited: Visit, answer: httpx.Response, status: int) -> Iterator[str]:
    yield from _status(answer, status)
    if "Error" in visited.definition.document["definitions"]:
        yield from visited.definition.problems("Error", answer.json())


def _create(visited: Visit) -> Iterator[str]:
    answer = visited.client.post(visited.url(), json=smallest(visited.definition, visited.collection.create))
    yield from _status(answer, 201)
    if answer.status_code == 201:
        visited.instance = answer.json()
        yield from visited.judged(visited.instance)
        if not answer.headers.get("location"):
            yield "there is no Location header"


def _create_nothing(visited: Visit) -> Iterator[str]:
    mandatory = visited.definition.required(visited.collection.create)
    if mandatory:
        yield from _error(visited, visited.client.post(visited.url(), json={}), 400)


def _list(visited: Visit) -> Iterator[str]:
    answer = visited.client.get(visited.url(), params={"limit": 50})
    yield from _status(answer, 200, 206)
    for header in ("x-total-count", "x-result-count"):
        if not answer.headers.get(header, "").isdigit():
            yield f"the header {header} is missing"
    if answer.is_success:
        found = answer.json()
        visited.instance = visited.instance or (found[0] if found else {})
        yield from dict.fromkeys(problem for document in found for problem in visited.judged(document))
        if not found:
            yield "there is nothing to look at"


def _page(visited: Visit) -> Iterator[str]:
    answer = visited.client.get(visited.url(), params={"limit": 1, "offset": 0})
    yield from _status(answer, 200, 206)
    if answer.is_success and len(answer.json()) != 1:
        yield f"limit=1 gave {len(answer.json())}"


def _fields(visited: Visit) -> Iterator[str]:
    identity = str(visited.instance.get("id", ""))
    chosen = next((name for name in visited.instance if name not in ("id", "href", "@type")), "id")
    answer = visited.client.get(visited.url(identity), params={"fields": chosen})
    yield from _status(answer, 200)
    if answer.is_success:
        there = set(answer.json())
        if not {"id", chosen} <= there or there - {"id", "href", "@type", "@baseType", "@schemaLocation", chosen}:
            yield f"fields={chosen} gave {', '.join(sorted(there))}"


def _get(visited: Visit) -> Iterator[str]:
    answer = visited.client.get(visited.url(str(visited.instance.get("id", _NOWHERE))))
    yield from _status(answer, 200)
    if answer.is_success:
        yield from visited.judged(answer.json())
        if answer.json().get("id") != visited.instance.get("id"):
            yield "the answer has another id"


def _get_nothing(visited: Visit) -> Iterator[str]:
    yield from _error(visited, visited.client.get(visited.url(_NOWHERE)), 404)


def _filter(visited: Visit) -> Iterator[str]:
    identity = str(visited.instance.get("id", _NOWHERE))
    for shown, wanted in ((identity, 1), (f'"{identity}"', 1), (_NOWHERE, 0)):
        answer = visited.client.get(visited.url(), params={"id": shown})
        if answer.is_success and len(answer.json()) != wanted:
            yield f"id={shown} gave {len(answer.json())}, expected {wanted}"
        yield from _status(answer, 200, 206)


def _patch(visited: Visit) -> Iterator[str]:
    properties: Mapping[str, Any] = visited.definition.properties(visited.collection.update)
    touched = next((name for name in ("description", "name", "category") if name in properties), "")
    identity = str(visited.instance.get("id", _NOWHERE))
    change = {touched: _TOUCHED} if touched else {}
    answer = visited.client.patch(visited.url(identity), json=change)
    yield from _status(answer, 200)
    if answer.is_success:
        yield from visited.judged(answer.json())
        again = visited.client.get(visited.url(identity)).json()
        if touched and (answer.json().get(touched), again.get(touched)) != (_TOUCHED, _TOUCHED):
            yield f"{touched} was not changed"


def _delete(visited: Visit) -> Iterator[str]:
    identity = str(visited.instance.get("id", _NOWHERE))
    yield from _status(visited.client.delete(visited.url(identity)), 204)
    yield from _error(visited, visited.client.get(visited.url(identity)), 404)


_CHECKS: tuple[tuple[str, str, Callable[[Visit], Iterator[str]]], ...] = (
    ("create", "create with the smallest body", _create),
    ("create", "create without what is mandatory is a 400", _create_nothing),
    ("list", "list", _list),
    ("list", "a page", _page),
    ("list", "a filter", _filter),
    ("get", "get by id", _get),
    ("get", "an unknown id is a 404", _get_nothing),
    ("get", "only some fields", _fields),
    ("patch", "patch changes", _patch),
    ("delete", "delete deletes", _delete),
)
