"""`ringback feed profile`: learns the shape of real files, or shows a profile."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ringback.cli.feed.shapes import PLOT, feed_layout, profile_from
from ringback.engine.problems import UsageError

if TYPE_CHECKING:
    from ringback.synthetic_partners.shape.profile import Profile

SUFFIX = ".profile.yaml"


@click.command()
@click.argument("samples", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--layout", "name", default=None, help="A layout's name or its *.layout.yaml; without it, file names tell."
)
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="NAME.profile.yaml.")
@click.option("--k", default=10, show_default=True, type=click.IntRange(2), help="Tell what so many records have.")
@click.option("--personal", multiple=True, metavar="FIELD", help="A field more whose values are not told.")
@click.option(
    "--propose",
    is_flag=True,
    help="Write a layout for a feed that has none (NAME.layout.yaml) instead of a profile.",
)
@PLOT
def profile(  # noqa: PLR0913 - options of a command
    *,
    samples: tuple[Path, ...],
    name: str | None,
    output: Path | None,
    k: int,
    personal: tuple[str, ...],
    propose: bool,
    plot: Path | None,
) -> None:
    """Learn the shape of SAMPLES, real files with masked contents; or draw a *.profile.yaml with --plot."""
    if propose:
        _propose(samples[0], output, k)
        return
    learnt = _learnt(samples, name, k, personal)
    if plot is not None:
        from ringback.synthetic_partners.shape.plot import plot_profile, write_plot

        write_plot(plot, plot_profile(learnt), f"The shape of {learnt.layout}")
        click.echo(str(plot))
    if samples[0].name.endswith(SUFFIX):
        return
    # numpy comes with the package of shapes: not for the help.
    from ringback.synthetic_partners.shape.document import write_profile

    target = output or Path(f"{learnt.layout}{SUFFIX}")
    target.write_text(write_profile(learnt), encoding="utf-8")
    click.echo(f"{target}: {learnt.records:,} records, {len(learnt.fields)} fields, {len(learnt.pairs)} pairs")


def _learnt(samples: tuple[Path, ...], name: str | None, k: int, personal: tuple[str, ...]) -> Profile:
    if samples[0].name.endswith(SUFFIX):
        return profile_from(samples[0])
    from ringback.synthetic_partners.shape.learn import learn, specs_of

    layout = feed_layout(samples[0], name)
    unknown = sorted(set(personal).difference(specs_of(layout)))
    if unknown:
        raise UsageError(f"--personal {unknown[0]}: {layout.name} has no such field", "see docs/feeds for its fields")
    return learn(samples, layout, k=k, personal=personal)


def _propose(sample: Path, output: Path | None, k: int) -> None:
    from ringback.synthetic_partners.shape.propose import propose

    text = propose(sample, k=k)
    if output is None:
        click.echo(text, nl=False)
        return
    output.write_text(text, encoding="utf-8")
    click.echo(f"{output}: read it, name the fields, mark what is personal")
