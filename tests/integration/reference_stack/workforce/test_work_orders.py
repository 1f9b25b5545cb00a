"""Work orders: nobody is sent before site, equipment and customer are ready; cancelled until he is on the way."""

from __future__ import annotations

from tests.integration.reference_stack.conftest import RunningStack
from tests.integration.reference_stack.workforce.conftest import APPOINTMENT, CANCEL, WORK_ORDER, Desk, Document


def test_a_work_order_waits_until_site_and_customer_are_ready(desk: Desk, running: RunningStack) -> None:
    """Its readiness says what is missing; the technician is sent by file once nothing is."""
    appointment = desk.book(desk.a_slot()).json()

    made = desk.order(appointmentId=appointment["id"]).json()
    said = desk.until_readiness(made["id"], "appointment")
    desk.patch(APPOINTMENT, appointment["id"], {"status": "confirmed"})

    sent = desk.until_state(made["id"], "inProgress")
    assert (made["state"], said) == ("acknowledged", f"missing: appointment: {appointment['id']} is initialized")
    assert (sent["readiness"], "startDate" in sent, "startDate" in made) == ("ready", True, False)


def test_the_window_is_the_same_instant_in_api_table_and_dispatch_file(desk: Desk, running: RunningStack) -> None:
    """The job names the window in UTC with the zone of the place, the address, and what is to be done."""
    booking = desk.dispatched()

    job = desk.jobs(booking.work_order, 1)[0]

    window = desk.get(APPOINTMENT, booking.appointment)["validFor"]
    row = running.rows("select * from wfm_visit where work_order_id = ?", booking.work_order)[0]
    plain = {name: str(moment).replace("-", "").replace(":", "") for name, moment in window.items()}  # type: ignore[attr-defined]
    assert window == {"startDateTime": row["starts_at"], "endDateTime": row["ends_at"]}
    assert plain == {
        "startDateTime": f"{job['window_start'][:8]}T{job['window_start'][8:]}.000Z",
        "endDateTime": f"{job['window_end'][:8]}T{job['window_end'][8:]}.000Z",
    }
    assert (job["action"], job["visit"], job["version"], job["job"]) == ("N", "01", "01", "INSTALL")
    assert (job["time_zone"], job["zip"], job["equipment"]) == ("America/New_York", "02115", "VAN")


def test_a_job_that_is_moved_is_told_again_with_the_new_window(desk: Desk) -> None:
    """PATCH validFor after the dispatch: version 02, action C, the new instants; back again is version 03."""
    booking = desk.dispatched()
    first = desk.get(APPOINTMENT, booking.appointment)["validFor"]

    desk.patch(APPOINTMENT, booking.appointment, {"validFor": desk.a_slot()["validFor"]})
    desk.jobs(booking.work_order, 2)
    desk.patch(APPOINTMENT, booking.appointment, {"validFor": first})

    jobs = desk.jobs(booking.work_order, 3)
    assert [(job["visit"], job["version"], job["action"]) for job in jobs] == [
        ("01", "01", "N"),
        ("01", "02", "C"),
        ("01", "03", "C"),
    ]
    assert jobs[0]["window_start"] == jobs[2]["window_start"] != jobs[1]["window_start"]


def test_equipment_that_is_shipped_is_ordered_and_must_be_on_its_way(desk: Desk, running: RunningStack) -> None:
    """The 850 leaves by itself, once; ordered is not staged, shipped is."""
    made = desk.order(appointmentId=desk.confirmed(), equipment="shipment").json()

    ordered = desk.until_readiness(made["id"], "is ordered")
    ship_device(running, made)

    number = made["id"].replace("WO-", "EQ-")
    row = running.rows("select * from pgw_shipment where order_item_id = ?", made["productOrderItemId"])
    assert ordered == f"missing: equipment: shipment {number} is ordered"
    assert desk.until_state(made["id"], "inProgress")["readiness"] == "ready"
    assert [(one["po_no"], one["order_id"], one["status"]) for one in row] == [(number, made["orderId"], "shipped")]
    assert desk.jobs(made["id"], 1)[0]["equipment"] == "SHIPPED"


def ship_device(running: RunningStack, work_order: Document) -> None:
    """The box leaves."""
    number = str(work_order["id"]).replace("WO-", "EQ-")
    imei = f"35490900{int(str(work_order['orderId']).rpartition('-')[2]):06d}"
    digits = [int(digit) * (1 + place % 2) for place, digit in enumerate(imei)]
    check = -sum(digit // 10 + digit % 10 for digit in digits) % 10
    item = {"sku": "GATEWAY-XGS", "quantity": 1, "imeis": [f"{imei}{check}"], "iccids": []}
    notice = {"asn": f"ASN-{number}", "purpose": "00", "date": "20261101", "time": "1210", "carrier": "UPSN"}
    notice |= {"tracking": "1Z999", "orders": [{"po": number, "items": [item]}]}  # type: ignore[dict-item]
    reply = running.client.post("/logistics/v1/ship-notices", json=notice)
    assert reply.status_code == 200, reply.text


def test_the_same_work_order_again_is_the_first_one(desk: Desk, running: RunningStack) -> None:
    """Resource ordering that heard no answer may ask again."""
    first = desk.order(externalId="TWICE-1")

    again = desk.order(externalId="TWICE-1")

    assert (first.status_code, again.status_code, again.json()["id"]) == (201, 200, first.json()["id"])
    assert len(running.client.get(WORK_ORDER, params={"externalId": "TWICE-1"}).json()) == 1


def test_an_appointment_finds_its_work_order(desk: Desk) -> None:
    """One that names the product order item is used without being asked for."""
    made = desk.order().json()
    assert desk.until_readiness(made["id"], "none is made") == "missing: appointment: none is made"

    entity = [{"id": made["productOrderItemId"], "role": "for", "@referredType": "ProductOrderItem"}]
    appointment = desk.confirmed(relatedEntity=entity)

    assert desk.until_state(made["id"], "inProgress")["appointment"]["id"] == appointment  # type: ignore[index]


def test_an_appointment_for_another_place_is_not_enough(desk: Desk) -> None:
    """One order, one address."""
    made = desk.order(appointmentId=desk.confirmed(), place=[{"id": desk.addresses[1]}]).json()

    said = desk.until_readiness(made["id"], "address")

    assert said == f"missing: address: the appointment is for {desk.address}, the work is at {desk.addresses[1]}"


def test_a_cancelled_work_order_withdraws_the_job_and_frees_the_crew(desk: Desk, running: RunningStack) -> None:
    """Task done, work order cancelled, appointment cancelled, and the field force is told."""
    booking = desk.dispatched()

    task = running.client.post(CANCEL, json={"workOrder": {"id": booking.work_order}})
    again = running.client.post(CANCEL, json={"workOrder": {"id": booking.work_order}})

    assert (task.status_code, task.json()["state"], again.status_code) == (201, "done", 409)
    assert desk.get(WORK_ORDER, booking.work_order)["state"] == "cancelled"
    assert desk.get(APPOINTMENT, booking.appointment)["status"] == "cancelled"
    assert [job["action"] for job in desk.jobs(booking.work_order, 2)] == ["N", "X"]


def test_a_cancelled_appointment_calls_the_technician_back(desk: Desk) -> None:
    """The work order waits for another window, and goes on with it."""
    booking = desk.dispatched()

    desk.patch(APPOINTMENT, booking.appointment, {"status": "cancelled"})
    held = desk.until_state(booking.work_order, "held")
    other = desk.confirmed()
    desk.patch(WORK_ORDER, booking.work_order, {"appointment": {"id": other}})

    desk.until_state(booking.work_order, "inProgress")
    assert ("startDate" in held, held["readiness"]) == (
        False,
        f"missing: appointment: {booking.appointment} is cancelled",
    )
    jobs = desk.jobs(booking.work_order, 3)
    assert [(job["visit"], job["action"]) for job in jobs] == [("01", "N"), ("01", "X"), ("02", "N")]


def test_work_orders_are_found_changed_and_deleted(desk: Desk, running: RunningStack) -> None:
    """Filters filter, PATCH changes what may change, DELETE leaves nothing."""
    made = desk.order(priority="2").json()

    found = running.client.get(WORK_ORDER, params={"orderId": made["orderId"], "state": "acknowledged"}).json()
    changed = desk.patch(WORK_ORDER, made["id"], {"priority": "1"}).json()
    refused = desk.patch(WORK_ORDER, made["id"], {"state": "completed"})
    gone = running.admin.delete(f"{WORK_ORDER}/{made['id']}").status_code

    assert ([one["id"] for one in found], changed["priority"], refused.status_code) == ([made["id"]], "1", 400)
    assert running.client.get(WORK_ORDER, params={"orderId": made["orderId"], "state": "held"}).json() == []
    assert (gone, running.client.get(f"{WORK_ORDER}/{made['id']}").status_code) == (204, 404)
    assert running.client.post(WORK_ORDER, json={"workOrderItem": []}).status_code == 400
    strange = {"workOrderItem": [{"id": "1", "action": "repaint"}]}
    assert "repaint" in running.client.post(WORK_ORDER, json=strange).json()["reason"]
