"""The committed contracts are those that the stack publishes."""

import json
from pathlib import Path

import pytest

from ringback.reference_stack.kernel.openapi import contracts_of, write_contracts
from ringback.reference_stack.systems import all_systems

COMMITTED = Path(__file__).parents[3] / "fixtures" / "contracts"


def test_the_committed_contracts_are_current(tmp_path: Path) -> None:
    """`python -m ringback.reference_stack contracts fixtures/contracts` would change nothing."""
    written = write_contracts(all_systems().values(), tmp_path)

    committed = {path.name: path.read_text("utf-8") for path in COMMITTED.glob("*.json")}
    assert {path.name: path.read_text("utf-8") for path in written} == committed


def test_every_operation_has_a_name_of_its_own() -> None:
    """Journeys call operations by their operationId."""
    names = [
        operation["operationId"]
        for _, _, contract in contracts_of(all_systems().values())
        for path in contract["paths"].values()  # type: ignore[attr-defined]
        for operation in path.values()
    ]

    assert len(names) == len(set(names))
    assert {"listProductOrder", "createProductOrder", "retrieveProductOrder", "patchProductOrder"} <= set(names)


@pytest.mark.parametrize("file", sorted(COMMITTED.glob("*.json")), ids=lambda path: path.stem)
def test_a_contract_requires_id_and_href_of_every_resource(file: Path) -> None:
    """A schema that requires nothing checks nothing."""
    schemas = json.loads(file.read_text("utf-8"))["components"]["schemas"]

    assert all({"id", "href"} <= set(schema["required"]) for name, schema in schemas.items() if name != "Error")
