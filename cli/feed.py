"""`ringback feed`: check a partner file against its layout, read it as records, make a valid one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import click

from ringback.engine.excerpt import advice
from ringback.engine.problems import UsageError
from ringback.engine.protocols import FeedFile, Layout
from ringback.engine.registry import DriverSet
from ringback.synthetic_partners.anomalies import ANOMALIES, inject
from ringback.synthetic_partners.generate import generate_file
from ringback.synthetic_partners.problems import MEANINGS
from ringback.synthetic_partners.records import RecordLayout
from ringback.synthetic_partners.x12 import X12Layout

INVALID = 1
MOST_BYTES = 256 * 1024 * 1024

_FILE = click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
_LAYOUT = click.option("--layout", "name", default=None, help="The layout; without it, the file's name tells.")
_ANY_NAME = click.option("--any-name", is_flag=True, help="Do not hold the file's name against the convention.")


@click.group()
def feed() -> None:
    """Read, check and make feed files."""


@feed.command()
@_FILE
@_LAYOUT
@_ANY_NAME
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def validate(context: click.Context, file: Path, name: str | None, any_name: bool, style: str) -> None:
    """List every problem of FILE: line:column, code, meaning. Exit code 1 when there is one."""
    decoded = _decode(file, name, any_name=any_name)
    click.echo(_problems_as_json(decoded) if style == "json" else _problems_as_text(file, decoded))
    context.exit(INVALID if decoded.problems else 0)


@feed.command()
@_FILE
@_LAYOUT
@_ANY_NAME
def show(file: Path, name: str | None, any_name: bool) -> None:
    """Show FILE as JSON: header, records and trailer, as a journey sees them."""
    decoded = _decode(file, name, any_name=any_name)
    parts = {"layout": decoded.layout, "header": decoded.header, "records": decoded.records, "trailer": decoded.trailer}
    click.echo(json.dumps(parts, indent=2, default=dict))


@feed.command()
@click.option("--layout", "name", required=True, help="The layout: `ringback feed layouts` lists them.")
@click.option("--rows", default=1, show_default=True, type=click.IntRange(0), help="How many records.")
@click.option("--seed", default=1, show_default=True, help="Same seed, same bytes.")
@click.option(
    "--output",
    "-o",
    required=True,
    type=click.Path(path_type=Path),
    help="A file, or a folder that gets a file named by convention.",
)
@click.option("--anomaly", default=None, help="Put something wrong into it, e.g. A09 for a trailer that counts wrong.")
def generate(name: str, rows: int, seed: int, output: Path, anomaly: str | None) -> None:
    """Make a valid file, or one with an anomaly of production in it."""
    layout = _layout(name)
    if not isinstance(layout, RecordLayout | X12Layout):
        raise UsageError(f"the layout {name!r} cannot write files", "describe it as a *.layout.yaml")
    made = generate_file(layout, rows=rows, seed=seed)
    if anomaly is not None:
        made = inject(made, layout, anomaly)
    path = output / made.name if output.is_dir() else output
    path.write_bytes(made.content)
    click.echo(str(path))


@feed.command()
def layouts() -> None:
    """List the layouts that are installed."""
    known = DriverSet().layouts()
    width = max(map(len, known), default=0)
    for name, layout in sorted(known.items()):
        click.echo(f"{name:{width}}  {getattr(layout, 'summary', '')}")


@feed.command()
def anomalies() -> None:
    """List the anomalies that `generate` can put into a file."""
    for one in ANOMALIES.values():
        codes = f" -> {', '.join(one.codes)}" if one.codes else ""
        click.echo(f"{one.id:10} {one.says}{codes}")


def _layout(name: str) -> Layout:
    return DriverSet().layout(name)


def _decode(file: Path, name: str | None, *, any_name: bool) -> FeedFile:
    if file.stat().st_size > MOST_BYTES:
        raise UsageError(f"{file}: larger than {MOST_BYTES // 1024 // 1024} MiB", "split the file")
    layout = _layout(name) if name else _layout_by_name(file.name)
    return layout.decode(file.read_bytes(), "" if any_name else file.name)


def _layout_by_name(file_name: str) -> Layout:
    known: Mapping[str, Layout] = DriverSet().layouts()
    for layout in known.values():
        names = getattr(layout, "names", None)
        if names is not None and names.read(file_name) is not None:
            return layout
    raise UsageError(f"no layout has a name like {file_name!r}", f"say --layout; {advice(file_name, known)}")


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
