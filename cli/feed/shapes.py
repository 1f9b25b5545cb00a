"""What the commands of shapes share: layouts by name or file, profiles, pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ringback.cli.feed.common import layout_of
from ringback.engine.problems import UsageError
from ringback.engine.registry import DriverSet
from ringback.synthetic_partners.layout import FeedLayout, load_layout

if TYPE_CHECKING:
    from ringback.synthetic_partners.shape.profile import Profile

PLOT = click.option(
    "--plot",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Draw it: a page (.html) or a picture (.svg).",
)


def feed_layout(file: Path, name: str | None) -> FeedLayout:
    """The layout of that name or file, or the one whose convention the file's name has."""
    if name is not None and name.endswith((".yaml", ".yml")):
        path = Path(name)
        if not path.is_file():
            raise UsageError(f"{name}: there is no such file", "give a layout's name or a *.layout.yaml")
        return load_layout(path.read_bytes(), name)
    layout = DriverSet().layout(name) if name else layout_of(file, None)
    if not isinstance(layout, FeedLayout):
        raise UsageError(f"the layout {layout.name!r} has no fields to look at", "describe it as a *.layout.yaml")
    return layout


def profile_from(path: Path) -> Profile:
    """A *.profile.yaml; InvalidFile with every problem of it."""
    # numpy comes with the package of shapes: only when a profile is given.
    from ringback.synthetic_partners.shape.document import load_profile

    return load_profile(path.read_bytes(), str(path))
