"""`ringback feed generate`: makes files of a layout, of any size."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ringback.engine.problems import UsageError
from ringback.engine.registry import DriverSet
from ringback.synthetic_partners.anomalies import inject
from ringback.synthetic_partners.checksums import needs_side_car, write_beside
from ringback.synthetic_partners.generate import GeneratedFile
from ringback.synthetic_partners.layout import FeedLayout

if TYPE_CHECKING:
    from ringback.synthetic_partners.bulk.columns import Column
    from ringback.synthetic_partners.shape.profile import Profile

STDOUT = Path("-")


@click.command()
@click.option("--layout", "name", default=None, help="The layout: `ringback feed layouts` lists them.")
@click.option("--rows", default=1, show_default=True, type=click.IntRange(0), help="How many records.")
@click.option("--seed", default=1, show_default=True, help="Same seed, same bytes.")
@click.option(
    "--output",
    "-o",
    required=True,
    type=click.Path(path_type=Path, allow_dash=True),
    help="A file, a folder that gets a file named by convention, or - for standard output.",
)
@click.option(
    "--profile",
    "learnt",
    default=None,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The shape to give it: what `feed profile` learnt from real files.",
)
@click.option(
    "--anomaly",
    default=None,
    help="Put something wrong into it: A09, A09:+2, A13:kind=latin-1 (`feed anomalies` lists them).",
)
@click.option("--threads", default=2, show_default=True, type=click.IntRange(1), help="That draw; one more writes.")
def generate(  # noqa: PLR0913 - options of a command
    *, name: str | None, rows: int, seed: int, output: Path, learnt: Path | None, anomaly: str | None, threads: int
) -> None:
    """Make a valid file, or one with an anomaly of production in it."""
    profile = _profile(learnt) if learnt else None
    layout = _layout(name or (profile.layout if profile else None))
    # numpy takes 0.1 s to load: not for the help.
    from ringback.synthetic_partners.bulk.generate import generate as written

    target = BytesIO() if anomaly is not None else sys.stdout.buffer if output == STDOUT else output
    columns = _columns(profile, layout) if profile else {}
    made = written(layout, target, rows=rows, seed=seed, columns=columns, threads=threads)
    if isinstance(target, BytesIO) and anomaly is not None:
        damaged = inject(GeneratedFile(made.name, target.getvalue()), layout, anomaly)
        _write_damaged(damaged, output, hashed=needs_side_car(layout))
    elif made.path:
        if needs_side_car(layout):
            write_beside(made.path)
        click.echo(str(made.path))


def _layout(name: str | None) -> FeedLayout:
    if name is None:
        raise click.UsageError("say --layout: `ringback feed layouts` lists them")
    layout = DriverSet().layout(name)
    if not isinstance(layout, FeedLayout):
        raise UsageError(f"the layout {name!r} cannot write files", "describe it as a *.layout.yaml")
    return layout


def _write_damaged(damaged: GeneratedFile, output: Path, *, hashed: bool) -> None:
    if output == STDOUT:
        sys.stdout.buffer.write(damaged.content)
        return
    path = output / damaged.name if output.is_dir() else output
    path.write_bytes(damaged.content)
    if hashed:
        write_beside(path)
    click.echo(str(path))


def _columns(profile: Profile, layout: FeedLayout) -> Mapping[str, Column]:
    from ringback.synthetic_partners.shape.columns import columns_of

    return columns_of(profile, layout)


def _profile(path: Path) -> Profile:
    # numpy comes with the package of shapes: only when a profile is given.
    from ringback.synthetic_partners.shape.document import load_profile

    return load_profile(path.read_bytes(), str(path))
