"""Mixed orders for minutes on end: none gets stuck, no queue and no memory grows, and in the end all systems agree."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click
from sqlalchemy import create_engine

from tests.integration.reference_stack.company import Company, use_of, wait
from tests.integration.reference_stack.mixed.people import lively
from tests.integration.reference_stack.mixed.rule_books import BOOK, rows
from tests.integration.reference_stack.mixed.stream import Stream, unseen

QUEUES: Mapping[str, str] = {
    "events": "select count(*) as n from evt_delivery where status = 'pending'",
    "records for partners": "select count(*) as n from pgw_outbound where file_id is null",
    "files to take": "select count(*) as n from pgw_file where status = 'received'",
    "activations": "select count(*) as n from act_task where verified_at is null "
    "and status not in ('failed', 'rejected', 'cancelled')",
}
_OPEN = (
    "select id from com_product_order where (external_id like 'LOAD-%' or external_id like 'PORT-OUT-%') "
    "and state not in ('completed', 'failed', 'partial', 'cancelled', 'rejected') "
    "and id not in (select order_id from flt_case where order_id is not null and status <> 'closed')"
)
PATIENCE_S = 120.0
GROWTH = 1.25  # of the memory, from the first quarter of the time to its end


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen at one moment."""

    at_s: float
    placed: int
    states: Mapping[str, int]
    queues: Mapping[str, int]
    memory_mb: float

    def line(self) -> str:
        """The look on one line."""
        states = " ".join(f"{state} {count}" for state, count in sorted(self.states.items()))
        queues = " ".join(f"{name} {length}" for name, length in self.queues.items() if length)
        return f"{self.at_s:6.0f} s  {self.memory_mb:5.0f} MB  {states}  | {queues or 'no queue'}"


@click.command()
@click.option("--minutes", type=float, default=10.0, show_default=True, help="How long orders are placed.")
@click.option("--orders", type=int, help="End after so many orders instead.")
@click.option("--open-orders", "most_open", type=int, default=20, show_default=True, help="At most so many at once.")
@click.option("--kill-every", type=int, default=0, help="Kill the stack and start it again after so many orders.")
@click.option("--database", help="SQLAlchemy URL of an empty database (default: SQLite).")
@click.option("--pace", type=float, default=0.05, show_default=True, help="Pace of stack and partners.")
def main(  # the options of a command
    *,
    minutes: float,
    orders: int | None,
    most_open: int,
    kill_every: int,
    database: str | None,
    pace: float,
) -> None:
    """Send mixed orders through a whole company and watch it."""
    more = ("--database", database) if database else ()
    with tempfile.TemporaryDirectory(prefix="ringback-soak-") as room, lively(Path(room), *more, pace=pace) as running:
        running.stock(orders or int(minutes * 600))
        stream = Stream(running)
        looks = _load(running, stream, minutes * 60, orders, most_open, kill_every)
        looks.append(_end(running, looks))
        stream.leave()
        looks.append(_end(running, looks))
        stream.bill()
        problems = [*_problems(running, looks), *_disagreements(running)]
        problems += [f"there was no order of the kind: {kind}" for kind in unseen(stream)]
        click.echo(", ".join(f"{count} {kind}" for kind, count in stream.kinds.items()))
    for problem in problems:
        click.echo(f"soak: {problem}", err=True)
    sys.exit(1 if problems else 0)


def _load(  # what a load is
    running: Company, stream: Stream, seconds: float, orders: int | None, most_open: int, kill_every: int
) -> list[Look]:
    """Keeps so many orders open until the time is over or all orders are placed."""
    began, looks, killed = time.monotonic(), list[Look](), 0
    while stream.placed < orders if orders else time.monotonic() - began < seconds:
        wait(lambda: running.waiting() < most_open, PATIENCE_S, f"less than {most_open} open orders")
        stream.turn(min(6, orders - stream.placed if orders else 6))
        if kill_every and stream.placed // kill_every > killed:
            running.kill()
            killed += 1
        looks.append(_look(running, began, stream.placed))
        click.echo(looks[-1].line())
    return looks


def _look(running: Company, began: float, placed: int) -> Look:
    queues = {name: int(str(running.stack.rows(sql)[0]["n"])) for name, sql in QUEUES.items()}
    return Look(time.monotonic() - began, placed, running.states(), queues, use_of(running.pid).memory_mb)


def _end(running: Company, looks: list[Look]) -> Look:
    """The rest is worked off: every order has an end or a case, and nothing is left in a queue."""
    began, placed = time.monotonic() - looks[-1].at_s, looks[-1].placed
    last = [looks[-1]]

    def is_over() -> bool:
        last[0] = _look(running, began, placed)
        return not running.stack.rows(_OPEN) and not any(last[0].queues.values())

    try:
        wait(is_over, PATIENCE_S, "an end")
    except RuntimeError as error:
        click.echo(f"soak: {error}", err=True)
    click.echo(last[0].line())
    return last[0]


def _problems(running: Company, looks: list[Look]) -> list[str]:
    """What must not be after a soak."""
    last, early = looks[-1], looks[len(looks) // 4]
    stuck = len(running.stack.rows(_OPEN))
    found = [f"{stuck} orders have neither an end nor a case"] if stuck else []
    found += [f"{length} {name} are left in the queue" for name, length in last.queues.items() if length]
    if last.memory_mb > early.memory_mb * GROWTH:
        found.append(f"the stack grew from {early.memory_mb:.0f} to {last.memory_mb:.0f} MB")
    return found


def _disagreements(running: Company) -> list[str]:
    """What the reconciliation rules find over the whole of what is at rest."""
    engine = create_engine(running.stack.ready["database"])
    with engine.connect() as connection:
        found = [(rule, rows(connection, rule, now=running.now())) for rule in BOOK.rules]
    engine.dispose()
    return [f"{rule.id} finds {len(said)} rows; the first: {said[0]}" for rule, said in found if said]


if __name__ == "__main__":
    main()
