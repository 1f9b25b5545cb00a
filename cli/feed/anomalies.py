"""`ringback feed anomalies`: what can go wrong with files and partners, and what each anomaly may be told."""

from __future__ import annotations

import click

from ringback.synthetic_partners.anomalies import ANOMALIES


@click.command()
def anomalies() -> None:
    """List the anomalies with their kinds, parameters, and what a correct receiver does."""
    for one in ANOMALIES.values():
        click.echo(f"{one.id}  {one.kind:9}  {one.says} -> {one.expects}")
        for parameter in one.parameters:
            click.echo(f"{'':16}{parameter.shown()}: {parameter.says}")
