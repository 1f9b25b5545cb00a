"""`ringback feed compare`: how alike two files are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ringback.cli.feed.shapes import PLOT, feed_layout

if TYPE_CHECKING:
    from ringback.synthetic_partners.shape.compare import Comparison, Likeness

UNLIKE = 1
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.argument("one", type=FILE)
@click.argument("other", type=FILE)
@click.option(
    "--layout", "name", default=None, help="A layout's name or its *.layout.yaml; without it, file names tell."
)
@click.option("--least", default=0.95, show_default=True, type=click.FloatRange(0, 1), help="Exit code 1 below it.")
@click.option("--worst", "most", default=8, show_default=True, type=click.IntRange(1), help="How many are listed.")
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
@PLOT
@click.pass_context
def compare(  # noqa: PLR0913 - options of a command
    context: click.Context,
    *,
    one: Path,
    other: Path,
    name: str | None,
    least: float,
    most: int,
    style: str,
    plot: Path | None,
) -> None:
    """Say how alike ONE and OTHER are: a score from 0 to 1, and the fields that are least alike."""
    from ringback.synthetic_partners.shape.compare import compare as compared

    found = compared(feed_layout(one, name), [one], [other])
    click.echo(_as_json(found) if style == "json" else _as_text(found, one, other, most))
    if plot is not None:
        from ringback.synthetic_partners.shape.plot import plot_comparison, write_plot

        write_plot(plot, plot_comparison(found, (one.name, other.name)), f"{one.name} and {other.name}")
    context.exit(UNLIKE if found.score < least else 0)


def _as_text(found: Comparison, one: Path, other: Path, most: int) -> str:
    lines = [f"{found.score:.3f}  {one.name} ({found.records[0]:,}) and {other.name} ({found.records[1]:,})"]
    lines += [f"{worst.score:.3f}  {worst.title}: {_said(worst)}" for worst in found.worst(most) if worst.score < 1]
    return "\n".join(lines)


def _said(one: Likeness) -> str:
    worst = one.worst
    return f"{worst.name}, {worst.measure} {worst.distance.raw:.3f} (by chance {worst.distance.noise:.3f})"


def _as_json(found: Comparison) -> str:
    entries = [
        {
            "fields": list(one.names),
            "score": round(one.score, 4),
            "aspects": {
                aspect.name: {
                    "measure": aspect.measure,
                    "distance": round(aspect.distance.raw, 4),
                    "by_chance": round(aspect.distance.noise, 4),
                }
                for aspect in one.aspects
            },
        }
        for one in (*found.fields, *found.pairs)
    ]
    return json.dumps({"score": round(found.score, 4), "records": found.records, "parts": entries}, indent=2)
