"""Queries, secrets in events, time, column short forms, defects."""

from datetime import UTC, datetime

import pytest

from ringback.reference_stack.clock import Clock, moment_of, seconds_of, text_of
from ringback.reference_stack.defects import DEFECTS, DefectSwitches, UnknownDefect
from ringback.reference_stack.kernel.events import without_secrets
from ringback.reference_stack.kernel.query import choices, matches, only
from ringback.reference_stack.schema import METADATA
from ringback.reference_stack.systems.product_inventory import months_later

ORDER = {
    "id": "PO-1",
    "href": "/PO-1",
    "state": "acknowledged",
    "isBundle": True,
    "relatedParty": [{"id": "CUST-1"}, {"id": "CUST-2"}],
}


@pytest.mark.parametrize(
    ("path", "value", "found"),
    [
        ("state", "acknowledged", True),
        ("state", "completed", False),
        ("relatedParty.id", "CUST-2", True),
        ("relatedParty.id", "CUST-3", False),
        ("isBundle", "true", True),
        ("state", "completed,acknowledged", True),
        ("state", '"completed,acknowledged"', False),
        ("nothing.there", "x", False),
    ],
)
def test_a_filter_compares_plain_and_dotted_attributes(path: str, value: str, *, found: bool) -> None:
    """One matching element of a list is enough, a comma means either; an absent attribute matches nothing."""
    assert matches(ORDER, [(path, choices(value))]) is found


def test_chosen_fields_always_bring_id_and_href() -> None:
    """TMF630: a client can always find the resource again."""
    assert only(ORDER, ("state",)) == {"id": "PO-1", "href": "/PO-1", "state": "acknowledged"}


def test_events_carry_no_secret_of_a_customer() -> None:
    """A PIN leaves the document, as a characteristic and as a key, however deep it sits."""
    document = {
        "item": [{"chars": [{"name": "pin", "value": "0042"}, {"name": "zip", "value": "02139"}], "pin": "0042"}]
    }

    assert without_secrets(document) == {"item": [{"chars": [{"name": "zip", "value": "02139"}]}]}


def test_stamps_rise_even_within_a_millisecond() -> None:
    """The order of transitions can be read from their times."""
    clock = Clock()

    stamps = [clock.stamp() for _ in range(50)]

    assert stamps == sorted(set(stamps))


def test_the_clock_is_ahead_by_what_it_was_advanced() -> None:
    """Four hours forward are four hours."""
    clock = Clock()
    before = clock.now()

    clock.advance(seconds_of("4h"))

    assert 14400 <= (clock.now() - before).total_seconds() < 14402


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("1h30m", 5400), ("500ms", 0.5), ("2d", 172800)])
def test_durations_are_read_with_their_units(text: str, seconds: float) -> None:
    """Numbers with units, also several of them."""
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "4", "h", "4 hours", "-1h"])
def test_a_duration_without_a_unit_is_refused_with_examples(text: str) -> None:
    """Nobody has to guess whether 4 means hours."""
    with pytest.raises(ValueError, match="write for example"):
        seconds_of(text)


def test_time_texts_have_milliseconds_and_survive_the_way_back() -> None:
    """One form in every table."""
    moment = datetime(2026, 3, 1, 4, 5, 6, 7000, tzinfo=UTC)

    assert text_of(moment) == "2026-03-01T04:05:06.007Z"
    assert moment_of(text_of(moment)) == moment


def test_a_promotion_ends_on_the_last_day_of_a_shorter_month() -> None:
    """Three months from the end of November end in February."""
    assert months_later(datetime(2026, 11, 30, tzinfo=UTC), 3) == datetime(2027, 2, 28, tzinfo=UTC)


def test_a_defect_is_off_until_it_is_switched_on() -> None:
    """A switch has two positions."""
    switches = DefectSwitches(["D05"])

    switches.switch("D05", on=False)
    switches.switch("D14", on=True)

    assert (switches.on("D05"), switches.active) == (False, ("D14",))


def test_an_anti_pattern_switches_all_of_its_defects() -> None:
    """AP3 is four defects at once; switched off again, none is left."""
    switches = DefectSwitches(["AP3"])
    all_of_it = switches.active
    switches.switch("AP3", on=False)

    assert (all_of_it, switches.active) == (("D37", "D38", "D40", "D41"), ())


def test_an_unknown_defect_is_refused() -> None:
    """A misspelt defect would otherwise be a green run without a defect."""
    with pytest.raises(UnknownDefect, match="no defect 'D99'; `ringback stack defects` lists the 52 and AP1 to AP7"):
        DefectSwitches(["D99"])


def test_each_defect_says_where_it_lives_and_what_goes_wrong() -> None:
    """The table is what `ringback stack defects` prints."""
    assert all(defect.id == key and defect.system and defect.description for key, defect in DEFECTS.items())


def test_every_table_has_a_key_and_a_prefix() -> None:
    """Rows can be named, and it is visible who owns them."""
    assert all(table.primary_key.columns and "_" in table.name for table in METADATA.tables.values())
