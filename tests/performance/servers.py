"""Real servers on loopback for benchmarks: a private PostgreSQL, and OpenSSH with internal-sftp."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncssh
from figures import Failed

SSHD = Path("/usr/sbin/sshd")
POSTGRES_HOME = Path("/usr/lib/postgresql")


@contextmanager
def postgres() -> Iterator[str]:
    """A PostgreSQL of our own; answers its SQLAlchemy address. Not as root, which PostgreSQL refuses to run as."""
    programs = sorted(POSTGRES_HOME.glob("*/bin/initdb")) or [Path(shutil.which("initdb") or "")]
    if not programs[-1].is_file():
        raise Failed("PostgreSQL's programs are missing: apt-get install postgresql")
    home = Path(tempfile.mkdtemp(prefix="ringback-bench-postgres-"))
    as_owner: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(home, "nobody")
        as_owner = ["runuser", "-u", "nobody", "--"]
    folder, data, port = programs[-1].parent, home / "data", free_port()
    _run([*as_owner, str(folder / "initdb"), "-D", str(data), "--no-sync", "-A", "trust", "-U", "ringback"])
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={home} -c fsync=off"
    control = [*as_owner, str(folder / "pg_ctl"), "-D", str(data), "-w"]
    _run([*control, "-l", str(home / "log"), "-o", options, "start"])
    try:
        _run([*as_owner, str(folder / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", "ringback", "ringback"])
        yield f"postgresql+psycopg://ringback@127.0.0.1:{port}/ringback"
    finally:
        _run([*control, "-m", "immediate", "stop"])
        shutil.rmtree(home)


@contextmanager
def openssh(home: Path) -> Iterator[dict[str, str]]:
    """OpenSSH's server; answers the entry of an environment file whose account begins in `home`/partner."""
    if not SSHD.exists():
        raise Failed("OpenSSH's server is missing: apt-get install openssh-server")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    root, port = home / "partner", free_port()
    (root / "from_us").mkdir(parents=True)
    for name in ("host", "client"):
        pair = asyncssh.generate_private_key("ssh-ed25519")
        pair.write_private_key(home / name)
        pair.write_public_key(home / f"{name}.pub")
        (home / name).chmod(0o600)
    configuration = home / "sshd_config"
    configuration.write_text(
        f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {home / 'host'}\nPidFile none\nUsePAM no\nStrictModes no\n"
        f"AuthorizedKeysFile {home / 'client.pub'}\nPasswordAuthentication no\nPermitRootLogin prohibit-password\n"
        "Subsystem sftp internal-sftp\nForceCommand internal-sftp\n"
    )
    with (
        (home / "sshd.log").open("wb") as log,
        subprocess.Popen([SSHD, "-D", "-e", "-f", configuration], stderr=log) as server,
    ):
        try:
            _until_it_answers(port)
            yield {
                "sftp": f"sftp://127.0.0.1:{port}{root}",
                "user": getpass.getuser(),
                "key": str(home / "client"),
                "host_key": (home / "host.pub").read_text("utf-8").strip(),
            }
        finally:
            server.terminate()


def free_port() -> int:
    """A port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _until_it_answers(port: int) -> None:
    pause = threading.Event()
    for _ in range(500):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionError:
            pause.wait(0.01)
        else:
            return
    raise Failed(f"nobody answers on port {port}")


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    if done.returncode:
        raise Failed(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
