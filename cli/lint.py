"""`ringback lint`: every problem of journey and steps files, each with its place and mend; nothing is run."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import click

from ringback.engine.environment import Environment, load_environment
from ringback.engine.excerpt import lines_from, render_all
from ringback.engine.loader import inspect_journey, inspect_steps, read_head
from ringback.engine.model import JourneyHead
from ringback.engine.problems import Problem
from ringback.engine.project import (
    JOURNEY_ENDING,
    STEPS_ENDING,
    journey_files,
    misnamed_journeys,
    project_of,
    right_name,
)
from ringback.engine.redaction import Redactor
from ringback.engine.registry import DriverSet
from ringback.engine.services import Services
from ringback.engine.source import Source

PROBLEMS_FOUND = 3


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--env", "environment", default=None, help="Check systems and operations against this environment, too.")
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def lint(context: click.Context, paths: tuple[Path, ...], environment: str | None, style: str) -> None:
    """Report every problem of the files and folders PATHS (default: journeys). Exit code 3 when there is one."""
    project = project_of(paths, Path.cwd())
    files = journey_files(paths or (project / "journeys",), (JOURNEY_ENDING, STEPS_ENDING))
    misnamed = misnamed_journeys(path for path in paths or (project / "journeys",) if path.is_dir())
    problems = (*(_misnamed(file, project) for file in misnamed), *inspect(files, project, environment))
    click.echo(as_json(problems) if style == "json" else as_text(problems, files, project))
    context.exit(PROBLEMS_FOUND if problems else 0)


def inspect(files: Sequence[Path], project: Path, environment: str | None) -> tuple[Problem, ...]:
    """The problems of all files; one that several journeys share (in a steps file) is told once."""
    tools = linting_tools(project, environment)
    found: dict[Problem, None] = {}
    ids: dict[str, str] = {}
    for file in files:
        read = inspect_steps if file.name.endswith(STEPS_ENDING) else inspect_journey
        problems = read(file, project, tools, tools.environment)
        found.update(dict.fromkeys(problems))
        if not problems and read is inspect_journey:
            found.update(dict.fromkeys(_same_id(read_head(file, project), ids)))
    return tuple(found)


def _misnamed(file: Path, project: Path) -> Problem:
    """A journey that no run would find."""
    resolved = file.resolve()
    name = str(resolved.relative_to(project) if resolved.is_relative_to(project) else resolved)
    what = f"this journey is never run: only files named *{JOURNEY_ENDING} are"
    return Problem(Source(name, 1, 1), what, f"rename the file to {right_name(file)}")


def _same_id(head: JourneyHead, ids: dict[str, str]) -> tuple[Problem, ...]:
    """History is kept by a journey's id: two files must not share one."""
    first = ids.setdefault(head.id, head.file)
    if first == head.file:
        return ()
    what = f"the journey {head.id!r} is in {first}, too"
    return (Problem(Source(head.file, head.line, 1), what, "give each journey an id of its own"),)


def linting_tools(project: Path, environment: str | None) -> DriverSet:
    """Drivers that parse; with an environment they know its systems and contracts, but no address or secret."""
    if environment is None:
        return DriverSet()
    loaded: Environment = load_environment(environment, project, os.environ, resolve=False)
    services = Services(
        redactor=Redactor(),
        run_id="lint",
        evidence_dir=project,
        project=project,
        layout=DriverSet(loaded).layout,
    )
    return DriverSet(loaded, services)


def as_text(problems: Sequence[Problem], files: Sequence[Path], project: Path) -> str:
    """The problems with excerpts, and a last line that counts."""
    if not problems:
        return f"{len(files)} file{'' if len(files) == 1 else 's'}: no problems"
    told = render_all(problems, lines_from(project))
    places = len({problem.source.file for problem in problems})
    count = f"{len(problems)} problem{'' if len(problems) == 1 else 's'}"
    return f"{told}\n\n{count} in {places} file{'' if places == 1 else 's'}"


def as_json(problems: Sequence[Problem]) -> str:
    """A list of {file, line, column, message, hint}."""
    listed = [
        {
            "file": problem.source.file,
            "line": problem.source.line,
            "column": problem.source.column,
            "message": problem.what,
            "hint": problem.hint,
        }
        for problem in problems
    ]
    return json.dumps(listed, indent=2, ensure_ascii=False)
