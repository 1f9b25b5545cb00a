"""Times are shown as local wall clock and UTC side by side."""

from ringback.reference_stack.care.moments import Moment, moment


def test_winter_time_is_five_hours_behind_utc() -> None:
    """In November the market's clock shows EST."""
    assert moment("2026-11-21T00:05:00.000Z") == Moment(
        iso="2026-11-21T00:05:00.000Z",
        utc="2026-11-21 00:05:00 UTC",
        local="2026-11-20 19:05:00 EST",
        day="20 Nov 2026",
    )


def test_summer_time_is_four_hours_behind_utc() -> None:
    """In July the market's clock shows EDT."""
    shown = moment("2026-07-01T12:00:00Z")

    assert shown is not None
    assert shown.local == "2026-07-01 08:00:00 EDT"


def test_the_hour_that_comes_twice_stays_two_hours() -> None:
    """When the clocks go back, the zone tells the two hours apart."""
    shown = [moment("2026-11-01T05:30:00Z"), moment("2026-11-01T06:30:00Z")]

    assert [at.local for at in shown if at] == ["2026-11-01 01:30:00 EDT", "2026-11-01 01:30:00 EST"]


def test_a_business_date_is_not_converted() -> None:
    """A date without a time of day is the same day everywhere."""
    shown = moment("2026-11-20")

    assert shown is not None
    assert shown.day == "20 Nov 2026"


def test_text_that_is_no_time_is_shown_as_it_came() -> None:
    """A wrong value is shown, not hidden."""
    shown = moment("tomorrow")

    assert shown is not None
    assert shown.local == "tomorrow"
    assert moment("") is None
