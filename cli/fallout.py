"""`ringback fallout`: the queue of broken journeys, each with owner, deadline and evidence."""

from __future__ import annotations

from datetime import datetime

import click

from ringback.cli.stores import now, open_store
from ringback.engine.durations import duration_text
from ringback.operations.fallouts import Fallout, Sighting, blast_radius, find_fallout, list_fallouts, sightings
from ringback.operations.gate import counted

_SHOWN_SIGHTINGS = 5


@click.group()
def fallout() -> None:
    """Fallouts: what is broken, whose it is, by when."""


@fallout.command("list")
@click.option("--all", "include_closed", is_flag=True, help="Closed ones too.")
def list_(include_closed: bool) -> None:
    """List the queue, the nearest deadline first."""
    queue = list_fallouts(open_store(), include_closed=include_closed)
    if not queue:
        click.echo("no open fallouts")
    for item in queue:
        click.echo(f"{item.key:<6}{item.severity:<9}{item.state:<12}{item.owner:<24}{_due(item, now())}")
        click.echo(f"      {item.title}")
        click.echo(f"      seen in {counted(item.occurrences, 'run')}, first on {item.first_release or 'no release'}")


@fallout.command("show")
@click.argument("key")
def show(key: str) -> None:
    """Show one fallout: KEY is FO-1."""
    store = open_store()
    item = find_fallout(store, key)
    click.echo(f"{item.key}  {item.title}")
    for name, value in _facts(item):
        click.echo(f"  {name:<14}{value}")
    click.echo("  journeys")
    for journey, variant, count in blast_radius(store, item):
        title = f"{journey}[{variant}]" if variant else journey
        click.echo(f"    {title}  {counted(count, 'time')}")
    click.echo("  evidence")
    for sighting in sightings(store, item)[:_SHOWN_SIGHTINGS]:
        for line in _sighting(sighting):
            click.echo(f"    {line}")


def _facts(item: Fallout) -> tuple[tuple[str, str], ...]:
    return (
        ("state", item.state),
        ("severity", item.severity),
        ("owner", f"{item.owner} (by {item.owner_source})"),
        ("root cause", item.root_cause),
        ("respond by", f"{item.respond_by:%Y-%m-%d %H:%M} UTC"),
        ("resolve by", f"{item.resolve_by:%Y-%m-%d %H:%M} UTC ({_due(item, now())})"),
        ("occurrences", counted(item.occurrences, "run")),
        ("releases", f"first {item.first_release or '-'}, last {item.last_release or '-'}"),
        ("signature", f"{item.signature} (family {item.family})"),
    )


def _sighting(sighting: Sighting) -> tuple[str, ...]:
    variant = f"[{sighting.variant}]" if sighting.variant else ""
    return (
        f"{sighting.journey}{variant}, step {sighting.step}: {sighting.name}",
        f"  {sighting.file}:{sighting.line}  {sighting.system}",
        f"  {sighting.path} expected {sighting.expected}, got {sighting.actual}",
        f"  run {sighting.run}, evidence in {sighting.folder}",
    )


def _due(item: Fallout, moment: datetime) -> str:
    left_s = (item.resolve_by - moment).total_seconds()
    return f"due in {duration_text(left_s)}" if left_s >= 0 else f"overdue by {duration_text(-left_s)}"
