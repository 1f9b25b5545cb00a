"""Fields that have a pattern alone: every value fits it, and keys are kept apart."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import numpy as np
import pytest

from ringback.engine.problems import UsageError
from ringback.synthetic_partners.bulk.columns import Chunk
from ringback.synthetic_partners.bulk.patterned import Patterned, pattern_room, places_of

NOW = datetime(2026, 1, 15, tzinfo=UTC)


def _drawn(pattern: str, rows: int, *, distinct: bool = False) -> list[str]:
    places = places_of(pattern)
    assert places is not None
    chunk = Chunk(rows, 1, NOW, total=rows, seed=7)
    return [value.decode() for value in Patterned(places, distinct).draw(np.random.default_rng(7), chunk)]


@pytest.mark.parametrize("pattern", [r"[A-Z]{3}\d{6}", r"R\d{2}", r"[0-9A-F]{32}", r"[A-C]-[0-9]{4}"])
def test_every_value_fits_its_pattern(pattern: str) -> None:
    """As many as were asked for, and not all alike."""
    values = _drawn(pattern, 500)

    assert all(re.fullmatch(pattern, value) for value in values)
    assert len(set(values)) > 50


def test_keys_are_all_different_down_to_the_last_one_there_is() -> None:
    """A pattern of 260 values gives 260 different ones, and no more."""
    assert len(set(_drawn(r"[A-Z]\d", 260, distinct=True))) == 260
    assert pattern_room(r"[A-Z]\d") == 260
    with pytest.raises(UsageError, match="different keys"):
        _drawn(r"[A-Z]\d", 261, distinct=True)


def test_a_long_pattern_counts_through_what_a_number_can_tell_apart() -> None:
    """32 hexadecimal digits are more than 64 bits hold: still no two alike."""
    assert len(set(_drawn(r"[0-9A-F]{32}", 2000, distinct=True))) == 2000


@pytest.mark.parametrize("pattern", [r"a|b", r"\d{1,3}", r"(ab)+", ""])
def test_a_pattern_that_says_more_is_left_to_the_type(pattern: str) -> None:
    """Alternatives, groups and varying lengths are no places."""
    assert places_of(pattern) is None
    assert pattern_room(pattern) == 0
