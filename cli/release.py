"""`ringback release`: the candidates that are gated."""

from __future__ import annotations

import click

from ringback.cli.stores import now, open_store
from ringback.operations.releases import add_release, list_releases


@click.group()
def release() -> None:
    """Release candidates: add one, list them."""


@release.command("add")
@click.option("--train", required=True, help="The release train: oss-bss.")
@click.option("--version", required=True, help="The candidate's version: 2026.11.1.")
def add(train: str, version: str) -> None:
    """Add a candidate behind the newest of its train."""
    added = add_release(open_store(), train=train, version=version, now=now())
    click.echo(f"release {added.version} is candidate {added.ordinal} of {added.train}")
    click.echo(f"next: ringback run --release {added.version} journeys")


@release.command("list")
def list_() -> None:
    """List the candidates, the newest first."""
    releases = list_releases(open_store())
    if not releases:
        click.echo("no releases yet; add one: ringback release add --train oss-bss --version 2026.11.1")
    for item in releases:
        click.echo(f"{item.train}  {item.version}  #{item.ordinal}  {item.status}  cut {item.cut_at}")
