"""The pages of all feeds as files: one per layout, and an index."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ringback.synthetic_partners.layout import FeedLayout
from ringback.synthetic_partners.pages.page import page_of
from ringback.synthetic_partners.pages.tables import table

INDEX = "README.md"
_FOLDER = "synthetic_partners/layouts"  # where the built-in layouts stand


def file_of(layout: FeedLayout) -> str:
    """The name of a layout's page."""
    return f"{layout.name}.md"


def pages(layouts: Mapping[str, FeedLayout], built_in: frozenset[str] = frozenset()) -> dict[str, str]:
    """File name and text of each page, the index among them; `built_in` are the layouts whose file is known."""
    sources = {name: f"{_FOLDER}/{name}.layout.yaml" if name in built_in else "" for name in layouts}
    written = {file_of(layout): page_of(layout, source=sources[name]) for name, layout in sorted(layouts.items())}
    return {INDEX: index(layouts), **written}


def index(layouts: Mapping[str, FeedLayout]) -> str:
    """All feeds with their families and names."""
    rows = [
        (f"[{name}]({file_of(layout)})", layout.summary, layout.family, f"`{layout.names.convention}`")
        for name, layout in sorted(layouts.items())
    ]
    listed = table(("layout", "carries", "family", "file name"), rows)
    return (
        f"# Feeds\n\nOne page per layout, written by `ringback feed document --all -o docs/feeds`."
        f" How files are read, made and checked: [Synthetic partners and feeds](../partner-feeds.md).\n\n{listed}\n"
    )


def write_pages(texts: Mapping[str, str], folder: Path) -> tuple[Path, ...]:
    """Writes pages into a folder, which is made; answers their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    return tuple(folder / name for name in texts)
