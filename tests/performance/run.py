"""The benchmarks: `scripts/bench`, or `scripts/bench waiting`; results in .bench/results.json."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import click
from api_journeys import api_journeys
from collecting import collecting
from feed_reading import feed_reading
from feeds import feeds
from figures import BENCH, Failed, Table
from flagship import flagship
from stack_load import stack_load
from starting import starting
from transfer import transfer
from waits import waiting

import ringback

RESULTS = BENCH / "results.json"


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    journeys: tuple[int, ...]
    files: int
    waits: int
    rounds: int
    orders: tuple[int, ...]
    records: tuple[int, ...]
    megabytes: int


WHOLE = Size(
    journeys=(100, 1000),
    files=1000,
    waits=24,
    rounds=5,
    orders=(50, 100, 200),
    records=(1_000_000, 10_000_000),
    megabytes=100,
)
QUICK = Size(journeys=(20, 100), files=100, waits=4, rounds=2, orders=(10, 20), records=(20_000, 100_000), megabytes=10)

Measure = Callable[[Size, Callable[[str], None], bool], tuple[Table, ...]]

BENCHMARKS: dict[str, Measure] = {
    "startup": lambda size, say, _: starting(size.rounds, say),
    "collect": lambda size, say, _: (collecting(size.files, size.rounds, say),),
    "waiting": lambda size, say, _: (waiting(size.waits, say),),
    "api_journeys": lambda size, say, peers: (api_journeys(size.journeys, size.rounds, say, peers=peers),),
    "feeds": lambda size, say, _: (feeds(size.records, size.records[0] // 50, min(size.rounds, 2), say),),
    "reading": lambda size, say, _: (feed_reading(size.records, min(size.rounds, 2), say),),
    "transfer": lambda size, say, _: (transfer(size.megabytes, size.rounds, say),),
    "flagship": lambda size, say, _: flagship(min(size.rounds, 3), say),
    "stack": lambda size, say, _: stack_load(size.orders, 10 * size.orders[-1], min(size.rounds, 3), say),
}


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(BENCHMARKS)))
@click.option("--quick", is_flag=True, help="Small numbers: to see that everything runs, not to compare.")
@click.option("--rounds", type=click.IntRange(min=1), help="How often everything is measured; the least counts.")
@click.option("--orders", type=click.IntRange(min=1), multiple=True, help="Sizes of the stack's load, e.g. 1000.")
@click.option("--no-peers", is_flag=True, help="Leave Robot Framework and Tavern out.")
def main(names: tuple[str, ...], *, quick: bool, rounds: int | None, orders: tuple[int, ...], no_peers: bool) -> None:
    """Measure everything, or the benchmarks NAMES, and print tables."""
    size = QUICK if quick else WHOLE
    if rounds:
        size = replace(size, rounds=rounds)
    if orders:
        size = replace(size, orders=tuple(sorted(orders)))
    BENCH.mkdir(exist_ok=True)
    load = os.getloadavg()[0]
    if load > (os.cpu_count() or 1):
        click.echo(f"the machine is busy (load {load:.1f}): trust the ratios, not the seconds", err=True)
    try:
        for name in names or BENCHMARKS:
            click.echo(f"{name} ...", err=True)
            tables = BENCHMARKS[name](size, lambda text: click.echo(text, err=True), not no_peers)
            click.echo("\n" + "\n\n".join(table.text() for table in tables) + "\n")
            _keep(tables, load)
    except Failed as failed:
        click.echo(f"bench: {failed}", err=True)
        sys.exit(1)
    click.echo(f"results: {RESULTS.relative_to(Path.cwd()) if RESULTS.is_relative_to(Path.cwd()) else RESULTS}")


def _keep(tables: Iterable[Table], load: float) -> None:
    """Put the figures beside those of the benchmarks that were not run this time."""
    kept = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    for table in tables:
        kept[table.name] = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "ringback": ringback.__version__,
            "python": platform.python_version(),
            "processors": os.cpu_count(),
            "load": round(load, 1),
            "figures": table.figures,
            "table": [table.columns, *table.rows],
        }
    RESULTS.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
