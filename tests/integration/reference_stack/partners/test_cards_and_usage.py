"""The SIM vendor's batch is in the inventory, and what mediation and the roaming partner report is rated."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.integration.reference_stack.conftest import until
from tests.integration.reference_stack.partners.conftest import World


def test_a_batch_that_a_journey_asks_for_is_loaded_as_a_whole(world: World) -> None:
    """Twenty cards with consecutive numbers, accepted by the gateway and available in the inventory."""
    world.tell("sim-vendor", "instruction", {"batch": "2026110901"}, {"deliver_batch": {"quantity": 20}})

    said = world.acknowledged("sim-vendor", "RINGBACK_CONSUMER-4FF_2026110901")

    assert said["decision"] == "ACCEPTED", said
    cards = world.stack.rows(
        "select r.value, r.value, r.resource_status from rinv_resource r join pgw_file f on f.id = r.batch_file_id "
        "where f.file_name like '%2026110901.out' and r.kind = 'SIM' order by r.value"
    )
    assert len(cards) == 20
    assert len({str(card["value"])[:-1] for card in cards}) == 20
    assert {card["resource_status"] for card in cards} == {"available"}


def test_a_card_that_is_loaded_twice_rejects_the_batch(world: World) -> None:
    """A batch that begins where another one began overlaps it: R107, and nothing of it is loaded."""
    first = {"quantity": 3, "first_iccid": "890155512345000001", "first_imsi": "001029990000001"}
    world.tell("sim-vendor", "instruction", {"batch": "2026110902"}, {"deliver_batch": first})
    assert world.acknowledged("sim-vendor", "RINGBACK_CONSUMER-4FF_2026110902")["decision"] == "ACCEPTED"

    world.tell("sim-vendor", "instruction", {"batch": "2026110903"}, {"deliver_batch": first})

    said = world.acknowledged("sim-vendor", "RINGBACK_CONSUMER-4FF_2026110903")
    assert said["decision"] == "REJECTED"
    assert "R107" in said["errors"]


def test_use_at_home_and_abroad_is_rated_on_its_line(world: World) -> None:
    """Two calls reported by mediation, data of the roaming partner: each record has its line."""
    line = world.mobile(213)
    who = {"imsi": line["imsi"], "msisdn": f"1{line['tn']}"}
    begin = {"started_at": (datetime.now(UTC) + timedelta(seconds=1)).isoformat()}

    world.tell("mediation", "instruction", who, {"usage": {"type": "MOC", "records": 1, "seconds": 61, **begin}})
    data = {"type": "GPRS", "bytes_up": 1000, "bytes_down": 5_000_000, "charge": 120, **begin}
    world.tell("roaming-hub", "instruction", who, {"usage": data})

    assert world.acknowledged("mediation", "CDUSARBUSARB")["decision"] == "ACCEPTED"
    assert world.acknowledged("roaming-hub", "CDGBRNTUSARB")["decision"] == "ACCEPTED"
    sql = "select usage_type, quantity, serving_network from bil_usage where product_id = ? order by usage_type"
    found = until(lambda: len(rows := world.stack.rows(sql, line["product"])) == 2 and rows, "two records of the line")
    assert [tuple(row.values()) for row in found] == [("data", 5_001_000, "GBRNT"), ("voice", 61, "USARB")]
