"""`ringback feed generate`: makes files of a layout."""

from __future__ import annotations

from pathlib import Path

import click

from ringback.engine.problems import UsageError
from ringback.engine.registry import DriverSet
from ringback.synthetic_partners.anomalies import inject
from ringback.synthetic_partners.generate import generate_file
from ringback.synthetic_partners.records import RecordLayout
from ringback.synthetic_partners.x12 import X12Layout


@click.command()
@click.option("--layout", "name", required=True, help="The layout: `ringback feed layouts` lists them.")
@click.option("--rows", default=1, show_default=True, type=click.IntRange(0), help="How many records.")
@click.option("--seed", default=1, show_default=True, help="Same seed, same bytes.")
@click.option(
    "--output",
    "-o",
    required=True,
    type=click.Path(path_type=Path),
    help="A file, or a folder that gets a file named by convention.",
)
@click.option(
    "--anomaly",
    default=None,
    help="Put something wrong into it: A09, A09:+2, A13:kind=latin-1 (`feed anomalies` lists them).",
)
def generate(name: str, rows: int, seed: int, output: Path, anomaly: str | None) -> None:
    """Make a valid file, or one with an anomaly of production in it."""
    layout = DriverSet().layout(name)
    if not isinstance(layout, RecordLayout | X12Layout):
        raise UsageError(f"the layout {name!r} cannot write files", "describe it as a *.layout.yaml")
    made = generate_file(layout, rows=rows, seed=seed)
    if anomaly is not None:
        made = inject(made, layout, anomaly)
    path = output / made.name if output.is_dir() else output
    path.write_bytes(made.content)
    click.echo(str(path))
