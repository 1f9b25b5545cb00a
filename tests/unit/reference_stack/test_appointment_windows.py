"""Windows of technicians by the clock of the place, and which place has which clock."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ringback.reference_stack.systems.workforce.slots import CREWS, is_free, window_of, windows
from ringback.reference_stack.systems.workforce.zones import area_of, zone_of


@pytest.mark.parametrize(
    ("state", "postcode", "zone"),
    [
        ("MA", "02139", "America/New_York"),
        ("TX", "78701", "America/Chicago"),
        ("TX", "79901", "America/Denver"),
        ("az", "85001", "America/Phoenix"),
        ("FL", "32501", "America/Chicago"),
        ("BC", "V5K 0A1", "America/New_York"),
    ],
)
def test_a_place_has_the_clock_of_its_state_or_part_of_it(state: str, postcode: str, zone: str) -> None:
    """By state, by ZIP where a state has two; the market's own for others."""
    assert zone_of(state, postcode) == zone


@pytest.mark.parametrize(
    ("zone", "day", "first"),
    [
        ("America/New_York", 13, "2027-03-13T13:00:00+00:00"),
        ("America/New_York", 14, "2027-03-14T12:00:00+00:00"),
        ("America/Phoenix", 13, "2027-03-13T15:00:00+00:00"),
        ("America/Phoenix", 14, "2027-03-14T15:00:00+00:00"),
    ],
)
def test_eight_in_the_morning_is_another_instant_after_the_change(zone: str, day: int, first: str) -> None:
    """The Sunday on which the clocks go forward, and a state in which they do not."""
    start, end = datetime(2027, 3, day, 10, tzinfo=UTC), datetime(2027, 3, day + 1, 2, tzinfo=UTC)

    found = [window.start.astimezone(UTC).isoformat() for window in windows(zone, start, end)]

    assert (found[0], len(found)) == (first, 5)


def test_only_whole_windows_are_offered() -> None:
    """A period from nine holds the windows from ten."""
    found = list(windows("UTC", datetime(2027, 3, 1, 9, tzinfo=UTC), datetime(2027, 3, 1, 15, tzinfo=UTC)))

    assert [window.start.hour for window in found] == [10, 12]
    assert window_of("UTC", "2027-03-01T10:00:00.000Z", "2027-03-01T12:00:00.000Z") == found[0]
    assert window_of("UTC", "2027-03-01T11:00:00.000Z", "2027-03-01T13:00:00.000Z") is None


def test_a_crew_is_busy_in_every_window_that_overlaps() -> None:
    """Appointments of other lengths count too, those that only touch do not."""
    window = next(windows("UTC", datetime(2027, 3, 1, 8, tzinfo=UTC), datetime(2027, 3, 1, 10, tzinfo=UTC)))
    across = {("2027-03-01T09:00:00.000Z", "2027-03-01T11:00:00.000Z"): 1}
    behind = {("2027-03-01T10:00:00.000Z", "2027-03-01T12:00:00.000Z"): CREWS}

    assert is_free({**behind, **dict.fromkeys(across, CREWS - 1)}, window)
    assert not is_free(dict.fromkeys(across, CREWS), window)
    assert area_of("02139") == "021"
