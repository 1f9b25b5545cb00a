"""The running stack: what every system is given to work with."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from ringback.reference_stack.clock import Clock
from ringback.reference_stack.database import Database
from ringback.reference_stack.defects import DefectSwitches
from ringback.reference_stack.kernel.context import SYSTEM
from ringback.reference_stack.kernel.errors import SystemDown
from ringback.reference_stack.kernel.events import Events
from ringback.reference_stack.kernel.http import SystemClient
from ringback.reference_stack.kernel.ids import Ids
from ringback.reference_stack.kernel.limits import RateLimits
from ringback.reference_stack.kernel.system import System
from ringback.reference_stack.schema import FLT_CASE, STK_SETTING
from ringback.reference_stack.settings import Settings

if TYPE_CHECKING:
    from ringback.reference_stack.gateway.sftp_server import SftpService

Worker = Callable[[], Awaitable[object]]
_LOOK_S = 0.25
_SHORTEST_PAUSE_S = 0.005
_SHORTEST_PAUSE_OUTSIDE_S = 0.02  # looking into folders costs more than looking at the database


@dataclass
class Stack:
    """All that systems share.

    Args:
        settings: how the stack was started.
        systems: every system by id.
        stopped: systems that an operator has stopped.
        sftp: the SFTP server, once it runs.
        state: what a system holds in memory and may lose at a restart.
        workers: how many workers each system has.
    """

    settings: Settings
    systems: Mapping[str, System]
    clock: Clock = field(init=False)
    db: Database = field(init=False)
    events: Events = field(init=False)
    http: SystemClient = field(init=False)
    defects: DefectSwitches = field(init=False)
    ids: Ids = field(default_factory=Ids)
    limits: RateLimits = field(default_factory=RateLimits)
    log: logging.Logger = field(default_factory=lambda: logging.getLogger("ringback.stack"))
    stopped: set[str] = field(default_factory=set)
    sftp: SftpService | None = None
    state: dict[str, object] = field(default_factory=dict)
    workers: Counter[str] = field(default_factory=Counter)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _ending: bool = False

    def __post_init__(self) -> None:
        """Opens the database and takes up the clock where the last run left it."""
        self.db = Database(self.settings.database_url)
        self.db.create()
        self.clock = Clock(float(self.remembered("clock.offset_s") or 0))
        self.defects = DefectSwitches(self.settings.defects)
        self.events = Events(self)
        self.http = SystemClient(
            lambda system, path: self.systems[system].path(path),
            self.secret("INTERNAL_TOKEN"),
            lambda: self.defects.on("D65"),
        )

    def secret(self, name: str) -> str:
        """A secret of this stack."""
        return self.settings.secrets[name]

    def pace(self, seconds: float) -> float:
        """A simulated duration at the stack's pace, in real seconds."""
        return seconds * self.settings.pace

    def remembered(self, name: str) -> str | None:
        """A setting that outlives a restart."""
        with self.db.begin() as tx:
            return tx.execute(select(STK_SETTING.c.value).where(STK_SETTING.c.name == name)).scalar()

    def remember(self, name: str, value: str) -> None:
        """Keeps a setting over a restart."""
        with self.db.begin() as tx:
            tx.execute(delete(STK_SETTING).where(STK_SETTING.c.name == name))
            tx.execute(insert(STK_SETTING).values(name=name, value=value))

    def spawn(self, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        """Runs a coroutine beside the others and keeps it alive; its failure is logged."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def every(self, seconds: float, work: Worker, *, looks_outside: bool = False) -> None:
        """Repeats a worker at the stack's pace for the system that starts it; a failure opens a fallout case.

        Args:
            seconds: pause between two turns, before the pace.
            work: one turn.
            looks_outside: the worker waits for something that is not in the database, such as a file. The others rest
                while nobody writes into the tables of their system, apart from a look every quarter of a second.
        """
        self.workers[SYSTEM.get()] += 1
        self.spawn(self._repeat(SYSTEM.get(), self.pace(seconds), work, looks_outside))

    async def _repeat(self, system: str, pause_s: float, work: Worker, looks_outside: bool) -> None:
        written = self.db.watch(self.systems[system].prefix if system in self.systems else "")
        least_s = _SHORTEST_PAUSE_OUTSIDE_S if looks_outside else _SHORTEST_PAUSE_S
        while not self._ending:
            if system not in self.stopped:
                written.clear()
                await self._turn(system, work)
            await asyncio.sleep(max(pause_s, least_s))
            if not looks_outside and not written.is_set():
                await _set_within(written, _LOOK_S)

    async def _turn(self, system: str, work: Worker) -> None:
        """One turn of a worker. The boundary at which a worker's error ends: the worker itself goes on."""
        try:
            await work()
        except SystemDown as down:
            self.log.info("%s waits: %s", system, down)
        except Exception as error:  # the worker boundary
            self.log.exception("a worker of %s failed", system)
            self._open_case(system, getattr(work, "__name__", "worker"), repr(error))

    def _open_case(self, system: str, worker: str, detail: str) -> None:
        """One open fallout case per failing worker, however often it fails."""
        now, code = self.clock.stamp(), f"worker.{worker}"
        open_case = select(FLT_CASE.c.id).where(
            FLT_CASE.c.system == system, FLT_CASE.c.code == code, FLT_CASE.c.status != "closed"
        )
        case = {"id": self.ids.new("FC"), "system": system, "code": code, "owner": system, "status": "open"}
        with self.db.begin() as tx:
            if tx.execute(open_case).first() is None:
                tx.execute(insert(FLT_CASE).values(**case, opened_at=now, detail=detail))

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self.log.error("a task of the stack failed", exc_info=task.exception())

    async def start_workers(self) -> None:
        """Starts the delivery of events and each system's workers."""
        self.spawn(self.events.deliver())
        for system in self.systems.values():
            if system.start is not None:
                token = SYSTEM.set(system.id)
                await system.start(self)
                SYSTEM.reset(token)

    async def stop_workers(self) -> None:
        """Ends all workers; one that an HTTP library has kept from its cancellation is cancelled again."""
        self._ending = True
        while self._tasks:
            for task in self._tasks:
                task.cancel()
            await asyncio.wait(self._tasks, timeout=0.1)

    async def close(self) -> None:
        """Ends all connections, once the workers have ended."""
        await self.http.close()
        self.db.close()


async def _set_within(event: asyncio.Event, seconds: float) -> None:
    """Waits for an event, but not for ever."""
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
