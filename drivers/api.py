"""The `api` driver: requests over kept connections, operations by their operationId in a contract document."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from requests import Response

from ringback.drivers.api_request import Request, build_request, response_exhibit
from ringback.drivers.api_sessions import SessionPools
from ringback.drivers.api_settings import ApiSettings, api_settings
from ringback.drivers.openapi import Contract, ContractShelf, Operation
from ringback.drivers.steps import mapping, named_templates, nearest, seconds, system_and_operation, templates, word
from ringback.engine.evidence import Evidence, Exhibit
from ringback.engine.nodes import MappingNode, ScalarNode
from ringback.engine.problems import BrokenTest, Unavailable, UsageError
from ringback.engine.project import project_file
from ringback.engine.protocols import REMOTE, Action, Block, Call, Pace

if TYPE_CHECKING:
    from ringback.engine.environment import Environment
    from ringback.engine.services import Services

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
READING_WORDS = ("list", "retrieve", "get", "find", "read", "head")
UNAUTHORIZED = 401
VALUES = ("status", "headers", "body", "elapsed_ms")


@dataclass(frozen=True, slots=True)
class ApiDetail:
    """What is known about a request before it is made."""

    operation: str = ""
    judged: bool = True  # by the contract; `contract: off` clears it


class ApiDriver:
    """HTTP APIs of the systems that the environment file names."""

    name = "api"
    keys: Mapping[str, str] = {
        "api": "the system, or the system and an operation of its contract: `ordering.listProductOrder`",
        "method": "the HTTP method, when no operation is named (GET if not said)",
        "url": "the path below the system's address, when no operation is named",
        "path": "values for the `{...}` parts of the path",
        "query": "query parameters; a list gives a parameter several times",
        "headers": "request headers",
        "body": "the request's body: a mapping or list is sent as JSON, text as text",
        "form": "fields sent as an HTML form, instead of `body`",
        "auth": "other credentials than the environment's: none, {bearer: ...}, {basic: {user, password}}",
        "contract": "`off`: the answer is not judged by the contract document",
        "timeout": "the longest that one answer may take",
    }

    def __init__(self, environment: Environment | None, services: Services | None) -> None:
        self._environment = environment
        self._services = services
        self._shelf = ContractShelf()
        self._settings: dict[str, ApiSettings] = {}
        self._pools = SessionPools()

    def parse(self, block: Block) -> Action:
        """Read a step; the operation and its path parameters are checked when the contract is at hand."""
        system, operation_id = system_and_operation(block)
        judged = word(block, "contract", ("on", "off")) != "off"
        operation = self._operation_at_load(block, system, operation_id)
        method = operation.method if operation else _method(block, operation_id)
        _check_keys(block, operation_id)
        return Action(
            kind=self.name,
            system=system,
            verb=f"{method} {operation.path.lstrip('/')}" if operation else _verb(block, method, operation_id),
            arguments=templates(block, ("url", "body", "auth", "timeout"))
            | named_templates(block, ("path", "query", "headers", "form"))
            | templates(block, () if operation_id else ("method",)),
            source=block.step.key_source(block.key),
            repeatable=method in SAFE_METHODS,
            implicit=("contract",) if operation_id and judged else (),
            detail=ApiDetail(operation_id, judged),
            gives=VALUES,
        )

    def perform(self, action: Action, call: Call) -> Evidence:
        """Send the request once and show what came back; nothing is judged here."""
        settings = self._settings_of(action.system)
        detail = action.detail if isinstance(action.detail, ApiDetail) else _probe_detail(call.arguments)
        operation = self._operation(settings, detail.operation) if detail.operation else None
        request = build_request(settings, operation, call)
        started = time.monotonic()
        response = self._pools.send(settings, request, _limit(settings, call))
        elapsed_ms = round((time.monotonic() - started) * 1000, 1)
        if response.status_code == UNAUTHORIZED and settings.authorization and not _minds_status(call):
            what = f"{action.verb} -> 401: the credentials of the environment are refused"
            hint = f"is the secret of `auth:` of {action.system!r} in the environment file still right?"
            raise Unavailable(action.system, what, hint)
        return _evidence(action, request, response, elapsed_ms, operation if detail.judged else None)

    def pace(self, action: Action) -> Pace:
        """An API is asked again after a tenth of the time waited so far."""
        return REMOTE

    def examine(self, action: Action, call: Call) -> tuple[Exhibit, ...]:
        """Request and response are evidence already."""
        return ()

    def release(self, session: str, *, failed: bool) -> tuple[Exhibit, ...]:
        """A journey holds nothing here: connections belong to the system."""
        return ()

    def close(self) -> None:
        """Close the kept connections."""
        self._pools.close()

    def _settings_of(self, system: str) -> ApiSettings:
        if system not in self._settings:
            if self._environment is None or self._services is None:
                raise UsageError(f"no environment says where {system!r} is", "run with --env")
            entry = self._environment.system(system)
            self._settings[system] = api_settings(system, entry, self._services.project)
        return self._settings[system]

    def _operation(self, settings: ApiSettings, operation_id: str) -> Operation:
        operation = _find(self._contract(settings), operation_id)
        if operation is None:
            raise BrokenTest(*_unknown(self._contract(settings), operation_id))
        return operation

    def _contract(self, settings: ApiSettings) -> Contract:
        if settings.contract is None:
            raise UsageError(
                f"the environment's system {settings.system!r} has no contract, so it has no operations by name",
                "add `contract: fixtures/contracts/....json` to it, or use `method:` and `url:` in the step",
            )
        return self._shelf.contract(settings.contract, settings.system)

    def _operation_at_load(self, block: Block, system: str, operation_id: str) -> Operation | None:
        entry = block.system_settings(system) or {}  # asked for plain steps too: it reports a missing system
        if not operation_id or not entry.get("contract"):
            return None
        project = self._services.project if self._services else Path.cwd()
        contract = self._shelf.contract(project_file(project, str(entry["contract"])), system)
        operation = _find(contract, operation_id)
        source = block.step.key_source(block.key)
        if operation is None:
            block.problem(source, *_unknown(contract, operation_id))
            return None
        _check_path(block, operation)
        return operation


def _minds_status(call: Call) -> bool:
    """Whether a refusal is the step's own matter: it looks at the status, or brings credentials of its own."""
    return "status" in call.probes or "auth" in call.arguments


def _find(contract: Contract, operation_id: str) -> Operation | None:
    return contract.operations.get(operation_id)


def _unknown(contract: Contract, operation_id: str) -> tuple[str, str]:
    known = contract.operations
    hint = nearest(operation_id, known) or f"it knows {', '.join(sorted(known)[:8])}"
    return f"{contract.name} has no operation {operation_id!r}", hint


def _check_path(block: Block, operation: Operation) -> None:
    node = block.step.get("path")
    given = tuple(node.keys()) if isinstance(node, MappingNode) else ()
    for name in set(operation.path_names) - set(given):
        what = f"{operation.id} needs `path: {{{name}: ...}}`"
        block.problem(block.step.key_source(block.key), what, f"its path is {operation.path}")
    if isinstance(node, MappingNode):
        for name in given:
            if name not in operation.path_names:
                block.unknown_key(node, name, operation.path_names)


def _check_keys(block: Block, operation_id: str) -> None:
    step = block.step
    if operation_id:
        for key in ("method", "url"):
            if step.get(key) is not None:
                block.problem(step.key_source(key), f"{key} comes from the operation {operation_id}", f"remove {key}")
    elif step.get("url") is None:
        hint = "write `api: system.operationId`, or add `url: /...`"
        block.problem(step.key_source(block.key), "neither an operation nor a url says what to ask for", hint)
    for key in ("path", "query", "headers", "form"):
        node = step.get(key)
        if node is not None and not (isinstance(node, ScalarNode) and node.text.startswith("$")):
            mapping(block, node, key)


def _method(block: Block, operation_id: str) -> str:
    if operation_id:  # the contract is not at hand: its naming habit tells reading from writing
        return "GET" if operation_id.startswith(READING_WORDS) else "POST"
    return word(block, "method", METHODS) or "GET"


def _verb(block: Block, method: str, operation_id: str) -> str:
    node = block.step.get("url")
    return operation_id or f"{method} {node.text if isinstance(node, ScalarNode) else ''}".rstrip()


def _probe_detail(arguments: Mapping[str, object]) -> ApiDetail:
    return ApiDetail(str(arguments.get("operation", "")), judged=False)


def _limit(settings: ApiSettings, call: Call) -> float:
    asked = call.arguments.get("timeout")
    own = seconds(asked, f"timeout of step {call.step}") if asked is not None else settings.timeout_s
    return call.timeout_s if own is None else min(own, call.timeout_s)


def _evidence(
    action: Action, request: Request, response: Response, elapsed_ms: float, operation: Operation | None
) -> Evidence:
    headers = {name.lower(): value for name, value in response.headers.items()}
    text = response.content.decode(response.encoding or "utf-8", "replace")
    place = request.url.partition("://")[2].partition("/")[2]
    return Evidence(
        kind="api",
        system=action.system,
        summary=f"{request.method} /{place} -> {response.status_code}, {elapsed_ms:.0f} ms",
        values={
            "status": response.status_code,
            "headers": headers,
            "body": _parsed(text, headers),
            "elapsed_ms": elapsed_ms,
        },
        exhibits=(request.exhibit, response_exhibit(response.status_code, response.reason or "", headers, text)),
        contract=_promise(operation, response, text, headers) if operation else None,
    )


def _parsed(text: str, headers: Mapping[str, str]) -> object:
    if "json" not in headers.get("content-type", "").lower():
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text  # the contract check says that it is not JSON; other checks see the text


def _promise(operation: Operation, response: Response, text: str, headers: Mapping[str, str]) -> Mapping[str, object]:
    """What the `contract` check judges: the operation's promise beside what was answered."""
    return {
        "operation": operation,
        "status": response.status_code,
        "content_type": headers.get("content-type", ""),
        "text": text,
    }
