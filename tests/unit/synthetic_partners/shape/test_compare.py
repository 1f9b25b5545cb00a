"""Comparison: a score that chance does not lower, and the fields that differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ringback.synthetic_partners.shape.compare import compare
from ringback.synthetic_partners.shape.distance import distance
from ringback.synthetic_partners.shape.profile import Tally

FEEDS = ("ports", "usage", "returns")


@pytest.mark.parametrize("name", FEEDS)
def test_a_file_is_wholly_like_itself(feeds: Mapping[str, Any], name: str) -> None:
    """The same files on both sides score 1."""
    feed = feeds[name]

    assert compare(feed.layout, feed.learnt, feed.learnt).score == 1.0


@pytest.mark.parametrize("name", FEEDS)
def test_two_samples_of_a_feed_are_alike(feeds: Mapping[str, Any], name: str) -> None:
    """Files of one feed score above 0.98 against each other, each of their fields above 0.9."""
    feed = feeds[name]

    found = compare(feed.layout, feed.learnt, feed.held)

    assert found.score > 0.98
    assert all(one.score > 0.9 for one in found.fields), found.worst(3)


def test_total_variation_is_half_the_sum_of_differences() -> None:
    """Shares of 60:40 and 40:60 are 0.2 apart; labels that only one side has count in full."""
    one, other = Tally("value", (600, 400), ("a", "b")), Tally("value", (400, 600), ("a", "b"))
    new = Tally("value", (600, 0), ("a", "b"), other=400)

    assert distance(one, other).raw == pytest.approx(0.2)
    assert distance(one, new).raw == pytest.approx(0.4)


def test_smirnov_is_the_largest_gap_of_the_curves() -> None:
    """Numbers that moved up by a bin are as far apart as the share that moved."""
    edges = (0.0, 1.0, 2.0, 3.0)
    one, other = Tally("number", (500, 300, 200), edges=edges), Tally("number", (200, 300, 500), edges=edges)

    assert distance(one, other).raw == pytest.approx(0.3)


def test_what_chance_makes_of_a_distance_is_taken_off() -> None:
    """Small samples of one distribution are not called unlike; large ones that differ are."""
    few = distance(Tally("value", (12, 8), ("a", "b")), Tally("value", (9, 11), ("a", "b")))
    many = distance(Tally("value", (12_000, 8_000), ("a", "b")), Tally("value", (9_000, 11_000), ("a", "b")))

    assert few.raw == pytest.approx(many.raw)
    assert few.excess < 0.05 < many.excess
