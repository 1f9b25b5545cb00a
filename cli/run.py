"""`ringback run`: journeys under pytest, with the exit codes that a pipeline can act on."""

from __future__ import annotations

from pathlib import Path

import click

from ringback.engine.project import project_of
from ringback.fixtures.launch import launch


@click.command(context_settings={"ignore_unknown_options": False})
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--env", metavar="NAME", help="Environment file: fixtures/environments/NAME.yaml.")
@click.option(
    "--defect", "defects", metavar="IDS", multiple=True, help="Switch a defect of the embedded stack on: D05."
)
@click.option("--release", metavar="VERSION", help="The release candidate that this run judges.")
@click.option("-k", "expression", metavar="EXPR", help="Only variants whose id matches, as in pytest.")
@click.option("-m", "marks", metavar="EXPR", help="Only journeys with these tags, as in pytest.")
@click.option("-n", "workers", metavar="N", help="Worker processes (needs pytest-xdist).")
@click.option("--at-once", metavar="N", type=int, help="Journeys at the same time in each process.")
@click.option("-x", "stop_early", is_flag=True, help="Stop at the first journey that does not pass.")
@click.option("--headed", is_flag=True, help="Show the browser's window.")
@click.option("--trace", is_flag=True, help="Keep the browser's trace of passed journeys too.")
@click.option("--seed", metavar="N", type=int, help="Seed of everything made up.")
@click.option("--report-dir", metavar="DIR", help="Write HTML, JUnit and Allure results there.")
@click.option("--ringback-dir", metavar="DIR", help="Folder for records, evidence and leases.")
def run(files: tuple[Path, ...], **given: object) -> None:
    """Run the journeys of FILES (files or folders; default: journeys/).

    Exit codes: 0 passed, 1 the product failed, 2 usage, 3 a journey is broken, 4 a system, partner or tool cannot be
    used, 5 nothing ran.
    """
    project = project_of(files, Path.cwd())
    code, unread = launch(files or (project / "journeys",), project, given)
    for text in unread:
        click.echo(text, err=True)
    raise click.exceptions.Exit(code)
