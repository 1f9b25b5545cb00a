"""`ringback feed layouts`: what is installed."""

from __future__ import annotations

import click

from ringback.engine.registry import DriverSet


@click.command()
def layouts() -> None:
    """List the layouts that are installed."""
    known = DriverSet().layouts()
    width = max(map(len, known), default=0)
    for name, layout in sorted(known.items()):
        click.echo(f"{name:{width}}  {getattr(layout, 'summary', '')}")
