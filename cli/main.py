"""The `ringback` command: groups that are imported only when they are called, and errors without tracebacks."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from ringback.cli.lazy import LazyGroup, Table
from ringback.engine.excerpt import lines_from, render_all
from ringback.engine.loader import problems_of
from ringback.engine.problems import BrokenTest, RingbackError, Unavailable
from ringback.engine.project import find_project

# name: (module, object, one line of help); the help is here so that `ringback --help` imports nothing.
COMMANDS: Table = {
    "run": ("ringback.cli.run", "run", "Run journeys and report what came of them."),
    "lint": ("ringback.cli.lint", "lint", "Report every problem of journey files without running them."),
    "list": ("ringback.cli.list", "list_", "List journeys and their variants."),
    "explain": ("ringback.cli.explain", "explain", "Tell in words what a journey does, waits for and checks."),
    "schema": ("ringback.cli.schema", "schema", "Print the JSON Schema of journey files, for editors."),
    "report": ("ringback.cli.report", "report", "Rebuild reports from a run's record."),
    "release": ("ringback.cli.release", "release", "Release candidates: add one, list them."),
    "gate": ("ringback.cli.gate", "gate", "Judge release candidates."),
    "fallout": ("ringback.cli.fallout", "fallout", "What failed, whose it is, and until when."),
    "stack": ("ringback.cli.stack", "stack", "Start, stop and steer the reference stack."),
    "partners": ("ringback.cli.partners", "partners", "Run the synthetic partners by themselves."),
    "feed": ("ringback.cli.feed", "feed", "Read, check and make feed files."),
    "new": ("ringback.cli.new", "new", "Begin a partner of your own."),
}

USAGE, TEST, ENVIRONMENT, INTERRUPTED = 2, 3, 4, 130


@click.group(cls=LazyGroup, table=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ringback", prog_name="ringback")
def ringback() -> None:
    """Prove, before a release is promoted, that customers can still be served."""


def exit_code_of(error: RingbackError) -> int:
    """2 the call is wrong, 3 the test is broken, 4 a system, partner or tool cannot be used."""
    if isinstance(error, Unavailable):
        return ENVIRONMENT
    return TEST if isinstance(error, BrokenTest) else USAGE


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    try:
        code = ringback.main(args=arguments, prog_name="ringback", standalone_mode=False)
    except RingbackError as error:
        lines_of = lines_from(find_project(Path.cwd()))
        click.echo(f"ringback: {render_all(problems_of(error), lines_of)}", err=True)
        sys.exit(exit_code_of(error))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("ringback: interrupted", err=True)
        sys.exit(INTERRUPTED)
    sys.exit(code if isinstance(code, int) else 0)
