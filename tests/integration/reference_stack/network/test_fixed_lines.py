"""Fixed lines of every kind from the counter to the network and the first charge."""

from __future__ import annotations

import pytest

from tests.integration.reference_stack.conftest import until
from tests.integration.reference_stack.network.conftest import Plant
from tests.integration.reference_stack.ordering.conftest import item


def test_a_fibre_line_is_up_with_the_terminal_that_was_installed(plant: Plant) -> None:
    """Order, inventory, close-out and network agree on port, terminal, VLAN and speed; the edge has the same speed."""
    order = plant.shop.order(211, item(1, "add", offering="FIBRE-500"))
    serial = plant.install(order)
    plant.shop.reaches(order, "completed")

    product = plant.product(order)
    access, edge = plant.values(product, "RFS-GPON-ACCESS"), plant.values(product, "RFS-INTERNET-EDGE")
    port = plant.element("olt", access["oltPort"])
    assert (port["state"], port["ont_serial"], port["vlan"]) == ("up", serial, int(access["vlan"]))
    assert (port["down_mbps"], port["up_mbps"]) == (500, 500)
    assert (access["ontSerial"], access["downMbps"]) == (serial, "500")
    assert plant.element("edge", edge["edge"])["down_mbps"] == 500
    assert {row["usage_state"] for row in plant.resources(product).values()} == {"active"}
    charge = until(
        lambda: plant.stack.rows("select * from bil_charge where product_id = ? and status = 'active'", product),
        "the charge",
    )
    assert [row["amount"] for row in charge] == [6500]


def test_every_command_went_to_the_controller_that_the_catalogue_names(plant: Plant) -> None:
    """Port and VLAN by the commit queue, the edge by a life-cycle operation; each command is read back."""
    order = plant.shop.order(212, item(1, "add", offering="FIBRE-500"))
    plant.install(order)
    plant.shop.reaches(order, "completed")

    tasks = plant.tasks(order)
    by = {str(task["command"]): task for task in tasks}
    assert {name: task["controller"] for name, task in by.items()} == {
        "OLT-PORT": "nso",
        "OLT-VLAN": "nso",
        "OLT-ONT": "nso",
        "EDGE-ADD": "mano",
    }
    assert all(task["verified_at"] and task["ne_result"] == "OK" and task["controller_ref"] for task in tasks)
    occurrence = plant.stack.client.get(f"/mano/nslcm/v1/ns_lcm_op_occs/{by['EDGE-ADD']['controller_ref']}").json()
    assert (occurrence["operationState"], occurrence["lcmOperationType"]) == ("COMPLETED", "INSTANTIATE")
    queued = plant.stack.client.get(
        f"/nso/restconf/data/commit-queue/queue-item={by['OLT-PORT']['controller_ref']}"
    ).json()
    assert queued["status"] == "completed"


def test_a_partner_line_gets_its_edge_only_when_the_partner_is_ready(plant: Plant) -> None:
    """Wholesale access: promised is not built; the edge is made after COMPLETED, and the technician comes after it."""
    order = plant.shop.order(213, item(1, "add", offering="FIBRE-W-300"))
    plant.partner_line(order, "ACKNOWLEDGED", "COMMITTED", committedDate="2027-01-11", targetDate="2027-01-11")
    until(lambda: [t for t in _milestones(plant, order) if t == "committed"], "the promise in the order")

    assert plant.tasks(order) == []

    plant.partner_line(order, "COMPLETED", serviceId="AL-000213")
    plant.install(order)
    plant.shop.reaches(order, "completed")
    product = plant.product(order)
    access = plant.values(product, "RFS-WHOLESALE-ACCESS")
    assert access["accessLine"] == "AL-000213"
    assert plant.element("access", access["accessPort"])["down_mbps"] == 300
    assert plant.resources(product)["ACCESS_LINE"]["value"] == "AL-000213"
    assert plant.element("edge", plant.values(product, "RFS-INTERNET-EDGE")["edge"])["up_mbps"] == 50


def _milestones(plant: Plant, order: str) -> list[str]:
    """The stages of the partner's line that are done."""
    sql = (
        "select c.name from rom_order_item_char c join rom_order_item i on i.id = c.item_id "
        "join rom_resource_order r on r.id = i.resource_order_id join som_service_order s on s.id = r.service_order_id "
        "where s.product_order_id = ? and i.resource_spec_id = 'ACCESS_LINE' and c.value = 'done'"
    )
    return [str(row["name"]).removeprefix("stage:") for row in plant.stack.rows(sql, order)]


def test_nobody_can_call_before_the_emergency_record_is_posted(plant: Plant) -> None:
    """The number is registered in the IMS and has a record at the service address before the product is active."""
    order = plant.shop.order(214, item(1, "add", offering="VOICE-HOME"))
    sent = until(lambda: plant.stack.rows("select * from pgw_e911_record where order_id = ?", order), "a record")[0]
    number = str(sent["tn"])

    assert (plant.shop.state(order), plant.element("ims", number)["state"]) == ("inProgress", "registered")
    assert plant.stack.rows("select status from num_tn where tn = ?", number) == [{"status": "reserved"}]

    until(lambda: plant.post_emergency_records() or plant.element("e911", number), "the record in the network")
    plant.shop.reaches(order, "completed")
    product = plant.product(order)
    assert plant.values(product, "RFS-IMS-SUB")["tn"] == number
    assert plant.stack.rows("select status, line_type from num_tn where tn = ?", number) == [
        {"status": "assigned", "line_type": "fixed"}
    ]
    address = plant.stack.rows("select * from loc_address where id = 'ADR-00214'")[0]
    assert (plant.element("e911", number)["house_nr"], plant.element("e911", number)["esn"]) == (
        address["street_nr"],
        address["esn"],
    )


def test_television_is_an_entitlement_of_the_subscription(plant: Plant) -> None:
    """The package that was sold is the one that may be watched."""
    product = plant.product(plant.built(215, "TV-BASIC"))

    told = plant.values(product, "RFS-IPTV-ENT")
    assert plant.element("iptv", told["subscription"]) == {
        "subscription": told["subscription"],
        "package": "TV-BASIC",
        "state": "active",
    }


def test_a_dsl_line_is_one_circuit_in_the_old_exchange(plant: Plant) -> None:
    """One ADD reaches the old exchange, with a ticket; port and circuit are in use."""
    logged = plant.stack.rows("select count(*) as n from ne_line_log")[0]["n"]
    order = plant.built(216, "DSL-50")

    port = plant.values(plant.product(order), "RFS-DSL")["dslamPort"]
    lines = plant.stack.client.get("/network/v1/dsl", params={"line": port}).json()
    sql = "select command, answer from ne_line_log where line = ? and id > ? order by id"
    said = plant.stack.rows(sql, f"DSL-{port}", logged)
    assert [(line["profile"], line["pvc"]) for line in lines] == [("DSL-50", "8/35")]
    assert said == [{"command": f"ADD DSL-{port} DSL-50,8/35", "answer": "OK"}]
    assert {task["controller"] for task in plant.tasks(order)} == {"legacy"}


def test_each_site_of_a_site_network_has_its_own_edge_and_access(plant: Plant) -> None:
    """Two sites are two lines into two virtual customer edges."""
    order = plant.built(217, "SDWAN-LITE", "SDWAN-LITE")

    rows = plant.stack.rows("select product_id from com_order_item where order_id = ? order by item_no", order)
    edges = [plant.values(str(row["product_id"]), "RFS-EDGE")["edge"] for row in rows]
    ports = {plant.values(str(row["product_id"]), "RFS-ACCESS")["accessPort"] for row in rows}
    assert len(set(edges)) == len(ports) == 2
    assert [plant.element("edge", edge)["kind"] for edge in edges] == ["vCPE", "vCPE"]


@pytest.mark.parametrize(
    ("offering", "profile", "policy"),
    [("PREPAID-START", "PREPAID", "PREPAID-DATA"), ("MOBILE-SILVER", "POSTPAID-SILVER", "SILVER-DATA")],
)
def test_the_offering_fixes_what_the_network_gets(plant: Plant, offering: str, profile: str, policy: str) -> None:
    """A mobile line has the profile and the policy of what was sold."""
    line = plant.values(plant.product(plant.built(218, offering)), "RFS-HLR-SUB")

    assert plant.element("hlr", line["imsi"])["profile"] == profile
    assert plant.element("pcrf", line["imsi"])["policy"] == policy


def test_a_pass_needs_a_line(plant: Plant) -> None:
    """A number that no active line has: the order fails with a case, and no policy is in the network."""
    order = plant.shop.order(219, item(1, "add", offering="ROAM-PASS-7", characteristics={"msisdn": "5125550001"}))

    plant.shop.reaches(order, "failed")

    cases = plant.stack.client.get("/fallout/v1/cases", params={"orderId": order}).json()
    assert "PASS-NO-LINE" in {case["code"] for case in cases}
    assert plant.element("roaming", "5125550001") == {}


def test_the_old_and_the_new_network_are_sold_together(plant: Plant) -> None:
    """DSL and mobile in one bundle: both paths of the order are built, the parent is active after both."""
    child = {"productOrderItemRelationship": [{"id": "1", "relationshipType": "bundledBy"}]}
    order = plant.shop.order(
        229,
        item(1, "add", offering="LEGACY-MOBILE-BUNDLE"),
        item(2, "add", offering="DSL-50", **child),
        item(3, "add", offering="MOBILE-SILVER", **child),
    )

    plant.shop.reaches(order, "completed")

    port = plant.values(plant.product(order, "DSL-50"), "RFS-DSL")["dslamPort"]
    line = plant.values(plant.product(order, "MOBILE-SILVER"), "RFS-HLR-SUB")
    assert (plant.element("dsl", port)["state"], plant.element("hlr", line["imsi"])["state"]) == ("active", "active")
    parent = plant.shop.product(plant.product(order, "LEGACY-MOBILE-BUNDLE"))
    assert parent["status"] == "active"


def test_a_roaming_pass_ends_at_its_instant(plant: Plant) -> None:
    """Seven days of policy on the line that was named, and off at the instant, by the stack's clock."""
    line = plant.values(plant.product(plant.built(219, "MOBILE-SILVER")), "RFS-HLR-SUB")
    plant.built(219, "ROAM-PASS-7", msisdn=line["msisdn"])

    entry = plant.element("roaming", line["msisdn"])
    assert (entry["policy"], entry["state"]) == ("ROAM-PASS", "active")

    plant.stack.admin.post("/admin/clock", json={"advance": "7d"}).raise_for_status()
    until(lambda: plant.element("roaming", line["msisdn"])["state"] == "expired", "the end of the pass")
