"""`ringback feed drift`: whether real files have moved away from the profile that the tests use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ringback.cli.feed.common import FILES
from ringback.cli.feed.shapes import feed_layout, profile_from

if TYPE_CHECKING:
    from ringback.synthetic_partners.shape.drift import Drift

MOVED = 1


@click.command()
@click.argument("known", metavar="PROFILE", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@FILES
@click.option("--layout", "name", default=None, help="A layout's name or file; without it, the profile's.")
@click.option("--risk", default=0.01, show_default=True, type=click.FloatRange(1e-9, 0.5), help="Of a false alarm.")
@click.option("--least", default=0.02, show_default=True, type=click.FloatRange(0, 1), help="A change that matters.")
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def drift(  # noqa: PLR0913 - options of a command
    context: click.Context,
    *,
    known: Path,
    files: tuple[Path, ...],
    name: str | None,
    risk: float,
    least: float,
    style: str,
) -> None:
    """Say whether FILES have moved away from PROFILE: which fields, how, since when. Exit code 1 when they have."""
    from ringback.synthetic_partners.shape.drift import drift as drifted

    profile = profile_from(known)
    found = drifted(profile, feed_layout(files[0], name or profile.layout), files, risk=risk, least=least)
    click.echo(_as_json(found) if style == "json" else _as_text(found))
    context.exit(MOVED if found.findings else 0)


def _as_text(found: Drift) -> str:
    lines = [
        f"{one.title}: {one.aspect}: {one.says}{f', since {one.since}' if one.since else ''} "
        f"(moved by {one.distance:.3f}, {_chance(one.chance)})"
        for one in found.findings
    ]
    count = len(found.findings)
    said = f"{count} change{'s' if count != 1 else ''}" if count else "as the profile says"
    lines.append(f"{found.profile.layout}: {found.records:,} records, {found.tests} tests: {said}")
    return "\n".join(lines)


def _chance(chance: float) -> str:
    return f"by chance 1 in {1 / chance:,.0f}" if chance > 1e-9 else "not by chance"


def _as_json(found: Drift) -> str:
    entries = [
        {
            "fields": list(one.names),
            "aspect": one.aspect,
            "says": one.says,
            "moved_by": round(one.distance, 4),
            "chance": one.chance,
            "since": one.since,
        }
        for one in found.findings
    ]
    return json.dumps({"records": found.records, "tests": found.tests, "findings": entries}, indent=2)
