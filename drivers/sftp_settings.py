"""What the environment file says about a system with an SFTP account, parsed once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from ringback.drivers.steps import nearest, seconds
from ringback.engine.problems import UsageError

ADDRESS = "write it as sftp://host:22 or sftp://host:22/folder"


@dataclass(frozen=True, slots=True)
class SftpSettings:
    """Where an account is, how to log in, and how the server proves that it is the right one."""

    system: str
    host: str
    port: int
    user: str
    folder: str = ""  # paths of the steps count from here
    password: str | None = None
    key: Path | None = None
    passphrase: str | None = None
    host_key: str | None = None  # "ssh-ed25519 AAAA...", pinned
    known_hosts: Path | None = None
    first_use_file: Path | None = None  # where a key trusted on first use is remembered
    timeout_s: float = 30.0

    @property
    def host_name(self) -> str:
        """The server as a known_hosts file writes it."""
        return self.host if self.port == 22 else f"[{self.host}]:{self.port}"


def sftp_settings(system: str, entry: Mapping[str, object], project: Path) -> SftpSettings:
    """Read a system's entry; UsageError says what is missing or wrong."""
    address = str(entry.get("sftp") or "")
    parts = urlsplit(address)
    if parts.scheme != "sftp" or not parts.hostname:
        raise UsageError(f"sftp of system {system!r} is no address: {address!r}", ADDRESS)
    user = str(entry.get("user") or parts.username or "")
    if not user:
        raise UsageError(f"the environment's system {system!r} has no SFTP user", "add `user:` to its entry")
    if not entry.get("key") and not entry.get("password"):
        hint = "add `key: {secret_file: NAME}` or `password: {secret: NAME}`; an SSH agent is never asked"
        raise UsageError(f"the environment's system {system!r} has neither key nor password", hint)
    timeout = entry.get("timeout")
    settings = SftpSettings(
        system=system,
        host=parts.hostname,
        port=parts.port or 22,
        user=user,
        folder=parts.path.rstrip("/"),
        password=_text(entry, "password"),
        key=_file(entry, "key", project),
        passphrase=_text(entry, "passphrase"),
        host_key=_text(entry, "host_key"),
        known_hosts=_file(entry, "known_hosts", project),
        first_use_file=_first_use(system, entry, project),
        timeout_s=seconds(timeout, f"timeout of system {system!r}") if timeout else 30.0,
    )
    if not (settings.host_key or settings.known_hosts or settings.first_use_file):
        hint = "add `host_key: ssh-ed25519 AAAA...`, `known_hosts: FILE`, or `trust: first_use` where that is safe"
        raise UsageError(f"nothing says how the server of {system!r} proves who it is", hint)
    return settings


def _text(entry: Mapping[str, object], key: str) -> str | None:
    value = entry.get(key)
    return str(value) if value else None


def _file(entry: Mapping[str, object], key: str, project: Path) -> Path | None:
    value = entry.get(key)
    return project / Path(str(value)).expanduser() if value else None


def _first_use(system: str, entry: Mapping[str, object], project: Path) -> Path | None:
    trust = entry.get("trust")
    if trust is None:
        return None
    if trust != "first_use":
        hint = nearest(str(trust), ("first_use",)) or "the only other way than a known key is `trust: first_use`"
        raise UsageError(f"trust of system {system!r} is not understood: {trust!r}", hint)
    return project / ".ringback" / "known_hosts"
