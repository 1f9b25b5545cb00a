"""`ringback list`: the journeys below a folder and the variants of each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from ringback.engine.excerpt import advice
from ringback.engine.loader import read_head
from ringback.engine.model import JourneyHead
from ringback.engine.problems import UsageError
from ringback.engine.project import journey_files, project_of


@click.command("list")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--tag", "tags", multiple=True, help="Only journeys with this tag; several tags have all to be there.")
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
def list_(paths: tuple[Path, ...], tags: tuple[str, ...], style: str) -> None:
    """List the journeys in the files and folders PATHS (default: journeys) with their variants."""
    project = project_of(paths, Path.cwd())
    found = [read_head(file, project) for file in journey_files(paths or (project / "journeys",))]
    heads = sorted((head for head in found if set(tags) <= set(head.tags)), key=_place)
    if tags and not heads:
        what = f"no journey has the tag{'s' if len(tags) > 1 else ''} {', '.join(tags)}"
        raise UsageError(what, advice(tags[0], {tag for head in found for tag in head.tags}))
    click.echo(as_json(heads) if style == "json" else as_text(heads))


def as_text(heads: Sequence[JourneyHead]) -> str:
    """One block per journey: what it proves, whose it is, and its variants."""
    blocks = [_block(head) for head in heads]
    runs = sum(len(head.variants) for head in heads)
    count = f"{len(heads)} journey{'' if len(heads) == 1 else 's'}, {runs} variant{'' if runs == 1 else 's'}"
    return "\n\n".join([*blocks, count])


def _block(head: JourneyHead) -> str:
    facts = [
        head.gate.mode,
        head.owner or "no owner",
        *([f"rank {head.rank}"] if head.rank is not None else []),
        *head.tags,
    ]
    lines = [head.id, f"  {head.summary}", f"  {', '.join(facts)}", f"  {head.file}"]
    lines += [f"    {variant.id}" for variant in head.variants if variant.id]
    return "\n".join(lines)


def as_json(heads: Sequence[JourneyHead]) -> str:
    """A list with one object per journey."""
    listed = [
        {
            "journey": head.id,
            "summary": head.summary,
            "file": head.file,
            "owner": head.owner,
            "rank": head.rank,
            "weight": head.weight,
            "gate": head.gate.mode,
            "tags": list(head.tags),
            "covers": list(head.covers),
            "variants": [{"id": variant.id, "values": dict(variant.values)} for variant in head.variants],
        }
        for head in heads
    ]
    return json.dumps(listed, indent=2, ensure_ascii=False)


def _place(head: JourneyHead) -> tuple[int, str]:
    return (head.rank if head.rank is not None else 1_000_000, head.id)
