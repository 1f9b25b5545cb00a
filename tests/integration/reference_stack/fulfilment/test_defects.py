"""The release defects of fulfilment: each passes the naive check, and the real one notices it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext

import pytest

from tests.integration.reference_stack.conftest import RunningStack, started, until
from tests.integration.reference_stack.fulfilment.conftest import Order
from tests.integration.reference_stack.fulfilment.macd import Line, changed, live_line
from tests.integration.reference_stack.network.conftest import Plant
from tests.integration.reference_stack.ordering.conftest import Shop, item
from tests.integration.reference_stack.workforce.conftest import Desk

PARTNER = {"id": "ADR-PARTNER", "role": "installationAddress"}
DEFECT = pytest.mark.parametrize("defect", [False, True])


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    """A stack of its own: some of these defects leave it in disorder."""
    with started(tmp_path_factory.mktemp("defects")) as stack:
        yield Plant(stack, Shop(stack), Desk(stack))


@pytest.fixture
def broken(plant: Plant) -> RunningStack:
    """The same stack, without field and partners."""
    return plant.stack


@pytest.mark.defect("D20")
@DEFECT
def test_a_product_order_hears_that_its_services_are_ready(plant: Plant, *, defect: bool) -> None:
    """Naive: the event is delivered. Real: once the service order is complete the product order completes, too."""
    below = "select id from som_service_order where product_order_id = ? and state = 'completed'"
    delivered = (
        "select e.event_id from evt_event e join evt_delivery d on d.event_id = e.event_id "
        "where e.resource_id = ? and e.state = 'completed' and d.subscriber = 'ordering' and d.status = 'delivered'"
    )

    with plant.stack.defect("D20") if defect else nullcontext():
        order = plant.shop.order(216, item(1, "add", offering="MOBILE-SILVER"))
        done = until(lambda: plant.stack.rows(below, order), "a completed service order")
        until(lambda: plant.stack.rows(delivered, done[0]["id"]), "a delivered event")

    if defect:
        assert plant.shop.state(order) == "inProgress"
    else:
        plant.shop.reaches(order, "completed")


@pytest.mark.defect("D22")
@DEFECT
def test_the_nightly_sync_keeps_what_is_newer(broken: RunningStack, *, defect: bool) -> None:
    """Naive: the job answers 200, done. Real: a number that was given away since the copy is still assigned."""
    broken.client.post("/resource-inventory/v1/nightly-sync").raise_for_status()
    line = live_line(broken)

    with broken.defect("D22") if defect else nullcontext():
        reply = broken.client.post("/resource-inventory/v1/nightly-sync")

    assert (reply.status_code, reply.json()["state"], reply.json()["newer"]) == (200, "done", 1)
    number = line.number(line.values()["msisdn"])
    assert (number["status"] != "assigned") is defect
    assert number["service_id"] == line.service()["id"]
    changed(line.order, "disconnect")


@pytest.mark.defect("D37")
@DEFECT
def test_a_resumed_line_is_active_as_a_whole(broken: RunningStack, *, defect: bool) -> None:
    """Naive: the order completes. Real: the customer-facing service is active, not only what it relies on."""
    line = live_line(broken)
    changed(line.order, "suspend")

    with broken.defect("D37") if defect else nullcontext():
        changed(line.order, "resume")

    assert line.service()["state"] == "active"
    assert (line.service("CFS-MOBILE")["state"] != "active") is defect


@pytest.mark.defect("D40")
@DEFECT
def test_a_rollback_leaves_no_subscriber(broken: RunningStack, *, defect: bool) -> None:
    """Naive: the order is cancelled and its number free. Real: the HLR does not know the line any more."""
    order = Order(broken).place("PS-MOBILE", "PS-PORTIN")
    order.port()
    order.row(
        "select * from act_task where correlation_id = ? and command = 'VM-ADD' and verified_at <> ''",
        order.correlation,
    )
    line = Line(order)
    held = broken.rows(
        "select r.value from rinv_resource r join rom_order_item i on i.resource_id = r.id "
        "join rom_resource_order o on o.id = i.resource_order_id where o.service_order_id = ? and r.kind = 'IMSI'",
        order.id,
    )

    with broken.defect("D40") if defect else nullcontext():
        cancel = {"serviceOrder": {"id": order.id}}
        broken.client.post("/tmf-api/serviceOrdering/v4/cancelServiceOrder", json=cancel).raise_for_status()
        until(lambda: order.state() == "cancelled", "a cancelled service order")

    assert broken.rows("select * from num_tn where reserved_by = ?", order.name) == []
    assert bool(line.subscriber(str(held[0]["value"]))) is defect


@pytest.mark.defect("D73")
@DEFECT
def test_an_ageing_number_is_not_given_away(broken: RunningStack, *, defect: bool) -> None:
    """Naive: the reservation answers 201. Real: not for a number whose ageing has not ended."""
    line = live_line(broken)
    number = line.values()["msisdn"]
    changed(line.order, "disconnect")
    wish = {"kind": "MSISDN", "orderId": f"PO-{number}", "itemId": f"ROI-{number}", "value": number}

    with broken.defect("D73") if defect else nullcontext():
        reply = broken.client.post("/resource-inventory/v1/reservations", json=wish)

    assert reply.status_code == (201 if defect else 409)
    assert (line.number(number)["status"] == "reserved") is defect


@pytest.mark.defect("D25")
@DEFECT
def test_the_edge_waits_for_the_partners_line(plant: Plant, *, defect: bool) -> None:
    """Naive: both items end completed. Real: the edge is configured after the partner's COMPLETED."""
    customer = 231 if defect else 232
    sold = {"offering": "FIBRE-W-300", "place": [PARTNER]}
    with plant.stack.defect("D25") if defect else nullcontext():
        order = plant.shop.order(customer, item(1, "add", **sold))
        plant.partner_line(order, "ACKNOWLEDGED")
        if defect:
            until(lambda: _edge(plant, order), "an edge before its line")
        early = _edge(plant, order)
        plant.partner_line(order, "COMMITTED", "COMPLETED", serviceId="AL-1")
    plant.install(order)

    plant.shop.reaches(order, "completed")
    assert len(_edge(plant, order)) == 1
    assert bool(early) is defect


def _edge(plant: Plant, order: str) -> list[dict[str, object]]:
    return [task for task in plant.tasks(order) if task["command"] == "EDGE-ADD"]


@pytest.mark.defect("D44")
@DEFECT
def test_equipment_is_configured_too(plant: Plant, *, defect: bool) -> None:
    """Naive: the resource order completes. Real: the port was configured, read back, and is in the network."""
    with plant.stack.defect("D44") if defect else nullcontext():
        order = plant.shop.order(233 if defect else 234, item(1, "add", offering="FIBRE-500"))
        plant.install(order)
        plant.shop.reaches(order, "completed")

    below = plant.stack.rows(
        "select r.state from rom_resource_order r join som_service_order s on s.id = r.service_order_id "
        "where s.product_order_id = ?",
        order,
    )
    verified = {task["resource_spec_id"] for task in plant.tasks(order) if task["verified_at"]}
    assert [row["state"] for row in below] == ["completed"]
    assert ("OLT_PORT" not in verified) is defect
