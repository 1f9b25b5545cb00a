"""`ringback report`: rebuild a run's reports from its record, later and offline."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

import click

from ringback.engine.problems import UsageError
from ringback.engine.project import find_project
from ringback.engine.registry import REPORTS, load
from ringback.reports.record import RunRecord, read_run
from ringback.reports.terminal import summary

Writer = Callable[[RunRecord, Path], Path]

# Where each report goes below the output folder; a carrier's own report gets a folder of its own name.
_TARGETS: Mapping[str, str] = {"html": "report.html", "junit": "junit.xml", "allure": "allure-results"}


@click.command()
@click.argument("form")
@click.option("--run", "run_name", default=None, help="The run's id or folder; default: the newest.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=None,
    help="A folder, or the file itself (report.html); default: the run's own folder.",
)
def report(form: str, run_name: str | None, output: Path | None) -> None:
    """Rebuild a report. FORM is html, allure, junit, terminal, or one that a plugin brings."""
    folder = find_run(run_name)
    run = read_run(folder)
    if form == "terminal":
        click.echo(summary(run))
        return
    write = cast("Writer", load(REPORTS, form))
    click.echo(write(run, _target(form, output or folder)))


def _target(form: str, output: Path) -> Path:
    """Where the report goes: `-o weekly.html` means that file, all else a folder."""
    name = _TARGETS.get(form, form)
    is_the_file = output.suffix and output.suffix == Path(name).suffix and not output.is_dir()
    return output if is_the_file else output / name


def find_run(name: str | None) -> Path:
    """The folder of a run; UsageError when there is none."""
    if name and Path(name).is_dir():
        return Path(name)
    home = find_project(Path.cwd()) / ".ringback" / "runs"
    runs = sorted((path for path in home.glob("*") if path.is_dir()), key=os.path.getmtime) if home.is_dir() else []
    found = [path for path in runs if name in (None, path.name)]
    if not found:
        asked = f"there is no run {name}" if name else "there is no run yet"
        newest = f"the newest is {runs[-1].name}" if runs else "run some journeys: ringback run journeys"
        raise UsageError(f"{asked} below {home}", newest)
    return found[-1]
