"""Windows by the clock at the site, on days of 23 and 25 hours as well."""

import pytest

from ringback.reference_stack.care.appointments import appointment, window


def shown(starts: str, ends: str, zone: str = "America/New_York") -> str:
    """A window as it is told to the customer."""
    found = window({"validFor": {"startDateTime": starts, "endDateTime": ends}, "timeZone": zone})
    assert found is not None
    return found.local


@pytest.mark.parametrize(
    ("starts", "ends", "told"),
    [
        ("2026-11-23T15:00:00.000Z", "2026-11-23T17:00:00.000Z", "Mon 23 Nov 2026, 10:00 to 12:00 EST"),
        ("2026-07-06T12:00:00.000Z", "2026-07-06T14:00:00.000Z", "Mon 06 Jul 2026, 08:00 to 10:00 EDT"),
        ("2026-11-01T05:00:00.000Z", "2026-11-01T06:00:00.000Z", "Sun 01 Nov 2026, 01:00 EDT to 01:00 EST"),
        ("2026-03-08T06:00:00.000Z", "2026-03-08T08:00:00.000Z", "Sun 08 Mar 2026, 01:00 EST to 04:00 EDT"),
    ],
)
def test_a_window_is_told_by_the_clock_on_the_wall(starts: str, ends: str, told: str) -> None:
    """The zone's name is there; where it changes within the window, both are."""
    assert shown(starts, ends) == told


def test_the_same_hour_of_the_wall_clock_is_two_windows() -> None:
    """When summer time ends, 01:00 comes twice: the ids differ, so that the right one is booked."""
    first, second = (
        window({"validFor": {"startDateTime": at, "endDateTime": at}, "timeZone": "America/New_York"})
        for at in ("2026-11-01T05:30:00.000Z", "2026-11-01T06:30:00.000Z")
    )

    assert first is not None
    assert second is not None
    assert first.id != second.id
    assert (first.hours[:5], second.hours[:5]) == ("01:30", "01:30")


def test_an_appointment_without_a_window_is_shown_without_one() -> None:
    """A cancelled one cannot be moved."""
    found = appointment({"id": "APT-1", "status": "cancelled", "relatedPlace": {"id": "ADR-1"}}, "PO-1")

    assert (found.window, found.can_move, found.address_id, found.order_id) == (None, False, "ADR-1", "PO-1")
