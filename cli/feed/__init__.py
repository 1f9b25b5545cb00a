"""`ringback feed`: what can be done with feed files, one module per command."""

from __future__ import annotations

import click

from ringback.cli.lazy import LazyGroup, Table

COMMANDS: Table = {
    "validate": ("ringback.cli.feed.validate", "validate", "List every problem of a file."),
    "show": ("ringback.cli.feed.show", "show", "Show a file as JSON, as a journey sees it."),
    "generate": ("ringback.cli.feed.generate", "generate", "Make a valid file, or one with an anomaly in it."),
    "profile": ("ringback.cli.feed.profile", "profile", "Learn the shape of real files, or propose a layout."),
    "compare": ("ringback.cli.feed.compare", "compare", "Say how alike two files are."),
    "drift": ("ringback.cli.feed.drift", "drift", "Say whether real files have moved away from a profile."),
    "layouts": ("ringback.cli.feed.layouts", "layouts", "List the layouts that are installed."),
    "document": ("ringback.cli.feed.document", "document", "Write a page of documentation per feed."),
    "anomalies": (
        "ringback.cli.feed.anomalies",
        "anomalies",
        "List the anomalies with their kinds, parameters, and what a correct receiver does.",
    ),
}


@click.group(cls=LazyGroup, table=COMMANDS)
def feed() -> None:
    """Read, check and make feed files."""
