"""Fixed lines that change, pause, move to another technology and end."""

from __future__ import annotations

from tests.integration.reference_stack.conftest import until
from tests.integration.reference_stack.network.conftest import Plant
from tests.integration.reference_stack.ordering.conftest import fibre_of, item


def test_a_new_speed_reaches_port_and_edge_in_the_right_unit(plant: Plant) -> None:
    """A seeded line becomes faster: record, port and edge say 1000 Mbit/s, and the terminal stays the same."""
    product = fibre_of(11)
    before = plant.values(product, "RFS-GPON-ACCESS")

    order = plant.shop.order(11, item(1, "modify", product, offering="FIBRE-1000"))
    plant.shop.reaches(order, "completed")

    access = plant.values(product, "RFS-GPON-ACCESS")
    port = plant.element("olt", access["oltPort"])
    edge = plant.element("edge", plant.values(product, "RFS-INTERNET-EDGE")["edge"])
    assert (access["downMbps"], port["down_mbps"], edge["down_mbps"], edge["up_mbps"]) == ("1000", 1000, 1000, 1000)
    assert (access["ontSerial"], port["ont_serial"]) == (before["ontSerial"], before["ontSerial"])
    assert {str(task["command"]): task["controller"] for task in plant.tasks(order)} == {
        "OLT-SPEED": "nso",
        "EDGE-SPEED": "mano",
    }


def test_a_suspended_line_is_barred_at_its_port_and_comes_back(plant: Plant) -> None:
    """The port is barred while the product is suspended; nothing else of the line changes."""
    product = fibre_of(12)
    port = plant.values(product, "RFS-GPON-ACCESS")["oltPort"]

    plant.shop.reaches(plant.shop.order(12, item(1, "modify", product, status="suspended")), "completed")
    barred = plant.element("olt", port)
    plant.shop.reaches(plant.shop.order(12, item(1, "modify", product, status="active")), "completed")

    assert barred["state"] == "barred"
    assert plant.element("olt", port) == barred | {"state": "up"}


def test_a_fibre_line_that_ends_leaves_nothing_behind(plant: Plant) -> None:
    """Port, edge, terminal, VLAN and address are free; the network has forgotten the line."""
    product = fibre_of(13)
    held = plant.resources(product)
    edge = plant.values(product, "RFS-INTERNET-EDGE")["edge"]

    plant.shop.reaches(plant.shop.order(13, item(1, "delete", product)), "completed")

    assert (plant.element("olt", str(held["OLT_PORT"]["value"])), plant.element("edge", edge)) == ({}, {})
    states = {
        kind: plant.stack.rows("select usage_state, resource_status from rinv_resource where id = ?", row["id"])
        for kind, row in held.items()
    }
    free = [{"usage_state": "idle", "resource_status": "available"}]
    assert states == dict.fromkeys(("OLT_PORT", "VLAN", "IP", "ONT"), free)


def test_an_order_that_is_cancelled_gives_the_port_back(plant: Plant) -> None:
    """Before the technician has left, everything that was built is taken back, from the network inwards."""
    order = plant.shop.order(220, item(1, "add", offering="FIBRE-500"))
    until(lambda: plant.stack.rows("select 1 from wfm_work_order where order_id = ?", order), "the visit")
    until(lambda: [t for t in plant.tasks(order) if t["command"] == "EDGE-ADD" and t["verified_at"]], "an edge")

    wish = {"productOrder": {"id": order}, "cancellationReason": "moved"}
    path = "/tmf-api/productOrderingManagement/v4/cancelProductOrder"
    assert plant.stack.client.post(path, json=wish).status_code == 201
    plant.shop.reaches(order, "cancelled")

    port = str(_value(plant, order, "OLT_PORT"))
    mine = (
        "select kind from rinv_resource where reserved_by = ? or (kind = 'IP' and value = ? and usage_state = 'active')"
    )
    until(lambda: not plant.element("olt", port), "the end of the port in the network")
    until(lambda: not plant.stack.rows(mine, order, _value(plant, order, "IP")), "the end of what was reserved")
    visit = plant.stack.rows("select state from wfm_work_order where order_id = ?", order)
    assert plant.element("edge", f"VBNG-{_value(plant, order, 'IP')}") == {}
    assert visit == [{"state": "cancelled"}]


def _value(plant: Plant, order: str, specification: str) -> object:
    """The value of a resource that an order had."""
    sql = (
        "select v.value from rom_order_item i join rinv_resource v on v.id = i.resource_id "
        "join rom_resource_order r on r.id = i.resource_order_id join som_service_order s on s.id = r.service_order_id "
        "where s.product_order_id = ? and i.resource_spec_id = ?"
    )
    return plant.stack.rows(sql, order, specification)[0]["value"]


def test_a_partner_line_is_called_off_and_given_back(plant: Plant) -> None:
    """Before it is promised the supplier lets it go; a line that is built is ceased, and our side of it is free."""
    order = plant.shop.order(228, item(1, "add", offering="FIBRE-W-300"))
    plant.partner_line(order, "ACKNOWLEDGED")
    path = "/tmf-api/productOrderingManagement/v4/cancelProductOrder"
    until(lambda: _asked(plant, order), "the order at the partner")
    assert plant.stack.client.post(path, json={"productOrder": {"id": order}}).status_code == 201
    sent = "select 1 from pgw_wholesale_order where order_id = ? and sent_seq = 2"
    until(lambda: plant.stack.rows(sent, order), "the cancellation at the partner")
    plant.partner_line(order, "CANCELLED", problem="P08")
    plant.shop.reaches(order, "cancelled")

    second = plant.shop.order(228, item(1, "add", offering="FIBRE-W-300"))
    plant.partner_line(second, "ACKNOWLEDGED", "COMMITTED", committedDate="2027-02-11", targetDate="2027-02-11")
    plant.partner_line(second, "COMPLETED", serviceId="AL-000228")
    plant.install(second)
    plant.shop.reaches(second, "completed")
    product = plant.product(second)
    port = plant.values(product, "RFS-WHOLESALE-ACCESS")["accessPort"]

    ending = plant.shop.order(228, item(1, "delete", product))
    plant.partner_line(ending, "ACKNOWLEDGED", "COMMITTED", "COMPLETED", committedDate="2027-03-11")
    plant.shop.reaches(ending, "completed")
    assert plant.element("access", port) == {}


def _asked(plant: Plant, order: str) -> bool:
    """Whether the partner's acknowledgement has reached the order."""
    sql = "select status from pgw_wholesale_order where order_id = ?"
    return [row["status"] for row in plant.stack.rows(sql, order)] == ["ACKNOWLEDGED"]


def test_a_dsl_line_is_changed_in_place_and_ends_with_one_command(plant: Plant) -> None:
    """One ADD, one MOD, one DEL: the circuit is never there twice, and gone at the end."""
    logged = plant.stack.rows("select count(*) as n from ne_line_log")[0]["n"]
    product = plant.product(plant.built(221, "DSL-50"))
    port = plant.values(product, "RFS-DSL")["dslamPort"]

    plant.shop.reaches(plant.shop.order(221, item(1, "modify", product, offering="DSL-100")), "completed")
    lines = plant.stack.client.get("/network/v1/dsl", params={"line": port}).json()
    plant.shop.reaches(plant.shop.order(221, item(1, "delete", product)), "completed")

    assert [(line["profile"], line["pvc"]) for line in lines] == [("DSL-100", "8/35")]
    assert plant.stack.client.get("/network/v1/dsl", params={"line": port}).json() == []
    sql = "select command from ne_line_log where line = ? and id > ? order by id"
    said = plant.stack.rows(sql, f"DSL-{port}", logged)
    assert [str(row["command"]).split()[0] for row in said] == ["ADD", "MOD", "DEL"]


def test_the_old_line_goes_only_when_the_new_one_works(plant: Plant) -> None:
    """DSL to fibre in one order: the circuit stays until the technician has been and the fibre line is up."""
    old = plant.product(plant.built(222, "DSL-50"))
    port = plant.values(old, "RFS-DSL")["dslamPort"]

    order = plant.shop.order(222, item(1, "add", offering="FIBRE-500"), item(2, "delete", old))
    until(lambda: plant.stack.rows("select 1 from wfm_work_order where order_id = ?", order), "the visit")
    assert plant.element("dsl", port)["state"] == "active"

    plant.install(order)
    plant.shop.reaches(order, "completed")

    done = {str(task["command"]): str(task["requested_at"]) for task in plant.tasks(order)}
    assert plant.element("dsl", port) == {}
    assert done["OLT-ONT"] < done["DSL-REMOVE"]


def test_a_telephone_line_that_ends_has_no_emergency_record(plant: Plant) -> None:
    """Number ageing, IMS empty, emergency record removed."""
    order = plant.shop.order(223, item(1, "add", offering="VOICE-HOME"))
    sql = "select * from pgw_e911_record where order_id = ?"
    number = str(until(lambda: plant.stack.rows(sql, order), "a record")[0]["tn"])
    until(lambda: plant.post_emergency_records() or plant.element("e911", number), "the record in the network")
    plant.shop.reaches(order, "completed")

    ending = plant.shop.order(223, item(1, "delete", plant.product(order)))
    until(lambda: plant.stack.rows(sql, ending), "a record to remove")
    until(lambda: plant.post_emergency_records() or not plant.element("e911", number), "the removal")
    plant.shop.reaches(ending, "completed")

    assert plant.element("ims", number) == {}
    assert plant.stack.rows("select status from num_tn where tn = ?", number) == [{"status": "ageing"}]
