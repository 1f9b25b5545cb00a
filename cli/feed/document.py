"""`ringback feed document`: a page of documentation per feed, from its layout alone."""

from __future__ import annotations

from pathlib import Path

import click

from ringback.engine.problems import UsageError
from ringback.engine.registry import DriverSet
from ringback.synthetic_partners.layout import FeedLayout
from ringback.synthetic_partners.layouts import built_in_layouts
from ringback.synthetic_partners.pages.files import file_of, pages, write_pages
from ringback.synthetic_partners.pages.page import page_of


@click.command()
@click.argument("name", metavar="LAYOUT", required=False)
@click.option("--all", "every", is_flag=True, help="Every layout that is installed, with an index.")
@click.option(
    "--output",
    "-o",
    default=None,
    type=click.Path(path_type=Path, file_okay=False),
    help="A folder for the pages; without it, the one page is printed.",
)
def document(name: str | None, *, every: bool, output: Path | None) -> None:
    """Write what LAYOUT says as a page in Markdown: fields, rules, codes, acknowledgement, a sample."""
    if every == (name is not None):
        raise click.UsageError("say a LAYOUT, or --all")
    if every and output is None:
        raise click.UsageError("say the folder for all pages: --output")
    texts = pages(_known(), frozenset(built_in_layouts())) if every else _one(name or "")
    if output is None:
        click.echo("".join(texts.values()), nl=False)
        return
    for path in write_pages(texts, output):
        click.echo(str(path))


def _known() -> dict[str, FeedLayout]:
    """The layouts that a file describes; those in Python have no fields to tell."""
    return {name: layout for name, layout in DriverSet().layouts().items() if isinstance(layout, FeedLayout)}


def _one(name: str) -> dict[str, str]:
    layout = DriverSet().layout(name)
    if not isinstance(layout, FeedLayout):
        raise UsageError(f"the layout {name!r} does not tell its fields", "describe it as a *.layout.yaml")
    source = f"synthetic_partners/layouts/{name}.layout.yaml" if name in built_in_layouts() else ""
    return {file_of(layout): page_of(layout, source=source)}
