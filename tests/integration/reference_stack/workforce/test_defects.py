"""The release defects of workforce: each passes the naive check, and shows in what really happened."""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from tests.integration.reference_stack.conftest import RunningStack, until
from tests.integration.reference_stack.workforce.conftest import WORK_ORDER, Desk
from tests.integration.reference_stack.workforce.test_work_orders import ship_device

# recon:R46 with the equipment in view: dispatched although the box of the item has not left.
TOO_EARLY = (
    "select w.id from wfm_work_order w join pgw_shipment s on s.order_item_id = w.product_order_item_id "
    "where w.dispatched_at is not null and (s.shipped_at is null) and w.id = ?"
)


@pytest.mark.defect("D10")
@pytest.mark.parametrize("defect", [False, True])
def test_nobody_is_sent_before_the_equipment_has_left(desk: Desk, running: RunningStack, *, defect: bool) -> None:
    """Naive: the work order is acknowledged, the 850 is on the SFTP server. Real: dispatched only after the 856."""
    with running.defect("D10") if defect else nullcontext():
        made = desk.order(appointmentId=desk.confirmed(), equipment="shipment").json()
        if defect:
            early = until(lambda: running.rows(TOO_EARLY, made["id"]), "a dispatch before the box has left")
        else:
            desk.until_readiness(made["id"], "is ordered")
            early = running.rows(TOO_EARLY, made["id"])

    number = made["id"].replace("WO-", "EQ-")
    sql = "select f.id from pgw_file f join pgw_record r on r.file_id = f.id where f.feed = '850' and r.record_key = ?"
    assert made["state"] == "acknowledged"
    assert until(lambda: running.rows(sql, number), "the 850")
    assert bool(early) is defect
    ship_device(running, made)
    desk.until_state(made["id"], "inProgress")


@pytest.mark.defect("D17")
@pytest.mark.parametrize("defect", [False, True])
def test_the_close_code_of_completed_work_is_one_that_all_know(
    desk: Desk, running: RunningStack, *, defect: bool
) -> None:
    """Naive: the work order is completed. Real: its close code is the agreed one, which starts the charge."""
    booking = desk.dispatched()

    if defect:
        with running.defect("D17"):
            desk.close(desk.close_out(booking, "DONE"))
    else:
        desk.close(desk.close_out(booking, "DONE"))

    done = desk.get(WORK_ORDER, booking.work_order)
    assert done["state"] == "completed"
    assert (done["closeCode"] == "DONE") is not defect
