"""What the commands of feed files share: their arguments, and which layout a file has."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import SequenceMatcher
from pathlib import Path

import click

from ringback.engine.excerpt import advice
from ringback.engine.problems import UsageError
from ringback.engine.protocols import Layout
from ringback.engine.registry import DriverSet

INVALID = 1
MOST_NAMES = 3  # layouts that a file's name may have meant

FILE = click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
FILES = click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
LAYOUT = click.option("--layout", "name", default=None, help="The layout; without it, the file's name tells.")
ANY_NAME = click.option("--any-name", is_flag=True, help="Do not hold the file's name against the convention.")


def layout_of(file: Path, name: str | None) -> Layout:
    """The layout of that name, or the one whose convention the file's name has, a `.gz` left out."""
    return DriverSet().layout(name) if name else layout_by_name(file.name.removesuffix(".gz"))


def layout_by_name(file_name: str) -> Layout:
    """The layout whose convention a file's name has; UsageError, with the nearest ones, when there is none."""
    known: Mapping[str, Layout] = DriverSet().layouts()
    for layout in known.values():
        names = getattr(layout, "names", None)
        if names is not None and names.read(file_name) is not None:
            return layout
    raise UsageError(f"no layout has a name like {file_name!r}", f"say --layout NAME; {_nearest(file_name, known)}")


def _nearest(file_name: str, known: Mapping[str, Layout]) -> str:
    """The layouts whose names look most like this one."""
    conventions = {
        name: names.convention
        for name, layout in known.items()
        if (names := getattr(layout, "names", None)) is not None
    }
    alike = sorted(conventions, key=lambda name: (-_likeness(file_name, conventions[name]), name))[:MOST_NAMES]
    if not alike:
        return advice(file_name, known)
    return "nearest: " + "; ".join(f"{name} ({conventions[name]})" for name in alike)


def _likeness(file_name: str, convention: str) -> float:
    """How alike a name and a convention are; how they begin says more than how they go on."""
    start, name = convention.partition("{")[0].upper(), file_name.upper()
    begins = SequenceMatcher(None, start, name[: len(start)]).ratio() if start else 0.0
    return begins + SequenceMatcher(None, convention, file_name).ratio()
