"""Judges a running stack by TM Forum's own definitions: `scripts/conformance FOLDER`."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import httpx
from checks import Result, Visit, visit
from definitions import TRAPS, Definition, read_definitions


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--api", "only", multiple=True, help="Only these, e.g. --api TMF622.")
@click.option("--json", "written", type=click.Path(path_type=Path), help="Write every check here, too.")
def main(folder: Path, only: tuple[str, ...], written: Path | None) -> None:
    """Start a stack in its conformance profile, ask it as a client that knows FOLDER's definitions, print a score."""
    definitions = [one for one in read_definitions(folder) if not only or one.api in only]
    if not definitions:
        raise click.UsageError(
            f"{folder} holds no TMF*.swagger.json; TM Forum publishes them at github.com/tmforum-apis"
        )
    with _stack() as client:
        results = {one.api: list(_judge(one, client)) for one in definitions}
    _tell(definitions, results)
    if written:
        written.write_text(json.dumps([vars(result) for found in results.values() for result in found], indent=1))
    sys.exit(any(result.wrong for found in results.values() for result in found))


@contextlib.contextmanager
def _stack() -> Iterator[httpx.Client]:
    command = [sys.executable, "-m", "ringback.reference_stack"]
    with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
        home = ["--home", folder]
        subprocess.run(
            [
                *command,
                "up",
                *home,
                "--profile",
                "conformance",
            ],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        try:
            ready = json.loads((Path(folder) / "ready.json").read_text("utf-8"))
            headers = {"authorization": f"Bearer {ready['secrets']['ADMIN_TOKEN']}"}
            with httpx.Client(base_url=ready["url"], headers=headers, trust_env=False, timeout=20) as client:
                yield client
        finally:
            subprocess.run([*command, "down", *home], check=True, stdout=subprocess.DEVNULL)


def _judge(definition: Definition, client: httpx.Client) -> Iterator[Result]:
    offered = _offered(client, definition.base)
    for collection in definition.collections():
        here = frozenset(name for name in collection.methods if (collection.path, name) in offered)
        yield from visit(Visit(client, definition, collection, here))


def _offered(client: httpx.Client, base: str) -> set[tuple[str, str]]:
    """What the server's own contract offers, as (collection, operation)."""
    answer = client.get(f"{base}/openapi.json")
    paths: dict[str, Any] = answer.json().get("paths", {}) if answer.is_success else {}
    found: set[tuple[str, str]] = set()
    for path, operations in paths.items():
        collection, _, parameter = path.partition("/{")
        short = f"/{collection.rsplit('/', 1)[-1]}"
        words = {"get": "get", "patch": "patch", "delete": "delete"} if parameter else {"get": "list", "post": "create"}
        found |= {(short, word) for method, word in words.items() if method in operations}
    return found


def _tell(definitions: list[Definition], results: dict[str, list[Result]]) -> None:
    for found in results.values():
        for result in found:
            for wrong in result.wrong:
                click.echo(f"{result.api} {result.resource}  {result.check}: {wrong}")
    click.echo()
    for definition in definitions:
        found = results[definition.api]
        if not found:
            click.echo(f"{definition.api}  not offered")
            continue
        passed = sum(not result.wrong for result in found)
        resources = len({result.resource for result in found})
        part = f"{passed} of {len(found)} checks, {resources} of {len(list(definition.collections()))} resources"
        click.echo(f"{definition.api}  {100 * passed / len(found):5.1f} %  {part}")
    click.echo(f"\nmended before judging: {'; '.join(f'{trap.definition}: {trap.what}' for trap in TRAPS)}")


if __name__ == "__main__":
    main()
