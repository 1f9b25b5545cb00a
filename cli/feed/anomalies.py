"""`ringback feed anomalies`: what can go wrong with a file."""

from __future__ import annotations

import click

from ringback.synthetic_partners.anomalies import ANOMALIES


@click.command()
def anomalies() -> None:
    """List the anomalies that `generate` can put into a file."""
    for one in ANOMALIES.values():
        codes = f" -> {', '.join(one.codes)}" if one.codes else ""
        click.echo(f"{one.id:10} {one.says}{codes}")
