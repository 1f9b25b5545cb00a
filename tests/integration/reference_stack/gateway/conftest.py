"""A small stack in this process: real gateway, logistics and SFTP server; the owners of records take notes."""

from __future__ import annotations

import asyncio
import hashlib
import io
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx
import paramiko
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ringback.reference_stack.gateway.codecs.model import FeedHeader
from ringback.reference_stack.gateway.codecs.pipe import write_pipe
from ringback.reference_stack.gateway.sftp_server import SftpService, start_sftp
from ringback.reference_stack.gateway.system import SYSTEM as GATEWAY
from ringback.reference_stack.kernel.system import System, route
from ringback.reference_stack.server import Server
from ringback.reference_stack.settings import Settings
from ringback.reference_stack.stack import Stack
from ringback.reference_stack.systems.event_log import SYSTEM as EVENTS
from ringback.reference_stack.systems.logistics import SYSTEM as LOGISTICS
from tests.integration.reference_stack.conftest import Tables, database_of, sftp_server

DEADLINE_S = 60.0
T = TypeVar("T")
SECRETS = {
    name: f"{name.lower()}-of-the-test" for name in ("API_TOKEN", "ADMIN_TOKEN", "INTERNAL_TOKEN", "REP_PASSWORD")
}


@dataclass
class Owners:
    """Stand-ins for the systems that own records: they note each record and answer as told."""

    taken: list[dict[str, object]] = field(default_factory=list)
    refusals: dict[str, tuple[int, dict[str, object]]] = field(default_factory=dict)

    def system(self, name: str, *paths: str) -> System:
        """A system that answers on these paths."""

        async def take(_stack: Stack, request: Request) -> Response:
            record = await request.json()
            self.taken.append(record)
            if "records" in record:
                return JSONResponse({"results": [self._result(str(one["line_no"])) for one in record["records"]]})
            key = str(record.get("resp_no") or record.get("request_id") or record.get("sv_id") or record.get("tn"))
            status, body = self.refusals.get(key, (200, {"entityType": f"{name}_entity", "entityId": f"E-{key}"}))
            return JSONResponse(body, status)

        return System(name, f"{name}_", f"/{name}", tuple(route("POST", path, take) for path in paths))

    def _result(self, line: str) -> dict[str, object]:
        """What becomes of one record of a whole file."""
        refused = self.refusals.get(line)
        return {"line_no": line, "entityId": f"E-{line}"} if refused is None else {"line_no": line, **refused[1]}


class SmallStack:
    """The running stack as a test sees it."""

    def __init__(self, home: Path, sftp: str = "embedded") -> None:
        self.home = home
        self.sftp = sftp
        self.owners = Owners()
        self.queue = Owners()  # the fallout queue
        self._ready = threading.Event()
        self._end: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._live()), daemon=True)

    def start(self) -> None:
        """Returns when everything answers."""
        self._thread.start()
        assert self._ready.wait(DEADLINE_S)

    async def _live(self) -> None:
        portability = self.owners.system("portability", "/v1/responses", "/v1/subscription-versions")
        credit = self.owners.system("credit", "/v1/decisions")
        billing = self.owners.system("billing", "/v1/ach-returns", "/v1/usage-batches")
        fallout = self.queue.system("fallout", "/cases")
        systems = {one.id: one for one in (GATEWAY, LOGISTICS, EVENTS, portability, credit, billing, fallout)}
        database = next(iter(database_of(self.home)[1:]), "")
        settings = Settings(home=self.home, database=database, sftp=self.sftp, pace=0.1, secrets=SECRETS)
        self.stack = Stack(settings, systems)
        self._tables = Tables(self.stack.settings.database_url)
        server = Server(self.stack)
        await server.start()
        self.stack.sftp = await start_sftp(self.stack)
        await self.stack.start_workers()
        self.url, self._loop, self._end = server.url, asyncio.get_running_loop(), asyncio.Event()
        self._ready.set()
        await self._end.wait()
        await self.service.stop()
        await server.stop()
        await self.stack.close()

    def stop(self) -> None:
        """Ends the stack."""
        if self._loop is not None and self._end is not None:
            self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(DEADLINE_S)

    def last_sequence(self, feed: str, number: int) -> None:
        """Pretends that this was the last number of a feed of the clearing house."""
        values = ("clearing-house", feed, "in", "P", number)
        self._tables.write("insert into pgw_sequence values (?,?,?,?,?)", *values)

    @property
    def service(self) -> SftpService:
        """The SFTP server."""
        assert isinstance(self.stack.sftp, SftpService)
        return self.stack.sftp

    def run(self, work: Callable[[], object]) -> None:
        """Runs a coroutine function on the stack's loop."""
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(work(), self._loop).result(DEADLINE_S)  # type: ignore[arg-type]  # any coroutine

    def post(self, path: str, body: dict[str, object]) -> httpx.Response:
        """A call of another system of the stack."""
        headers = {"authorization": f"Bearer {SECRETS['INTERNAL_TOKEN']}"}
        return httpx.post(self.url + path, json=body, headers=headers, trust_env=False)

    def call(self, method: str, path: str, body: dict[str, object]) -> httpx.Response:
        """A call with any method."""
        headers = {"authorization": f"Bearer {SECRETS['INTERNAL_TOKEN']}"}
        return httpx.request(method, self.url + path, json=body, headers=headers, trust_env=False)

    def get(self, path: str) -> httpx.Response:
        """A look at the API."""
        headers = {"authorization": f"Bearer {SECRETS['API_TOKEN']}"}
        return httpx.get(self.url + path, headers=headers, trust_env=False)

    def rows(self, sql: str, *values: object) -> list[dict[str, object]]:
        """Rows of the stack's database, read as a test reads them."""
        return self._tables.rows(sql, *values)

    def write(self, sql: str, *values: object) -> None:
        """Changes a table of the stack beside it."""
        self._tables.write(sql, *values)

    def file(self, name: str) -> dict[str, object]:
        """The latest row of a received file, once it is decided."""
        sql = "select * from pgw_file where file_name = ? and status <> 'received' order by received_at desc"
        return self.row(sql, name)

    @staticmethod
    def until(look: Callable[[], T]) -> T:
        """Looks until there is something."""
        return until(look)

    def row(self, sql: str, *values: object) -> dict[str, object]:
        """The first row, once there is one."""
        return until(lambda: self.rows(sql, *values))[0]


def until(look: Callable[[], T]) -> T:
    """Looks until there is something; the test fails when there is nothing in time."""
    pause = threading.Event()
    for _ in range(int(DEADLINE_S / 0.02)):
        found = look()
        if found:
            return found
        pause.wait(0.02)
    raise AssertionError("nothing came in time")


class PartnerAccount:
    """A partner logged in with its own key."""

    def __init__(self, service: SftpService | Door, partner: str, *, key_of: str | None = None) -> None:
        key = paramiko.Ed25519Key.from_private_key_file(str(service.key_file(key_of or partner)))
        self._transport = paramiko.Transport((service.host, service.port))
        try:
            self._transport.connect(username=partner, pkey=key)
        except paramiko.SSHException:
            self._transport.close()
            raise
        client = paramiko.SFTPClient.from_transport(self._transport)
        assert client is not None
        self.client = client
        self.host_key = self._transport.get_remote_server_key()

    def upload(self, name: str, data: bytes) -> None:
        """Hands a file over as agreed: `.part`, then rename."""
        self.client.putfo(io.BytesIO(data), f"/to_us/{name}.part", confirm=False)
        self.client.rename(f"/to_us/{name}.part", f"/to_us/{name}")

    def read(self, path: str) -> bytes:
        """The content of a file."""
        with self.client.open(path) as file:
            return file.read()

    def names(self, folder: str) -> list[str]:
        """The names in a folder."""
        return sorted(self.client.listdir(folder))

    def holds(self, folder: str, *names: str) -> None:
        """Waits until exactly these names are in a folder; a file is put away after its acknowledgement."""
        until(lambda: self.names(folder) == sorted(names))

    def ack(self, name: str, content: bytes = b"") -> list[str]:
        """The lines of the acknowledgement of a file, once it is there; of these bytes, where a name is used again."""
        mark = hashlib.sha256(content).hexdigest() if content else ""

        def lines() -> list[str]:
            if f"{name}.ack" not in self.names("/ack/to_partner"):
                return []
            found = self.read(f"/ack/to_partner/{name}.ack").decode().splitlines()
            return found if found and found[0].endswith(mark) else []

        return until(lines)

    def close(self) -> None:
        """Ends the connection."""
        self._transport.close()


@pytest.fixture
def small(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[SmallStack]:
    """A running small stack, on the SFTP server that the test or the environment names."""
    stack = SmallStack(tmp_path, getattr(request, "param", sftp_server()))
    stack.start()
    yield stack
    stack.stop()


@dataclass(frozen=True)
class Door:
    """Where the partners of a stack in a process of its own log in, as its ready file says."""

    ready: dict[str, Any]

    @property
    def host(self) -> str:
        """The SFTP server's host."""
        return str(self.ready["sftp"]["host"])

    @property
    def port(self) -> int:
        """The SFTP server's port."""
        return int(self.ready["sftp"]["port"])

    def key_file(self, partner: str) -> Path:
        """The private key of a partner."""
        return Path(self.ready["partners"][partner]["key_file"])


@pytest.fixture
def account(running: Any) -> Iterator[Callable[[str], PartnerAccount]]:
    """Logs a partner into the whole running stack."""
    opened: list[PartnerAccount] = []

    def log_in(partner: str) -> PartnerAccount:
        opened.append(PartnerAccount(Door(running.ready), partner))
        return opened[-1]

    yield log_in
    for one in opened:
        one.close()


@pytest.fixture
def clearing_house(small: SmallStack) -> Iterator[PartnerAccount]:
    """The clearing house, logged in."""
    account = PartnerAccount(small.service, "clearing-house")
    yield account
    account.close()


@pytest.fixture
def logistics(small: SmallStack) -> Iterator[PartnerAccount]:
    """The logistics partner, logged in."""
    account = PartnerAccount(small.service, "device-logistics")
    yield account
    account.close()


@pytest.fixture
def login(small: SmallStack) -> Callable[..., PartnerAccount]:
    """Logs in with the key of any partner."""
    return lambda partner, **options: PartnerAccount(small.service, partner, **options)


@dataclass(frozen=True)
class PortFile:
    """A file of port responses and its name."""

    name: str
    data: bytes


@pytest.fixture
def port_requests(small: SmallStack) -> Callable[..., None]:
    """Sends port requests, so that answers have something to answer."""

    def send(*numbers: int) -> None:
        for number in numbers:
            record = {"req_no": f"9X01{number:012d}", "onsp": "8Y02", "tn": f"617555{number:04d}", "version": 1}
            record |= {"ddd_t": "2099-01-01T00:00:00Z", "account_no": "0012345", "pin": "0042", "zip": "02139"}
            record |= {"first_name": "Ada", "last_name": "Finch", "street_nr": "12", "street": "Elm Street"}
            due = datetime.now(UTC).strftime("%Y%m%d235959")
            record |= {"city": "Cambridge", "state": "MA", "ddd_t": due}
            body = {"partner": "clearing-house", "feed": "NPORT", "key": record["req_no"], "record": record}
            reply = small.post("/gateway/v1/outbound", body | {"correlation": f"CORR-{number}"})
            assert reply.status_code == 202, reply.text
        sql = "select id from pgw_outbound where file_id is null"
        until(lambda: not small.rows(sql))

    return send


@pytest.fixture
def port_file() -> Callable[..., PortFile]:
    """Makes a file of port responses: one record per (request, type)."""

    def make(sequence: int, *answers: tuple[int, str], mode: str = "P") -> PortFile:
        created = datetime.now(UTC).strftime("%Y%m%d%H%M%S")
        header = FeedHeader("NPRESP", "0100", "CH01", "9X01", created, sequence, mode)
        records = [
            _answer(number, kind, created, sequence * 100 + place) for place, (number, kind) in enumerate(answers)
        ]
        return PortFile(f"NPRESP_CH01_9X01_{created}_{sequence:05d}.txt", write_pipe(header, records))

    return make


def _answer(number: int, kind: str, created: str, response: int) -> dict[str, str]:
    record = {"req_no": f"9X01{number:012d}", "version": "01", "resp_no": f"CH01{response:012d}", "response_type": kind}
    record |= {"cd_tsent": created, "tn": f"617555{number:04d}", "onsp": "8Y02", "nnsp": "9X01"}
    if kind == "R":
        return record | {"reason_code": "PIN"}
    return record | {"due": created} | ({"delay_code": "SYS"} if kind == "D" else {})
