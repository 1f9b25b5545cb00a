"""The field force takes our jobs and closes each visit, as a journey says, or in its window."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.reference_stack.conftest import until
from tests.integration.reference_stack.partners.conftest import World
from tests.integration.reference_stack.workforce.conftest import Booking, Desk


@pytest.fixture(scope="module")
def desk(world: World) -> Iterator[Desk]:
    """Who books windows and orders work."""
    return Desk(world.stack)


def told(world: World, desk: Desk, do: object) -> Booking:
    """A work order for which a technician is sent, who was told beforehand how the visit will end."""
    appointment = desk.confirmed()
    world.tell("field-force", "job", {"appointment": appointment}, do)
    made = desk.order(appointmentId=appointment).json()
    return Booking(made["id"], appointment, made["orderId"], made["productOrderItemId"])


def test_a_visit_that_is_done_completes_its_work_order(world: World, desk: Desk) -> None:
    """The close-out names the serial that the journey gave, and is accepted."""
    booking = told(world, desk, {"done": {"serial": "HWTC00C0FFEE", "minutes": 55}})

    done = desk.until_state(booking.work_order, "completed")

    sql = "select ont_serial, close_code, technician from wfm_visit where work_order_id = ?"
    (visit,) = world.stack.rows(sql, booking.work_order)
    assert done["state"] == "completed"
    assert (visit["ont_serial"], visit["close_code"]) == ("HWTC00C0FFEE", "DONE")
    assert world.acknowledged("field-force", "WFMCLOSE_FIELD01_RINGBACK_")["decision"] == "ACCEPTED"


@pytest.mark.parametrize(
    ("do", "code"), [("no_access", "NOACC"), ("no_show", "NOSHOW"), ("damaged", "DMG"), ("partial", "PARTIAL")]
)
def test_a_failed_visit_waits_for_another_appointment(world: World, desk: Desk, do: str, code: str) -> None:
    """Each reason has its code, and opens its case."""
    booking = told(world, desk, do)

    readiness = desk.until_readiness(booking.work_order, code)

    assert "missing: appointment" in readiness
    until(lambda: [case for case in desk.cases(booking.order) if case["code"] == f"WFM-{code}"], f"a case WFM-{code}")


def test_a_job_that_nobody_speaks_for_waits(world: World, desk: Desk) -> None:
    """The field force has it, acknowledges it, and says nothing more until it is told."""
    booking = desk.dispatched()
    until(
        lambda: [one for file in world.files("field-force", "dispatch") for one in file.records
                 if one["work_order_id"] == booking.work_order],
        "the job's file",
    )  # fmt: skip

    world.tell("field-force", "job", {"work_order": booking.work_order}, "done")

    desk.until_state(booking.work_order, "completed")
