"""`ringback report`: rebuild a run's reports from its record, later and offline."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

import click

from ringback.engine.problems import UsageError
from ringback.engine.registry import REPORTS, load
from ringback.reports.record import RunRecord, read_run
from ringback.reports.terminal import summary

Writer = Callable[[RunRecord, Path], Path]

# Where each report goes below the output folder; a carrier's own report gets a folder of its own name.
_TARGETS: Mapping[str, str] = {"html": "report.html", "junit": "junit.xml", "allure": "allure-results"}


@click.command()
@click.argument("form")
@click.option("--run", "run_name", default=None, help="The run's id or folder; default: the newest.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=None, help="Default: the run's own folder.")
def report(form: str, run_name: str | None, output: Path | None) -> None:
    """Rebuild a report. FORM is html, allure, junit, terminal, or one that a plugin brings."""
    folder = find_run(run_name)
    run = read_run(folder)
    if form == "terminal":
        click.echo(summary(run))
        return
    write = cast("Writer", load(REPORTS, form))
    click.echo(write(run, (output or folder) / _TARGETS.get(form, form)))


def find_run(name: str | None) -> Path:
    """The folder of a run; UsageError when there is none."""
    if name and Path(name).is_dir():
        return Path(name)
    home = Path.cwd() / ".ringback" / "runs"
    runs = sorted((path for path in home.glob("*") if path.is_dir()), key=os.path.getmtime) if home.is_dir() else []
    found = [path for path in runs if name in (None, path.name)]
    if not found:
        asked = f"there is no run {name}" if name else "there is no run yet"
        raise UsageError(f"{asked} below {home}", "run some journeys: ringback run journeys")
    return found[-1]
