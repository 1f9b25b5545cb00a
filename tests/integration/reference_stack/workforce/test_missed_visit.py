"""A fibre line from the counter to the charge, with a visit that failed and one that did not."""

from __future__ import annotations

from datetime import timedelta

from tests.integration.reference_stack.conftest import RunningStack, until
from tests.integration.reference_stack.ordering.conftest import Shop, item
from tests.integration.reference_stack.workforce.conftest import APPOINTMENT, SERIAL, WORK_ORDER, Booking, Desk

CUSTOMER = 231


def home_slot(desk: Desk, address: str, days: int) -> dict[str, object]:
    """A free window at the customer's address."""
    first = desk.now() + timedelta(days=days)
    place = {"id": address, "role": "installationAddress"}
    return {"validFor": desk.slots(address, first, first + timedelta(days=1))[0]["validFor"], "relatedPlace": place}


def test_the_order_is_held_by_a_missed_visit_and_completed_once_by_the_next(desk: Desk, running: RunningStack) -> None:
    """Booked with the order; NOACC holds it with a case; the second visit completes it, and the charge starts then."""
    shop = Shop(running)
    address = str(
        running.rows("select address_id from crm_customer where id = ?", f"CUST-{CUSTOMER:05d}")[0]["address_id"]
    )
    first = running.client.post(APPOINTMENT, json=home_slot(desk, address, 90)).json()["id"]
    desk.patch(APPOINTMENT, first, {"status": "confirmed"})
    order = shop.order(CUSTOMER, item(1, "add", offering="FIBRE-500", appointment={"id": first}))

    sql = "select * from wfm_work_order where order_id = ? and state = 'inProgress'"
    visit = until(lambda: running.rows(sql, order), "a technician")[0]
    booking = Booking(str(visit["id"]), first, order, str(visit["product_order_item_id"]))
    missed = desk.close_out(booking, "NOACC")
    desk.upload(missed)
    shop.reaches(order, "held")
    case = next(one for one in desk.cases(order) if one["code"] == "WFM-NOACC")
    charges_before = running.rows("select c.id from bil_charge c where c.order_id = ?", order)
    entity = [{"id": booking.work_order, "role": "work", "@referredType": "WorkOrder"}]
    second = running.client.post(APPOINTMENT, json=home_slot(desk, address, 91) | {"relatedEntity": entity}).json()[
        "id"
    ]
    desk.patch(APPOINTMENT, second, {"status": "confirmed"})
    desk.until_state(booking.work_order, "inProgress")
    done = desk.close_out(booking, "DONE", visit=2, appointment_id=second)
    desk.upload(done)
    shop.reaches(order, "completed")
    late = desk.upload(missed | {"close_id": "CL-LATE-2"})

    states = running.rows(
        "select to_state from com_state_history where entity_id = ? and to_state in ('held', 'completed') order by at",
        order,
    )
    charge = until(
        lambda: running.rows("select * from bil_charge where order_id = ? and status = 'active'", order), "a charge"
    )
    assert (case["owner"], case["slaDue"] > case["openedAt"]) == ("field-operations", True)  # type: ignore[operator]
    assert charges_before == []
    assert (late["status"], shop.state(order)) == ("accepted", "completed")
    assert [row["to_state"] for row in states] == ["held", "completed"]
    work = desk.get(WORK_ORDER, booking.work_order)
    assert (work["appointment"]["id"], work["ontSerial"]) == (second, SERIAL)  # type: ignore[index]
    assert len(charge) == 1
    assert desk.get(APPOINTMENT, first)["status"] == "failed"


def test_a_customer_may_have_the_equipment_sent(running: RunningStack) -> None:
    """The characteristic of the order's item reaches the work order, and the box is ordered for that item."""
    shop = Shop(running)

    order = shop.order(CUSTOMER + 1, item(1, "add", offering="FIBRE-500", characteristics={"equipment": "shipment"}))

    sql = "select * from pgw_shipment where order_id = ?"
    box = until(lambda: running.rows(sql, order), "a purchase order")[0]
    assert (box["sku"], box["order_item_id"]) == ("GATEWAY-XGS", shop.items(order)[0]["orderItemId"])
    work = running.rows("select equipment from wfm_work_order where order_id = ?", order)
    assert work == [{"equipment": "shipment"}]
