"""`ringback feed show`: a file as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ringback.cli.feed.common import ANY_NAME, FILE, LAYOUT, decoded_file


@click.command()
@FILE
@LAYOUT
@ANY_NAME
def show(file: Path, name: str | None, any_name: bool) -> None:
    """Show FILE as JSON: header, records and trailer, as a journey sees them."""
    decoded = decoded_file(file, name, any_name=any_name)
    parts = {"layout": decoded.layout, "header": decoded.header, "records": decoded.records, "trailer": decoded.trailer}
    click.echo(json.dumps(parts, indent=2, default=dict))
