"""The `contract` check: an answer keeps what the API's contract document promises - status, content type, schema."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import jsonschema_rs

from ringback.engine.evidence import Evidence
from ringback.engine.outcomes import CheckOutcome
from ringback.engine.protocols import Call

VIOLATIONS_SHOWN = 25  # of one body; a wrong list repeats itself for each of its elements


class Answer(Protocol):
    """What an operation promises for one status."""

    @property
    def media_types(self) -> tuple[str, ...]:
        """The declared media types, lower-case, without parameters."""
        ...

    @property
    def schema(self) -> Mapping[str, Any] | None:
        """A schema that stands on its own, or None."""
        ...


class Operation(Protocol):
    """An operation as the driver found it in the contract document."""

    @property
    def id(self) -> str:
        """Its operationId."""
        ...

    @property
    def draft(self) -> str:
        """The dialect of its schemas: `4` or `2020-12`."""
        ...

    @property
    def answers(self) -> Mapping[str, Answer]:
        """By status, as the document writes it."""
        ...

    def answer(self, status: int) -> Answer | None:
        """The promise that holds for a status."""
        ...


class ContractCheck:
    """Judges an answer by its operation; schemas are compiled once per operation and status."""

    name = "contract"

    def __init__(self) -> None:
        self._compiled: dict[int, tuple[Answer, Any]] = {}
        self._lock = threading.Lock()

    def judge(self, evidence: Evidence, call: Call) -> tuple[CheckOutcome, ...]:
        """One outcome for the status, one for the content type, one for the schema or one for each violation of it."""
        promise = evidence.contract
        if not isinstance(promise, Mapping):
            return ()
        operation: Operation = promise["operation"]
        status = int(promise["status"])
        answer = operation.answer(status)
        first = _status(operation, status, answer, call.probes)
        if answer is None or not first.passed:
            return (first,)
        return (first, *self._content(operation, answer, promise))

    def _content(self, operation: Operation, answer: Answer, promise: Mapping[str, Any]) -> Iterator[CheckOutcome]:
        if answer.schema is None:
            return
        bare = str(promise["content_type"]).partition(";")[0].strip().lower()
        expected = " or ".join(answer.media_types) or "application/json"
        right = bare in (answer.media_types or ("application/json",))
        message = "" if right else f"{operation.id} answers with a content type its contract does not name"
        yield _outcome("headers.content-type", expected, bare or "none", message)
        if right:
            yield from self._schema(operation, answer, str(promise["text"]))

    def _schema(self, operation: Operation, answer: Answer, text: str) -> Iterator[CheckOutcome]:
        try:
            body = json.loads(text)
        except ValueError as error:
            yield _outcome("body", "JSON", text[:80] or "nothing", f"not JSON: {error}")
            return
        validator = self._validator(operation, answer)
        if validator.is_valid(body):
            yield _outcome("body", f"the schema of {operation.id}", "as promised")
            return
        for number, violation in enumerate(validator.iter_errors(body)):
            if number == VIOLATIONS_SHOWN:
                return
            yield _violation(violation)

    def _validator(self, operation: Operation, answer: Answer) -> Any:
        with self._lock:
            known = self._compiled.get(id(answer))
            if known is None:
                kind = jsonschema_rs.Draft4Validator if operation.draft == "4" else jsonschema_rs.Draft202012Validator
                compiled = kind(dict(answer.schema or {}), validate_formats=True)
                known = (answer, compiled)  # the answer is kept: its id stays its own
                self._compiled[id(answer)] = known
            return known[1]


def _outcome(path: str, expected: str, actual: str, message: str = "") -> CheckOutcome:
    """One fact; it holds unless a message says why not."""
    return CheckOutcome("contract", not message, path, expected, actual, message)


def _status(operation: Operation, status: int, answer: Answer | None, probes: tuple[str, ...]) -> CheckOutcome:
    if answer is None:
        declared = ", ".join(operation.answers)
        message = f"{operation.id} does not declare status {status}"
        return _outcome("status", f"one of {declared}", str(status), message)
    if status >= 400 and "status" not in probes:
        success = ", ".join(key for key in operation.answers if key[0] in "123") or "a success"
        message = f"{operation.id} was refused; a step that wants this says so with `expect: {{status: {status}}}`"
        return _outcome("status", success, str(status), message)
    return _outcome("status", "declared", str(status))


def _violation(violation: Any) -> CheckOutcome:
    path = ".".join(["body", *map(str, violation.instance_path)])
    rule = "/".join(map(str, violation.schema_path))
    return _outcome(path, f"schema {rule}", _short(violation.instance), str(violation.message))


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 120 else f"{text[:117]}..."
