"""The partners' folders served by real OpenSSH: one account per partner, its own key, shut into its own folder.

OpenSSH wants a user of the machine for each account, and a folder that root owns all the way up for each jail. Neither
is asked of the machine: sshd runs in a mount namespace of its own, in which a copy of the user list also names the
partners, and the folders of the home lie at a place that only it sees. When the stack ends or dies, so does sshd with
all its connections.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path

from ringback.reference_stack.gateway.partners import PARTNERS
from ringback.reference_stack.gateway.sftp_server import SftpService

SSHD = Path("/usr/sbin/sshd")
_FIRST_USER = 64_001  # of the partners' numbers, above those of people and services
_JAILS, _SETTINGS = "/mnt", "/media"  # where folders and settings lie inside the namespace, open to every partner
_DENIED = "symlink,hardlink,mkdir,rmdir"
_START_S = 10.0
_LOOK_S = 0.02
_BINDS = (("passwd", "/etc/passwd"), ("../sftp", _JAILS), (".", _SETTINGS))
_INSIDE = " && ".join(
    (*(f'mount --bind "$1/{here}" {there}' for here, there in _BINDS), f'exec {SSHD} -D -e -f "$1/sshd_config"')
)
_CONFIGURATION = """\
ListenAddress 127.0.0.1
Port {port}
HostKey {host_key}
PidFile none
UsePAM no
UseDNS no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PubkeyAuthentication yes
AuthorizedKeysFile {settings}/keys/%u
AllowUsers {users}
DisableForwarding yes
PermitTTY no
PermitUserRC no
MaxStartups 200
Subsystem sftp internal-sftp
ChrootDirectory {jails}/%u
ForceCommand internal-sftp -P {denied}
"""


class NoOpenSsh(RuntimeError):
    """OpenSSH cannot serve the partners here; the text says what to do."""


def openssh_problem() -> str:
    """Why OpenSSH cannot be used on this machine, and what helps; empty when it can."""
    if not SSHD.exists():
        return f"{SSHD} is missing: install OpenSSH (apt-get install openssh-server), or use --sftp embedded"
    if os.geteuid() != 0:
        return "OpenSSH shuts partners into their folders only for root: start as root, or use --sftp embedded"
    if shutil.which("unshare") is None:
        return "the program unshare is missing: install util-linux, or use --sftp embedded"
    return ""


class OpenSshService(SftpService):
    """OpenSSH with the same accounts, keys and folders as the embedded server.

    Args:
        home: the stack's home; configuration and log lie in `openssh`.
        port: 0 for a free one.
    """

    def __init__(self, home: Path, port: int = 0) -> None:
        problem = openssh_problem()
        if problem:
            raise NoOpenSsh(problem)
        super().__init__(home, port or _free_port())
        self._folder = home / "openssh"
        self._server: subprocess.Popen[bytes] | None = None
        self._configure()

    @property
    def running(self) -> bool:
        """Whether connections are taken."""
        return self._server is not None

    def _configure(self) -> None:
        keys = self._folder / "keys"
        keys.mkdir(parents=True, exist_ok=True)
        users = Path("/etc/passwd").read_text("utf-8").rstrip("\n").splitlines()
        for user, partner in enumerate(PARTNERS, start=_FIRST_USER):
            (keys / partner).write_bytes(self._keys[partner].export_public_key())
            users.append(f"{partner}:x:{user}:{user}::/:/usr/sbin/nologin")
            folders = self.folders(partner)
            for path in (folders.to_us, folders.acks_from_partner):
                os.chown(path, user, user)
        (self._folder / "passwd").write_text("\n".join(users) + "\n", "utf-8")
        configuration = _CONFIGURATION.format(
            port=self.port,
            host_key=self._home / "keys" / "ssh_host_ed25519",
            settings=_SETTINGS,
            users=" ".join(PARTNERS),
            jails=_JAILS,
            denied=_DENIED,
        )
        (self._folder / "sshd_config").write_text(configuration, "utf-8")

    async def start(self) -> None:
        """Takes connections; a second start changes nothing."""
        if self._server is not None:
            return
        self._server = self._spawn()
        for _ in range(int(_START_S / _LOOK_S)):
            if self._server.poll() is not None or await _answers(self.port):
                break
            await asyncio.sleep(_LOOK_S)
        if not await _answers(self.port):
            await self.stop()
            said = " / ".join(_tail(self._folder / "sshd.log"))
            raise NoOpenSsh(f"OpenSSH does not start on port {self.port}: {said}; or use --sftp embedded")

    def _spawn(self) -> subprocess.Popen[bytes]:
        """Starts sshd in its own namespaces; they end with their first process, and that one with this process."""
        Path("/run/sshd").mkdir(exist_ok=True)  # sshd refuses to start without it; the package's service makes it
        own = ("setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child")
        inside = ("sh", "-c", _INSIDE, "sh", str(self._folder))
        with (self._folder / "sshd.log").open("ab") as log:
            # fixed programs and paths of this home
            return subprocess.Popen((*own, *inside), stdout=log, stderr=log, stdin=subprocess.DEVNULL)  # noqa: S603

    async def stop(self) -> None:
        """Ends all connections and refuses new ones."""
        if self._server is None:
            return
        server, self._server = self._server, None
        server.send_signal(signal.SIGKILL)
        await asyncio.to_thread(server.wait)
        for _ in range(int(_START_S / _LOOK_S)):
            if not await _answers(self.port):
                return
            await asyncio.sleep(_LOOK_S)

    def is_being_written(self, path: Path) -> bool:
        """Whether somebody has this file open for writing: the kernel grants a read lease only when nobody has."""
        with path.open("rb") as file:
            try:
                fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
            except BlockingIOError:
                return True
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        return False


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _tail(log: Path) -> list[str]:
    return log.read_text("utf-8", errors="replace").strip().splitlines()[-5:]


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionError:
        return False
    writer.close()
    return True
