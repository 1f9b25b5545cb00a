"""Columns of texts, check digits and times: the same as value by value."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringback.engine.problems import UsageError
from ringback.synthetic_partners import check_digits
from ringback.synthetic_partners.bulk import checks, times
from ringback.synthetic_partners.bulk.columns import Chunk, aims
from ringback.synthetic_partners.bulk.text import (
    digits_of,
    encoded,
    joined,
    lengths,
    numbers_of,
    random_digits,
    total,
    zero_filled,
)

DIGITS = st.text("0123456789", min_size=1, max_size=18)
WORDS = st.lists(st.text("ABCxyz 0", max_size=6).map(str.rstrip), min_size=3, max_size=3)
NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)


@given(st.lists(st.integers(0, 10**18 - 1), min_size=1, max_size=20))
def test_numbers_become_digits_and_numbers_again(numbers: list[int]) -> None:
    """With zeros in front, for every width."""
    width = max(len(str(number)) for number in numbers)

    text = digits_of(np.array(numbers), width)

    assert [str(number).zfill(width).encode() for number in numbers] == text.tolist()
    assert numbers == numbers_of(text).tolist()


@given(st.lists(DIGITS, min_size=1, max_size=20))
def test_short_numbers_are_filled_with_zeros_and_absent_ones_stay_absent(texts: list[str]) -> None:
    """As the row-wise writer does it."""
    filled = zero_filled(encoded([*texts, ""]), 12)

    assert [*(text.zfill(12).encode() for text in texts), b""] == filled.tolist()
    assert [int(text) for text in texts] == numbers_of(encoded(texts)).tolist()


@given(WORDS, WORDS)
def test_texts_are_joined_row_by_row(left: list[str], right: list[str]) -> None:
    """Whether or not the texts fill their width."""
    found = joined(encoded(left), b"-", encoded(right))

    expected = [f"{one}-{two}".encode() for one, two in zip(left, right, strict=True)]
    assert expected == found.tolist()
    assert [len(text) for text in expected] == lengths(found).tolist()


def test_a_sum_is_exact_beyond_64_bits() -> None:
    """A million numbers of 18 digits."""
    assert total(np.full(1_000_000, 10**18 - 1)) == 1_000_000 * (10**18 - 1)


@pytest.mark.parametrize(
    ("column", "value", "width"),
    [
        (checks.luhn, check_digits.luhn_digit, 18),
        (checks.luhn, check_digits.luhn_digit, 14),
        (checks.luhn, check_digits.luhn_digit, 1),
        (checks.aba, check_digits.aba_digit, 8),
        (checks.sscc, check_digits.mod10_31_digit, 17),
        (checks.delivery_point, check_digits.zip_digit, 11),
        (checks.mod97, check_digits.mod97_digits, 30),
    ],
)
def test_check_digits_of_a_column_are_those_of_each_value(column: object, value: object, width: int) -> None:
    """A thousand payloads, and the one of nines that gives the largest sum."""
    payload = joined(random_digits(np.random.default_rng(7), 1000, width))
    payload[0] = b"9" * width

    assert [value(text.decode()).encode() for text in payload.tolist()] == column(payload).tolist()  # type: ignore[operator]


@settings(deadline=None)  # the first call makes tables
@given(st.lists(st.integers(-2_208_988_800, 7_258_118_399), min_size=1, max_size=9))
def test_times_are_written_as_their_type_says_and_read_back(seconds: list[int]) -> None:
    """ts14, d8, d6, t4, ts19 and ISO; leap days and centuries included."""
    moments = [datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=second) for second in seconds]
    at = np.array([times.seconds(moment) for moment in moments])
    shapes = {
        "ts14": "%Y%m%d%H%M%S",
        "d8": "%Y%m%d",
        "d6": "%y%m%d",
        "t4": "%H%M",
        "ts19": "%Y%m%d%H%M%S+0000",
        "iso": "%Y-%m-%dT%H:%M:%SZ",
    }

    for kind, shape in shapes.items():
        assert [f"{moment:{shape}}".encode() for moment in moments] == times.written(at, kind).tolist()
    assert seconds == at.tolist()
    assert {True} == {(times.read(times.written(at, kind), kind)[0] == at).all() for kind in ("ts19", "iso")}
    assert at.tolist() == times.read(times.written(at, "ts14"), "ts14")[0].tolist()
    assert (at // times.DAY_S).tolist() == (times.read(times.written(at, "d8"), "d8")[0] // times.DAY_S).tolist()


def test_times_written_in_other_ways_are_read_one_by_one() -> None:
    """Offsets are taken off, fractions of a second dropped, and a text that is no time is none."""
    text = encoded(["2026-01-15T12:00:00+02:00", "2026-01-15T12:00:00.5Z", "", "20260115120000-0530", "soon"])

    found, there = times.read(text, "iso")

    assert there.tolist() == [True, True, False, True, False]
    assert (found[there] - times.seconds(NOW)).tolist() == [-7200, 0, 19_800]


def test_every_day_of_three_centuries_is_read_as_the_calendar_has_it() -> None:
    """And an absent one is told."""
    days = [date(1900, 1, 1) + timedelta(days=number) for number in range(0, 109_000, 7)]
    text = encoded([*(f"{day:%Y%m%d}" for day in days), ""])

    found, there = times.read(text, "d8")

    assert [(day - date(1970, 1, 1)).days for day in days] == (found[:-1] // times.DAY_S).tolist()
    assert [True] * len(days) + [False] == there.tolist()


@given(st.integers(1, 4000), st.integers(0, 2**40), st.data())
def test_unique_numbers_are_different_in_all_chunks_of_a_file(space: int, seed: int, data: st.DataObject) -> None:
    """A file may use up its whole space."""
    rows = data.draw(st.integers(1, space))
    half = rows // 2
    parts = [Chunk(half, 1, NOW, total=rows, seed=seed), Chunk(rows - half, half + 1, NOW, total=rows, seed=seed)]

    found = [number for part in parts for number in part.unique(space).tolist()]

    assert rows == len(set(found))
    assert all(0 <= number < space for number in found)


def test_more_rows_than_keys_are_refused() -> None:
    """The message gives both numbers."""
    with pytest.raises(UsageError, match="101 rows need as many different keys, there are 100"):
        Chunk(101, 1, NOW, total=101).unique(100)


def test_weights_are_kept_to_one_in_a_thousand() -> None:
    """Each value stands in the table as often as its weight says, and one without weight never."""
    table = aims([5, 0, 3, 2])

    assert pytest.approx([0.5, 0, 0.3, 0.2], abs=0.001) == (np.bincount(table, minlength=4) / len(table)).tolist()
