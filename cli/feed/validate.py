"""`ringback feed validate`: every problem of files of any size, with its place."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ringback.cli.feed.common import ANY_NAME, FILES, INVALID, LAYOUT, layout_of
from ringback.synthetic_partners.checksums import judge_beside, needs_side_car
from ringback.synthetic_partners.problems import MEANINGS, MOST

if TYPE_CHECKING:
    from ringback.synthetic_partners.bulk.reading import Checked


@click.command()
@FILES
@LAYOUT
@ANY_NAME
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--most", default=MOST, show_default=True, type=click.IntRange(1), help="How many problems are listed.")
@click.pass_context
def validate(
    context: click.Context, files: tuple[Path, ...], name: str | None, *, any_name: bool, style: str, most: int
) -> None:
    """List every problem of FILES, plain or .gz: line:column, code, meaning. Exit code 1 when there is one."""
    from ringback.synthetic_partners.bulk.reading import check

    layouts = [layout_of(file, name) for file in files]
    checked = []
    for file, layout in zip(files, layouts, strict=True):
        one = check(layout, file, most_problems=most, file_name="" if any_name else None)
        one = _with_hash(one, file, needed=needs_side_car(layout) and not any_name)
        checked.append(one)
        if style == "text":
            click.echo(_as_text(file, one))
    if style == "json":
        click.echo(_as_json(files, checked))
    context.exit(INVALID if any(one.problems for one in checked) else 0)


def _with_hash(checked: Checked, file: Path, *, needed: bool) -> Checked:
    """Also what is wrong with the hash beside the file; a packed file has none."""
    found = () if file.suffix == ".gz" else judge_beside(file, needed=needed)
    counts = {**checked.counts, **{one.code: 1 for one in found}}
    return replace(checked, problems=(*found, *checked.problems), counts=counts) if found else checked


def _as_text(file: Path, checked: Checked) -> str:
    lines = [
        f"{file}:{one.line}:{one.column}: {one.code} {MEANINGS.get(one.code, '')}: "
        f"{f'{one.field}: ' if one.field else ''}{one.message}"
        for one in checked.problems
    ]
    count, records = sum(checked.counts.values()), checked.records
    said = "valid" if not count else f"{count} problem{'s' if count > 1 else ''}{_by_code(checked)}"
    lines.append(f"{file.name}: {checked.layout}, {records} record{'' if records == 1 else 's'}, {said}")
    return "\n".join(lines)


def _by_code(checked: Checked) -> str:
    """How many there are of each code, where there is more than one."""
    if sum(checked.counts.values()) == 1:
        return ""
    return f" ({', '.join(f'{code} {count}' for code, count in sorted(checked.counts.items()))})"


def _as_json(files: Sequence[Path], checked: Sequence[Checked]) -> str:
    found = [
        {
            "file": str(file),
            "layout": one.layout,
            "records": one.records,
            "valid": not one.problems,
            "counts": dict(sorted(one.counts.items())),
            "problems": [
                {
                    "line": problem.line,
                    "column": problem.column,
                    "code": problem.code,
                    "meaning": MEANINGS.get(problem.code, ""),
                    "field": problem.field,
                    "message": problem.message,
                }
                for problem in one.problems
            ],
        }
        for file, one in zip(files, checked, strict=True)
    ]
    return json.dumps(found, indent=2)
