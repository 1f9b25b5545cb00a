"""Whether an SSH server is the one it should be: a pinned key, a known_hosts file or, if allowed, the first one."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Sequence
from pathlib import Path

import paramiko

from ringback.drivers.sftp_settings import SftpSettings
from ringback.engine.problems import Unavailable, UsageError

RSA_NAMES = ("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa")  # one key, three ways to sign with it
_first_use_lock = threading.Lock()  # the remembered keys of a process are one file


def fingerprint(blob: bytes) -> str:
    """A key's fingerprint as OpenSSH shows it."""
    digest = hashlib.sha256(blob).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def expected_keys(settings: SftpSettings) -> tuple[tuple[str, bytes], ...]:
    """Type and blob of each key that the server may show; empty when the first one seen is to be trusted.

    Raises:
        UsageError: The pinned key or the file cannot be read.
        Unavailable: A known_hosts file does not know the server.
    """
    if settings.host_key:
        return (_pinned(settings.system, settings.host_key),)
    if settings.known_hosts:
        known = _known(settings.known_hosts, settings)
        if not known:
            hint = f"add the line that `ssh-keyscan -p {settings.port} {settings.host}` prints, after comparing it"
            raise Unavailable(settings.system, f"{settings.host_name} is not in {settings.known_hosts}", hint)
        return known
    remembered = settings.first_use_file
    return _known(remembered, settings) if remembered and remembered.exists() else ()


def offered_types(keys: Sequence[tuple[str, bytes]]) -> tuple[str, ...]:
    """The signature names to ask the server for, so that it shows the key that is known."""
    names = [RSA_NAMES if kind == "ssh-rsa" else (kind,) for kind, _ in keys]
    return tuple(dict.fromkeys(name for group in names for name in group))


def verify(settings: SftpSettings, keys: Sequence[tuple[str, bytes]], shown: paramiko.PKey) -> None:
    """Raise Unavailable unless `shown` is expected; remember it when it is the first and may be trusted."""
    if not keys:
        _remember(settings, shown)
        return
    if any(blob == shown.asbytes() for _, blob in keys):
        return
    wanted = " or ".join(fingerprint(blob) for _, blob in keys)
    what = (
        f"the server {settings.host_name} shows another host key than expected: "
        f"expected {wanted}, actual {fingerprint(shown.asbytes())} ({shown.get_name()})"
    )
    hint = "ask its operator whether the key was changed, then correct `host_key:` or known_hosts; do not go on before"
    raise Unavailable(settings.system, what, hint)


def _pinned(system: str, text: str) -> tuple[str, bytes]:
    words = text.split()
    try:
        kind, blob = words[0], base64.b64decode(words[1], validate=True)
    except (IndexError, ValueError) as error:
        hint = "write it as in a .pub file: `ssh-ed25519 AAAA...`"
        raise UsageError(f"host_key of system {system!r} is no public key", hint) from error
    return kind, blob


def _known(file: Path, settings: SftpSettings) -> tuple[tuple[str, bytes], ...]:
    try:
        found = paramiko.HostKeys(str(file)).lookup(settings.host_name)
    except OSError as error:
        raise UsageError(
            f"known_hosts of system {settings.system!r} cannot be read: {file} ({error.strerror})",
            "correct `known_hosts:` in the environment file",
        ) from error
    return tuple((kind, key.asbytes()) for kind, key in found.items()) if found else ()


def _remember(settings: SftpSettings, shown: paramiko.PKey) -> None:
    file = settings.first_use_file
    if file is None:
        return
    with _first_use_lock:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as lines:
            lines.write(f"{settings.host_name} {shown.get_name()} {shown.get_base64()}\n")
