"""Files from a profile: as alike to files the profile has not seen as these are to each other, and always valid."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ringback.engine.problems import UsageError
from ringback.synthetic_partners.bulk.generate import generate
from ringback.synthetic_partners.bulk.reading import check, columns
from ringback.synthetic_partners.layouts import built_in_layouts
from ringback.synthetic_partners.shape.columns import columns_of
from ringback.synthetic_partners.shape.compare import Comparison, compare
from ringback.synthetic_partners.shape.drift import drift

FEEDS = {"ports": 1200, "usage": 2000, "returns": 4000}
DAY = datetime(2026, 5, 12, 3, tzinfo=UTC)


def made(feed: Any, rows: int, folder: Path, files: int = 0) -> list[Path]:
    """As many files as the feed's held-out sample has, a day apart."""
    drawn = columns_of(feed.profile, feed.layout)
    paths = []
    for place in range(files or len(feed.held)):
        target = folder / str(place)
        target.mkdir(parents=True)
        now = DAY + timedelta(days=place)
        path = generate(feed.layout, target, rows=rows, seed=100 + place, now=now, columns=drawn).path
        assert path is not None
        paths.append(path)
    return paths


@pytest.fixture(scope="module")
def compared(feeds: Mapping[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Comparison]:
    """Held-out files beside generated ones."""
    found = {}
    for name, rows in FEEDS.items():
        paths = made(feeds[name], rows, tmp_path_factory.mktemp(name))
        for path in paths:
            assert check(feeds[name].layout, path).problems == ()
        found[name] = compare(feeds[name].layout, feeds[name].held, paths)
    return found


@pytest.mark.parametrize("name", FEEDS)
def test_generated_files_are_like_real_ones(compared: Mapping[str, Comparison], name: str) -> None:
    """Valid files from a profile score at least 0.95 against files that the profile has not seen."""
    found = compared[name]

    assert found.score >= 0.95, [(one.title, one.worst.name, one.score) for one in found.worst(5)]
    assert found.worst(1)[0].score >= 0.85, found.worst(1)[0].title


def test_what_goes_together_goes_together_in_generated_files(compared: Mapping[str, Comparison]) -> None:
    """Model and TAC, state and ZIP keep each other's company."""
    pairs = {frozenset(one.names): one.score for found in compared.values() for one in found.pairs}

    assert pairs[frozenset({"sku", "imei"})] >= 0.95
    assert pairs[frozenset({"state", "zip"})] >= 0.95
    assert pairs[frozenset({"record_type", "event_start"})] >= 0.95


def test_a_layout_without_the_profile_scores_lower(feeds: Mapping[str, Any], tmp_path: Path) -> None:
    """The score tells the generator's own shape from the feed's."""
    feed = feeds["ports"]
    path = generate(feed.layout, tmp_path, rows=3600, seed=1, now=DAY).path
    assert path is not None

    assert compare(feed.layout, feed.held, [path]).score < 0.8


def test_the_profile_does_not_drift_from_its_own_files(feeds: Mapping[str, Any], tmp_path: Path) -> None:
    """A drift test finds nothing in files that were generated from the profile."""
    feed = feeds["ports"]

    found = drift(feed.profile, feed.layout, made(feed, 1200, tmp_path, 3))

    assert found.findings == ()


def test_the_same_seed_gives_the_same_bytes_with_any_number_of_threads(
    feeds: Mapping[str, Any], tmp_path: Path
) -> None:
    """Generation from a profile follows from layout, rows, seed and moment alone."""
    feed = feeds["returns"]
    drawn = columns_of(feed.profile, feed.layout)
    for threads in (1, 2):
        generate(feed.layout, tmp_path / str(threads), rows=60_000, seed=5, columns=drawn, threads=threads)
    generate(feed.layout, tmp_path / "other", rows=100, seed=6, columns=drawn)

    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()
    assert not (tmp_path / "1").read_bytes().startswith((tmp_path / "other").read_bytes())


def test_no_personal_value_of_the_sample_is_generated(feeds: Mapping[str, Any], tmp_path: Path) -> None:
    """Numbers of people are made, not copied."""
    feed = feeds["usage"]
    known = {text for path in feed.learnt for chunk in columns(feed.layout, path) for text in chunk["imsi"].tolist()}

    generated = [chunk["imsi"] for path in made(feed, 2000, tmp_path, 1) for chunk in columns(feed.layout, path)]

    assert not known & set(np.concatenate(generated).tolist())


def test_a_profile_of_another_feed_is_refused(feeds: Mapping[str, Any]) -> None:
    """A profile and a layout without a common field do not go together."""
    with pytest.raises(UsageError, match="no field in common"):
        columns_of(feeds["returns"].profile, built_in_layouts()["x12-997"])
