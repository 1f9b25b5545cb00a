"""Anomalies that are several deliveries: which files, in which order, under which numbers."""

from __future__ import annotations

import pytest

from ringback.engine.problems import UsageError
from ringback.engine.registry import DriverSet
from ringback.synthetic_partners.anomalies import Delivery, deliveries
from ringback.synthetic_partners.generate import generate_file
from ringback.synthetic_partners.layout import FeedLayout

LAYOUTS = DriverSet().layouts()


def layout_of(name: str) -> FeedLayout:
    """A built-in layout."""
    found = LAYOUTS[name]
    assert hasattr(found, "encode")
    return found


def of(anomaly: str, layout: str = "npresp", rows: int = 2) -> tuple[Delivery, ...]:
    """The deliveries that an anomaly makes of a good file."""
    return deliveries(generate_file(layout_of(layout), rows=rows, seed=7), layout_of(layout), anomaly)


def numbers(made: tuple[Delivery, ...], layout: str = "npresp") -> list[tuple[str, int]]:
    """Number and records of each delivery; each must be valid by itself."""
    found = []
    for one in made:
        file = layout_of(layout).decode(one.content, one.name)
        assert file.problems == ()
        found.append((file.header["sequence"], len(file.records)))
    return found


def test_a_gap_is_closed_by_legal_empty_files() -> None:
    """The file overtakes n others, which come later, the greatest number first."""
    made = of("A06:n=2")

    assert numbers(made) == [("00003", 2), ("00002", 0), ("00001", 0)]
    assert [one.after_s > 0 for one in made] == [False, True, True]


def test_a_sequence_wraps() -> None:
    """99999 is followed by 1."""
    assert numbers(of("A07")) == [("99999", 2), ("00001", 0)]


def test_a_lost_file_is_missed_by_the_next_days() -> None:
    """The next number comes a day later, then the lost file itself."""
    made = of("A02:days=3")

    assert numbers(made) == [("00002", 0), ("00001", 2)]
    assert [one.days for one in made] == [3, 0]


@pytest.mark.parametrize(
    ("anomaly", "same_name"), [("A03", True), ("A04", False), ("A37:same", True), ("A37:new", False)]
)
def test_a_copy_waits_for_the_acknowledgement_of_the_first(anomaly: str, same_name: bool) -> None:
    """The bytes are the same; the name is, or not."""
    first, again = of(anomaly)

    assert first.content == again.content
    assert (first.name == again.name) == same_name
    assert (again.awaits, again.good) == (first.name, False)


def test_the_same_number_comes_with_other_content() -> None:
    """Both files are valid by themselves."""
    made = of("A05")

    assert [number for number, _ in numbers(made)] == ["00001", "00001"]
    assert made[0].content != made[1].content


@pytest.mark.parametrize("anomaly", ["A18", "A19"])
def test_the_newer_record_comes_first(anomaly: str) -> None:
    """The second record of the file goes out under the first number."""
    layout = layout_of("npresp")
    good = generate_file(layout, rows=2, seed=7)
    older, newer = (record["req_no"] for record in layout.decode(good.content, good.name).records)

    made = of(anomaly)

    assert numbers(made) == [("00001", 1), ("00002", 1)]
    keys = [layout.decode(one.content, one.name).records[0]["req_no"] for one in made]
    assert keys == [newer, older]


def test_records_around_midnight_go_into_two_files() -> None:
    """The second file is the next day's."""
    made = of("A25", rows=4)

    assert numbers(made) == [("00001", 2), ("00002", 2)]
    assert [one.days for one in made] == [0, 1]


@pytest.mark.parametrize(("anomaly", "how"), [("A12", "slow"), ("A36", "replaced"), ("A38", "dropped")])
def test_transport_leaves_the_bytes_alone(anomaly: str, how: str) -> None:
    """One good file, handed over in another way."""
    (only,) = of(anomaly)

    assert (only.how, only.good) == (how, True)
    assert only.content == generate_file(layout_of("npresp"), rows=2, seed=7).content


@pytest.mark.parametrize("anomaly", ["A02", "A06", "A07"])
def test_x12_has_no_gaps(anomaly: str) -> None:
    """Control numbers are unique, not consecutive."""
    with pytest.raises(UsageError, match="numbers without a gap"):
        of(anomaly, "x12-856")
