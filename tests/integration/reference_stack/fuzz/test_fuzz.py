"""Whatever a client sends, an API answers as its own published contract says, and never with a server error.

The bodies and queries are made by schemathesis out of ``{base}/openapi.json``: in the suite always the same few, by
`scripts/fuzz` many and new ones (RINGBACK_TEST_FUZZ_EXAMPLES).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from urllib.parse import quote

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from ringback.reference_stack.kernel.openapi import contracts_of
from ringback.reference_stack.systems import all_systems
from tests.integration.reference_stack.conftest import RunningStack, started

EXAMPLES = int(os.environ.get("RINGBACK_TEST_FUZZ_EXAMPLES", "0"))  # 0: the few of the suite
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
BASES = sorted(base for base, _, _ in contracts_of(all_systems().values()))
HOW = settings(
    max_examples=EXAMPLES or 4,
    derandomize=not EXAMPLES,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
AWKWARD = ("\x00", "a\x00b", "\ud800", "💥" * 40, "%00", "1" * 400, "'; --", " ", ".", "..;/")


@pytest.fixture(scope="module", params=["operator", "conformance"] if EXAMPLES else ["operator"])
def fuzzed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A stack that is only there to be asked strange things."""
    with started(tmp_path_factory.mktemp("fuzzed"), "--profile", request.param) as stack:
        yield stack


def known_ids(stack: RunningStack, path: str) -> list[str]:
    """Ids that exist, so that not every answer is a 404, beside one that does not."""
    found = stack.admin.get(path.rpartition("/{")[0], params={"limit": 3}).json()
    return [*(one["id"] for one in found if isinstance(one, dict)), "NOBODY"] if isinstance(found, list) else ["NOBODY"]


def problems(stack: RunningStack, operation: APIOperation, base: str) -> list[str]:
    """What an operation answers that its contract does not know."""
    found: dict[str, str] = {}
    ids = known_ids(stack, f"{base}{operation.path}") if "{id}" in operation.path else []
    modes = operation.as_strategy(generation_mode=GenerationMode.POSITIVE) | operation.as_strategy(
        generation_mode=GenerationMode.NEGATIVE
    )

    @seed(1)
    @HOW
    @given(case=modes, identity=st.sampled_from(ids or [""]))
    def ask(case: Case, identity: str) -> None:
        if identity:
            case.path_parameters = {"id": identity}
        response = case.call(base_url=f"{stack.ready['url']}{base}", headers=dict(stack.admin.headers), timeout=20)
        try:
            # A client that asks for some fields gets those only: a test of the kernel looks at that.
            chosen = [
                check for check in CHECKS if check is not response_schema_conformance or "fields" not in case.query
            ]
            case.validate_response(response, checks=chosen)
        except (Failure, FailureGroup) as failure:
            told = list(getattr(failure, "exceptions", [failure]))
            for one in told:
                found.setdefault(
                    f"{operation.label}: {one.title}", f"{one.message} {response.text[:300]} {case.body!r}"[:900]
                )

    ask()
    return [f"{what}\n{why}" for what, why in found.items()]


@pytest.mark.parametrize("base", BASES)
def test_every_operation_answers_as_its_contract_says(fuzzed: RunningStack, base: str) -> None:
    """Every operation of an API, with what its contract allows and with what it does not."""
    contract = fuzzed.client.get(f"{base}/openapi.json").json()
    schema = schemathesis.openapi.from_dict(contract)
    operations = [found.ok() for found in schema.get_all_operations()]

    assert operations
    assert [problem for operation in operations for problem in problems(fuzzed, operation, base)] == []


@pytest.mark.parametrize("base", BASES)
def test_awkward_text_is_no_server_error(fuzzed: RunningStack, base: str) -> None:
    """NUL, half a surrogate pair and the like, as id, as filter and in every text of a body."""
    contract = fuzzed.client.get(f"{base}/openapi.json").json()
    broken = [
        f"{method} {path} {text!r}: {status}"
        for path, operations in contract["paths"].items()
        if "{" not in path
        for text in AWKWARD
        for method, status in asked(fuzzed, f"{base}{path}", text, operations)
        if status >= 500
    ]

    assert broken == []


def asked(stack: RunningStack, path: str, text: str, operations: dict[str, object]) -> Iterator[tuple[str, int]]:
    """The answers to a text wherever one can stand."""
    escaped = quote(text, safe="", errors="surrogatepass")
    yield "filter", stack.admin.get(f"{path}?id={escaped}&name={escaped}&fields={escaped}&{escaped}=1").status_code
    yield "id", stack.admin.get(f"{path}/{escaped}").status_code
    if "post" in operations:
        body = operations["post"]["requestBody"]["content"]["application/json"]["schema"]  # type: ignore[index]
        filled = {name: filling(schema, text) for name, schema in body["properties"].items()}
        yield "body", stack.admin.post(path, content=json.dumps(filled)).status_code


def filling(schema: dict[str, object], text: str) -> object:
    """A value of a schema with this text wherever a text may stand."""
    if "enum" in schema:
        return schema["enum"][0]  # type: ignore[index]
    kind = schema.get("type", "string")
    if kind == "array":
        return [filling(schema.get("items", {}), text)]  # type: ignore[arg-type]
    if kind == "object":
        return {name: filling(one, text) for name, one in schema.get("properties", {}).items()}  # type: ignore[attr-defined]
    moment = "2031-03-03T10:00:00Z" if schema.get("format") == "date-time" else text
    return {"integer": 10**30, "number": 1e308, "boolean": True}.get(str(kind), moment)
