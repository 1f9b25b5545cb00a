"""`ringback schema`: the JSON Schema of journey files, made from what is installed."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ringback.engine.json_schema import journey_schema, steps_schema
from ringback.engine.registry import DriverSet


@click.command()
@click.option("--for", "kind", type=click.Choice(["journey", "steps"]), default="journey", show_default=True)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), default=None, help="Write it to a file.")
def schema(kind: str, output: Path | None) -> None:
    """Print the JSON Schema of *.journey.yaml (or *.steps.yaml).

    Editors complete and explain by it: put `# yaml-language-server: $schema=...` in a file's first line.
    """
    made = journey_schema(DriverSet()) if kind == "journey" else steps_schema(DriverSet())
    text = json.dumps(made, indent=2, ensure_ascii=False)
    if output is None:
        click.echo(text)
        return
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(text + "\n", "utf-8")
    click.echo(f"written to {output}")
