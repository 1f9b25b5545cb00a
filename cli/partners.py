"""`ringback partners`: the synthetic partners by themselves, to play with a system by hand or to load it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from ringback.engine.environment import load_environment
from ringback.engine.excerpt import advice
from ringback.engine.problems import Unavailable, UsageError
from ringback.engine.project import find_project
from ringback.engine.registry import PARTNERS, DriverSet
from ringback.synthetic_partners.desk import HttpPartnerDesk
from ringback.synthetic_partners.process import serve

READY = Path(".ringback/partners.json")


@click.group()
def partners() -> None:
    """Run the synthetic partners by themselves."""


@partners.command()
@click.option("--env", "environment", default=None, help="Take the partners of this environment file.")
@click.option("--stack", type=click.Path(path_type=Path, exists=True), help="The ready file of a running stack.")
@click.option("--config", type=click.Path(path_type=Path, exists=True), help="A configuration of your own (JSON).")
@click.option("--partners", "chosen", default="", metavar="NAME,NAME", help="Only these partners of the environment.")
@click.option("--mode", type=click.Choice(["mixture", "instructed"]), default="mixture", show_default=True)
@click.option("--pace", default=1.0, show_default=True, help="Factor on the pauses of answers; 0.5 is twice as fast.")
@click.option("--ready-file", type=click.Path(path_type=Path), default=READY, show_default=True)
@click.option(
    "--log-file", type=click.Path(path_type=Path), default=None, help="Every file and message, a JSON line each."
)
@click.option("--seed", default=1, show_default=True, help="Same seed, same answers.")
def up(environment: str | None, config: Path | None, ready_file: Path, seed: int, **more: object) -> None:
    """Start the partners and work until stopped (Ctrl-C).

    With mode `mixture` they answer as the trade usually does and send their files at their times; with `instructed`
    they wait to be told. A server that goes away is waited for.
    """
    if (environment is None) == (config is None):
        raise UsageError("give either --env or --config", "ringback partners up --env embedded --stack READY.json")
    ready_file.parent.mkdir(parents=True, exist_ok=True)
    if config is None:
        config = ready_file.with_name("partners-config.json")
        _write_privately(config, _configuration(str(environment), more))
    click.echo(f"the partners work until Ctrl-C; `ringback partners status` tells how they are, from {ready_file}")
    serve(config, ready_file, seed)
    click.echo("the partners have stopped")


@partners.command()
@click.option("--ready-file", type=click.Path(path_type=Path), default=READY, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def status(context: click.Context, ready_file: Path, *, as_json: bool) -> None:
    """Tell how the running partners are; exit code 1 when one of them cannot do its work."""
    from ringback.synthetic_partners.status import line_of  # the actors, which only a few commands need

    try:
        ready = json.loads(ready_file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        hint = "start them with `ringback partners up`, or name their file with --ready-file"
        raise Unavailable("synthetic partners", f"{ready_file}: no partners run here ({error})", hint) from error
    found = HttpPartnerDesk(ready["url"], ready["token"]).status()
    click.echo(json.dumps(found, indent=1) if as_json else "\n".join(line_of(*one) for one in found.items()))
    context.exit(1 if any(one.get("ailment") for one in found.values()) else 0)


@partners.command(name="list")
def list_() -> None:
    """List the kinds of partners that are installed, what each receives and the answers it knows."""
    tools = DriverSet()
    for name in tools.names(PARTNERS):
        kind: Any = tools.registered(PARTNERS, name)
        received = ", ".join((kind.receives, *getattr(kind, "receives_also", ())))
        click.echo(f"{name}: receives {received}; answers {', '.join(kind.answers)}")


def _configuration(environment: str, more: Mapping[str, object]) -> Mapping[str, object]:
    """The configuration of the process; `more` are the options of the command."""
    from ringback.fixtures.partners import partners_config  # imports pytest; `--config` needs none

    stack = more["stack"]
    ready = json.loads(stack.read_text("utf-8")) if isinstance(stack, Path) else None
    loaded = load_environment(environment, find_project(Path.cwd()), os.environ, ready)
    if not loaded.partners:
        raise UsageError(f"{loaded.file} has no partners", "add them under `partners:`")
    names = [name.strip() for name in str(more["chosen"]).split(",") if name.strip()]
    for name in names:
        if name not in loaded.partners:
            raise UsageError(f"{loaded.file} has no partner {name!r}", advice(name, loaded.partners))
    kept = {name: entry for name, entry in loaded.partners.items() if not names or name in names}
    made = partners_config(replace(loaded, partners=kept), ready or {})
    log_file = more["log_file"]
    logged = {"log_file": str(log_file.absolute())} if isinstance(log_file, Path) else {}
    return {**made, "mode": more["mode"], "pace": more["pace"], **logged}


def _write_privately(path: Path, document: Mapping[str, object]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(document, file, indent=1)
