"""The release defects of activation, controllers and the old exchange: each passes the naive check."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import datetime, timedelta

import pytest

from tests.integration.reference_stack.conftest import until
from tests.integration.reference_stack.network.conftest import Plant
from tests.integration.reference_stack.ordering.conftest import fibre_of, item

# A change of speed is a matter of seconds; nobody waits longer for it than this.
BUDGET = timedelta(minutes=2)


@pytest.mark.defect("D19")
@pytest.mark.parametrize("defect", [False, True])
def test_a_line_is_owed_from_the_day_of_its_installation(plant: Plant, *, defect: bool) -> None:
    """Naive: an active charge. Real: it starts when the technician left, not when a late close-out ended the order."""
    left = plant.desk.now() - timedelta(days=2)
    times = {"started_at": f"{left - timedelta(hours=1):%Y%m%d%H%M%S}", "ended_at": f"{left:%Y%m%d%H%M%S}"}
    order = plant.shop.order(229 if defect else 230, item(1, "add", offering="FIBRE-500"))
    with plant.stack.defect("D19") if defect else nullcontext():
        plant.install(order, **times)
        plant.shop.reaches(order, "completed")
        query = "select * from bil_charge where product_id = ? and charge_type = 'recurring' and status = 'active'"
        (charge,) = until(lambda: plant.stack.rows(query, plant.product(order)), "the charge")

    (product,) = plant.stack.rows("select start_date from pinv_product where id = ?", plant.product(order))
    assert str(product["start_date"])[:19] == f"{left:%Y-%m-%dT%H:%M:%S}"
    assert (charge["start_date"] != product["start_date"]) is defect


@pytest.mark.defect("D34")
@pytest.mark.parametrize("defect", [False, True])
def test_the_network_gets_the_vlan_of_the_inventory(plant: Plant, *, defect: bool) -> None:
    """Naive: the line comes up. Real: its VLAN is that of the inventory, and CRM holds no technical attribute."""
    before = len(plant.stack.rows("select * from crm_line_data"))
    with plant.stack.defect("D34") if defect else nullcontext():
        product = plant.fibre(224 if defect else 225)

    access = plant.values(product, "RFS-GPON-ACCESS")
    port = plant.element("olt", access["oltPort"])
    assert (port["state"], port["down_mbps"]) == ("up", 500)
    assert (str(port["vlan"]) != access["vlan"]) is defect
    assert len(plant.stack.rows("select * from crm_line_data")) - before == int(defect)


@pytest.mark.defect("D43")
@pytest.mark.parametrize("defect", [False, True])
def test_a_change_without_virtual_functions_takes_seconds(plant: Plant, *, defect: bool) -> None:
    """Naive: the change completes. Real: by the controller of the catalogue, within its budget of time."""
    product = fibre_of(21 if defect else 22)
    customer = 21 if defect else 22
    with plant.stack.defect("D43") if defect else nullcontext():
        order = plant.shop.order(customer, item(1, "modify", product, offering="FIBRE-1000"))
        task = until(lambda: [t for t in plant.tasks(order) if t["controller_ref"]], "a command")[0]
    if defect:
        assert plant.shop.state(order) == "inProgress"
        plant.stack.admin.post("/admin/clock", json={"advance": "41m"}).raise_for_status()
    plant.shop.reaches(order, "completed")

    speed = next(one for one in plant.tasks(order) if one["command"] == task["command"] == "OLT-SPEED")
    took = datetime.fromisoformat(str(speed["verified_at"])) - datetime.fromisoformat(str(speed["requested_at"]))
    assert plant.element("olt", plant.values(product, "RFS-GPON-ACCESS")["oltPort"])["down_mbps"] == 1000
    assert (speed["controller"] != speed["planned"]) is defect
    assert (took > BUDGET) is defect


@pytest.mark.defect("D56")
@pytest.mark.parametrize("defect", [False, True])
def test_a_changed_dsl_line_is_still_one_circuit(plant: Plant, *, defect: bool) -> None:
    """Naive: the facade's ticket is done, the order completes. Real: the old exchange has one circuit for the line."""
    customer = 226 if defect else 227
    product = plant.product(plant.built(customer, "DSL-50"))
    port = plant.values(product, "RFS-DSL")["dslamPort"]
    tickets_of = "select id, state from leg_ticket where line = ?"
    earlier = {row["id"] for row in plant.stack.rows(tickets_of, f"DSL-{port}")}  # others had it
    with plant.stack.defect("D56") if defect else nullcontext():
        order = plant.shop.order(customer, item(1, "modify", product, offering="DSL-100"))
        plant.shop.reaches(order, "completed")

    tickets = [row for row in plant.stack.rows(tickets_of, f"DSL-{port}") if row["id"] not in earlier]
    circuits = plant.stack.client.get("/network/v1/dsl", params={"line": port}).json()
    assert [ticket["state"] for ticket in tickets] == ["done"]
    assert all(task["verified_at"] for task in plant.tasks(order))
    assert (len(circuits) > 1) is defect
