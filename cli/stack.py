"""`ringback stack`: hands over to the stack's own command line, in a process of its own.

Nothing of the stack is imported here: a test and its subject share no code.
"""

from __future__ import annotations

import subprocess
import sys

import click


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def stack(context: click.Context, arguments: tuple[str, ...]) -> None:
    """Start, stop and steer the reference stack: up, down, status, defects, clock."""
    command = [sys.executable, "-m", "ringback.reference_stack", *(arguments or ("--help",))]
    context.exit(subprocess.run(command, check=False).returncode)  # noqa: S603 - our own module, no shell
