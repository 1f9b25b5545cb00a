"""A whole company for load: a stack and its partners as processes, and many orders of several kinds through it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import create_engine, insert

from ringback.reference_stack.schema import NUM_TN, RINV_CHAR, RINV_RESOURCE
from ringback.synthetic_partners.check_digits import luhn_digit
from tests.integration.reference_stack.conftest import RunningStack, flagship, stack_command

ORDERS = "/tmf-api/productOrderingManagement/v4/productOrder"
FINAL = ("completed", "failed", "partial", "cancelled", "rejected")
_BEHAVIOURS: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "clearing-house": (
        "number-portability",
        {
            "spid": "CH01",
            "options": {
                "donors": {"north-tel": "8Y02", "west-mobile": "7Z03"},
                "our_spid": "9X01",
                "our_lrn": "5125550000",
            },
        },
    ),
    "credit-bureau": ("credit-bureau", {}),
    "device-logistics": ("device-logistics", {}),
}
_ANSWERS = (
    {"partner": "clearing-house", "receives": "port_request", "where": {}, "do": "confirm"},
    {"partner": "credit-bureau", "receives": "inquiry", "where": {}, "do": {"approve": {"score": 720}}},
    {
        "partner": "device-logistics",
        "receives": "purchase_order",
        "where": {},
        "do": ["acknowledge", "ship", "deliver"],
    },
)


def _flagship(number: int) -> dict[str, object]:
    """Line, device and a number that comes along."""
    return flagship(f"LOAD-{number:06d}", _customer(number), f"617{6000000 + number:07d}")


def _line_with_device(number: int) -> dict[str, object]:
    """The bundle without a port-in: the line keeps the number that it gets."""
    body = _flagship(number)
    items = body["productOrderItem"]
    return body | {"productOrderItem": items[:3] if isinstance(items, list) else []}


def _customer(number: int) -> str:
    return f"CUST-{number % 210 + 1:05d}"


KINDS: Mapping[str, Callable[[int], dict[str, object]]] = {
    "flagship": _flagship,
    "line-with-device": _line_with_device,
}
"""The kinds of order that a load may mix: each gives the body of the order of a number."""


@dataclass(frozen=True, slots=True)
class Use:
    """What a process has used so far."""

    cpu_s: float
    memory_mb: float


def use_of(pid: int) -> Use:
    """Processor time and resident memory of a running process."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    pages = int(Path(f"/proc/{pid}/statm").read_text("utf-8").split()[1])
    ticks, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    return Use((int(fields[11]) + int(fields[12])) / ticks, pages * page / 1e6)


class Company:
    """A running stack with partners that answer everything as asked.

    Args:
        home: folder of the stack and of the partners.
        arguments: further arguments of `stack up`, such as the database or the pace.
    """

    def __init__(self, home: Path, *arguments: str) -> None:
        self.home, self._arguments = home, arguments
        self._partners: subprocess.Popen[bytes] | None = None
        self.stack = self._up()

    def _up(self) -> RunningStack:
        done = stack_command("up", "--home", str(self.home), *self._arguments)
        if done.returncode:
            raise RuntimeError(done.stderr)
        return RunningStack(self.home)

    @property
    def pid(self) -> int:
        """The process of the stack."""
        return int(self.stack.ready["pid"])

    @property
    def partners_pid(self) -> int:
        """The process of the partners."""
        return self._partners.pid if self._partners else 0

    def start_partners(self, pace: float) -> None:
        """Starts the partners, which confirm, approve, ship and deliver from then on."""
        sftp, given = self.stack.ready["sftp"], self.stack.ready["partners"]
        entries = {
            name: {
                "behaviour": behaviour,
                "host": sftp["host"],
                "port": sftp["port"],
                "host_key": sftp["host_key"],
                "user": given[name]["user"],
                "key_file": given[name]["key_file"],
                **more,
            }
            for name, (behaviour, more) in _BEHAVIOURS.items()
        }
        settings = {"clock": f"{self.stack.ready['url']}/clock", "mode": "instructed", "pace": pace}
        config, ready = self.home / "partners.json", self.home / "partners-ready.json"
        config.write_text(json.dumps(settings | {"partners": entries}), "utf-8")
        command = [sys.executable, "-m", "ringback.synthetic_partners", "up", "--config", str(config)]
        with (self.home / "partners.log").open("ab") as log:
            self._partners = subprocess.Popen([*command, "--ready-file", str(ready)], stdout=log, stderr=log)
        wait(ready.exists, 20.0, "the partners' ready file")
        said = json.loads(ready.read_text("utf-8"))
        request = urllib.request.Request(
            f"{said['url']}/behaviours",
            data=json.dumps({"session": "load", "behaviours": _ANSWERS}).encode(),
            headers={"authorization": f"Bearer {said['token']}", "content-type": "application/json"},
        )
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60).close()

    def stock(self, count: int) -> None:
        """Puts SIM cards and numbers on the shelf, more than the seed does."""
        engine = create_engine(self.stack.ready["database"])
        with engine.begin() as tx:
            template = tx.execute(RINV_RESOURCE.select().where(RINV_RESOURCE.c.kind == "SIM").limit(1)).mappings().one()
            number = tx.execute(NUM_TN.select().where(NUM_TN.c.status == "available").limit(1)).mappings().one()
            shelf = range(count)
            cards = [f"8901990{n:012d}" for n in shelf]
            sims = [{**template, "id": f"SIM-L{n:06d}", "value": f"{cards[n]}{luhn_digit(cards[n])}"} for n in shelf]
            imsis = [{**template, "id": f"IMSI-L{n:06d}", "kind": "IMSI", "spec_id": "IMSI", "value": f"310990{n:09d}",
                      "batch_file_id": None} for n in shelf]  # fmt: skip
            tx.execute(insert(RINV_RESOURCE), sims + imsis)
            pairs = [{"resource_id": f"SIM-L{n:06d}", "name": "imsi", "value": f"310990{n:09d}"} for n in shelf]
            tx.execute(insert(RINV_CHAR), pairs)
            tx.execute(insert(NUM_TN), [{**number, "tn": f"513{n:07d}"} for n in shelf])
        engine.dispose()

    def kill(self) -> None:
        """Ends the stack as a power cut would, and starts it again on the same ports."""
        ready = self.stack.ready
        self.stack.close()
        os.kill(self.pid, signal.SIGKILL)
        wait(lambda: not _alive(self.pid), 10.0, "the end of the process")
        same = ("--port", ready["url"].rpartition(":")[2], "--sftp-port", str(ready["sftp"]["port"]))
        done = stack_command("up", "--home", str(self.home), *self._arguments, *same)
        if done.returncode:
            raise RuntimeError(done.stderr)
        self.stack = RunningStack(self.home)

    def place(self, kinds: Sequence[str], numbers: range) -> list[str]:
        """Posts orders, the kinds in turn; their ids."""
        bodies = [KINDS[kinds[number % len(kinds)]](number) for number in numbers]
        replies = [self.stack.client.post(ORDERS, json=body) for body in bodies]
        refused = [reply.text for reply in replies if reply.status_code not in (200, 201)]
        if refused:
            raise RuntimeError(f"{len(refused)} orders were refused; the first: {refused[0]}")
        return [str(reply.json()["id"]) for reply in replies]

    def now(self) -> datetime:
        """A moment after now by the stack's own clock."""
        return datetime.fromisoformat(self.stack.client.get("/clock").json()["now"]) + timedelta(seconds=1)

    def states(self) -> dict[str, int]:
        """How many orders of the load are in which state."""
        sql = "select state, count(*) as n from com_product_order where external_id like 'LOAD-%' group by state"
        return {str(row["state"]): int(str(row["n"])) for row in self.stack.rows(sql)}

    def unfinished(self) -> int:
        """How many orders of the load are not in a final state yet."""
        return sum(count for state, count in self.states().items() if state not in FINAL)

    def finished(self) -> int:
        """How many orders of the load are in a final state."""
        return sum(count for state, count in self.states().items() if state in FINAL)

    def waiting(self) -> int:
        """How many orders of the load are neither in a final state nor in the hands of a person."""
        sql = (
            "select count(*) as n from com_product_order where external_id like 'LOAD-%' and state not in "
            "('completed', 'failed', 'partial', 'cancelled', 'rejected') and id not in "
            "(select order_id from flt_case where order_id is not null and status <> 'closed')"
        )
        return int(str(self.stack.rows(sql)[0]["n"]))

    def close(self) -> None:
        """Ends the partners and the stack."""
        if self._partners is not None:
            self._partners.terminate()
            self._partners.wait(20)
        self.stack.close()
        stack_command("down", "--home", str(self.home))


@contextmanager
def company(home: Path, *arguments: str, pace: float = 0.1) -> Iterator[Company]:
    """A stack with partners, both at a pace, until the block ends."""
    made = Company(home, "--pace", str(pace), *arguments)
    try:
        made.start_partners(pace)
        yield made
    finally:
        made.close()


def wait(look: Callable[[], object], seconds: float, what: str) -> None:
    """Looks until it is so; RuntimeError when it takes longer."""
    pause, deadline = threading.Event(), time.monotonic() + seconds
    while not look():
        if time.monotonic() > deadline:
            raise RuntimeError(f"within {seconds:.0f} s there was not: {what}")
        pause.wait(0.05)


def _alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and whose parent has not looked yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
