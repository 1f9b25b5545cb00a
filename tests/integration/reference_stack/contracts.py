"""Every answer of a stack, held against the recorded contract of its operation.

A test that uses a stack thereby tests its contracts: an answer that breaks its own fails the test that got it.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs

RECORDED = Path(__file__).parents[3] / "fixtures" / "contracts"
_FEW = 20  # of a long list; the rest is made by the same code


class BrokenContract(AssertionError):
    """An answer is not what the recorded contract says."""


def judge(response: httpx.Response) -> None:
    """The event hook of a client: BrokenContract for an answer that its contract does not know."""
    request = response.request
    base, path = _place(request.url.path)
    if not base:
        return
    operation = _operations(base)[path].get(request.method.lower())
    if operation is None:
        return
    where = f"{request.method} {request.url.raw_path.decode()}"
    answer = operation["responses"].get(str(response.status_code))
    if answer is None:
        raise BrokenContract(f"{where} answered {response.status_code}, known are {', '.join(operation['responses'])}")
    response.read()
    if "content" not in answer or (request.url.params.get("fields") and response.is_success):
        return
    document = response.json()
    found = document[:_FEW] if isinstance(document, list) else document
    validator = _validator(base, path, request.method.lower(), str(response.status_code))
    for error in validator.iter_errors(found):
        raise BrokenContract(f"{where}: {'.'.join(map(str, error.instance_path)) or 'body'}: {error.message}")


def _place(path: str) -> tuple[str, str]:
    """The API and the template of a path; both empty for what no contract covers."""
    for base in _contracts():
        if path.startswith(f"{base}/"):
            name, _, identity = path[len(base) + 1 :].partition("/")
            template = f"/{name}/{{id}}" if identity else f"/{name}"
            return (base, template) if "/" not in identity and template in _operations(base) else ("", "")
    return "", ""


@cache
def _contracts() -> dict[str, Any]:
    documents = [json.loads(path.read_text("utf-8")) for path in sorted(RECORDED.glob("*.json"))]
    return {document["servers"][0]["url"]: document for document in documents}


def _operations(base: str) -> Any:
    return _contracts()[base]["paths"]


@cache
def _validator(base: str, path: str, method: str, status: str) -> jsonschema_rs.Validator:
    schema = _operations(base)[path][method]["responses"][status]["content"]["application/json"]["schema"]
    return jsonschema_rs.Draft202012Validator({**schema, "components": _contracts()[base]["components"]})
