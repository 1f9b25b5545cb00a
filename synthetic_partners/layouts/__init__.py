"""The layouts that come with Ringback: one *.layout.yaml per feed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from ringback.synthetic_partners.layout import FeedLayout, load_layouts


@cache
def built_in_layouts() -> Mapping[str, FeedLayout]:
    """Every built-in layout by name: the entry point of the group `ringback.layouts`."""
    return load_layouts(Path(__file__).parent)
