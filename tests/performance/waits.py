"""How long after a change a waiting journey notices it, through each driver, with the record on."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import psycopg
from answering import answering
from figures import Failed, Table
from servers import openssh, postgres

from ringback.engine.environment import Environment, load_environment
from ringback.engine.loader import load_journey
from ringback.engine.model import JourneyHead, Step, Variant
from ringback.engine.outcomes import JourneyOutcome, Status, StepOutcome
from ringback.engine.redaction import Redactor
from ringback.engine.registry import DriverSet
from ringback.engine.runner import carry_out_journey
from ringback.engine.services import Services
from ringback.engine.workbench import Workbench
from ringback.fixtures.workshop import NoInputs
from ringback.reports.writer import RecordWriter

AT_ONCE = 4  # journeys wait together, as in a run
SHORTEST_S, LONGEST_S = 0.3, 4.0
LOCAL_AIM_S, REMOTE_AIM = 0.025, 0.10

Change = Callable[[str, float], float]  # (name, after seconds) -> the moment of the change, once it is known


@dataclass(frozen=True, slots=True)
class Place:
    """Something that changes: the environment's entry for it, the step that waits, and how it is made to change."""

    name: str
    entry: dict[str, object]
    step: str
    change: Change
    local: bool


@dataclass(frozen=True, slots=True)
class Lag:
    """One wait: how long it had waited when the change came, how much later it was noticed, how often it looked."""

    waited_s: float
    late_s: float
    looks: int


@dataclass(frozen=True, slots=True)
class Noticing:
    """An observer that writes down when each journey's step has ended."""

    ended: dict[str, float] = field(default_factory=dict)
    looks: dict[str, int] = field(default_factory=dict)

    def journey_started(self, head: JourneyHead, variant: Variant, session: str) -> None:
        """Nothing."""

    def step_started(self, head: JourneyHead, variant: Variant, step: Step, place: str) -> None:
        """Nothing."""

    def step_finished(self, head: JourneyHead, variant: Variant, outcome: StepOutcome) -> None:
        """Now."""
        self.ended[head.id] = time.monotonic()
        self.looks[head.id] = len(outcome.attempts)

    def journey_finished(self, head: JourneyHead, outcome: JourneyOutcome) -> None:
        """Nothing."""


def waiting(count: int, say: Callable[[str], None]) -> Table:
    """Wait `count` times through each driver."""
    rows, figures = [], {}
    with tempfile.TemporaryDirectory(prefix="ringback-bench-") as room, _places(Path(room)) as places:
        for place in places:
            say(f"  {place.name}: {count} waits of {SHORTEST_S} to {LONGEST_S} s, {AT_ONCE} at once")
            began, used = time.monotonic(), time.process_time()
            lags = _lags(place, Path(room) / place.name, count)
            busy = (time.process_time() - used) / (time.monotonic() - began) / AT_ONCE
            rows.append(_row(place, lags, busy))
            figures[place.name] = {
                "median_ms": median(lag.late_s for lag in lags) * 1000,
                "median_share": median(lag.late_s / lag.waited_s for lag in lags),
                "looks": median(lag.looks for lag in lags),
                "processor_share": busy,
            }
    columns = ("system", "median lag", "worst", "share of the time waited", "looks", "processor per wait", "aim")
    return Table(
        name="waiting",
        title="How late a waiting journey notices a change",
        columns=columns,
        rows=tuple(rows),
        remarks=("looks and processor are those of one wait, with every attempt judged and recorded",),
        figures=figures,
    )


def _row(place: Place, lags: list[Lag], busy: float) -> tuple[str, ...]:
    late = median(lag.late_s for lag in lags)
    part = median(lag.late_s / lag.waited_s for lag in lags)
    aim = f"{LOCAL_AIM_S * 1000:.0f} ms" if place.local else f"{REMOTE_AIM:.0%} of the time"
    worst = max(lag.late_s for lag in lags)
    looks = median(lag.looks for lag in lags)
    return (
        place.name,
        f"{late * 1000:.1f} ms",
        f"{worst * 1000:.0f} ms",
        f"{part:.1%}",
        f"{looks:.0f}",
        f"{busy:.1%}",
        aim,
    )


def _lags(place: Place, home: Path, count: int) -> list[Lag]:
    chance = random.Random(f"{place.name}-1")  # the same waits in every run
    waits = [chance.uniform(SHORTEST_S, LONGEST_S) for _ in range(count)]
    home.mkdir()
    seen = Noticing()
    with _bench(place, home, seen) as (bench, load), ThreadPoolExecutor(AT_ONCE) as pool:
        load_all = [load(f"wait-{number}") for number in range(count)]

        def one(number: int) -> Lag:
            name = f"wait-{number}"
            began = time.monotonic()
            changed: list[float] = []
            changing = threading.Thread(target=lambda: changed.append(place.change(name, waits[number])))
            changing.start()
            outcome = carry_out_journey(bench, load_all[number], Variant("", {}))
            changing.join()
            if outcome.status is not Status.PASSED:
                raise Failed(f"{place.name}: {outcome.failure}")
            return Lag(changed[0] - began, seen.ended[name] - changed[0], seen.looks[name])

        return list(pool.map(one, range(count)))


@contextmanager
def _bench(place: Place, home: Path, seen: Noticing) -> Iterator[tuple[Workbench, Callable[[str], object]]]:
    (home / "fixtures/environments").mkdir(parents=True)
    text = {"environment": "bench", "clock": "real", "systems": {"thing": place.entry}}
    (home / "fixtures/environments/bench.yaml").write_text(json.dumps(text), "utf-8")
    environment: Environment = load_environment("bench", home, os.environ)
    redactor = Redactor()
    redactor.add("canary-0123456789", "CANARY")  # a run without a secret would spare the redaction
    services = Services(redactor, "bench", home / "evidence", home, lambda name: tools.layout(name))  # noqa: PLW0108  # the tools are built after it
    tools = DriverSet(environment, services)

    def load(name: str) -> object:
        file = home / f"{name}.journey.yaml"
        head = (
            f"journey: {name}\nsummary: A change is noticed\nowner: bench\nsteps:\n  - id: seen\n    name: It changes\n"
        )
        file.write_text(head + place.step.replace("NAME", name) + "    within: 60s\n", "utf-8")
        return load_journey(file, home, tools, environment)

    with RecordWriter(home, run="bench") as recorder:
        yield (
            Workbench("bench", tools, recorder, redactor, NoInputs(), environment.as_values(), observer=seen),
            load,
        )
    tools.close()


@contextmanager
def _places(home: Path) -> Iterator[list[Place]]:
    with ExitStack() as opened:
        (home / "ssh").mkdir()
        entry = opened.enter_context(openssh(home / "ssh"))
        yield [
            _sqlite(home / "things.db"),
            _postgres(opened.enter_context(postgres())),
            _http(opened.enter_context(answering())),
            _sftp(entry, home / "ssh/partner/from_us"),
        ]


SQL_STEP = """    db: thing
    sql: select state from thing where name = :name
    params: {name: NAME}
    until: {row.state: done}
"""


def _sqlite(file: Path) -> Place:
    with sqlite3.connect(file) as connection:
        connection.execute("pragma journal_mode = wal")
        connection.execute("create table thing (name text primary key, state text)")
        connection.executemany("insert into thing values (?, 'waiting')", [(f"wait-{n}",) for n in range(1000)])

    def change(name: str, after_s: float) -> float:
        threading.Event().wait(after_s)
        with sqlite3.connect(file, timeout=10) as connection:
            connection.execute("update thing set state = 'done' where name = ?", (name,))
        return time.monotonic()

    return Place("SQLite", {"db": f"sqlite:///{file}"}, SQL_STEP, change, local=True)


def _postgres(url: str) -> Place:
    plain = url.replace("+psycopg", "")
    with psycopg.connect(plain) as connection:
        connection.execute("create table thing (name text primary key, state text)")
        connection.execute("insert into thing select 'wait-' || n, 'waiting' from generate_series(0, 999) n")

    def change(name: str, after_s: float) -> float:
        with psycopg.connect(plain) as connection:
            threading.Event().wait(after_s)
            connection.execute("update thing set state = 'done' where name = %s", (name,))
            connection.commit()
            return time.monotonic()

    return Place("PostgreSQL", {"db": url}, SQL_STEP, change, local=True)


def _http(url: str) -> Place:
    def change(name: str, after_s: float) -> float:
        body = json.dumps({"after_s": after_s}).encode()
        asked = urllib.request.Request(f"{url}/changes/{name}", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(asked) as answer:
            return float(json.load(answer)["at"])  # one monotonic clock for all processes of a machine

    step = '    api: thing\n    url: "/changes/NAME"\n    until: {body.state: done}\n'
    return Place("HTTP", {"api": url}, step, change, local=False)


def _sftp(entry: dict[str, str], folder: Path) -> Place:
    def change(name: str, after_s: float) -> float:
        threading.Event().wait(after_s)
        part = folder / f"{name}.txt.part"
        part.write_text("a line\n", "utf-8")
        part.rename(folder / f"{name}.txt")
        return time.monotonic()

    step = "    sftp: thing\n    list: /from_us/NAME.txt\n    until: {count: 1}\n"
    return Place("SFTP (OpenSSH)", dict(entry), step, change, local=False)
