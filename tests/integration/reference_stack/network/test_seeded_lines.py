"""The lines that customers of a fresh stack have are lines like any other: they can be paused and taken up again."""

from __future__ import annotations

import pytest

from tests.integration.reference_stack.network.conftest import Plant
from tests.integration.reference_stack.ordering.conftest import item

# customer, product, service, element, the characteristic that is its key there, what is barred
_LINES = (
    (241, "PROD-D00241", "RFS-DSL", "dsl", "dslamPort", ("profile", "DSL-100", "BARRED")),
    (243, "PROD-V00243", "RFS-IMS-SUB", "ims", "tn", ("state", "registered", "barred")),
    (244, "PROD-M00244", "RFS-HLR-SUB", "hlr", "imsi", ("odb", "none", "barred")),
    (245, "PROD-M00245", "RFS-HLR-SUB", "hlr", "imsi", ("odb", "none", "barred")),
)


@pytest.mark.parametrize("line", _LINES, ids=lambda line: line[1])
def test_a_seeded_line_is_barred_and_comes_back(
    plant: Plant, line: tuple[int, str, str, str, str, tuple[str, str, str]]
) -> None:
    """Suspended, the network bars it; resumed, it is as it was."""
    customer, product, service, element, key, (name, free, closed) = line
    entry = plant.values(product, service)[key]
    seen = [plant.element(element, entry)]

    for status in ("suspended", "active"):
        plant.shop.reaches(plant.shop.order(customer, item(1, "modify", product, status=status)), "completed")
        seen.append(plant.element(element, entry))

    assert [found[name] for found in seen] == [free, closed, free]
    assert seen[0] == seen[2]


def test_a_seeded_dsl_line_moves_to_another_profile(plant: Plant) -> None:
    """The circuit stays one, with its port."""
    product = "PROD-D00242"
    port = plant.values(product, "RFS-DSL")["dslamPort"]

    plant.shop.reaches(plant.shop.order(242, item(1, "modify", product, offering="DSL-100")), "completed")

    lines = plant.stack.client.get("/network/v1/dsl", params={"line": port}).json()
    assert [(line["profile"], line["pvc"], line["state"]) for line in lines] == [("DSL-100", "8/35", "active")]
    assert plant.values(product, "RFS-DSL")["downMbps"] == "100"
