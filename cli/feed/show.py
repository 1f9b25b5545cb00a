"""`ringback feed show`: a file of any size as JSON, record by record."""

from __future__ import annotations

import json
from itertools import chain, islice
from pathlib import Path

import click

from ringback.cli.feed.common import FILE, LAYOUT, layout_of
from ringback.engine.problems import UsageError


@click.command()
@FILE
@LAYOUT
@click.option("--any-name", is_flag=True, hidden=True, help="Nothing is judged here: any name will do.")
@click.option("--limit", type=click.IntRange(0), help="Show so many records, and none of the trailer.")
def show(file: Path, name: str | None, *, any_name: bool, limit: int | None) -> None:  # noqa: ARG001 - kept for scripts
    """Show FILE, plain or .gz, as JSON: header, records and trailer, as a journey sees them."""
    from ringback.synthetic_partners.bulk.reading import Contents, Damaged

    contents = Contents(layout_of(file, name), file)
    records = iter(contents)
    try:
        first = list(islice(records, 1))
        click.echo(f'{{"layout": {json.dumps(contents.layout.name)},')
        click.echo(f' "header": {json.dumps(dict(contents.header))},\n "records": [', nl=False)
        for place, record in enumerate(islice(chain(first, records), limit)):
            click.echo(f"{',' if place else ''}\n  {json.dumps(dict(record))}", nl=False)
    except Damaged as damage:
        hint = "`ringback feed validate` tells more"
        raise UsageError(f"{file}: {damage.code} {damage.message}".replace(":  ", ": "), hint) from damage
    trailer = "" if limit is not None else f',\n "trailer": {json.dumps(dict(contents.trailer))}'
    click.echo(f"\n ]{trailer}}}")
