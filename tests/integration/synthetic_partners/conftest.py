"""An operator's SFTP server with a folder per partner, an environment clock, and the partners' process."""

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import asyncssh
import pytest

from ringback.engine.protocols import FeedFile
from ringback.synthetic_partners.desk import HttpPartnerDesk
from ringback.synthetic_partners.layouts import built_in_layouts

PATIENCE_S = 20.0
FOLDERS = ("to_us", "from_us", "ack/to_partner", "ack/from_partner", "archive", "quarantine")
PARTNERS = ("clearing-house", "credit-bureau", "device-logistics")


def eventually(look: Callable[[], Any], what: str) -> Any:
    """The first true value of `look`; a failure of the test when there is none in time."""
    pause = threading.Event()
    for _ in range(int(PATIENCE_S / 0.02)):
        found = look()
        if found:
            return found
        pause.wait(0.02)
    pytest.fail(f"not within {PATIENCE_S:.0f} s: {what}")


class _Accounts(asyncssh.SSHServer):
    """Users log in with their keys alone; open connections are known, to be cut."""

    connections: ClassVar[set[asyncssh.SSHServerConnection]] = set()

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Remember a connection."""
        self.connections.add(conn)

    def begin_auth(self, username: str) -> bool:
        """Nobody comes in without a key."""
        return True


@dataclass(slots=True)
class Operator:
    """The operator's side: folders on disk, served over SFTP; it can be stopped and started again."""

    root: Path
    host_key: asyncssh.SSHKey
    authorized: asyncssh.SSHAuthorizedKeys
    loop: asyncio.AbstractEventLoop
    port: int = 0
    acceptor: asyncssh.SSHAcceptor | None = None
    numbers: dict[str, int] = field(default_factory=dict)

    def start(self) -> None:
        """Listen, on the same port again after a stop."""
        self.acceptor = asyncio.run_coroutine_threadsafe(self._listen(), self.loop).result(10)
        self.port = self.acceptor.get_port()

    async def _listen(self) -> asyncssh.SSHAcceptor:
        def sftp(channel: asyncssh.SSHServerChannel) -> asyncssh.SFTPServer:
            user = channel.get_extra_info("username")
            return asyncssh.SFTPServer(channel, chroot=str(self.root / user).encode())

        return await asyncssh.listen(
            "127.0.0.1",
            self.port,
            server_factory=_Accounts,
            server_host_keys=[self.host_key],
            authorized_client_keys=self.authorized,
            sftp_factory=sftp,
            encoding=None,
            reuse_address=True,
        )

    def stop(self) -> None:
        """Close the door and every open session."""

        async def close() -> None:
            assert self.acceptor is not None
            self.acceptor.close()
            await self.acceptor.wait_closed()
            for connection in _Accounts.connections:
                connection.abort()
            _Accounts.connections.clear()

        asyncio.run_coroutine_threadsafe(close(), self.loop).result(10)

    def send(
        self,
        partner: str,
        layout_name: str,
        records: Sequence[Mapping[str, str]],
        *,
        now: datetime | None = None,
        change: Callable[[bytes], bytes] = bytes,
    ) -> str:
        """Drop a file for a partner as our gateway does: .part, then rename."""
        layout = built_in_layouts()[layout_name]
        number = self.numbers[layout_name] = self.numbers.get(layout_name, 0) + 1
        moment = (now or datetime.now(UTC)).strftime("%Y%m%d%H%M%S")
        receiver = {"clearing-house": "CH01", "credit-bureau": "BUREAU01", "device-logistics": "DEVLOG"}[partner]
        sender = "9X01" if partner == "clearing-house" else "RINGBACK"
        header = {"sender": sender, "receiver": receiver, "created": moment, "created_ts": moment, "mode": "P"}
        header |= {"sequence": f"{number:05d}", "control": f"{number:09d}"}
        name = layout.file_name(header)
        draft = self.root / partner / "from_us" / f"{name}.part"
        draft.write_bytes(change(layout.encode(header, records)))
        draft.rename(draft.with_suffix(""))
        return name

    def inbox(self, partner: str, layout_name: str) -> list[FeedFile]:
        """What a partner dropped of one kind, in order; each file must be valid."""
        layout = built_in_layouts()[layout_name]
        files = []
        paths = (self.root / partner / "to_us").iterdir()
        for path in sorted(
            (path for path in paths if path.suffix != ".part"), key=lambda path: path.stat().st_mtime_ns
        ):
            if layout.names.read(path.name):
                file = layout.decode(path.read_bytes(), path.name)
                assert file.problems == ()
                files.append(file)
        return files

    def records(self, partner: str, layout_name: str) -> list[Mapping[str, str]]:
        """The records of all files of one kind."""
        return [record for file in self.inbox(partner, layout_name) for record in file.records]

    def ack(self, partner: str, name: str) -> str:
        """The partner's acknowledgement of a file, or an empty text."""
        path = self.root / partner / "ack" / "from_partner" / f"{name}.ack"
        return path.read_text("ascii") if path.exists() else ""


@pytest.fixture(name="eventually")
def eventually_fixture() -> Callable[[Callable[[], Any], str], Any]:
    """Waits for what a partner does."""
    return eventually


@pytest.fixture
def operator(tmp_path: Path) -> Iterator[Operator]:
    """A running SFTP server with an account and a key per partner."""
    keys = []
    for partner in PARTNERS:
        for folder in FOLDERS:
            (tmp_path / "sftp" / partner / folder).mkdir(parents=True)
        key = asyncssh.generate_private_key("ssh-ed25519")
        key.write_private_key(tmp_path / f"{partner}.key")
        keys.append(key.export_public_key().decode())
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    authorized = asyncssh.import_authorized_keys("".join(keys))
    server = Operator(tmp_path / "sftp", asyncssh.generate_private_key("ssh-ed25519"), authorized, loop)
    server.start()
    yield server
    server.stop()
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


@dataclass(slots=True)
class Clock:
    """The environment's clock."""

    url: str = ""
    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        """What it shows."""
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def clock() -> Iterator[Clock]:
    """A clock that can be moved, served as GET /clock."""
    clock = Clock()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"now": clock.now().isoformat(), "offset_s": clock.ahead.total_seconds()}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        clock.url = f"http://127.0.0.1:{server.server_address[1]}/clock"
        yield clock
        server.shutdown()


@dataclass(slots=True)
class Partners:
    """The partners' process and its desk."""

    folder: Path
    config: dict[str, object]
    process: subprocess.Popen[bytes] | None = None
    desk: HttpPartnerDesk = field(default_factory=lambda: HttpPartnerDesk("http://127.0.0.1:9", ""))

    def start(self) -> None:
        """Start the process and wait for its desk."""
        config, ready = self.folder / "partners.json", self.folder / "partners-ready.json"
        config.write_text(json.dumps(self.config))
        command = [sys.executable, "-m", "ringback.synthetic_partners", "up", "--config", str(config)]
        self.process = subprocess.Popen([*command, "--ready-file", str(ready), "--seed", "7"])
        eventually(ready.exists, "the partners' ready file")
        said = json.loads(ready.read_text())
        self.desk = HttpPartnerDesk(said["url"], said["token"])

    def stop(self) -> None:
        """End the process."""
        if self.process is not None:
            self.process.terminate()
            assert self.process.wait(20) == 0
            self.process = None


@pytest.fixture
def configuration(operator: Operator, clock: Clock, tmp_path: Path) -> dict[str, object]:
    """The configuration of the three partners."""
    host_key = operator.host_key.export_public_key().decode().strip()
    behaviours = ("number-portability", "credit-bureau", "device-logistics")
    entries: dict[str, dict[str, object]] = {
        partner: {
            "behaviour": behaviour,
            "host": "127.0.0.1",
            "port": operator.port,
            "user": partner,
            "key_file": str(tmp_path / f"{partner}.key"),
            "host_key": host_key,
        }
        for partner, behaviour in zip(PARTNERS, behaviours, strict=True)
    }
    donors = {"north-tel": "8Y02", "west-mobile": "7Z03"}
    entries["clearing-house"] |= {
        "spid": "CH01",
        "options": {"donors": donors, "our_spid": "9X01", "our_lrn": "5125550000"},
    }
    return {"clock": clock.url, "partners": entries, "mode": "instructed", "pace": 0.2}


@pytest.fixture
def partners(configuration: dict[str, object], tmp_path: Path) -> Iterator[Partners]:
    """The running partners."""
    partners = Partners(tmp_path, configuration)
    partners.start()
    yield partners
    partners.stop()
