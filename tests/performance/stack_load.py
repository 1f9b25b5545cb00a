"""The reference stack under load: small requests beside the bare framework, flagship orders, and its start."""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

import aiohttp
from figures import PYTHON, ROOT, Table
from servers import free_port

from tests.integration.reference_stack.company import Company, company, use_of, wait
from tests.integration.reference_stack.conftest import started

AT_ONCE = 8
AIM = 0.6
ORDERS_WITHIN_S = 3600.0
PEOPLE = "/tmf-api/party/v4/individual"


@dataclass(frozen=True, slots=True)
class Pace:
    """Requests a second, and the time within which 99 of 100 were answered."""

    per_second: float
    p99_ms: float


def stack_load(orders: tuple[int, ...], requests: int, rounds: int, say: Callable[[str], None]) -> tuple[Table, ...]:
    """All of it; the orders are the sizes whose growth is looked at."""
    return _requests(requests, rounds, say), _orders(orders, say), _starts(rounds, say)


def _requests(count: int, rounds: int, say: Callable[[str], None]) -> Table:
    seen: dict[str, list[Pace]] = {}
    with (
        tempfile.TemporaryDirectory(prefix="ringback-bench-") as room,
        _bare(Path(room)) as bare,
        started(Path(room) / "stack", "--pace", "1") as stack,
    ):
        token = {"authorization": f"Bearer {stack.ready['secrets']['API_TOKEN']}"}
        places = {"bare framework": (bare, "/thing", {}), "stack": (stack.ready["url"], PEOPLE, token)}
        for number in range(rounds):
            for name, (url, path, headers) in places.items():
                made, read = asyncio.run(_both(url, path, headers, count, number))
                seen.setdefault(f"POST {name}", []).append(made)
                seen.setdefault(f"GET {name}", []).append(read)
                say(f"  {name}: POST {made.per_second:.0f}/s, GET {read.per_second:.0f}/s")
    best = {name: max(paces, key=lambda pace: pace.per_second) for name, paces in seen.items()}
    rows = []
    for method in ("GET", "POST"):
        bare_pace, ours = best[f"{method} bare framework"], best[f"{method} stack"]
        pairs = zip(seen[f"{method} stack"], seen[f"{method} bare framework"], strict=True)
        share = median(mine.per_second / theirs.per_second for mine, theirs in pairs)  # both bear the same other load
        rows.append(
            (
                method,
                f"{bare_pace.per_second:.0f}/s",
                f"{ours.per_second:.0f}/s",
                f"{share:.0%}",
                f"{bare_pace.p99_ms:.1f} ms",
                f"{ours.p99_ms:.1f} ms",
            )
        )
    return Table(
        name="stack_requests",
        title=f"A person (TMF632), {count} requests, {AT_ONCE} at once: the stack beside the bare framework",
        columns=("request", "bare", "stack", f"share (aim {AIM:.0%})", "p99 bare", "p99 stack"),
        rows=tuple(rows),
        remarks=("bare: starlette, uvicorn and SQLAlchemy Core on SQLite; a POST of the stack also writes its event",),
        figures={name: [pace.per_second, pace.p99_ms] for name, pace in best.items()},
    )


async def _both(url: str, path: str, headers: dict[str, str], count: int, number: int) -> tuple[Pace, Pace]:
    """POSTs documents and reads each of them."""
    bodies = [{"id": f"P-{number}-{each}", "givenName": "Ada", "familyName": "Lovelace"} for each in range(count)]
    identities: list[str] = []
    async with aiohttp.ClientSession(url, headers=headers) as session:

        async def post(body: dict[str, str]) -> None:
            async with session.post(path, json=body) as answer:
                identities.append(str((await answer.json())["id"]))

        async def get(identity: str) -> None:
            async with session.get(f"{path}/{identity}") as answer:
                answer.raise_for_status()
                await answer.read()

        made = await _paced([lambda body=body: post(body) for body in bodies])  # type: ignore[misc]  # bound now
        read = await _paced([lambda one=one: get(one) for one in identities])  # type: ignore[misc]  # bound now
    return made, read


async def _paced(work: list[Callable[[], object]]) -> Pace:
    waiting, taken = iter(work), list[float]()

    async def one_after_another() -> None:
        for each in waiting:
            began = time.perf_counter()
            await each()  # type: ignore[misc]  # a coroutine function
            taken.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(one_after_another() for _ in range(AT_ONCE)))
    return Pace(len(work) / (time.perf_counter() - began), quantiles(taken, n=100)[98] * 1000)


@contextmanager
def _bare(room: Path) -> Iterator[str]:
    port = free_port()
    command = [PYTHON, str(ROOT / "tests" / "performance" / "bare.py"), f"sqlite:///{room / 'bare.db'}", str(port)]
    process = subprocess.Popen(command)
    try:
        wait(lambda: _answers(port), 10, "the bare framework")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _answers(port: int) -> bool:
    done = subprocess.run(
        [PYTHON, "-c", f"import socket; socket.create_connection(('127.0.0.1', {port}), 1)"],
        check=False,
        capture_output=True,
    )
    return done.returncode == 0


def _orders(sizes: tuple[int, ...], say: Callable[[str], None]) -> Table:
    rows, figures = [], {}
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="ringback-bench-") as room, company(Path(room), pace=0.001) as running:
            running.stock(size)
            seconds, cpu_s, memory = _run_orders(running, size)
        say(f"  {size} orders: {seconds:.1f} s")
        rows.append(
            (
                str(size),
                f"{seconds:.1f} s",
                f"{seconds / size * 1000:.0f} ms",
                f"{cpu_s / size * 1000:.0f} ms",
                f"{memory[0]:.0f} MB",
                f"{memory[1]:.0f} MB",
            )
        )
        figures[str(size)] = [seconds, cpu_s, *memory]
    return Table(
        name="stack_orders",
        title="Flagship orders at full pace, from the first POST to the last completion (partners included)",
        columns=("orders", "wall time", "per order", "processor per order (stack)", "memory before", "memory after"),
        rows=tuple(rows),
        figures=figures,
    )


def _run_orders(running: Company, size: int) -> tuple[float, float, tuple[float, float]]:
    before, began = use_of(running.pid), time.perf_counter()
    running.place(["flagship"], range(size))
    wait(lambda: not running.waiting(), ORDERS_WITHIN_S, "the completion of all orders")
    seconds, after = time.perf_counter() - began, use_of(running.pid)
    if running.states() != {"completed": size}:
        raise RuntimeError(f"not all orders were completed: {running.states()}")
    return seconds, after.cpu_s - before.cpu_s, (before.memory_mb, after.memory_mb)


def _starts(rounds: int, say: Callable[[str], None]) -> Table:
    fresh, again = [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(prefix="ringback-bench-") as room:
            for kept in (fresh, again):
                began = time.perf_counter()
                with started(Path(room)):
                    kept.append(time.perf_counter() - began)
    say(f"  start: {min(fresh):.2f} s, again {min(again):.2f} s")
    rows = (
        ("an empty home: tables, 240 customers, keys", f"{min(fresh):.2f} s", f"{median(fresh):.2f} s"),
        ("a home with data", f"{min(again):.2f} s", f"{median(again):.2f} s"),
    )
    return Table(
        name="stack_start",
        title="From the command to ready (aim: under 2 s)",
        columns=("start", "least", "median"),
        rows=rows,
        figures={"fresh_s": fresh, "again_s": again},
    )
