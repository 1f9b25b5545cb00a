"""`ringback run`: journeys under pytest, with the exit codes that a pipeline can act on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from ringback.engine.problems import BrokenTest, UsageError
from ringback.engine.project import JOURNEY_ENDING, misnamed_journeys, project_of, right_name
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
    targets = files or (project / "journeys",)
    _refuse_other_files(targets)
    code, told = launch(targets, project, given)
    for text in told:
        click.echo(text, err=True)
    raise click.exceptions.Exit(code)


def _refuse_other_files(targets: Sequence[Path]) -> None:
    """A journey that nobody would run, and a file that is none, are told before anything starts."""
    for path in misnamed_journeys(path for path in targets if path.exists()):
        raise BrokenTest(f"{path} holds a journey, but only files named *{JOURNEY_ENDING} run", _rename(path))
    for path in targets:
        if path.is_file() and path.suffix in (".yaml", ".yml") and not path.name.endswith(JOURNEY_ENDING):
            raise UsageError(f"{path} is not a journey", f"journeys are in files named *{JOURNEY_ENDING}")


def _rename(path: Path) -> str:
    return f"rename the file to {right_name(path)}"
