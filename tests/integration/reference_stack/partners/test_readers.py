"""Partners that only read: every file of ours is acknowledged, what is wrong in it is told."""

from __future__ import annotations

from tests.integration.reference_stack.conftest import until
from tests.integration.reference_stack.partners.conftest import World


def _sent(world: World, partner: str, feed: str, count: int) -> list[dict[str, object]]:
    sql = "select status, accepted_count, rejected_count from pgw_file where partner = ? and feed = ? order by seq_no"
    return until(
        lambda: (
            len(rows := world.stack.rows(f"{sql}", partner, feed)) >= count
            and all(row["status"] != "sent" for row in rows)
            and rows
        ),
        f"{count} acknowledged {feed}",
    )


def _device(world: World, imei: str, reason: str) -> None:
    body = {"partner": "imei-registry", "feed": "IMEI", "record": {"imei": imei, "reason": reason}}
    reply = world.stack.client.post("/gateway/v1/outbound", json=body)
    assert reply.status_code == 202, reply.text


def test_a_device_comes_off_the_list_only_when_it_is_on_it(world: World) -> None:
    """Stolen, then found is fine; found without having been lost is refused."""
    _device(world, "490154203237518", "stolen")
    _sent(world, "imei-registry", "IMEI", 1)
    _device(world, "490154203237518", "found")
    _sent(world, "imei-registry", "IMEI", 2)

    _device(world, "356938035643809", "found")

    files = _sent(world, "imei-registry", "IMEI", 3)
    assert [(row["accepted_count"], row["rejected_count"]) for row in files] == [(1, 0), (1, 0), (0, 1)]


def test_the_warehouse_takes_the_customers_of_the_day(world: World) -> None:
    """Some hundred customers in a file that the warehouse finds nothing wrong with."""
    made = world.stack.client.post("/crm/v1/exports", json={}).json()

    (file,) = _sent(world, "data-warehouse", "CUSTEXP", 1)

    assert (file["accepted_count"], file["rejected_count"]) == (made["customers"], 0)
