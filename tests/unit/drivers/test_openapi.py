"""Contract documents of each dialect give the same operations and promises."""

import json
from collections.abc import Mapping
from pathlib import Path

import jsonschema_rs
import pytest

from ringback.drivers.openapi import Contract, ContractShelf
from ringback.engine.problems import UsageError

ORDER = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, "note": {"type": "string"}}}


def openapi(version: str, schema: Mapping[str, object]) -> Contract:
    """A document with one operation whose path parameter is shared and whose answers are referenced."""
    answer = {"content": {"application/json;charset=utf-8": {"schema": {"$ref": "#/components/schemas/Order"}}}}
    document = {
        "openapi": version,
        "paths": {
            "/order/{id}": {
                "parameters": [{"$ref": "#/components/parameters/id"}],
                "get": {
                    "operationId": "retrieveOrder",
                    "responses": {"200": {"$ref": "#/components/responses/Order"}, "4XX": {"description": "refused"}},
                },
            }
        },
        "components": {
            "schemas": {"Order": schema},
            "responses": {"Order": answer},
            "parameters": {"id": {"name": "id", "in": "path", "required": True}},
        },
    }
    return Contract(document, "orders.json")


def test_references_and_shared_parameters_are_followed() -> None:
    """What stands elsewhere in the document belongs to the operation."""
    operation = openapi("3.0.1", ORDER).operations["retrieveOrder"]

    assert (operation.method, operation.path, operation.path_names) == ("GET", "/order/{id}", ("id",))
    assert operation.answers["200"].media_types == ("application/json",)


def test_a_class_of_statuses_stands_for_each_of_them() -> None:
    """`4XX` promises for 404; nothing promises for 500."""
    operation = openapi("3.0.1", ORDER).operations["retrieveOrder"]

    assert operation.answer(404) is operation.answers["4XX"]
    assert operation.answer(500) is None


@pytest.mark.parametrize(
    ("version", "nullable", "draft"),
    [
        ("3.0.1", {"type": "string", "nullable": True}, "4"),
        ("3.1.0", {"type": ["string", "null"]}, "2020-12"),
    ],
)
def test_each_version_says_null_in_its_own_words(version: str, nullable: dict[str, object], draft: str) -> None:
    """A schema stands on its own, whichever dialect the document speaks."""
    schema = {**ORDER, "properties": {"id": {"type": "string"}, "note": nullable}}
    operation = openapi(version, schema).operations["retrieveOrder"]

    validator = jsonschema_rs.validator_for(dict(operation.answers["200"].schema or {}))

    assert operation.draft == draft
    assert validator.is_valid({"id": "1", "note": None})
    assert not validator.is_valid({"id": "1", "note": 7})


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "cannot be read"), ("{", "is not JSON"), ("[]", "no OpenAPI"), ('{"info": {}}', "no OpenAPI")],
)
def test_what_is_no_contract_is_told(content: str | None, said: str, tmp_path: Path) -> None:
    """A wrong `contract:` in the environment file is a usage error."""
    file = tmp_path / "contract.json"
    if content is not None:
        file.write_text(content)

    with pytest.raises(UsageError, match=said):
        ContractShelf().contract(file, "ordering")


def test_a_document_is_read_once(tmp_path: Path) -> None:
    """All threads share one reading of a document."""
    file = tmp_path / "contract.json"
    file.write_text(json.dumps({"openapi": "3.1.0", "paths": {}}))
    shelf = ContractShelf()

    assert shelf.contract(file, "ordering") is shelf.contract(file, "catalogue")
