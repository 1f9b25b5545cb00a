"""`ringback feed validate`: every problem of a file, with its place."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ringback.cli.feed.common import ANY_NAME, FILE, INVALID, LAYOUT, decoded_file
from ringback.engine.protocols import FeedFile
from ringback.synthetic_partners.problems import MEANINGS


@click.command()
@FILE
@LAYOUT
@ANY_NAME
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def validate(context: click.Context, file: Path, name: str | None, any_name: bool, style: str) -> None:
    """List every problem of FILE: line:column, code, meaning. Exit code 1 when there is one."""
    decoded = decoded_file(file, name, any_name=any_name)
    click.echo(_problems_as_json(decoded) if style == "json" else _problems_as_text(file, decoded))
    context.exit(INVALID if decoded.problems else 0)


def _problems_as_text(file: Path, decoded: FeedFile) -> str:
    lines = [
        f"{file}:{one.line}:{one.column}: {one.code} {MEANINGS.get(one.code, '')}: "
        f"{f'{one.field}: ' if one.field else ''}{one.message}"
        for one in decoded.problems
    ]
    count = len(decoded.problems)
    said = "valid" if not count else f"{count} problem{'s' if count > 1 else ''}"
    records = len(decoded.records)
    lines.append(f"{file.name}: {decoded.layout}, {records} record{'' if records == 1 else 's'}, {said}")
    return "\n".join(lines)


def _problems_as_json(decoded: FeedFile) -> str:
    problems = [
        {
            "line": one.line,
            "column": one.column,
            "code": one.code,
            "meaning": MEANINGS.get(one.code, ""),
            "field": one.field,
            "message": one.message,
        }
        for one in decoded.problems
    ]
    return json.dumps(problems, indent=2)
