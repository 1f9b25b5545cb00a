"""`ringback partners`: the synthetic partners by themselves, to play with a system by hand or to load it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from ringback.engine.environment import load_environment
from ringback.engine.problems import UsageError
from ringback.engine.project import find_project
from ringback.engine.registry import PARTNERS, DriverSet
from ringback.synthetic_partners.process import serve


@click.group()
def partners() -> None:
    """Run the synthetic partners by themselves."""


@partners.command()
@click.option("--env", "environment", default=None, help="Take the partners of this environment file.")
@click.option("--stack", type=click.Path(path_type=Path, exists=True), help="The ready file of a running stack.")
@click.option("--config", type=click.Path(path_type=Path, exists=True), help="A configuration of your own (JSON).")
@click.option("--mode", type=click.Choice(["mixture", "instructed"]), default="mixture", show_default=True)
@click.option(
    "--ready-file", type=click.Path(path_type=Path), default=Path(".ringback/partners.json"), show_default=True
)
@click.option("--seed", default=1, show_default=True, help="Same seed, same answers.")
def up(
    environment: str | None, stack: Path | None, config: Path | None, mode: str, ready_file: Path, seed: int
) -> None:
    """Start the partners and work until stopped (Ctrl-C).

    With mode `mixture` they answer as the trade usually does; with `instructed` they wait to be told.
    """
    if (environment is None) == (config is None):
        raise UsageError("give either --env or --config", "ringback partners up --env embedded --stack READY.json")
    ready_file.parent.mkdir(parents=True, exist_ok=True)
    if config is None:
        config = ready_file.with_name("partners-config.json")
        _write_privately(config, _configuration(str(environment), stack, mode))
    click.echo(f"the partners answer until Ctrl-C; their desk is in {ready_file}")
    serve(config, ready_file, seed)


@partners.command(name="list")
def list_() -> None:
    """List the kinds of partners that are installed, what each receives and the answers it knows."""
    tools = DriverSet()
    for name in tools.names(PARTNERS):
        kind: Any = tools.registered(PARTNERS, name)
        told = f"; can be told {', '.join(kind.instructions)}" if getattr(kind, "instructions", None) else ""
        click.echo(f"{name}: receives {kind.receives}; answers {', '.join(kind.answers)}{told}")


def _configuration(environment: str, stack: Path | None, mode: str) -> Mapping[str, object]:
    from ringback.fixtures.partners import partners_config  # imports pytest; `--config` needs none

    ready = json.loads(stack.read_text("utf-8")) if stack else None
    loaded = load_environment(environment, find_project(Path.cwd()), os.environ, ready)
    if not loaded.partners:
        raise UsageError(f"{loaded.file} has no partners", "add them under `partners:`")
    return {**partners_config(loaded, ready or {}), "mode": mode}


def _write_privately(path: Path, document: Mapping[str, object]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(document, file, indent=1)
