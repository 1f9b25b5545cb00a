"""A stack that is killed in the middle of many orders goes on where it was: nothing is lost, nothing happens twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.reference_stack.company import FINAL, Company, company, wait
from tests.integration.reference_stack.conftest import servers_of

ORDERS = 40
KINDS = ("flagship", "line-with-device")
TWICE = {
    "orders": "select external_id from com_product_order group by external_id having count(*) > 1",
    "service orders": "select product_order_id from som_service_order group by product_order_id having count(*) > 1",
    "resource orders": "select service_order_id from rom_resource_order group by service_order_id having count(*) > 1",
    "products": "select order_item_id from product_item group by order_item_id having count(*) > 1",
    "services": "select service_order_item_id from sinv_service where service_order_item_id is not null "
    "group by service_order_item_id having count(*) > 1",
    "charges": "select product_id, charge_code from bil_charge where order_id is not null "
    "group by product_id, charge_code having count(*) > 1",
    "instalment plans": "select product_id from bil_installment group by product_id having count(*) > 1",
    "activations": "select idempotency_key from act_task where idempotency_key is not null "
    "group by idempotency_key having count(*) > 1",
    "port requests": "select order_item_id from npg_port group by order_item_id having count(*) > 1",
    "shipments": "select order_item_id from pgw_shipment group by order_item_id having count(*) > 1",
    "records for partners": "select feed, record_key from pgw_outbound group by feed, record_key having count(*) > 1",
    "records in files": "select r.record_key from pgw_record r join pgw_file f on f.id = r.file_id "
    "where f.direction = 'out' and f.feed in ('NPORT', 'CRDQ', '850') "
    "group by f.feed, r.record_key having count(*) > 1",
    "files": "select partner, feed, direction, seq_no from pgw_file where seq_no is not null and status in "
    "('sent', 'acked', 'accepted', 'partial') group by partner, feed, direction, seq_no having count(*) > 1",
    "reserved resources": "select value from rinv_char where name = 'reservedFor' group by value having count(*) > 1",
}
"""What may exist once only, with the query that finds it twice."""


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """A company whose stack was killed three times while it worked on orders, and that has had its time since then."""
    home: Path = tmp_path_factory.mktemp("crash")
    with company(home, *servers_of(home), pace=0.02) as running:
        running.place(KINDS, range(ORDERS // 2))
        running.kill()
        running.place(KINDS, range(ORDERS // 4, ORDERS))  # some of them again: their sender does not know
        for count in (ORDERS // 8, ORDERS // 2):
            wait(lambda least=count: running.finished() >= least, 120, f"{count} orders")  # type: ignore[misc]
            running.kill()
        wait(lambda: not running.waiting(), 180, "an end of every order")
        yield running


def test_every_order_ends_or_has_a_case(killed: Company) -> None:
    """No order is forgotten: it is in a final state, or an open fallout case tells a person why not."""
    sql = "select id, state from com_product_order where external_id like 'LOAD-%'"
    orders = {str(row["id"]): row["state"] for row in killed.stack.rows(sql)}
    cases = {row["order_id"] for row in killed.stack.rows("select order_id from flt_case where status <> 'closed'")}

    assert len(orders) == ORDERS
    assert [order for order, state in orders.items() if state not in FINAL and order not in cases] == []
    assert sum(state == "completed" for state in orders.values()) >= ORDERS * 0.9


def test_no_event_and_no_file_is_left_behind(killed: Company) -> None:
    """What was on its way when the stack died arrives: each delivery, each file, each record for a partner."""
    left = (
        "select count(*) from evt_delivery where status = 'pending'",
        "select count(*) from pgw_file where status = 'received'",
        "select count(*) from pgw_outbound where file_id is null",
        "select count(*) from act_task where verified_at is null and status not in ('failed', 'rejected', 'cancelled')",
    )

    wait(lambda: not any(next(iter(killed.stack.rows(sql)[0].values())) for sql in left), 60, "an end of all work")


@pytest.mark.parametrize("what", TWICE)
def test_nothing_happens_twice(killed: Company, what: str) -> None:
    """Orders, charges, activations, port requests and file records exist once, however often the stack was killed."""
    assert killed.stack.rows(TWICE[what]) == []
