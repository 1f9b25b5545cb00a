"""Close-outs by file: DONE completes the work once, a failed visit is somebody's case and may be repeated."""

from __future__ import annotations

import pytest

from tests.integration.reference_stack.conftest import RunningStack, until
from tests.integration.reference_stack.workforce.conftest import APPOINTMENT, SERIAL, WORK_ORDER, Desk


def told(running: RunningStack, work_order: str) -> list[object]:
    """The states that events told of a work order."""
    sql = "select state from evt_event where resource_id = ? and event_type = 'WorkOrderStateChangeEvent' order by seq"
    return [row["state"] for row in running.rows(sql, work_order)]


def test_done_completes_the_work_with_the_serial_that_was_scanned(desk: Desk, running: RunningStack) -> None:
    """File accepted; work order, appointment and event say so, the install date is the end of the visit."""
    booking = desk.dispatched()
    record = desk.close_out(booking, "DONE")

    file = desk.upload(record)

    done = desk.get(WORK_ORDER, booking.work_order)
    event = next(
        entry["event"]["workOrder"]  # type: ignore[index]
        for entry in running.log(booking.order.replace("PO-", "CORR-"))
        if entry["eventType"] == "WorkOrderStateChangeEvent" and entry["event"]["workOrder"]["state"] == "completed"  # type: ignore[index]
    )
    noted = running.rows("select * from pgw_record where file_id = ?", file["id"])[0]
    assert (file["status"], noted["entity_id"]) == ("accepted", booking.work_order)
    assert noted["correlation_id"] == booking.order.replace("PO-", "CORR-")
    assert (done["state"], done["closeCode"], done["ontSerial"]) == ("completed", "DONE", SERIAL)
    assert str(done["completionDate"]).replace("-", "").replace(":", "")[:15].replace("T", "") == record["ended_at"]
    assert {name: event[name] for name in ("id", "orderId", "productOrderItemId", "closeCode", "ontSerial")} == {
        "id": booking.work_order,
        "orderId": booking.order,
        "productOrderItemId": booking.item,
        "closeCode": "DONE",
        "ontSerial": SERIAL,
    }
    assert desk.get(APPOINTMENT, booking.appointment)["status"] == "completed"


def test_a_second_visit_completes_the_work_once(desk: Desk, running: RunningStack) -> None:
    """NOACC: held, a case with owner and deadline, a new slot; DONE completes; the late copy changes nothing."""
    booking = desk.dispatched()
    no_access = desk.close_out(booking, "NOACC")

    desk.upload(no_access)
    held = desk.get(WORK_ORDER, booking.work_order)
    case = until(lambda: desk.cases(booking.order), "a case")[0]
    failed = desk.get(APPOINTMENT, booking.appointment)["status"]
    entity = [{"id": booking.work_order, "role": "work", "@referredType": "WorkOrder"}]
    other = desk.confirmed(relatedEntity=entity)
    desk.until_state(booking.work_order, "inProgress")
    desk.upload(desk.close_out(booking, "DONE", visit=2, appointment_id=other))
    copy = desk.upload(no_access)
    late = desk.upload(no_access | {"close_id": "CL-LATE"})

    assert (held["state"], held["closeCode"], "startDate" in held, failed) == ("held", "NOACC", False, "failed")
    assert str(held["readiness"]).startswith("missing: appointment")
    assert "nobody opened the door" in str(case["rootCause"])
    asked = (
        "select id from wfm_work_order w join evt_event e on e.resource_id = w.id where w.id = ? and e.event_type = ?"
    )
    assert len(running.rows(asked, booking.work_order, "WorkOrderInformationRequiredEvent")) == 1
    assert (case["code"], case["owner"], case["status"]) == ("WFM-NOACC", "field-operations", "open")
    assert str(case["slaDue"]) > str(case["openedAt"])
    assert (copy["status"], late["status"]) == ("partial", "accepted")
    assert desk.get(WORK_ORDER, booking.work_order)["state"] == "completed"
    assert told(running, booking.work_order) == ["inProgress", "held", "inProgress", "completed"]
    assert [one["status"] for one in desk.cases(booking.order)] == ["closed"]
    works = desk.get(WORK_ORDER, booking.work_order)["workOrderItem"][0]["work"]["work"]  # type: ignore[index]
    assert [work["state"] for work in works] == ["failed", "completed"]


REFUSALS = {
    "an unknown work order": ({"work_order_id": "WO-NONE"}, "R105"),
    "a visit that was never sent": ({"visit": "07"}, "R105"),
    "another appointment": ({"appointment_id": "APT-NONE"}, "R102"),
    "a code that is not agreed": ({"close_code": "FINE"}, "R104"),
    "done without a serial": ({"ont_serial": ""}, "R101"),
    "an end before the start": ({"started_at": "20310101000000"}, "R109"),
    "an end in the future": ({"ended_at": "20310101000000"}, "R109"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_close_out_that_cannot_be_is_refused_and_changes_nothing(
    desk: Desk, running: RunningStack, name: str
) -> None:
    """The record is rejected with its code, the technician is still out."""
    changes, code = REFUSALS[name]
    booking = desk.dispatched()

    file = desk.upload(desk.close_out(booking, "DONE") | changes)

    record = running.rows("select * from pgw_record where file_id = ?", file["id"])[0]
    assert (file["status"], record["error_code"]) == ("partial", code)
    assert desk.get(WORK_ORDER, booking.work_order)["state"] == "inProgress"


def test_a_closed_visit_cannot_end_otherwise(desk: Desk) -> None:
    """DONE and later NOACC: R110, the work stays completed."""
    booking = desk.dispatched()
    desk.close(desk.close_out(booking, "DONE"))

    reply = desk.close(desk.close_out(booking, "NOACC"))

    assert (reply.status_code, reply.json()["code"]) == (422, "R110")
    assert desk.get(WORK_ORDER, booking.work_order)["state"] == "completed"


def test_good_records_of_a_file_are_applied_beside_bad_ones(desk: Desk) -> None:
    """The control total is the sum of the visits; one record of two has a visit that was never sent."""
    booking = desk.dispatched()

    file = desk.upload(desk.close_out(booking, "DONE"), desk.close_out(booking, "NOACC", visit=2))

    assert (file["status"], file["declared_count"], file["declared_total"]) == ("partial", 2, 3)
    assert (file["accepted_count"], file["rejected_count"], file["actual_total"]) == (1, 1, 3)
    assert desk.get(WORK_ORDER, booking.work_order)["state"] == "completed"
