"""A file of 100 MB over SFTP, both ways, by Ringback's driver and by OpenSSH's own client, to OpenSSH's server."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from figures import Failed, Table, share
from servers import openssh

from ringback.drivers import sftp_files
from ringback.drivers.sftp_connection import SftpConnection
from ringback.drivers.sftp_settings import sftp_settings

MEGABYTE = 1_000_000
Measured = dict[str, list[float]]


def transfer(megabytes: int, rounds: int, say: Callable[[str], None]) -> Table:
    """Both clients in turn, connecting included and by itself; the least of each counts."""
    took: Measured = {}
    with TemporaryDirectory() as folder, openssh(Path(folder)) as entry:
        content = os.urandom(MEGABYTE) * megabytes
        remote = f"{urlsplit(entry['sftp']).path}/from_us"
        (Path(folder) / "big").write_bytes(content)
        Path(f"{remote}/big").write_bytes(content)
        Path(f"{remote}/none").write_bytes(b"")
        for number in range(rounds):
            for name, work in _works(entry, folder, remote, content).items():
                began = time.perf_counter()
                work()
                took.setdefault(name, []).append(time.perf_counter() - began)
            said = ", ".join(f"{name} {times[-1]:.2f} s" for name, times in took.items())
            say(f"  round {number + 1}: {said}")
    return _table(took, megabytes)


def _works(entry: Mapping[str, str], folder: str, remote: str, content: bytes) -> dict[str, Callable[[], None]]:
    return {
        "openssh connect": lambda: _sftp(entry, f"get {remote}/none {folder}/none"),
        "openssh download": lambda: _sftp(entry, f"get {remote}/big {folder}/got"),
        "openssh upload": lambda: _sftp(entry, f"put {folder}/big {remote}/put"),
        "ringback connect": lambda: _ringback(entry, f"{remote}/none", b""),
        "ringback download": lambda: _ringback(entry, f"{remote}/big", content),
        "ringback upload": lambda: _ringback(entry, f"{remote}/written", content, is_upload=True),
    }


def _ringback(entry: Mapping[str, str], path: str, content: bytes, *, is_upload: bool = False) -> None:
    """As the driver does it: a write is a `.part`, then a rename; a read is looked at again for changes."""
    connection = SftpConnection(sftp_settings("partner", entry, Path()))
    try:
        with connection.channel(60) as client:
            if is_upload:
                sftp_files.write_atomically(client, path, content)
                client.remove(path)
                return
            found = sftp_files.read_stable(client, sftp_files.matching(client, path)[0])
            if found is None or found[1] != content:
                raise Failed(f"{path} did not come as it is")
    finally:
        connection.close()


def _sftp(entry: Mapping[str, str], command: str) -> None:
    place = urlsplit(entry["sftp"])
    trusting = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"]
    options = [part for one in trusting for part in ("-o", one)]
    cipher = ["-c", "aes128-gcm@openssh.com", "-i", entry["key"], "-P", str(place.port)]
    client = ["sftp", "-q", "-b", "-", *options, *cipher, f"{entry['user']}@{place.hostname}"]
    done = subprocess.run(client, input=command.encode(), capture_output=True, check=False)
    if done.returncode:
        raise Failed(f"sftp: {done.stderr.decode()}")


def _table(took: Measured, megabytes: int) -> Table:
    """Throughput of the transfer itself: what connecting takes is taken off on both sides."""
    rows, figures = [], {}
    for way in ("download", "upload"):
        speeds = {
            client: megabytes / (min(took[f"{client} {way}"]) - min(took[f"{client} connect"]))
            for client in ("openssh", "ringback")
        }
        whole = share(min(took[f"openssh {way}"]), min(took[f"ringback {way}"]))
        ratio = share(speeds["ringback"], speeds["openssh"])
        rows.append((way, f"{speeds['openssh']:.0f}", f"{speeds['ringback']:.0f}", ratio, whole))
        figures[way] = {**speeds, "ratio": speeds["ringback"] / speeds["openssh"]}
    return Table(
        "transfer",
        f"{megabytes} MB over SFTP with OpenSSH's server",
        ("", "OpenSSH MB/s", "Ringback MB/s", "of OpenSSH", "connecting included"),
        tuple(rows),
        ("connecting is taken off, but for the last column",),
        figures,
    )
