"""What the commands of feed files share: their arguments, and which layout a file has."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from ringback.engine.excerpt import advice
from ringback.engine.problems import UsageError
from ringback.engine.protocols import FeedFile, Layout
from ringback.engine.registry import DriverSet

INVALID = 1
MOST_BYTES = 256 * 1024 * 1024

FILE = click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
LAYOUT = click.option("--layout", "name", default=None, help="The layout; without it, the file's name tells.")
ANY_NAME = click.option("--any-name", is_flag=True, help="Do not hold the file's name against the convention.")


def decoded_file(file: Path, name: str | None, *, any_name: bool) -> FeedFile:
    """FILE, decoded and validated by the layout of that name, or by the one whose convention the file's name has."""
    if file.stat().st_size > MOST_BYTES:
        raise UsageError(f"{file}: larger than {MOST_BYTES // 1024 // 1024} MiB", "split the file")
    layout = DriverSet().layout(name) if name else layout_by_name(file.name)
    return layout.decode(file.read_bytes(), "" if any_name else file.name)


def layout_by_name(file_name: str) -> Layout:
    """The layout whose convention a file's name has; UsageError when there is none."""
    known: Mapping[str, Layout] = DriverSet().layouts()
    for layout in known.values():
        names = getattr(layout, "names", None)
        if names is not None and names.read(file_name) is not None:
            return layout
    raise UsageError(f"no layout has a name like {file_name!r}", f"say --layout; {advice(file_name, known)}")
