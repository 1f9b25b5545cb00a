"""Pictures: whole documents of their own, with a card for each field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from ringback.synthetic_partners.shape.compare import compare
from ringback.synthetic_partners.shape.picture import fitted, short
from ringback.synthetic_partners.shape.plot import plot_comparison, plot_profile, write_plot


def words(svg: str) -> set[str]:
    """The texts of a picture."""
    return {element.text or "" for element in ET.fromstring(svg).iter() if element.tag.endswith("text")}


def test_a_profile_shows_every_field(feeds: Mapping[str, Any]) -> None:
    """Each field has a card with its name, or stands among those that are the same in every record."""
    for feed in feeds.values():
        found = words(plot_profile(feed.profile))
        same = next((text for text in found if text.startswith("The same")), "")

        assert all(field.name in found or field.name in same for field in feed.profile.fields)


def test_a_comparison_shows_score_and_worst_field_first(feeds: Mapping[str, Any]) -> None:
    """The score stands at the top, and the pairs below."""
    feed = feeds["returns"]
    found = compare(feed.layout, feed.learnt, feed.held)

    said = words(plot_comparison(found, ("then", "now")))

    assert f"{found.score:.3f}" in said
    assert "sku & imei" in said


def test_a_picture_needs_nothing_from_elsewhere(feeds: Mapping[str, Any], tmp_path: Path) -> None:
    """SVG and page have no script, and nothing to load."""
    svg = plot_profile(feeds["usage"].profile)
    write_plot(tmp_path / "x.html", svg, "A & B")
    write_plot(tmp_path / "x.svg", svg, "A & B")
    page = (tmp_path / "x.html").read_text()

    assert (tmp_path / "x.svg").read_text() == svg
    assert "<title>A &amp; B</title>" in page
    assert not re.search(r"<script|href=|src=|@import|url\(", page)


def test_texts_are_cut_to_their_room_and_numbers_are_short() -> None:
    """A long name ends with an ellipsis; a large number with its size."""
    assert fitted("short", 100) == "short"
    assert fitted("a very long name of a field", 60).endswith("…")
    assert [short(value) for value in (97, 55_000, 1.8e8, 1.05e9, 0.25)] == ["97", "55 k", "180 M", "1.05 G", "0.25"]
